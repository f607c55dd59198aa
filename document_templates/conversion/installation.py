"""Which LibreOffice, which Python with ``uno`` and which allocator this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tenants.language import _

APT_COMMAND = (
    "sudo apt-get install --no-install-recommends libreoffice-writer-nogui python3-uno "
    "libjemalloc2 fonts-liberation2 fonts-crosextra-carlito fonts-crosextra-caladea"
)

PROGRAM_DIRECTORIES = (
    Path("/usr/lib/libreoffice/program"),
    Path("/usr/lib64/libreoffice/program"),
    Path("/opt/libreoffice/program"),
)
PYTHON_INTERPRETERS = (Path("/usr/bin/python3"),)
LIBRARY_DIRECTORIES = (
    Path("/usr/lib/x86_64-linux-gnu"),
    Path("/usr/lib/aarch64-linux-gnu"),
    Path("/usr/lib64"),
    Path("/usr/lib"),
)
WRITER_LIBRARY = "libswlo.so"
ALLOCATOR_LIBRARY = "libjemalloc.so.2"
PROBE_SECONDS = 20.0


@dataclass(frozen=True)
class OfficeInstallation:
    """A usable LibreOffice: its program file and a Python that can talk to it.

    ``allocator`` is the library that the office takes its memory from, None for the system's own.
    """

    program: Path
    python: Path
    allocator: Path | None = None


@dataclass(frozen=True)
class OfficeMissing:
    """What is missing, and in ``message`` the German sentence with the one line to run."""

    missing: tuple[str, ...]
    message: str


def find_office(
    program_directories: Sequence[Path] | None = None,
    interpreters: Sequence[Path] | None = None,
) -> OfficeInstallation | OfficeMissing:
    """Return the LibreOffice of this machine, or what has to be installed.

    Nothing is started but ``python3 -c "import uno"``, and that only once per process.
    Other places than the usual ones may be named; an office on ``PATH`` is found as well.
    """
    directories = (
        [*_directories_on_path(), *PROGRAM_DIRECTORIES]
        if program_directories is None
        else list(program_directories)
    )
    candidates = PYTHON_INTERPRETERS if interpreters is None else tuple(interpreters)
    program = next(filter(None, map(_writer_program, directories)), None)
    python = next(filter(_has_uno, candidates), None)
    if program is not None and python is not None:
        return OfficeInstallation(program, python, find_allocator())
    missing = []
    if program is None:
        missing.append("LibreOffice Writer")
    if python is None:
        missing.append("python3-uno")
    message = _(
        "Für die PDF-Erzeugung fehlt: {missing}. Bitte installieren Sie es mit: {command}"
    ).format(missing=", ".join(missing), command=APT_COMMAND)
    return OfficeMissing(tuple(missing), message)


def find_allocator(directories: Sequence[Path] = LIBRARY_DIRECTORIES) -> Path | None:
    """Return jemalloc, with which an office needs a third less time; None where it is missing."""
    files = (directory / ALLOCATOR_LIBRARY for directory in directories)
    return next((file for file in files if file.is_file()), None)


def _directories_on_path() -> list[Path]:
    found = (shutil.which(name) for name in ("soffice", "libreoffice"))
    return [Path(name).resolve().parent for name in found if name is not None]


def _writer_program(directory: Path) -> Path | None:
    # The program itself, not the shell script around it: the script puts a splash process
    # in between, which then is the one that gets our signals.
    program = directory / "soffice.bin"
    usable = os.access(program, os.X_OK) and (directory / WRITER_LIBRARY).exists()
    return program if usable else None


@cache
def _has_uno(python: Path) -> bool:
    if not os.access(python, os.X_OK):
        return False
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command without a shell
            [str(python), "-I", "-c", "import uno"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
