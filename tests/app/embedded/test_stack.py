"""The whole embedded stack with stand-ins for the product's own commands."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.secrets import load_secrets
from app.embedded.stack import describe_ready, read_running_environment
from app.embedded.stack_settings import (
    DemoLogin,
    DemoTenant,
    StackCommands,
    StackSettings,
    command_step,
)
from tests.support.ports import free_port
from tests.support.processes import processes_with_argument, wait_until

PROJECT = Path(__file__).resolve().parents[3]

PROGRAM = """
import json, sys
from pathlib import Path
import psycopg
from app.embedded.stack import run_stack
from app.embedded.stack_settings import DemoLogin, DemoTenant, StackCommands, StackSettings

data, port = Path(sys.argv[1]), int(sys.argv[2])
SAVE = (
    "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps(dict(os.environ)));"
    " open(sys.argv[1] + '.done', 'w').close();"
)
IDLE = SAVE + " import signal; signal.pause()"
WEB = SAVE + " from http.server import test, SimpleHTTPRequestHandler as Handler;" \\
    " test(Handler, port=int(sys.argv[2]), bind='127.0.0.1')"

def command(name, code, *arguments):
    return [sys.executable, "-c", code, str(data / f"{name}.json"), *arguments]

def migrate(environment):
    url = environment["SIEGEL_DATABASE_OWNER_URL"].replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS start (at timestamptz DEFAULT now())")
        connection.execute("INSERT INTO start DEFAULT VALUES")

def load_demo(environment):
    if "fail" in sys.argv:
        from app.embedded.errors import EmbeddedStackError
        raise EmbeddedStackError("Die Demo fehlt.")

def count_starts(environment):
    url = environment["SIEGEL_DATABASE_OWNER_URL"].replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        print("starts", connection.execute("SELECT count(*) FROM start").fetchone()[0], flush=True)
    return 7

settings = StackSettings(
    data_directory=data, project_directory=data, migrate=migrate, load_demo=load_demo, port=port,
    worker_count=2,
    commands=StackCommands(command("web", WEB, str(port)), command("worker", IDLE),
                           command("dispatcher", IDLE)),
    tenants=[DemoTenant("Hilden", "/hilden/")],
    logins=[DemoLogin("Fachkraft", "w.beispiel", "demo")],
)
sys.exit(run_stack(settings, count_starts if "count" in sys.argv else None))
"""


def start_program(data: Path, port: int, *options: str) -> subprocess.Popen[str]:
    data.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(data), str(port), *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} was not printed:\n{seen}")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    left = processes_with_argument(str(tmp_path))
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_the_stack_starts_serves_and_ends(data: Path) -> None:
    port = free_port()
    process = start_program(data, port)
    output = read_until(process, "Strg+C")
    assert f"Brief & Siegel läuft: http://localhost:{port}\n" in output
    assert f"  Hilden  http://localhost:{port}/hilden/\n" in output
    assert "  Fachkraft  w.beispiel  demo\n" in output

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()

    for name in ("postgres", "valkey", "dispatcher", "worker-1", "worker-2", "web"):
        assert (data / "log" / f"{name}.log").exists()
    running = read_running_environment(data)
    assert running is not None
    assert running["SIEGEL_PUBLIC_URL"] == f"http://localhost:{port}"
    assert stat.S_IMODE((data / "run" / "environment.json").stat().st_mode) == 0o600

    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert rest == "Alles beendet.\n"
    assert process.returncode == 0
    assert read_running_environment(data) is None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_each_process_gets_only_what_it_needs(data: Path) -> None:
    process = start_program(data, free_port())
    read_until(process, "Strg+C")
    for name, roles in (
        ("web", {"SIEGEL_DATABASE_URL"}),
        ("worker", {"SIEGEL_DATABASE_URL"}),
        ("dispatcher", {"SIEGEL_DATABASE_URL", "SIEGEL_DATABASE_DISPATCHER_URL"}),
    ):
        wait_until((data / f"{name}.json.done").exists, f"{name} wrote its environment")
        environment = json.loads((data / f"{name}.json").read_text(encoding="utf-8"))
        assert {key for key in environment if key.startswith("SIEGEL_DATABASE")} == roles
        assert environment["SIEGEL_DATABASE_URL"].startswith("postgresql+psycopg://siegel_app:")
        assert environment["SIEGEL_REDIS_URL"].startswith("redis://:")
        assert environment["SIEGEL_STORAGE"] == "local"
        assert environment["SIEGEL_DATA_DIRECTORY"] == str(data)
        assert Path(environment["SIEGEL_MASTER_KEY_FILE"]).is_relative_to(data / "secrets")
        assert len(environment["SIEGEL_SECRET_KEY"]) >= 32
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_data_survive_and_an_action_decides_the_status(data: Path) -> None:
    for starts in (1, 2):
        process = start_program(data, free_port(), "count")
        output, _ = process.communicate(timeout=120)
        assert f"starts {starts}\n" in output
        assert process.returncode == 7


def test_a_failed_demo_ends_everything(data: Path) -> None:
    process = start_program(data, free_port(), "fail")
    output, _ = process.communicate(timeout=120)
    assert output.endswith("Die Demo fehlt.\nAlles beendet.\n")
    assert process.returncode == 1


def test_a_taken_port_is_reported_before_anything_starts(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start_program(data, port)
        output, _ = process.communicate(timeout=60)
    assert f"Der Port {port} ist belegt." in output
    assert process.returncode == 1
    assert not (data / "postgres").exists()


def test_a_second_start_on_the_same_data_is_refused(data: Path) -> None:
    first = start_program(data, free_port())
    read_until(first, "Strg+C")
    second = start_program(data, free_port())
    output, _ = second.communicate(timeout=60)
    assert "läuft Brief & Siegel schon" in output
    assert second.returncode == 1
    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode == 0


def test_the_death_of_the_web_process_ends_everything(data: Path) -> None:
    process = start_program(data, free_port())
    read_until(process, "Strg+C")
    (web,) = processes_with_argument(str(data / "web.json"))
    os.kill(web, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert "Web wurde unerwartet beendet (durch das Signal SIGKILL)" in output
    assert process.returncode == 1


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = load_secrets(tmp_path / "secrets")
    assert load_secrets(tmp_path / "secrets") == first
    assert load_secrets(tmp_path / "others").secret_key != first.secret_key
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_an_empty_secret_key_is_replaced(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    (tmp_path / "secret.key").write_text("", encoding="ascii")
    assert len(load_secrets(tmp_path).secret_key) >= 32


def test_a_command_step_passes_the_environment_and_reports_failure(tmp_path: Path) -> None:
    log = tmp_path / "migrate.log"
    code = "import os, sys; print('owner', os.environ['OWNER']); sys.exit(int(sys.argv[1]))"
    environment = {"OWNER": "siegel_owner"}
    command_step("Migration", [sys.executable, "-c", code, "0"], log, tmp_path)(environment)
    assert log.read_text(encoding="utf-8") == "owner siegel_owner\n"
    failing = command_step("Migration", [sys.executable, "-c", code, "3"], log, tmp_path)
    with pytest.raises(Exception, match=r"(?s)Migration ist fehlgeschlagen\..*owner siegel_owner"):
        failing(environment)


def test_the_ready_message_lines_up(tmp_path: Path) -> None:
    settings = StackSettings(
        data_directory=tmp_path,
        project_directory=tmp_path,
        commands=StackCommands((), (), ()),
        migrate=lambda _environment: None,
        load_demo=lambda _environment: None,
        tenants=[DemoTenant("Hilden", "/hilden/"), DemoTenant("Wiesbaden", "/wiesbaden/")],
        logins=[DemoLogin("Tenant-Admin", "a", "x"), DemoLogin("Fachkraft", "beispiel", "y")],
    )
    lines = describe_ready(settings).splitlines()
    assert "  Hilden     http://localhost:8000/hilden/" in lines
    assert "  Wiesbaden  http://localhost:8000/wiesbaden/" in lines
    assert "  Tenant-Admin  a         x" in lines
    assert "  Fachkraft     beispiel  y" in lines
