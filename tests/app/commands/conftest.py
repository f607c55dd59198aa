"""The installed command ``siegel``, run as people and scripts run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

SECONDS = 120


class Command(Protocol):
    """Runs ``siegel`` with arguments."""

    def __call__(
        self, *arguments: str | Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def siegel(tmp_path: Path) -> Command:
    """The command in an empty directory, without any setting of the product."""
    program = Path(sys.executable).with_name("siegel")
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SIEGEL_")}
    # Operators' machines speak no language at all.
    bare |= {"LC_ALL": "C", "LANG": "C", "LANGUAGE": ""}
    directory = tmp_path / "anywhere"
    directory.mkdir()

    def run(
        *arguments: str | Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments],
            cwd=directory,
            env={**bare, **(environment or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    return run


def write_json(path: Path, document: object) -> Path:
    """Write a document and return its path."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
