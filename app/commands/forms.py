"""``siegel form``: form definitions without a database."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.console import FILE, fail, print_json, read_json


@click.group()
def form() -> None:
    """Vordrucke auswerten."""


@form.command("evaluate")
@click.argument("definition", type=FILE, metavar="VORDRUCK.json")
@click.argument("data", type=FILE, metavar="DATEN.json")
def evaluate(definition: Path, data: Path) -> None:
    """Wertet Daten nach einem Vordruck aus und gibt JSON aus.

    „values“: alle Werte, auch die berechneten, Dezimalzahlen als Text; „visible“: was
    sichtbar ist; „errors“ und „warnings“: je „key“ und „message“. Status 0: ausgewertet,
    auch wenn Angaben fehlen; 1: Vordruck oder Daten unlesbar; 2: falscher Aufruf.
    """
    from forms.definition import DefinitionError, parse_definition
    from forms.evaluation_document import evaluation_document

    try:
        parsed = parse_definition(read_json(definition))
    except DefinitionError as error:
        fail(f"Der Vordruck „{definition}“ ist nicht verwendbar:\n" + "\n".join(error.findings))
    print_json(evaluation_document(parsed, read_json(data)))
