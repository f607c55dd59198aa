"""``siegel template`` and ``siegel verify``: templates and sealed files without a database."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from forms.packages import JsonObject

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def template() -> None:
    """DOCX-Vorlagen prüfen und ausfüllen."""


@template.command("check")
@click.argument("file", type=READABLE)
@click.option("--form", "form_file", type=READABLE, help="Vordruck (JSON), zu dem sie passen soll")
@click.option("--json", "as_json", is_flag=True, help="Befunde als JSON ausgeben")
def check(file: Path, form_file: Path | None, as_json: bool) -> None:
    """Prüft FILE.docx: 0 verwendbar, 1 abgelehnt oder unlesbar, 2 falscher Aufruf."""
    from document_templates.template_check import check_document
    from forms.definition import DefinitionError

    form = read_json(form_file) if form_file else None
    try:
        report = check_document(file.read_bytes(), form)
    except DefinitionError as error:
        fail(str(error))
    click.echo(
        json.dumps(report.as_json(), ensure_ascii=False, indent=2) if as_json else report.as_text()
    )
    sys.exit(0 if report.usable else 1)


@template.command("render")
@click.argument("file", type=READABLE)
@click.argument("data", type=READABLE)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def render(file: Path, data: Path, output: Path) -> None:
    """Füllt FILE.docx mit DATA.json und schreibt OUT.docx oder OUT.pdf."""
    from document_templates.conversion import ConversionFailed, Converter
    from document_templates.findings import FillingFailed, TemplateRefused
    from document_templates.template_check import fill_plain

    if output.suffix.lower() not in (".docx", ".pdf"):
        raise click.UsageError("Die Ausgabe muss auf .docx oder .pdf enden.")
    content = read_json(data)
    try:
        document = fill_plain(file.read_bytes(), content)
        if output.suffix.lower() == ".pdf":
            with Converter() as converter:
                document = converter.convert(document, title=file.stem)
    except (TemplateRefused, FillingFailed, ConversionFailed) as error:
        fail(str(error))
    try:
        output.write_bytes(document)
    except OSError as error:
        fail(f"{output} lässt sich nicht schreiben: {error.strerror}.")


@click.command()
@click.argument("file", type=READABLE)
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON ausgeben")
def verify(file: Path, as_json: bool) -> None:
    """Prüft Siegel und Unterschriften eines PDF; 0 nur, wenn alle anerkannt sind."""
    from app.verifying import verify_file
    from document_templates.signature_validation import PdfRejected

    try:
        result = verify_file(file.read_bytes(), os.environ.get("SIEGEL_DATABASE_URL", ""))
    except PdfRejected as error:
        fail(str(error))
    click.echo(
        json.dumps(result.as_json(), ensure_ascii=False, indent=2) if as_json else result.as_text()
    )
    sys.exit(0 if result.accepted else 1)


def read_json(path: Path) -> JsonObject:
    """Return the JSON object in ``path``; ends the command with a German message otherwise."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        fail(f"{path} ist kein lesbares JSON: {error}.")
    if not isinstance(content, dict):
        fail(f"{path} enthält kein JSON-Objekt.")
    return content


def fail(message: str) -> NoReturn:
    """Say what is wrong and end the command with status 1."""
    click.echo(message, err=True)
    sys.exit(1)
