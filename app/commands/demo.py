"""``siegel demo``: the main job for every tenant of the demonstration, with its evidence."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Verzeichnis für DOCX, PDF und evidence.json je Mandant",
)
@click.option(
    "--data",
    default="var",
    type=click.Path(file_okay=False, path_type=Path),
    help="Daten der eingebetteten Installation",
)
@click.option("--port", default=8000, show_default=True)
def demo(out: Path, data: Path, port: int) -> None:
    """Lässt für jeden Demo-Mandanten den Hauptablauf durch Web und Worker laufen.

    Eine laufende Installation auf denselben Daten wird benutzt, sonst wird eine gestartet.
    Status 0 nur, wenn jedes Dokument geprüft und anerkannt ist.
    """
    from app.demo.evidence import run_demonstration

    sys.exit(run_demonstration(out, data.resolve(), port))
