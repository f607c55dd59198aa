"""The fonts that LibreOffice can choose from on this machine."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class InstalledFonts:
    """The families by name, and the SHA-256 over the names and contents of their files.

    Both are those of no font where fontconfig is missing.
    """

    families: frozenset[str]
    sha256: str


@cache
def installed_fonts() -> InstalledFonts:
    """Return the fonts of this machine, looked up once per process."""
    try:
        done = subprocess.run(
            ["/usr/bin/fc-list", "--format", r"%{family}\t%{file}\n"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIST_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return InstalledFonts(frozenset(), _digest([]))
    families: set[str] = set()
    files: set[Path] = set()
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        names, _tab, file = line.rpartition("\t")
        families.update(name.strip() for name in names.split(",") if name.strip())
        files.add(Path(file))
    return InstalledFonts(frozenset(families), _digest(sorted(files)))


def _digest(files: list[Path]) -> str:
    lines = sorted(
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}"
        for file in files
        if file.is_file()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
