"""``siegel demo``: the main job for every tenant of the demonstration, with its evidence."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.commands.console import DATA_OPTION


@click.command()
@click.option(
    "--out",
    required=True,
    metavar="VERZEICHNIS",
    type=click.Path(file_okay=False, path_type=Path),
    help="Verzeichnis für DOCX, PDF und evidence.json je Mandant",
)
@DATA_OPTION
@click.option(
    "--port", default=8000, show_default=True, metavar="NUMMER", help="Port der Webseiten"
)
def demo(out: Path, data: Path, port: int) -> None:
    """Lässt den Hauptablauf für jeden Demo-Mandanten laufen.

    Wie Menschen durch das Web und wie immer durch die Worker.

    Eine laufende Installation auf denselben Daten wird benutzt, sonst wird eine gestartet.
    Status 0 nur, wenn jedes Dokument geprüft und anerkannt ist.
    """
    from app.demo.evidence import run_demonstration

    sys.exit(run_demonstration(out, data.resolve(), port))
