"""``python3 -m tools.setup run`` prepares for the demo.

With ``check`` also for checks and measurements, with ``test`` also for the test suite.
"""

from __future__ import annotations

import argparse
import sys

# An older Python reads pyproject.toml never: it must be told before the imports below fail.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(f"Python 3.11 oder neuer wird gebraucht, dies ist Python {sys.version.split()[0]}.")

from tools.setup.commands import PROJECT, SetupFailed
from tools.setup.frontend import prepare_frontend
from tools.setup.python_environment import prepare_python_environment, venv_packages
from tools.setup.system_packages import RUN_PACKAGES, TEST_PACKAGES, prepare_system_packages


def main() -> int:
    """Prepare what the named profile needs; return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.setup")
    parser.add_argument("profile", choices=("run", "check", "test"))
    profile = parser.parse_args().profile
    packages = [*venv_packages(), *RUN_PACKAGES]
    if profile == "test":
        packages += TEST_PACKAGES
    try:
        prepare_system_packages(packages)
        prepare_python_environment(PROJECT, for_development=profile != "run")
        prepare_frontend(PROJECT)
    except SetupFailed as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
