"""``python3 -m tools.setup.clean`` removes everything that the commands of the day have made."""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path

from tools.setup.commands import PROJECT, SetupFailed

MADE = (
    "var",
    ".venv",
    "app/frontend/node_modules",
    "app/static/vendor",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
)
SOURCES = ("app", "tenants", "forms", "document_templates", "workers", "tests", "tools")


def remove_everything_made(project: Path) -> None:
    """Remove data, environments and caches. Raises SetupFailed while the demo runs on the data."""
    refuse_while_running(project / "var" / "run" / "lock")
    for name in MADE:
        if (project / name).exists():
            shutil.rmtree(project / name)
    for source in SOURCES:
        for cache in [*(project / source).rglob("__pycache__")]:
            shutil.rmtree(cache)


def refuse_while_running(lock: Path) -> None:
    """Raise SetupFailed when a start of the stack holds its lock."""
    if not lock.exists():
        return
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupFailed(
                "Brief & Siegel läuft noch. Beenden Sie es mit Strg+C, dann „make clean“."
            ) from None


if __name__ == "__main__":
    try:
        remove_everything_made(PROJECT)
    except SetupFailed as problem:
        sys.exit(str(problem))
