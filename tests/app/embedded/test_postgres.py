"""The embedded PostgreSQL: created, restarted, crashed, as root and as a normal user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from app.embedded import postgres as postgres_module
from app.embedded.accounts import SystemAccount
from app.embedded.child_process import wrap_command
from app.embedded.errors import EmbeddedStackError
from app.embedded.postgres import TEST_OPTIONS, EmbeddedPostgres, find_programs
from app.embedded.postgres_cluster import PostgresCluster
from app.embedded.postgres_roles import APP, DISPATCHER, OWNER
from tests.support.processes import is_alive, processes_with_argument, wait_until

PROJECT = Path(__file__).resolve().parents[3]


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def describe(directory: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(directory, options=TEST_OPTIONS)


def test_server_is_postgresql_18_with_utf8(postgres: EmbeddedPostgres) -> None:
    rows = query(
        postgres.libpq_url(APP),
        "SELECT current_setting('server_version_num')::int / 10000, current_setting("
        "'server_encoding'), upper('müller'), current_database()",
    )
    assert rows == [(18, "UTF8", "MÜLLER", "siegel")]


def test_urls_name_driver_and_role(postgres: EmbeddedPostgres) -> None:
    for url, role in (
        (postgres.owner_url, OWNER),
        (postgres.app_url, APP),
        (postgres.dispatcher_url, DISPATCHER),
    ):
        assert url.startswith(f"postgresql+psycopg://{role}:")
        assert query(url.replace("+psycopg", ""), "SELECT current_user") == [(role,)]


def test_roles_have_no_power_beyond_their_own(postgres: EmbeddedPostgres) -> None:
    rows = query(
        postgres.libpq_url("postgres"),
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,"
        " rolreplication FROM pg_roles WHERE rolname LIKE 'siegel%' ORDER BY rolname",
    )
    assert rows == [(role, True, *[False] * 5) for role in sorted((OWNER, APP, DISPATCHER))]
    assert query(
        postgres.libpq_url("postgres"),
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
        " WHERE r.rolname LIKE 'siegel%'",
    ) == [(0,)]


def test_row_level_security_holds_for_app_and_owner(postgres: EmbeddedPostgres) -> None:
    postgres.create_database("rls_check")
    with psycopg.connect(postgres.libpq_url(OWNER, "rls_check")) as owner:
        owner.execute("CREATE TABLE note (text text)")
        owner.execute("INSERT INTO note VALUES ('secret')")
        owner.execute("GRANT SELECT ON note TO siegel_app")
        owner.execute("ALTER TABLE note ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE note FORCE ROW LEVEL SECURITY")
    for role in (OWNER, APP):
        assert query(postgres.libpq_url(role, "rls_check"), "SELECT * FROM note") == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (text text)",
        "CREATE TEMPORARY TABLE mine (text text)",
        "CREATE DATABASE mine",
        "SET ROLE siegel_owner",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_app_may_create_nothing(postgres: EmbeddedPostgres, statement: str) -> None:
    with (
        psycopg.connect(postgres.libpq_url(APP), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_a_wrong_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=postgres.port, user=OWNER, password="x")


def test_data_and_passwords_survive_a_restart(tmp_path: Path) -> None:
    with describe(tmp_path / "pg") as server:
        first_process = server.process
        url = server.libpq_url(OWNER)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (value int)")
            connection.execute("INSERT INTO kept VALUES (42)")
    assert not first_process.is_running
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    with describe(tmp_path / "pg") as server:
        assert query(server.libpq_url(OWNER), "SELECT value FROM kept") == [(42,)]
    assert processes_with_argument(str(tmp_path)) == []


def test_secrets_are_readable_by_the_owner_only(tmp_path: Path) -> None:
    with describe(tmp_path / "pg"):
        passwords = tmp_path / "pg" / "passwords.json"
        assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "pg" / "data").stat().st_mode) == 0o700
        assert not list((tmp_path / "pg").glob("initdb*"))


def test_a_killed_server_starts_again(tmp_path: Path) -> None:
    with describe(tmp_path / "pg") as server:
        connection = psycopg.connect(server.libpq_url(OWNER))
        connection.execute("CREATE TABLE kept (value int)")
        connection.commit()
        backend = connection.info.backend_pid
        os.kill(server.process.pid, signal.SIGKILL)
        assert server.process.wait(10)
        assert (tmp_path / "pg" / "data" / "postmaster.pid").exists()
        with describe(tmp_path / "pg") as again:
            assert query(again.libpq_url(OWNER), "SELECT count(*) FROM kept") == [(0,)]
        connection.close()
    wait_until(lambda: not is_alive(backend), "backend of the killed server ended")


def test_a_lock_with_the_id_of_another_program_is_cleared(tmp_path: Path) -> None:
    with describe(tmp_path / "pg"):
        pass
    # The id of a living process of this user, as after a restart of the machine.
    lock = tmp_path / "pg" / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n", encoding="utf-8")
    with describe(tmp_path / "pg") as server:
        assert query(server.libpq_url(APP), "SELECT 1") == [(1,)]


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with describe(tmp_path / "pg") as server:
        with pytest.raises(EmbeddedStackError, match=rf"läuft schon .*{server.process.pid}"):
            describe(tmp_path / "pg").start()
        assert query(server.libpq_url(APP), "SELECT 1") == [(1,)]


def test_an_interrupted_first_start_is_begun_anew(tmp_path: Path) -> None:
    unfinished = tmp_path / "pg" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n", encoding="ascii")
    with describe(tmp_path / "pg") as server:
        assert query(server.libpq_url(APP), "SELECT 1") == [(1,)]
    assert not unfinished.exists()


def test_data_of_another_version_are_refused(tmp_path: Path) -> None:
    with describe(tmp_path / "pg"):
        pass
    (tmp_path / "pg" / "data" / "PG_VERSION").write_text("16\n", encoding="ascii")
    with pytest.raises(EmbeddedStackError, match="stammt von PostgreSQL 16"):
        describe(tmp_path / "pg").start()


def test_data_without_passwords_are_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(EmbeddedStackError, match=r"fehlt die Datei passwords\.json"):
        PostgresCluster(tmp_path).load_passwords([APP])


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "START_ATTEMPTS", 1)
    server = EmbeddedPostgres(tmp_path / "pg", options={**TEST_OPTIONS, "shared_buffers": "lots"})
    with pytest.raises(
        EmbeddedStackError, match=r"(?s)PostgreSQL wurde unerwartet.*shared_buffers"
    ):
        server.start()
    assert processes_with_argument(str(tmp_path)) == []


NORMAL_USER = """
import os, sys
from pathlib import Path
import psycopg
from app.embedded.postgres import TEST_OPTIONS, EmbeddedPostgres

assert os.geteuid() != 0
for _ in range(2):
    with EmbeddedPostgres(Path(sys.argv[1]), options=TEST_OPTIONS) as server:
        assert os.stat(f"/proc/{server.process.pid}").st_uid == os.geteuid()
        with psycopg.connect(server.libpq_url("siegel_app")) as connection:
            print(connection.execute("SELECT current_user").fetchone()[0])
"""


def test_a_normal_user_runs_the_server_as_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NORMAL_USER, str(tmp_path / "pg")]
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(tmp_path, nobody.pw_uid, nobody.pw_gid)
        # The interpreter and the temporary directory may lie where only root may pass.
        account = SystemAccount(nobody.pw_uid, nobody.pw_gid, "dac_override")
        command = wrap_command(command, account)
    result = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["siegel_app", "siegel_app"]
    assert processes_with_argument(str(tmp_path)) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_root_runs_the_server_as_nobody_below_a_closed_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    # As in a clone below the home directory of root, data and programs both lie there.
    installed = find_programs().parent
    package = installed.parent
    copied = closed / package.name / installed.name
    shutil.copytree(installed, copied)
    # Beside the package lie the libraries that its programs find by a relative path.
    shutil.copytree(package.with_suffix(".libs"), closed / f"{package.name}.libs")
    monkeypatch.setattr(postgres_module, "find_programs", lambda: copied / "bin")
    with describe(closed / "pg") as server:
        status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
        nobody = pwd.getpwnam("nobody").pw_uid
        assert f"Uid:\t{nobody}\t{nobody}\t{nobody}\t{nobody}\n" in status
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
