"""``siegel form import``, ``export`` and ``print``: forms in and out without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.console import FILE, fail, read_file, read_json, write_file

if TYPE_CHECKING:
    from forms.exchange.report import ExchangeReport

PACKAGE_SUFFIX = ".zip"
WORKBOOK_SUFFIX = ".xlsx"


@click.command("import")
@click.argument("file", type=FILE, metavar="DATEI")
@click.option("-o", "--output", required=True, type=FILE, metavar="VORDRUCK.json", help="Zieldatei")
@click.option("--report", type=FILE, metavar="BERICHT.json", help="Bericht als JSON")
def import_form(file: Path, output: Path, report: Path | None) -> None:
    """Macht aus XLSForm, XDatenfelder oder einem Paket einen Vordruck.

    Was die Datei ist, zeigt ihr Inhalt: Excel-Arbeitsmappe (XLSForm), XML (XDatenfelder 2 und
    3 von FIM) oder Paket (ZIP). Der Bericht nennt, was übernommen wurde („carried“) und was
    nicht und warum („refused“). Ausgeführt wird aus der Datei nichts. Status 0: ein
    verwendbarer Vordruck ist geschrieben; 1: abgelehnt oder unlesbar; 2: falscher Aufruf.
    """
    from forms.exchange.importing import import_file
    from forms.exchange.report import ExchangeReport, ImportRefused

    try:
        form = import_file(read_file(file)).form
    except ImportRefused as error:
        refused = ExchangeReport()
        refused.refuse(file.name, "file", str(error))
        _write_report(report, refused)
        fail(f"„{file}“ lässt sich nicht übernehmen: {error}")
    write_file(output, _json_bytes(form.document))
    _write_report(report, form.report)
    _say(form.source, form.report)


@click.command("export")
@click.argument("definition", type=FILE, metavar="VORDRUCK.json")
@click.option(
    "-o",
    "--output",
    required=True,
    type=FILE,
    metavar="ZIEL",
    help="Zieldatei, endet auf .xlsx (XLSForm) oder .zip (Paket)",
)
@click.option("--report", type=FILE, metavar="BERICHT.json", help="Bericht als JSON")
def export_form(definition: Path, output: Path, report: Path | None) -> None:
    """Schreibt einen Vordruck als XLSForm oder als Paket.

    Was XLSForm nicht ausdrücken kann, nennt der Bericht („refused“); beim Wieder-Einlesen der
    Arbeitsmappe ist es trotzdem noch da. Status 0: geschrieben; 1: der Vordruck ist nicht
    verwendbar; 2: falscher Aufruf.
    """
    suffix = output.suffix.lower()
    if suffix not in (WORKBOOK_SUFFIX, PACKAGE_SUFFIX):
        raise click.UsageError("Das Ziel muss auf .xlsx oder .zip enden.")
    from forms.definition import DefinitionError
    from forms.exchange.package_archive import PackageContent, write_package
    from forms.exchange.report import ExchangeReport
    from forms.exchange.xlsform_writing import write_xlsform

    document = read_json(definition)
    try:
        if suffix == WORKBOOK_SUFFIX:
            exported = write_xlsform(document)
            data, notes = exported.data, exported.report
        else:
            data = write_package(document, PackageContent(), version="1.0.0", author="")
            notes = ExchangeReport()
    except DefinitionError as error:
        fail(f"Der Vordruck „{definition}“ ist nicht verwendbar:\n" + "\n".join(error.findings))
    write_file(output, data)
    _write_report(report, notes)
    _say(WORKBOOK_SUFFIX if suffix == WORKBOOK_SUFFIX else "Paket", notes)


@click.command("print")
@click.argument("definition", type=FILE, metavar="VORDRUCK.json")
@click.option(
    "-o",
    "--output",
    required=True,
    type=FILE,
    metavar="ZIEL",
    help="Zieldatei, endet auf .pdf oder .docx",
)
@click.option("--tenant", default="", metavar="NAME", help="Wessen Vordruck es ist")
@click.option("--edition", default="", metavar="TEXT", help="Welche Fassung, „Fassung 3“")
def print_form(definition: Path, output: Path, tenant: str, edition: str) -> None:
    """Schreibt einen Vordruck leer, zum Ausfüllen mit der Hand.

    Als PDF (getaggt, braucht LibreOffice) oder als Word-Dokument. Status 0: geschrieben;
    1: der Vordruck ist nicht verwendbar oder lässt sich nicht umwandeln; 2: falscher Aufruf.
    """
    suffix = output.suffix.lower()
    if suffix not in (".pdf", ".docx"):
        raise click.UsageError("Das Ziel muss auf .pdf oder .docx enden.")
    from document_templates.blank_forms import BlankForm, blank_form_docx
    from document_templates.conversion import ConversionFailed, Converter
    from forms.building.sentences import spoken_rules
    from forms.definition import DefinitionError, parse_definition

    try:
        source = read_json(definition)
        form = parse_definition(source)
    except DefinitionError as error:
        fail(f"Der Vordruck „{definition}“ ist nicht verwendbar:\n" + "\n".join(error.findings))
    document = blank_form_docx(
        BlankForm(form, spoken_rules(source), tenant or form.title, edition=edition)
    )
    if suffix == ".pdf":
        try:
            with Converter() as converter:
                document = converter.convert(document, title=form.title)
        except ConversionFailed as error:
            fail(str(error))
    write_file(output, document)


def _say(source: str, report: ExchangeReport) -> None:
    click.echo(
        f"{source}: {len(report.carried)} Elemente übernommen, {len(report.refused)} Hinweise."
    )
    for entry in report.refused:
        click.echo(f"- {entry.name} ({entry.kind}): {entry.reason}", err=True)


def _write_report(path: Path | None, report: ExchangeReport) -> None:
    if path is not None:
        write_file(path, _json_bytes(report.as_json()))


def _json_bytes(document: object) -> bytes:
    return f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode()
