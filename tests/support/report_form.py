"""A report that Träger, Fachkraft and Wirtschaftliche Jugendhilfe fill one after the other."""

from __future__ import annotations

from tests.support.form_documents import Document, field, form, page, row_field, section

SECRET_COLUMN = "kurznotiz"


def report_form() -> Document:
    """Return a form of three steps with parts that not everybody may see."""
    document = form(
        page(
            "bericht",
            section(
                "zahlen",
                field("integer", "berichtsjahr", label="Berichtsjahr", required=True),
                field(
                    "integer",
                    "anfang",
                    label="Bestand am 1. Januar",
                    required=True,
                    prefill={"source": "vorjahr.ende"},
                ),
                field("integer", "zugaenge", label="Zugänge", required=True),
                field(
                    "calculated",
                    "ende",
                    label="Endbestand",
                    result="integer",
                    value="anfang + zugaenge",
                ),
                field(
                    "text",
                    "grund",
                    label="Grund der vielen Zugänge",
                    visible="zugaenge > 50",
                    required=True,
                ),
                field(
                    "text",
                    "traegername",
                    label="Name des Trägers",
                    prefill={"source": "organisation.name", "readonly": True},
                ),
            ),
            section(
                "verlauf",
                field("long_text", "bericht", label="Verlauf", required=True),
                visible_to=["traeger", "fachkraft"],
            ),
            section(
                "einsaetze",
                field(
                    "repeat",
                    "einsaetze",
                    label="Einsätze",
                    display="table",
                    item_label="Einsatz",
                    totals=["minuten"],
                    fields=[
                        row_field(
                            "einsaetze", "integer", "minuten", label="Minuten", required=True
                        ),
                        row_field(
                            "einsaetze",
                            "text",
                            SECRET_COLUMN,
                            label="Kurznotiz",
                            visible_to=["traeger", "fachkraft"],
                        ),
                    ],
                ),
            ),
            section(
                "ziele",
                field(
                    "repeat",
                    "ziele_vorjahr",
                    label="Ziele des Vorjahres",
                    display="cards",
                    item_label="Ziel",
                    prefill={"source": "vorjahr.ziele"},
                    fields=[
                        row_field("ziele_vorjahr", "text", "ziel", label="Ziel"),
                        row_field("ziele_vorjahr", "yes_no", "erreicht", label="Erreicht?"),
                    ],
                ),
                field(
                    "repeat",
                    "ziele",
                    label="Ziele",
                    display="cards",
                    item_label="Ziel",
                    fields=[row_field("ziele", "text", "ziel", label="Ziel")],
                ),
            ),
        ),
        page(
            "amt",
            section(
                "bewertung",
                field("long_text", "bewertung", label="Fachliche Bewertung", required=True),
                field("text", "notiz", label="Interne Notiz", visible_to=["fachkraft"]),
                filled_by=["fachkraft"],
            ),
            section(
                "kasse",
                field("yes_no", "richtig", label="Rechnerisch richtig?", required=True),
                filled_by=["wjh"],
                visible_to=["fachkraft", "wjh"],
            ),
        ),
        key="monatsbericht",
    )
    document["procedure"] = {
        "steps": [
            {"key": "traeger", "title": "Angaben des Trägers", "role": "traeger"},
            {"key": "fachkraft", "title": "Fachliche Bewertung", "role": "fachkraft"},
            {"key": "wjh", "title": "Rechnerische Prüfung", "role": "wjh"},
        ]
    }
    return document


def report_answers() -> Document:
    """Return everything the Träger is asked for."""
    return {
        "berichtsjahr": 2026,
        "anfang": 100,
        "zugaenge": 12,
        "bericht": "Es ging gut voran.",
        "einsaetze": [
            {"_id": "a", "minuten": 90, SECRET_COLUMN: "Streit mit dem Vater"},
            {"_id": "b", "minuten": 30},
        ],
        "ziele": [{"_id": "c", "ziel": "Mehr Vertretung"}],
    }
