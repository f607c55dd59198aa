"""``python -m tools.screenshots [--out DIR]``: start a demonstration and take the pictures."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from app.demo.stack import demo_password, run_demo_stack
from tests.support.ports import free_port
from tools.screenshots.pictures import take_pictures

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Write the pictures; the status is 0 when all were taken."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "bilder")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="siegel-bilder-") as directory:
        data = Path(directory)
        port = free_port()

        def work(_environment: Mapping[str, str]) -> int:
            password = demo_password(data / "secrets" / "demo.password")
            for path in take_pictures(f"http://localhost:{port}", password, out):
                print(f"{path.name}: {path.stat().st_size // 1024} kB")
            return 0

        return run_demo_stack(port, data, work)


if __name__ == "__main__":
    sys.exit(main())
