"""Forms with repeat groups inside repeat groups, as the trade has them."""

from __future__ import annotations

from forms.expressions.nodes import Json
from tests.support.form_documents import Document, field, form, page, row_field, section


def visits(display: str = "table", **settings: Json) -> Document:
    """Return the group „Einsätze“ of a case."""
    document = row_field(
        "faelle",
        "repeat",
        "einsaetze",
        label="Einsätze",
        display=display,
        item_label="Einsatz",
        minimum=1,
        totals=["minuten", "betrag"],
        fields=[
            row_field("faelle.einsaetze", "date", "datum", label="Datum", required=True),
            row_field(
                "faelle.einsaetze",
                "integer",
                "minuten",
                label="Minuten",
                required=True,
                minimum=1,
                maximum=600,
                unit="min",
            ),
            row_field(
                "faelle.einsaetze",
                "select",
                "art",
                label="Leistung",
                required=True,
                options={"direkt": "direkt", "bericht": "Bericht", "ausfall": "Ausfall"},
            ),
            row_field(
                "faelle.einsaetze",
                "text",
                "grund",
                label="Grund des Ausfalls",
                required=True,
                visible="zeile.art == 'ausfall'",
            ),
            row_field(
                "faelle.einsaetze",
                "calculated",
                "betrag",
                label="Betrag",
                result="money",
                value="zeile.minuten / 60 * uebergeordnet.satz",
            ),
        ],
    )
    return document | settings


def invoice_form(display: str = "table") -> Document:
    """Return the invoice of Fachleistungsstunden: cases, each with its visits."""
    cases = field(
        "repeat",
        "faelle",
        label="Fälle",
        display="cards",
        item_label="Fall",
        minimum=1,
        totals=["summe"],
        fields=[
            row_field("faelle", "text", "name", label="Aktenzeichen", required=True),
            row_field("faelle", "money", "satz", label="Satz je Stunde", required=True),
            row_field(
                "faelle", "yes_no", "mit_einsaetzen", label="Gab es Einsätze?", required=True
            ),
            visits(display, visible="zeile.mit_einsaetzen"),
            row_field(
                "faelle",
                "calculated",
                "summe",
                label="Betrag des Falls",
                result="money",
                value="summe(zeile.einsaetze.betrag)",
                valid=[
                    {
                        "rule": "summe(zeile.einsaetze.minuten) <= 6000",
                        "message": "Das sind mehr als 100 Stunden.",
                    }
                ],
            ),
        ],
    )
    return form(
        page(
            "rechnung",
            section(
                "leistungen",
                cases,
                field(
                    "calculated",
                    "minuten",
                    label="Minuten",
                    result="integer",
                    value="summe(faelle.einsaetze.minuten)",
                ),
                field(
                    "calculated",
                    "gesamt",
                    label="Rechnungsbetrag",
                    result="money",
                    value="summe(faelle.einsaetze.betrag)",
                ),
            ),
        ),
        key="fls_rechnung",
    )


def invoice_answers() -> Document:
    """Return two cases with three visits: 90 and 45 minutes at 64.95 €, 60 minutes at 60 €."""
    return {
        "faelle": [
            {
                "_id": "f1",
                "name": "51.2-A",
                "satz": "64.95",
                "mit_einsaetzen": True,
                "einsaetze": [
                    {"_id": "e1", "datum": "2027-03-01", "minuten": 90, "art": "direkt"},
                    {"_id": "e2", "datum": "2027-03-08", "minuten": 45, "art": "bericht"},
                ],
            },
            {
                "_id": "f2",
                "name": "51.2-B",
                "satz": "60.00",
                "mit_einsaetzen": True,
                "einsaetze": [
                    {"_id": "e3", "datum": "2027-03-02", "minuten": 60, "art": "direkt"},
                ],
            },
        ]
    }


def course_form() -> Document:
    """Return a programme three levels deep: courses, their modules, the dates of each."""
    dates = row_field(
        "kurse.module",
        "repeat",
        "termine",
        label="Termine",
        display="table",
        item_label="Termin",
        totals=["ue"],
        fields=[
            row_field("kurse.module.termine", "date", "tag", label="Tag", required=True),
            row_field("kurse.module.termine", "integer", "ue", label="UE", required=True),
            row_field(
                "kurse.module.termine",
                "calculated",
                "kosten",
                label="Kosten",
                result="money",
                value="zeile.ue * uebergeordnet.uebergeordnet.ue_satz",
            ),
        ],
    )
    modules = row_field(
        "kurse",
        "repeat",
        "module",
        label="Module",
        display="cards",
        item_label="Modul",
        fields=[row_field("kurse.module", "text", "thema", label="Thema", required=True), dates],
    )
    courses = field(
        "repeat",
        "kurse",
        label="Kurse",
        display="cards",
        item_label="Kurs",
        fields=[
            row_field("kurse", "text", "titel", label="Titel", required=True),
            row_field("kurse", "money", "ue_satz", label="Satz je UE", required=True),
            modules,
            row_field(
                "kurse",
                "calculated",
                "ue",
                label="UE",
                result="integer",
                value="summe(zeile.module.termine.ue)",
            ),
        ],
    )
    return form(
        page(
            "programm",
            section(
                "kurse",
                courses,
                field(
                    "calculated",
                    "kosten",
                    label="Kosten",
                    result="money",
                    value="summe(kurse.module.termine.kosten)",
                ),
            ),
        ),
        key="kursprogramm",
    )


def course_answers() -> Document:
    """Return two courses; the first has two modules with three dates together."""
    return {
        "kurse": [
            {
                "_id": "k1",
                "titel": "Grundkurs",
                "ue_satz": "40.00",
                "module": [
                    {
                        "_id": "m1",
                        "thema": "Recht",
                        "termine": [
                            {"_id": "t1", "tag": "2027-04-01", "ue": 8},
                            {"_id": "t2", "tag": "2027-04-02", "ue": 4},
                        ],
                    },
                    {
                        "_id": "m2",
                        "thema": "Spiel",
                        "termine": [{"_id": "t3", "tag": "2027-04-09", "ue": 6}],
                    },
                ],
            },
            {"_id": "k2", "titel": "Aufbaukurs", "ue_satz": "50.00", "module": []},
        ]
    }
