"""``siegel form``: form definitions without a database."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.commands.documents import READABLE, fail, read_json


@click.group()
def form() -> None:
    """Vordrucke auswerten."""


@form.command("evaluate")
@click.argument("definition", type=READABLE)
@click.argument("data", type=READABLE)
def evaluate(definition: Path, data: Path) -> None:
    """Wertet DATA.json nach dem Vordruck DEFINITION.json aus und gibt JSON aus."""
    from forms.definition import DefinitionError, parse_definition
    from forms.evaluation_document import evaluation_document

    try:
        parsed = parse_definition(read_json(definition))
    except DefinitionError as error:
        fail("\n".join(error.findings))
    result = evaluation_document(parsed, read_json(data))
    click.echo(json.dumps(result, ensure_ascii=False, indent=2))
