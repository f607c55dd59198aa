"""``siegel form``: form definitions without a database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.console import FILE, fail, print_json, read_json
from app.commands.form_exchange import export_form, import_form, print_form

if TYPE_CHECKING:
    from forms.surroundings import Surroundings


@click.group()
def form() -> None:
    """Vordrucke auswerten, übernehmen, ausgeben und drucken."""


form.add_command(import_form)
form.add_command(export_form)
form.add_command(print_form)


@form.command("evaluate")
@click.argument("definition", type=FILE, metavar="VORDRUCK.json")
@click.argument("data", type=FILE, metavar="DATEN.json")
@click.option("--land", default="", metavar="LAND", help="Bundesland, „NW“ oder sein Name")
@click.option("--ags", default="", metavar="AGS", help="Gemeinde mit eigenen Feiertagen")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="JJJJ-MM-TT",
    help="Tag, den heute() ergibt; ohne Angabe der heutige",
)
@click.option("--rates", type=FILE, metavar="SAETZE.json", help="Satztabellen für satz(…)")
def evaluate(
    definition: Path,
    data: Path,
    land: str,
    ags: str,
    today: datetime | None,
    rates: Path | None,
) -> None:
    """Wertet Daten nach einem Vordruck aus und gibt JSON aus.

    „values“: alle Werte, auch die berechneten, Dezimalzahlen als Text; „visible“: was
    sichtbar ist; „errors“ und „warnings“: je „key“ und „message“. Status 0: ausgewertet,
    auch wenn Angaben fehlen; 1: eine Datei ist unlesbar; 2: falscher Aufruf.
    """
    from forms.definition import DefinitionError, parse_definition
    from forms.evaluation_document import evaluation_document

    try:
        parsed = parse_definition(read_json(definition))
    except DefinitionError as error:
        fail(f"Der Vordruck „{definition}“ ist nicht verwendbar:\n" + "\n".join(error.findings))
    surroundings = _surroundings(land, ags, today, rates)
    print_json(evaluation_document(parsed, read_json(data), surroundings))


def _surroundings(
    land: str, municipality: str, today: datetime | None, rates: Path | None
) -> Surroundings:
    from forms.rate_tables import RateTableError, read_rate_tables
    from forms.surroundings import Surroundings, today_in_berlin
    from tenants.lands import LANDS, land_code

    if land and not land_code(land):
        raise click.BadParameter(
            f"„{land}“ ist kein Bundesland. Es gibt: {', '.join(LANDS)}.", param_hint="--land"
        )
    try:
        tables = read_rate_tables(read_json(rates).get("tables")) if rates else {}
    except RateTableError as error:
        fail(f"Die Satztabellen „{rates}“ sind nicht verwendbar: {error}")
    return Surroundings(
        today=today.date() if today else today_in_berlin(),
        land=land_code(land),
        municipality=municipality,
        rates=tables,
    )
