"""``make`` and ``.ci/run`` are what README and CI rely on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
TARGETS = {
    "run",
    "test",
    "check",
    "bench",
    "fuzz",
    "screenshots",
    "lock",
    "setup",
    "setup-check",
    "setup-test",
    "clean",
    "help",
}


def make(*arguments: str, directory: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_lists_every_target() -> None:
    result = make()
    assert result.returncode == 0, result.stderr
    assert set(re.findall(r"^  make (\S+) +\S", result.stdout, re.MULTILINE)) == TARGETS
    assert [line for line in result.stdout.splitlines() if line and line[0] != " "] == [
        "Every day",
        "Now and then",
        "The machine",
    ]


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_each_target_can_be_planned(target: str) -> None:
    result = make("--dry-run", target)
    assert result.returncode == 0, result.stderr


def test_every_module_that_make_calls_is_there() -> None:
    planned = "".join(make("--dry-run", target).stdout for target in sorted(TARGETS))
    modules = set(re.findall(r"-m (tools\.\S+)", planned))
    assert {"tools.setup", "tools.bench", "tools.chart_check"} <= modules
    for module in modules:
        path = PROJECT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def ci_clone(directory: Path, recipe: str) -> Path:
    """A directory with the real .ci/run and a Makefile whose test target is ``recipe``."""
    (directory / ".ci").mkdir()
    shutil.copy2(PROJECT / ".ci" / "run", directory / ".ci" / "run")
    (directory / "Makefile").write_text(
        f"test:\n\t@{recipe}\n\nrun:\n\t@exit 9\n", encoding="utf-8"
    )
    return directory / ".ci" / "run"


@pytest.mark.parametrize(("code", "status"), [(0, 0), (1, 2)])
def test_ci_calls_make_test_and_ends_with_the_summary(
    tmp_path: Path, code: int, status: int
) -> None:
    program = ci_clone(tmp_path, f"echo to-stderr >&2; echo '= 1 passed ='; exit {code}")
    result = subprocess.run(
        [program],
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    # make itself ends with 2 whatever the failed command's status was.
    assert result.returncode == status
    assert result.stdout == "to-stderr\n= 1 passed =\n"
