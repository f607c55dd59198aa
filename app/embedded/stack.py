"""The whole product on one machine: databases, migration, demo, dispatcher, workers, web."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.embedded.child_process import ChildProcess
from app.embedded.errors import EmbeddedStackError
from app.embedded.guard import run_guarded
from app.embedded.ports import LOOPBACK, is_port_free
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.processes import StopRequested, Supervisor
from app.embedded.secrets import load_secrets
from app.embedded.stack_settings import Environment, StackSettings
from app.embedded.valkey import EmbeddedValkey
from tenants.keys import MasterKeyUnusable
from tenants.language import _

WEB_READY_SECONDS = 120.0
# A worker finishes its document; what it does not finish in time is done again, exactly once.
STOP_SECONDS = 15.0

OWNER_VARIABLE = "SIEGEL_DATABASE_OWNER_URL"
DISPATCHER_VARIABLE = "SIEGEL_DATABASE_DISPATCHER_URL"


def run_stack(
    settings: StackSettings,
    action: Callable[[Environment], int] | None = None,
    *,
    terminal: TextIO | None = None,
) -> int:
    """Start everything and run until Ctrl-C, SIGTERM or the end of any process; return the status.

    With ``action`` the stack runs as long as that takes and the result is its status. Messages
    go to ``terminal``, standard output unless given. The status is 0 when someone asked the stack
    to end and 1 when it could not start or lost a process. Nothing stays behind, whichever process
    is killed: see ``guard``.
    """
    return run_guarded(lambda: _run(settings, action, terminal or sys.stdout))


def read_running_environment(data_directory: Path) -> dict[str, str] | None:
    """Return the environment of the stack that runs on these data, or None when none does.

    For commands in a second terminal.
    """
    try:
        with _lock_path(data_directory).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        path = _environment_path(data_directory)
        if path.exists():
            return dict(json.loads(path.read_text(encoding="utf-8")))
    return None


def _run(
    settings: StackSettings, action: Callable[[Environment], int] | None, terminal: TextIO
) -> int:
    def say(text: str) -> None:
        print(text, file=terminal, flush=True)

    try:
        with _only_start(settings.data_directory), Supervisor(terminal=terminal) as supervisor:
            environment = _start_all(settings, supervisor, say)
            with _published(settings.data_directory, environment):
                if action is not None:
                    return action(environment)
                say(describe_ready(settings))
                supervisor.watch()
    except StopRequested:
        say(_("Alles beendet."))
        return 0
    except (EmbeddedStackError, MasterKeyUnusable) as problem:
        say(str(problem))
        say(_("Alles beendet."))
    return 1


def _start_all(
    settings: StackSettings, supervisor: Supervisor, say: Callable[[str], None]
) -> Environment:
    if not is_port_free(settings.port):
        raise EmbeddedStackError(
            _(
                "Der Port {port} ist belegt. Beenden Sie das Programm, das ihn benutzt; "
                "„ss -tlnp“ zeigt es."
            ).format(port=settings.port)
        )
    begin = time.monotonic()
    data = settings.data_directory
    secrets = load_secrets(data / "secrets")
    say(_("PostgreSQL und Valkey starten …"))
    postgres = EmbeddedPostgres(data / "postgres", log_path=settings.log_directory / "postgres.log")
    postgres.start()
    supervisor.adopt(postgres.process)
    valkey = EmbeddedValkey(data / "valkey", log_path=settings.log_directory / "valkey.log")
    valkey.start()
    supervisor.adopt(valkey.process)
    environment = {
        **os.environ,
        "SIEGEL_DATABASE_URL": postgres.app_url,
        OWNER_VARIABLE: postgres.owner_url,
        DISPATCHER_VARIABLE: postgres.dispatcher_url,
        "SIEGEL_REDIS_URL": valkey.url,
        "SIEGEL_SECRET_KEY": secrets.secret_key,
        "SIEGEL_MASTER_KEY_FILE": str(secrets.master_key_file),
        "SIEGEL_PUBLIC_URL": settings.public_url,
        "SIEGEL_STORAGE": "local",
        "SIEGEL_DATA_DIRECTORY": str(data),
    }
    say(_("Datenbank wird auf den neuesten Stand gebracht …"))
    settings.migrate(environment)
    say(_("Demo wird geladen …"))
    settings.load_demo(environment)
    supervisor.check_all_run()
    say(_("Dispatcher, Worker und Web starten …"))
    _start_own_processes(settings, supervisor, environment)
    say(_("Bereit nach {seconds} Sekunden.").format(seconds=round(time.monotonic() - begin)))
    return environment


def _start_own_processes(
    settings: StackSettings, supervisor: Supervisor, environment: Environment
) -> None:
    def describe(name: str, log: str, command: tuple[str, ...], *kept: str) -> ChildProcess:
        # A process gets only the database roles that it works with.
        hidden = {OWNER_VARIABLE, DISPATCHER_VARIABLE}.difference(kept)
        return ChildProcess(
            name,
            command,
            log_path=settings.log_directory / f"{log}.log",
            environment={key: value for key, value in environment.items() if key not in hidden},
            directory=settings.project_directory,
            stop_seconds=STOP_SECONDS,
        )

    commands = settings.commands
    supervisor.start(
        describe("Dispatcher", "dispatcher", tuple(commands.dispatcher), DISPATCHER_VARIABLE)
    )
    for number in range(1, settings.worker_count + 1):
        supervisor.start(describe(f"Worker {number}", f"worker-{number}", tuple(commands.worker)))
    supervisor.start(
        describe("Web", "web", tuple(commands.web)),
        lambda: _answers(settings.port, settings.ready_path),
        WEB_READY_SECONDS,
    )


def describe_ready(settings: StackSettings) -> str:
    """Return the German message with the address, the tenants and the logins."""
    lines = ["", _("Brief & Siegel läuft: {address}").format(address=settings.public_url)]
    if settings.tenants:
        width = max(len(tenant.name) for tenant in settings.tenants)
        lines += ["", _("Mandanten:")]
        lines += [
            f"  {tenant.name:<{width}}  {settings.public_url}{tenant.path}"
            for tenant in settings.tenants
        ]
    if settings.logins:
        width = max(len(login.role) for login in settings.logins)
        names = max(len(login.user_name) for login in settings.logins)
        lines += ["", _("Anmeldungen der Demo (erfundene Personen):")]
        lines += [
            f"  {login.role:<{width}}  {login.user_name:<{names}}  {login.password}"
            for login in settings.logins
        ]
    lines += [
        "",
        _("Protokolle: {directory}").format(directory=settings.log_directory),
        _("Beenden mit Strg+C."),
    ]
    return "\n".join(lines)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _only_start(data_directory: Path) -> Iterator[None]:
    """Hold the lock of the data directory; raise EmbeddedStackError when another start has it."""
    path = _lock_path(data_directory)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise EmbeddedStackError(
                _(
                    "Auf den Daten in {path} läuft Brief & Siegel schon. "
                    "Beenden Sie den anderen Start mit Strg+C."
                ).format(path=data_directory)
            ) from held
        yield


@contextmanager
def _published(data_directory: Path, environment: Environment) -> Iterator[None]:
    """Keep the environment in a file (0600) while the stack runs, for a second terminal."""
    path = _environment_path(data_directory)
    own = {name: value for name, value in environment.items() if name.startswith("SIEGEL_")}
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(own, file, indent=2)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _lock_path(data_directory: Path) -> Path:
    return data_directory / "run" / "lock"


def _environment_path(data_directory: Path) -> Path:
    return data_directory / "run" / "environment.json"
