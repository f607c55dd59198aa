"""Style sheets, fonts and scripts from npm, by the versions of the lock file."""

from __future__ import annotations

import re
from pathlib import Path

from tools.setup.commands import SetupFailed, Stamp, fingerprint, read_output, run_command

OLDEST_NODE = 20


def prepare_frontend(project: Path) -> None:
    """Install the front-end packages and copy what pages load to ``app/static/vendor``.

    Raises SetupFailed when Node is missing or too old and when npm fails.
    """
    source = project / "app" / "frontend"
    inputs = [source / "package.json", source / "package-lock.json", source / "build.js"]
    stamp = Stamp(project / ".venv" / "stamps" / "frontend", fingerprint(inputs))
    results = (source / "node_modules", project / "app" / "static" / "vendor")
    if stamp.is_current() and all(result.is_dir() for result in results):
        return
    refuse_old_node(read_output(["node", "--version"]))
    print("Pakete für die Oberfläche werden installiert (npm) …", flush=True)
    run_command(["npm", "ci", "--no-audit", "--no-fund", "--prefix", source])
    run_command(["npm", "run", "build", "--silent", "--prefix", source])
    stamp.set()


def refuse_old_node(version: str | None) -> None:
    """Raise SetupFailed unless ``version``, as Node prints it, is new enough."""
    found = re.match(r"v(\d+)\.", version or "")
    if found is None or int(found[1]) < OLDEST_NODE:
        present = f"gefunden wurde {version.strip()}" if version else "gefunden wurde keines"
        raise SetupFailed(
            f"Node.js {OLDEST_NODE} oder neuer mit npm wird gebraucht, {present}. "
            "Bezugsquellen nennt https://nodejs.org/de/download."
        )
