"""Commands that speak to an installation: tenant, migrate, health, doctor, verify."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from app.embedded.postgres import EmbeddedPostgres
from document_templates.models import DocumentVersion, Proof
from tenants.context import Scope
from tests.app.commands.conftest import Command
from tests.support.installation import Installation
from tests.support.pipeline import open_case
from workers.handlers import perform_task
from workers.runtime import Runtime

NOWHERE = "127.0.0.1:1"


@dataclass(frozen=True)
class SealedFile:
    """A document of the register, with its file."""

    path: Path
    scope: Scope
    code: str


@pytest.fixture(scope="module")
def sealed_file(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> SealedFile:
    """A document that went the whole way from the answers to the register."""
    case = open_case(installation)
    asked = case.submit()
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, asked.task_id)

    def read(session: Session) -> tuple[bytes, str]:
        version = session.scalars(
            select(DocumentVersion).where(DocumentVersion.request_id == asked.request_id)
        ).one()
        pdf = installation.store.get(
            version.pdf_key, version.pdf_object_version, version.pdf_sha256
        )
        return pdf, version.proof.code

    content, code = installation.in_scope(asked.scope, read)
    path = tmp_path_factory.mktemp("sealed") / "dokument.pdf"
    path.write_bytes(content)
    return SealedFile(path, asked.scope, code)


@pytest.fixture
def running_worker(installation: Installation) -> Iterator[None]:
    """What Redis knows of a worker that runs."""
    with Redis.from_url(installation.settings.redis_url) as connection:
        worker = Worker([Queue("siegel", connection=connection)], connection=connection)
        worker.register_birth()
        yield
        worker.register_death()


def without(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}


# ------------------------------------------------------------ verify


def test_a_sealed_file_is_known_to_the_register(
    siegel: Command, installation: Installation, sealed_file: SealedFile
) -> None:
    result = siegel("verify", sealed_file.path, environment=installation.environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Register: gültig, gesiegelt von" in result.stdout
    assert sealed_file.code in result.stdout
    assert "Umfasst: die ganze Datei" in result.stdout
    assert result.stdout.rstrip().endswith("Ergebnis: anerkannt")
    assert result.stderr == ""


def test_the_answer_comes_as_json(
    siegel: Command, installation: Installation, sealed_file: SealedFile
) -> None:
    result = siegel("verify", "--json", sealed_file.path, environment=installation.environment)
    answer = json.loads(result.stdout)
    assert answer["accepted"] is True
    assert answer["register"]["code"] == sealed_file.code
    (signature,) = answer["signatures"]
    assert signature["trusted"] is True
    assert signature["coverage"] == "whole_file"


def test_a_file_is_verified_without_any_installation(
    siegel: Command, sealed_file: SealedFile
) -> None:
    result = siegel("verify", sealed_file.path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Register: von hier aus nicht erreichbar." in result.stdout


def test_an_unreachable_register_is_told(siegel: Command, sealed_file: SealedFile) -> None:
    url = f"postgresql+psycopg://siegel_app:x@{NOWHERE}/siegel"
    result = siegel("verify", sealed_file.path, environment={"SIEGEL_DATABASE_URL": url})
    assert result.returncode == 0, result.stderr
    assert "Register: von hier aus nicht erreichbar." in result.stdout


def test_a_changed_file_is_not_accepted(
    siegel: Command, installation: Installation, sealed_file: SealedFile, tmp_path: Path
) -> None:
    content = bytearray(sealed_file.path.read_bytes())
    at = content.index(b"/Type")
    content[at : at + 5] = b"/Tupe"
    changed = tmp_path / "geaendert.pdf"
    changed.write_bytes(bytes(content))
    for environment in (installation.environment, {}):
        result = siegel("verify", changed, environment=environment)
        assert result.returncode == 1
        assert "Traceback" not in result.stderr


def test_something_appended_is_not_accepted_without_register_either(
    siegel: Command, sealed_file: SealedFile, tmp_path: Path
) -> None:
    changed = tmp_path / "angehaengt.pdf"
    changed.write_bytes(sealed_file.path.read_bytes() + b"\n1 0 obj\n<<>>\nendobj\n")
    assert siegel("verify", changed).returncode == 1


@pytest.mark.parametrize("content", [b"", b"Kein PDF", b"%PDF-1.7\nkaputt"])
def test_no_pdf_ends_with_1(siegel: Command, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "datei.pdf"
    path.write_bytes(content)
    result = siegel("verify", path)
    assert result.returncode == 1
    assert result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_withdrawn_document_is_not_accepted(
    siegel: Command, installation: Installation, sealed_file: SealedFile
) -> None:
    def set_state(state: str) -> None:
        def work(session: Session) -> None:
            proof = session.scalars(select(Proof).where(Proof.code == sealed_file.code)).one()
            proof.state = state

        installation.in_scope(sealed_file.scope, work)

    set_state("withdrawn")
    try:
        result = siegel("verify", sealed_file.path, environment=installation.environment)
    finally:
        set_state("valid")
    assert result.returncode == 1
    assert "Register: zurückgezogen" in result.stdout


# ------------------------------------------------------------ tenant


def test_a_tenant_is_founded_and_listed(siegel: Command, installation: Installation) -> None:
    slug = f"s{uuid.uuid4().hex[:10]}"
    created = siegel(
        "tenant", "create", slug, "--name", "Stadt Musterstadt", "--kind", "verbund",
        "--land", "Hessen", "--pattern", "dokument=MU/{jahr}-{lfd:5}",
        "--admin", f"{slug}@example.org", "--admin-name", "Kim Muster",
        environment={**installation.environment, "SIEGEL_ADMIN_PASSWORD": "lang-genug-fuer-alle"},
    )  # fmt: skip
    assert created.returncode == 0, created.stderr
    assert created.stdout == (
        f"Der Mandant „Stadt Musterstadt“ ist angelegt: http://localhost:8000/{slug}/\n"
    )
    listing = siegel("tenant", "list", environment=installation.environment).stdout.splitlines()
    assert f"{slug}\tStadt Musterstadt\tVerbund\tHessen" in listing
    again = siegel("tenant", "create", slug, "--name", "M", environment=installation.environment)
    assert again.returncode == 1
    assert f"Den Mandanten „{slug}“ gibt es schon." in again.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("Groß", "--name", "M"), "„Groß“ ist als Adresse eines Mandanten nicht möglich."),
        (("anmelden", "--name", "M"), "„anmelden“ ist als Adresse eines Mandanten nicht möglich."),
        (("musterstadt", "--name", "M", "--pattern", "dokument={monat}"), "monat"),
        (("musterstadt", "--name", "M", "--admin", "a@example.org"), "SIEGEL_ADMIN_PASSWORD"),
    ],
)
def test_a_tenant_that_cannot_be_is_refused(
    siegel: Command, installation: Installation, arguments: tuple[str, ...], expected: str
) -> None:
    result = siegel("tenant", "create", *arguments, environment=installation.environment)
    assert result.returncode == 1
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [("tenant", "list"), ("tenant", "create", "ort", "--name", "Ort"), ("migrate",)]
)
def test_the_operators_role_is_needed(
    siegel: Command, installation: Installation, arguments: tuple[str, ...]
) -> None:
    missing = without(installation.environment, "SIEGEL_DATABASE_OWNER_URL")
    result = siegel(*arguments, environment=missing)
    assert result.returncode == 1
    assert "SIEGEL_DATABASE_OWNER_URL fehlt" in result.stderr
    away = f"postgresql+psycopg://siegel_owner:x@{NOWHERE}/siegel"
    environment = {**installation.environment, "SIEGEL_DATABASE_OWNER_URL": away}
    result = siegel(*arguments, environment=environment)
    assert result.returncode == 1
    assert "PostgreSQL antwortet nicht" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [("tenant", "list"), ("migrate",), ("health", "worker"), ("worker",), ("web",)]
)
def test_without_an_installation_the_way_out_is_told(
    siegel: Command, arguments: tuple[str, ...]
) -> None:
    result = siegel(*arguments)
    assert result.returncode == 1
    assert "SIEGEL_DATABASE_URL fehlt" in result.stderr
    assert "„siegel run“" in result.stderr


# ------------------------------------------------------------ migrate, health


def test_migrate_may_be_repeated(siegel: Command, installation: Installation) -> None:
    result = siegel("migrate", environment=installation.environment)
    assert result.returncode == 0, result.stderr
    assert "Die Datenbank ist auf dem neuesten Stand." in result.stdout


def test_tables_that_are_missing_are_told(
    siegel: Command, installation: Installation, postgres: EmbeddedPostgres
) -> None:
    name = f"leer_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    environment = {
        **installation.environment,
        "SIEGEL_DATABASE_URL": postgres.url("siegel_app", name),
        "SIEGEL_DATABASE_OWNER_URL": postgres.url("siegel_owner", name),
    }
    result = siegel("tenant", "list", environment=environment)
    assert result.returncode == 1
    assert "„siegel migrate“" in result.stderr
    found = siegel("doctor", environment=environment)
    assert found.returncode == 1
    assert "✗ Tabellen: Stand leer, nötig" in found.stdout
    assert "„siegel migrate“" in found.stdout


@pytest.mark.parametrize("process", ["worker", "dispatcher"])
def test_health_is_told_by_the_status(
    siegel: Command, installation: Installation, process: str
) -> None:
    assert siegel("health", process, environment=installation.environment).returncode == 0
    environment = {**installation.environment, "SIEGEL_REDIS_URL": f"redis://{NOWHERE}"}
    result = siegel("health", process, environment=environment)
    assert result.returncode == 1
    assert result.stderr.startswith("Warteschlange: ")


# ------------------------------------------------------------ doctor


def lines_of(output: str) -> dict[str, str]:
    """Return by part whether it works and the message."""
    parts = (line.partition(": ") for line in output.splitlines() if line[:1] in ("✓", "✗"))
    return {head[2:]: f"{head[0]} {message}" for head, _colon, message in parts}


@pytest.mark.usefixtures("running_worker")
def test_a_whole_installation_is_healthy(siegel: Command, installation: Installation) -> None:
    result = siegel("doctor", environment=installation.environment)
    assert result.returncode == 0, result.stdout
    found = lines_of(result.stdout)
    assert {name for name, message in found.items() if message.startswith("✓")} == {
        "Einstellungen", "Datenbank", "Tabellen", "Datenbankrolle", "Zeilenregeln",
        "Datenbank des Dispatchers", "Warteschlange", "Worker", "Objektspeicher",
        "Hauptschlüssel", "LibreOffice", "Netz der Umwandlung", "Datenverzeichnis",
        "Regelmäßige Arbeiten",
    }  # fmt: skip


def test_no_installation_is_told_with_the_way_out(siegel: Command) -> None:
    result = siegel("doctor")
    assert result.returncode == 1
    found = lines_of(result.stdout)
    assert found["Installation"].startswith("✗ ")
    assert "„siegel run“" in found["Installation"]


def test_each_missing_part_is_named(
    siegel: Command, installation: Installation, tmp_path: Path
) -> None:
    blocked = tmp_path / "datei"
    blocked.write_bytes(b"")
    environment = {
        **without(installation.environment, "SIEGEL_SECRET_KEY", "SIEGEL_MASTER_KEY_FILE"),
        "SIEGEL_DATABASE_URL": f"postgresql+psycopg://siegel_app:x@{NOWHERE}/siegel",
        "SIEGEL_DATABASE_DISPATCHER_URL": "irgendwo",
        "SIEGEL_REDIS_URL": f"redis://{NOWHERE}",
        "SIEGEL_DATA_DIRECTORY": str(blocked),
    }
    result = siegel("doctor", environment=environment)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    found = lines_of(result.stdout)
    for part, expected in {
        "Einstellungen": "SIEGEL_SECRET_KEY fehlt",
        "Datenbank": "PostgreSQL antwortet nicht",
        "Datenbank des Dispatchers": "keine Adresse von PostgreSQL",
        "Warteschlange": "Redis/Valkey antwortet nicht",
        "Objektspeicher": "Speicher",
        "Hauptschlüssel": "SIEGEL_MASTER_KEY_FILE",
        "Datenverzeichnis": "nicht beschreibbar",
    }.items():
        assert found[part].startswith("✗ "), part
        assert expected in found[part], part


def test_wrong_credentials_are_told_apart(siegel: Command, installation: Installation) -> None:
    url = installation.environment["SIEGEL_DATABASE_URL"]
    password = url.partition("@")[0].rpartition(":")[2]
    for changed, expected in (
        (url.replace(password, "falsch"), "lehnt Rolle oder Passwort ab"),
        (url.rpartition("/")[0] + "/gibt_es_nicht", "kennt diese Datenbank oder Rolle nicht"),
    ):
        environment = {**installation.environment, "SIEGEL_DATABASE_URL": changed}
        assert expected in lines_of(siegel("doctor", environment=environment).stdout)["Datenbank"]


def test_a_role_above_the_row_rules_is_refused(siegel: Command, installation: Installation) -> None:
    owner = installation.environment["SIEGEL_DATABASE_OWNER_URL"]
    result = siegel(
        "doctor", environment={**installation.environment, "SIEGEL_DATABASE_URL": owner}
    )
    assert result.returncode == 1
    assert lines_of(result.stdout)["Datenbankrolle"].startswith("✗ ")


def test_a_table_without_row_rules_is_found(
    siegel: Command, installation: Installation, postgres: EmbeddedPostgres
) -> None:
    name = f"offen_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    environment = {
        **installation.environment,
        "SIEGEL_DATABASE_URL": postgres.url("siegel_app", name),
        "SIEGEL_DATABASE_OWNER_URL": postgres.url("siegel_owner", name),
    }
    assert siegel("migrate", environment=environment).returncode == 0
    engine = create_engine(environment["SIEGEL_DATABASE_OWNER_URL"])
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE submission NO FORCE ROW LEVEL SECURITY"))
    engine.dispose()
    found = lines_of(siegel("doctor", environment=environment).stdout)
    assert found["Zeilenregeln"].startswith("✗ 1 ")


def test_a_missing_libreoffice_is_named_with_the_line_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from app.diagnosis import check_everything
    from document_templates.conversion import find_office

    monkeypatch.setattr("app.diagnosis.find_office", lambda: find_office((), ()))
    monkeypatch.setenv("PATH", "")
    (office,) = [one for one in check_everything({}) if one.name == "LibreOffice"]
    assert not office.works
    assert "apt-get install" in office.message


def test_no_worker_is_told(siegel: Command, installation: Installation) -> None:
    with Redis.from_url(installation.settings.redis_url) as connection:
        assert Worker.count(connection=connection) == 0
    found = lines_of(siegel("doctor", environment=installation.environment).stdout)
    assert "„siegel worker“" in found["Worker"]
