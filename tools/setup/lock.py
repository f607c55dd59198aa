"""``python3 -m tools.setup.lock`` writes both lock files anew, with hashes, for every platform."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tools.setup.commands import SetupFailed, run_command

OLDEST_PYTHON = "3.11"
# The development lock comes first: the one of the image takes the same versions from it.
LOCKS = (
    ("requirements-dev.lock", ("--extra", "dev", "--no-emit-package", "brief-und-siegel")),
    ("requirements.lock", ("--extra", "embedded", "--constraint", "requirements-dev.lock")),
)


def write_locks(arguments: list[str]) -> None:
    """Resolve ``pyproject.toml`` with uv from a throw-away environment.

    ``arguments`` go to uv, for instance ``--upgrade``. Raises SetupFailed when uv cannot resolve.
    """
    with tempfile.TemporaryDirectory() as directory:
        run_command([sys.executable, "-m", "venv", directory])
        programs = Path(directory) / "bin"
        run_command([programs / "pip", "--disable-pip-version-check", "-q", "install", "uv"])
        for name, options in LOCKS:
            run_command(
                [
                    programs / "uv",
                    "--quiet",
                    "pip",
                    "compile",
                    "--universal",
                    f"--python-version={OLDEST_PYTHON}",
                    "--generate-hashes",
                    # The header would show the path of the throw-away environment.
                    "--custom-compile-command=make lock",
                    *options,
                    *arguments,
                    "pyproject.toml",
                    f"--output-file={name}",
                ]
            )
            print(f"{name} geschrieben.")


if __name__ == "__main__":
    try:
        write_locks(sys.argv[1:])
    except SetupFailed as problem:
        sys.exit(f"\n{problem}")
    print("Nun prüfen: make test")
