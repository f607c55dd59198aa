"""``siegel template`` and ``siegel verify``: templates and sealed files without a database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.console import (
    DATA_OPTION,
    FILE,
    FOLDER,
    fail,
    installation_environment,
    print_json,
    read_file,
    read_json,
    write_file,
)

if TYPE_CHECKING:
    from document_templates.clauses.choosing import Clauses

OUTPUTS = (".docx", ".pdf")


@click.group()
def template() -> None:
    """DOCX-Vorlagen prüfen und ausfüllen."""


@template.command("check")
@click.argument("file", type=FILE, metavar="DATEI.docx")
@click.option(
    "--form", "form_file", type=FILE, metavar="VORDRUCK.json", help="Vordruck, zu dem sie passt"
)
@click.option(
    "--clauses",
    "clause_folder",
    type=FOLDER,
    metavar="ORDNER",
    help="Bausteine der Vorlage, ein JSON je Baustein wie im Paket",
)
@click.option("--json", "as_json", is_flag=True, help="Befunde als JSON ausgeben")
def check(file: Path, form_file: Path | None, clause_folder: Path | None, as_json: bool) -> None:
    """Prüft eine Vorlage.

    Bausteine stehen in dem Ordner clauses eines Pakets; ohne sie meldet die Prüfung jeden, den
    die Vorlage nennt. Ohne Vordruck nur Sicherheit, Syntax und Regeln der Sandbox.
    Status 0: verwendbar, 1: abgelehnt oder unlesbar, 2: falscher Aufruf.
    """
    from document_templates.template_check import check_document
    from forms.definition import DefinitionError

    data = read_file(file)
    form = read_json(form_file) if form_file else None
    clauses = _read_clauses(clause_folder) if clause_folder else {}
    try:
        report = check_document(data, form, clauses)
    except DefinitionError as error:
        fail(f"Der Vordruck „{form_file}“ ist nicht verwendbar:\n{error}")
    if as_json:
        print_json(report.as_json())
    else:
        click.echo(report.as_text())
    sys.exit(0 if report.usable else 1)


def _read_clauses(folder: Path) -> Clauses:
    from document_templates.clauses.content import ClauseContent, ContentUnreadable, read_content

    clauses: dict[str, ClauseContent] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            clauses[file.stem] = read_content(read_json(file))
        except ContentUnreadable as error:
            fail(f"Der Baustein „{file}“ ist nicht verwendbar: {error}")
    if not clauses:
        fail(f"In „{folder}“ liegt kein Baustein (*.json).")
    return clauses


@template.command("render")
@click.argument("file", type=FILE, metavar="DATEI.docx")
@click.argument("data", type=FILE, metavar="DATEN.json")
@click.option(
    "-o",
    "--output",
    required=True,
    type=FILE,
    metavar="ZIEL",
    help="Zieldatei, endet auf .docx oder .pdf",
)
def render(file: Path, data: Path, output: Path) -> None:
    """Füllt eine Vorlage mit JSON und schreibt DOCX oder PDF/A.

    Status 0: geschrieben, 1: Vorlage oder Daten untauglich, 2: falscher Aufruf.
    """
    if output.suffix.lower() not in OUTPUTS:
        raise click.UsageError("Das Ziel muss auf .docx oder .pdf enden.")
    from document_templates.findings import FillingFailed, TemplateRefused
    from document_templates.template_check import fill_plain

    template_bytes, content = read_file(file), read_json(data)
    try:
        document = fill_plain(template_bytes, content)
    except (TemplateRefused, FillingFailed) as error:
        fail(str(error))
    if output.suffix.lower() == ".pdf":
        document = _convert(document, file.stem)
    write_file(output, document)


def _convert(docx: bytes, title: str) -> bytes:
    from document_templates.conversion import ConversionFailed, Converter

    try:
        with Converter() as converter:
            return converter.convert(docx, title=title)
    except ConversionFailed as error:
        fail(str(error))


@click.command()
@click.argument("file", type=FILE, metavar="DATEI.pdf")
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON ausgeben")
@DATA_OPTION
def verify(file: Path, as_json: bool, data: Path) -> None:
    """Prüft Siegel und Unterschriften eines PDF.

    Das Register wird gefragt, wo es erreichbar ist: nach SIEGEL_DATABASE_URL oder der
    Installation, die auf --data läuft. Status 0: alles anerkannt, 1: nicht anerkannt,
    ohne Siegel oder unlesbar, 2: falscher Aufruf.
    """
    from app.verifying import verify_file
    from document_templates.signature_reading import PdfRejected

    pdf = read_file(file)
    url = installation_environment(data).get("SIEGEL_DATABASE_URL", "")
    try:
        result = verify_file(pdf, url)
    except PdfRejected as error:
        fail(str(error))
    if as_json:
        print_json(result.as_json())
    else:
        click.echo(result.as_text())
    sys.exit(0 if result.accepted else 1)
