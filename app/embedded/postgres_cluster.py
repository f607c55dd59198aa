"""The files of an embedded PostgreSQL: created once, kept over restarts, told apart."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from app.embedded.accounts import SystemAccount
from app.embedded.child_process import wrap_command
from app.embedded.errors import EmbeddedStackError
from tenants.language import _

VERSION = 18
SUPERUSER = "postgres"


class PostgresCluster:
    """The data directory and the passwords below one directory."""

    def __init__(self, directory: Path) -> None:
        """Describe the cluster below ``directory``, an absolute path."""
        self.directory = directory
        self.data = directory / "data"
        self._passwords_path = directory / "passwords.json"

    def load_passwords(self, roles: Iterable[str]) -> dict[str, str]:
        """Return the passwords of the superuser and ``roles``, on the first start new ones.

        Raises EmbeddedStackError when there are data but no passwords.
        """
        if self._passwords_path.exists():
            stored = json.loads(self._passwords_path.read_text(encoding="utf-8"))
            return {str(role): str(password) for role, password in stored.items()}
        if self.data.exists():
            raise EmbeddedStackError(
                _("Zu den Daten in {path} fehlt die Datei passwords.json.").format(path=self.data)
            )
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *roles)}
        descriptor = os.open(self._passwords_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(passwords, file, indent=2)
        return passwords

    def create(
        self, programs: Path, account: SystemAccount | None, superuser_password: str, *, sync: bool
    ) -> None:
        """Run initdb beside the final place, so that an interrupted first start leaves no ruin.

        Raises EmbeddedStackError with initdb's output when it fails.
        """
        unfinished = self.directory / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        password_file = self.directory / "initdb.password"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(superuser_password, encoding="utf-8")
            if account is not None:
                os.chown(unfinished, account.uid, account.gid)
                os.chown(password_file, account.uid, account.gid)
            command = [
                str(programs / "initdb"),
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Compared by code point: needs no library of the system whose update would
                # break an index. The wheel is built without ICU.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if sync else ["--no-sync"]),
            ]
            result = subprocess.run(  # noqa: S603  # the wheel's own program
                wrap_command(command, account),
                capture_output=True,
                text=True,
                cwd=self.directory,
                env=server_environment(),
                check=False,
            )
        finally:
            password_file.unlink()
        if result.returncode != 0:
            raise EmbeddedStackError(
                _("Die Datenbank konnte nicht angelegt werden:\n{output}").format(
                    output=(result.stdout + result.stderr).strip()
                )
            )
        unfinished.rename(self.data)

    def refuse_foreign_data(self) -> None:
        """Raise EmbeddedStackError when the data are another user's or another version's."""
        owner = self.data.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise EmbeddedStackError(
                _(
                    "Die Datenbank in {path} gehört einem anderen Benutzer (Nummer {owner}). "
                    "Starten Sie als dieser Benutzer, oder löschen Sie die Daten mit „make clean“."
                ).format(path=self.data, owner=owner)
            )
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != str(VERSION):
            raise EmbeddedStackError(
                _(
                    "Die Datenbank in {path} stammt von PostgreSQL {found}, "
                    "gestartet wird PostgreSQL {wanted}. "
                    "Sichern Sie sie mit der alten Fassung und spielen Sie sie neu ein."
                ).format(path=self.data, found=version, wanted=VERSION)
            )

    def clear_stale_lock(self) -> None:
        """Remove the lock file of a killed server, whose process id may belong to another by now.

        PostgreSQL itself refuses to start when any process of the same user has that id. Raises
        EmbeddedStackError when a server is running on the data.
        """
        lock = self.data / "postmaster.pid"
        try:
            first_line = lock.read_text(encoding="utf-8").partition("\n")[0]
        except FileNotFoundError:
            return
        if first_line.isdigit() and self._is_postmaster(int(first_line)):
            raise EmbeddedStackError(
                _(
                    "Auf den Daten in {path} läuft schon ein PostgreSQL (Prozess {pid}). "
                    "Beenden Sie den anderen Start zuerst."
                ).format(path=self.data, pid=first_line)
            )
        lock.unlink()

    def is_ready(self, pid: int) -> bool:
        """Tell whether the server ``pid`` takes connections: line 8 of the file it writes."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _is_postmaster(self, pid: int) -> bool:
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return os.fsencode(self.data) in arguments


def server_environment() -> dict[str, str]:
    """Return a bare environment: PG* variables of the caller must not reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
