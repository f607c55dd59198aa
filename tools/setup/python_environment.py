"""The virtual environment ``.venv`` with the locked packages."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from tools.setup.commands import SetupFailed, Stamp, fingerprint, run_command
from tools.setup.system_packages import Need


def venv_packages() -> list[Need]:
    """Return the package that Debian splits off from Python when this Python lacks it."""
    if importlib.util.find_spec("ensurepip") is not None:
        return []
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return [(f"python{version}-venv", "python3-venv")]


# What to install, smallest first. Each list holds the one before it, pin by pin.
LOCKS = ("requirements.lock", "requirements-dev.lock")


def prepare_python_environment(project: Path, *, for_development: bool) -> None:
    """Create ``.venv`` and install the locked packages with their hashes, then the product itself.

    Without ``for_development`` that is what runs the product; with it also what tests, checks
    and measures it. Raises SetupFailed when that fails.
    """
    environment = project / ".venv"
    stamps = [python_stamp(project, lock) for lock in LOCKS]
    python = environment / "bin" / "python"
    wanted = 1 if for_development else 0
    if stamps[wanted].is_current() and python.exists():
        return
    print("Python-Pakete werden installiert (.venv) …", flush=True)
    if environment.exists() and not belongs_to_this_python(environment):
        shutil.rmtree(environment)
    if not python.exists():
        run_command([sys.executable, "-m", "venv", environment])
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "install",
    ]
    try:
        run_command([*pip, "--require-hashes", "--requirement", project / LOCKS[wanted]])
        run_command([*pip, "--no-deps", "--no-build-isolation", "--editable", project])
    except SetupFailed as problem:
        raise SetupFailed(
            f"{problem}\nPrüfen Sie die Verbindung zum Paketverzeichnis und starten Sie erneut."
        ) from None
    for stamp in stamps[: wanted + 1]:
        stamp.set()


def python_stamp(project: Path, lock: str) -> Stamp:
    """Return the note that the packages of ``lock`` and the product are installed."""
    state = fingerprint([project / lock, project / "pyproject.toml"], sys.version, sys.base_prefix)
    return Stamp(project / ".venv" / "stamps" / lock, state)


def belongs_to_this_python(environment: Path) -> bool:
    """Tell whether an environment was made by the running Python and its interpreter exists."""
    configuration = environment / "pyvenv.cfg"
    if not configuration.is_file() or not (environment / "bin" / "python").exists():
        return False
    settings = dict(
        line.split(" = ", 1)
        for line in configuration.read_text(encoding="utf-8").splitlines()
        if " = " in line
    )
    version = ".".join(map(str, sys.version_info[:3]))
    return settings.get("version", "").startswith(version)
