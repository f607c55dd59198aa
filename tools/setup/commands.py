"""Running commands, and remembering that a step is done."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


class SetupFailed(Exception):
    """The machine cannot be prepared; the German message says what to do."""


def run_command(
    command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None
) -> None:
    """Run a command in the project's directory. Raises SetupFailed when it fails."""
    try:
        status = subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode
    except FileNotFoundError:
        raise SetupFailed(f"Das Programm {command[0]} fehlt.") from None
    if status != 0:
        shown = " ".join(map(str, command))
        raise SetupFailed(f"Der Befehl ist fehlgeschlagen (Status {status}):\n  {shown}")


def read_output(command: Sequence[str]) -> str | None:
    """Return what a command prints, also when it fails, or None when there is no such program."""
    try:
        return subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, check=False
        ).stdout
    except FileNotFoundError:
        return None


def fingerprint(files: Iterable[Path], *facts: str) -> str:
    """Return a hash over the contents of files and over further facts."""
    digest = hashlib.sha256()
    for part in (*(file.read_bytes() for file in files), *(fact.encode() for fact in facts)):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


class Stamp:
    """A file that says for which state a step was done."""

    def __init__(self, path: Path, state: str) -> None:
        """``state`` is the fingerprint of everything the step depends on."""
        self._path = path
        self._state = state

    def is_current(self) -> bool:
        """Tell whether the step was completed for this state."""
        return self._path.is_file() and self._path.read_text(encoding="ascii") == self._state

    def set(self) -> None:
        """Note that the step is done."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._state, encoding="ascii")
