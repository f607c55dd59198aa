"""Pages with every field type as the product draws them from a form, in every state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from forms.definition import FormDefinition
from forms.evaluation import Stage, evaluate
from forms.expressions.nodes import Json
from forms.presentation import present_page
from forms.procedure.viewing import readable_form
from forms.surroundings import Surroundings
from forms.viewer import Viewer
from forms.views import PageView
from tests.support.form_documents import field, parsed, row_field

DISTRICTS: Json = {f"d{number}": f"Stadtteil {number}" for number in range(1, 21)}
FEW: Json = {"nord": "Nord", "sued": "Süd", "mitte": "Mitte"}
REASONS: Json = {"reasons": ["Wurde nicht gefragt", "Die Familie möchte es nicht sagen"]}


def kinds_form(required: Json = True) -> FormDefinition:
    """Return a form with every type that has settings or parts of its own."""
    return parsed(
        field("hours", "dauer", label="Dauer des Einsatzes", required=required,
              help="Zum Beispiel 1,5 oder 1:30", not_recorded=True),
        field("time", "beginn", label="Beginn", required=required),
        field("percent", "anteil", label="Leitungsanteil", places=2, required=required),
        field("date_range", "laufzeit", label="Laufzeit", open_end=True, required=required,
              help="Der letzte Tag gehört dazu."),
        field("datetime", "termin", label="Termin des Hausbesuchs", required=required),
        field("telephone", "telefon", label="Telefon", autocomplete="tel", required=required),
        field("postcode", "plz", label="Postleitzahl", required=required),
        field("address", "anschrift", label="Anschrift", own=True, required=required),
        field("district", "stadtteil", label="In welchem Stadtteil?", options=FEW,
              required=required),
        field("select", "ort", label="Einrichtung", options=DISTRICTS, required=required),
        field("scale", "zufriedenheit", label="Wie zufrieden sind Sie?", minimum=1, maximum=6,
              minimum_label="sehr gut", maximum_label="ungenügend", required=required),
        field("norm", "norm", label="Rechtsgrundlage", required=required),
        field("inspection_note", "vermerk", label="Führungszeugnis", required=required,
              help="Das Zeugnis selbst wird nicht gespeichert (§ 72a Abs. 5 SGB VIII)."),
        field("iban", "konto", label="IBAN", masked={"shown_to": ["traeger"]}, required=required),
        field("radio", "abschluss", label="Schulabschluss", options=FEW, not_recorded=REASONS,
              required=required),
        field("checkboxes", "wege", label="Wege", options=FEW, not_recorded=True),
        field("long_text", "freitext", label="Was möchten Sie uns sagen?", max_length=500,
              privacy_check=True, not_recorded=True),
        field("repeat", "einsaetze", label="Einsätze", display="table", item_label="Einsatz",
              totals=["stunden"], fields=[
                  row_field("einsaetze", "time", "von", label="Von", required=required),
                  row_field("einsaetze", "hours", "stunden", label="Stunden", not_recorded=True,
                            required=required),
                  row_field("einsaetze", "date_range", "spanne", label="Spanne"),
                  row_field("einsaetze", "select", "wo", label="Wo", options=DISTRICTS),
              ]),
        field("repeat", "belege", label="Belege", display="cards", item_label="Beleg", fields=[
            row_field("belege", "norm", "grund", label="Rechtsgrundlage", required=required),
            row_field("belege", "scale", "punkte", label="Punkte", minimum=0, maximum=10,
                      minimum_label="nie", maximum_label="immer"),
            row_field("belege", "address", "wo", label="Wo"),
        ]),
    )  # fmt: skip


FILLED: dict[str, Json] = {
    "dauer": 765,
    "beginn": "09:30",
    "anteil": "12.5",
    "laufzeit": {"von": "2026-01-01", "bis": "2026-12-31"},
    "termin": {"tag": "2026-03-02", "uhrzeit": "14:30"},
    "telefon": "+49210312345",
    "plz": "40721",
    "anschrift": {"strasse": "Am Ring 3", "plz": "40721", "ort": "Hilden"},
    "stadtteil": "nord",
    "ort": "d7",
    "zufriedenheit": 2,
    "norm": {"fundstelle": "§ 77 Abs. 1 SGB VIII", "stand": "2025-07-01"},
    "vermerk": {
        "eingesehen_am": "2026-03-02",
        "ausgestellt_am": "2026-02-10",
        "eintrag": False,
        "eingesehen_von": "Jo Beispiel",
    },
    "konto": "DE89370400440532013000",
    "abschluss": {"_not_recorded": "Wurde nicht gefragt"},
    "wege": ["nord", "mitte"],
    "freitext": "Alles lief gut. Mia, geb. 12.03.2022, geht gern hin.",
    "einsaetze": [
        {"_id": "a", "von": "09:30", "stunden": 90, "spanne": {"von": "2026-01-01"}, "wo": "d3"},
        {"_id": "b", "von": "13:00", "stunden": {"_not_recorded": "Zettel fehlt"}},
    ],
    "belege": [
        {
            "_id": "c",
            "grund": {"fundstelle": "§ 36 SGB VIII", "stand": "2026-01-01"},
            "punkte": "keine_angabe",
            "wo": {"strasse": "Markt 1", "plz": "40721", "ort": "Hilden"},
        }
    ],
}

UNREADABLE: dict[str, str] = {
    "dauer": "12,33",
    "beginn": "halb zehn",
    "anteil": "viel",
    "laufzeit.von": "bald",
    "termin.uhrzeit": "nachmittags",
    "telefon": "anrufen",
    "plz": "4072",
    "anschrift.plz": "4072",
    "ort": "Stadtteil 99",
    "norm.stand": "neulich",
    "vermerk.eingesehen_am": "gestern",
    "konto": "DE00",
    "einsaetze[0].stunden": "viel",
    "einsaetze[0].spanne.bis": "bald",
    "belege[0].grund.stand": "neulich",
}


def kinds_page(
    answers: Mapping[str, Json],
    *,
    invalid: Mapping[str, str] | None = None,
    stage: Stage = "submission",
    required: Json = True,
    role: str = "traeger",
) -> PageView:
    """Return the page as ``role`` sees it with these answers."""
    definition = kinds_form(required)
    evaluation = evaluate(
        definition,
        answers,
        stage=stage,
        invalid=invalid,
        surroundings=Surroundings(today=date(2026, 3, 2)),
    )
    readable = readable_form(definition, Viewer(frozenset({role})))
    return present_page(readable, "seite", evaluation, invalid)
