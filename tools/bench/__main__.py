"""``python -m tools.bench [NAME…]``: measures speed and size, each as a ratio within one run.

Prints a table and writes ``var/bench.json``. Without names everything is measured, which takes half
an hour: the last, ``long_run``, makes 5,000 documents.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypedDict, cast

NAMES = (
    "templates",
    "other_engines",
    "conversion",
    "sealing",
    "chain",
    "forms",
    "building",
    "lists",
    "pipeline",
    "bulk_runs",
    "memory",
    "long_run",
)
REPORT = Path("var") / "bench.json"


class Measure(TypedDict):
    """One line of the report: ``ratio`` is how many times better than ``baseline`` it is."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    runs: int


class Bench(Protocol):
    """A module of this package that measures one thing."""

    def run(self) -> list[Measure]:
        """Measure."""
        ...


def present(names: Sequence[str] = NAMES) -> list[str]:
    """Return those of ``names`` that this checkout has a module for."""
    return [name for name in names if importlib.util.find_spec(f"tools.bench.{name}")]


def table(measures: Sequence[Measure]) -> str:
    """Return the measures as aligned columns."""
    rows = [("Messung", "Wert", "Vergleich", "Verhältnis", "Läufe")]
    rows += [
        (
            one["name"],
            f"{_number(one['value'])} {one['unit']}",
            f"{_number(one['baseline'])} {one['unit']}",
            f"{_number(one['ratio'])} ×",
            str(one["runs"]),
        )
        for one in measures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _number(value: float) -> str:
    """Return a number with a German comma and no more digits than it deserves."""
    digits = 0 if value >= 1_000 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}".replace(".", ",")


def write_report(measures: Sequence[Measure], path: Path = REPORT) -> None:
    """Write the measures as a JSON list, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(
        json.dumps(list(measures), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    draft.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    wanted = parser.parse_args(arguments).names or list(NAMES)
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    measures: list[Measure] = []
    for name in present(wanted):
        print(f"{name} …", file=sys.stderr, flush=True)
        measures += cast(Bench, importlib.import_module(f"tools.bench.{name}")).run()
    print(f"\n{os.cpu_count()} Kerne, Python {sys.version.split()[0]}\n")
    print(table(measures))
    write_report(measures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
