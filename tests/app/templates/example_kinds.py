"""Every field type of the meta-schema as the product draws it from a form, in every state.

The types come from the schema, not from this file: a new one without an `Example` here fails
`test_pages`, so that no type is published which axe has never seen in all its states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date

from forms.attachments.states import AttachmentInfo, Attachments
from forms.definition import FormDefinition, form_schema
from forms.evaluation import Stage, evaluate
from forms.expressions.nodes import Json
from forms.fields.picked import PickedField
from forms.picking.choices import Choice, Found, Wish
from forms.presentation import present_page
from forms.procedure.viewing import readable_form
from forms.surroundings import Surroundings
from forms.viewer import Viewer
from forms.views import PageView
from tests.support.form_documents import Document, field, identity, parsed
from tests.support.list_choices import ListChoices, numbered

DISTRICTS: Json = {f"d{number}": f"Stadtteil {number}" for number in range(1, 21)}
FEW: Json = {"nord": "Nord", "sued": "Süd", "mitte": "Mitte"}
REASONS: Json = {"reasons": ["Wurde nicht gefragt", "Die Familie möchte es nicht sagen"]}
TODAY = date(2026, 3, 2)
COLUMNS_OF_A_TABLE = 6


@dataclass(frozen=True)
class Example:
    """A field type: its settings, an answer, and what cannot be read, by the ending of its path."""

    label: str
    answer: Json = None
    settings: Mapping[str, Json] = default(default_factory=dict)
    unreadable: Mapping[str, str] = default(default_factory=dict)
    never_required: bool = False
    """Whether nobody is asked for it: it is reckoned, or only read."""


def _file(name: str) -> dict[str, Json]:
    return {"_id": identity(name), "name": name, "sha256": "0" * 64}


FILES: list[dict[str, Json]] = [
    _file("Konzeption.pdf"),
    _file("Anlage mit einem sehr langen Namen.docx"),
]

EXAMPLES: dict[str, Example] = {
    "text": Example("Name der Einrichtung", "Haus Morgenlicht", {"max_length": 20},
                    {"": "Ein Name, der viel länger ist als erlaubt"}),
    "long_text": Example("Was möchten Sie uns sagen?",
                         "Alles lief gut. Mia, geb. 12.03.2022, geht gern hin.",
                         {"max_length": 500, "privacy_check": True, "not_recorded": True},
                         {"": "viel " * 101}),
    "integer": Example("Betreute Kinder", 42, {"unit": "Kinder"}, {"": "viele"}),
    "decimal": Example("Netto-Jahresarbeitszeit", "1583.4", {"unit": "Stunden"}, {"": "viel"}),
    "money": Example("Bewilligter Zuschuss", "48500.00",
                     {"help": "Laut Bescheid, ohne Eigenmittel."}, {"": "viel"}),
    "percent": Example("Leitungsanteil", "12.5", {"places": 2}, {"": "viel"}),
    "hours": Example("Dauer des Einsatzes", 765,
                     {"help": "Zum Beispiel 1,5 oder 1:30", "not_recorded": True}, {"": "12,33"}),
    "date": Example("Beginn der Maßnahme", "2026-03-01", {"help": "Zum Beispiel 31.12.2026"},
                    {"": "bald"}),
    "time": Example("Uhrzeit", "09:30", {}, {"": "halb zehn"}),
    "date_range": Example("Laufzeit", {"von": "2026-01-01", "bis": "2026-12-31"},
                          {"open_end": True, "help": "Der letzte Tag gehört dazu."},
                          {".von": "bald"}),
    "datetime": Example("Termin des Hausbesuchs", {"tag": "2026-03-02", "uhrzeit": "14:30"}, {},
                        {".uhrzeit": "nachmittags"}),
    "yes_no": Example("Ist der Träger nach § 75 SGB VIII anerkannt?", True),
    "email": Example("E-Mail für Rückfragen", "kontakt@morgenlicht.example",
                     {"autocomplete": "email"}, {"": "kontakt bei Morgenlicht"}),
    "telephone": Example("Telefon", "+49210312345", {"autocomplete": "tel"}, {"": "anrufen"}),
    "iban": Example("IBAN", "DE89370400440532013000", {"masked": {"shown_to": ["traeger"]}},
                    {"": "DE00"}),
    "postcode": Example("Postleitzahl", "40721", {}, {"": "4072"}),
    "address": Example("Anschrift", {"strasse": "Am Ring 3", "plz": "40721", "ort": "Hilden"},
                       {"own": True}, {".plz": "4072"}),
    "radio": Example("Schulabschluss", {"_not_recorded": "Wurde nicht gefragt"},
                     {"options": FEW, "not_recorded": REASONS}),
    "select": Example("Einrichtung", "d7", {"options": DISTRICTS}, {"": "Stadtteil 99"}),
    "district": Example("In welchem Stadtteil?", "nord", {"options": FEW}),
    "checkboxes": Example("Wege", ["nord", "mitte"], {"options": FEW, "not_recorded": True}),
    "scale": Example("Wie zufrieden sind Sie?", 2,
                     {"minimum": 1, "maximum": 6, "minimum_label": "sehr gut",
                      "maximum_label": "ungenügend"}),
    "norm": Example("Rechtsgrundlage", {"fundstelle": "§ 77 Abs. 1 SGB VIII",
                                        "stand": "2025-07-01"}, {}, {".stand": "neulich"}),
    "inspection_note": Example(
        "Führungszeugnis",
        {"eingesehen_am": "2026-03-02", "ausgestellt_am": "2026-02-10", "eintrag": False,
         "eingesehen_von": "Jo Beispiel"},
        {"help": "Das Zeugnis selbst wird nicht gespeichert (§ 72a Abs. 5 SGB VIII)."},
        {".eingesehen_am": "gestern"}),
    "file": Example("Anlagen", FILES, {"minimum": 1}),
    "register": Example(
        "Einrichtung aus dem Verzeichnis",
        {"schluessel": "haus-7", "name": "Haus 007", "plaetze": 85},
        {"register": "einrichtungen", "takes": [{"key": "plaetze", "label": "Plätze",
                                                 "type": "integer"}]},
        {"": "Haus"}),
    "organisation": Example("Träger", {"schluessel": "t1", "name": "Morgenlicht gGmbH"}),
    "person": Example("Zuständig", {"schluessel": "p1", "name": "Mara Lindqvist",
                                    "funktion": "Fachkraft"}, {"side": "office"}),
    "declaration": Example("Erklärung des Trägers", True,
                           {"text": "Die Angaben sind vollständig und aus den Büchern belegt."}),
    "calculated": Example("Zeitstunden", None, {"result": "hours", "value": "90"},
                          never_required=True),
    "info": Example("Was dazu gehört", None, {"text": "Miete, Fahrtkosten und Verwaltung."},
                    never_required=True),
    "matrix": Example("Wer macht was?",
                      {"akquise": {"amt": "F", "haus": "M"}, "kurse": {"amt": "M", "haus": "F"}},
                      {"rows": {"akquise": "Gewinnung", "kurse": "Qualifizierung"},
                       "columns": {"amt": "Jugendamt", "haus": "Kinderhaus am Ring e. V."},
                       "cells": {"F": "federführend", "M": "mitwirkend"}}),
}  # fmt: skip


def schema_types(element: str) -> list[str]:
    """Return the types that the meta-schema knows for a ``field`` or a ``column``."""
    definitions = form_schema()["$defs"]
    assert isinstance(definitions, dict)
    properties = definitions[element]["properties"]
    return list(properties["type"]["enum"])


def example_field(name: str, required: Json, make: Callable[..., Document]) -> Document:
    """Return a field of the type ``name`` whose key is the type."""
    example = EXAMPLES[name]
    asked = {} if example.never_required else {"required": required}
    return make(name, name, label=example.label, **example.settings, **asked)


def _columns() -> list[str]:
    return [name for name in schema_types("column") if name != "repeat"]


def _tables() -> Iterator[tuple[str, list[str]]]:
    """Return tables of a few columns each, which together hold every type."""
    names = _columns()
    for start in range(0, len(names), COLUMNS_OF_A_TABLE):
        yield f"tabelle_{start}", names[start : start + COLUMNS_OF_A_TABLE]


def _row_maker(group: str) -> Callable[..., Document]:
    """Fields whose ids, those of their options too, are not those of a field elsewhere."""
    return lambda kind, key, **settings: field(kind, f"{group}.{key}", **settings) | {"key": key}


def _repeat(
    group: str, display: str, names: list[str], required: Json, *more: Document
) -> Document:
    maker = _row_maker(group)
    fields: list[Json] = [example_field(name, required, maker) for name in names]
    return field(
        "repeat", group, label=f"Gruppe {group}", display=display, item_label="Eintrag",
        required=False, fields=[*fields, *more],
    )  # fmt: skip


def kinds_form(required: Json = True) -> FormDefinition:
    """Return a form with every type: by itself, in tables, in cards, and in cards of cards."""
    inner = _repeat("innen", "cards", _columns(), required)
    return parsed(
        *(
            example_field(name, required, field)
            for name in schema_types("field")
            if name != "repeat"
        ),
        *(_repeat(group, "table", names, required) for group, names in _tables()),
        _repeat("karten", "cards", _columns(), required, inner),
    )


def rows(make: Callable[[list[str]], dict[str, Json]]) -> dict[str, Json]:
    """Return the answers of all groups, each with one row of what ``make`` says of its types."""
    tables: dict[str, Json] = {
        group: [{"_id": f"{group}-1", **make(names)}, {"_id": f"{group}-2"}]
        for group, names in _tables()
    }
    inside = {"_id": "innen-1", **make(_columns())}
    return tables | {"karten": [{"_id": "karten-1", **make(_columns()), "innen": [inside]}]}


def _answers(names: list[str]) -> dict[str, Json]:
    return {name: EXAMPLES[name].answer for name in names if EXAMPLES[name].answer is not None}


FILLED: dict[str, Json] = {
    **_answers([name for name in schema_types("field") if name in EXAMPLES]),
    **rows(_answers),
}
BEGUN: dict[str, Json] = rows(lambda names: {})


def _unreadable(prefix: str, names: list[str]) -> dict[str, str]:
    return {
        f"{prefix}{name}{ending}": text
        for name in names
        for ending, text in EXAMPLES[name].unreadable.items()
    }


UNREADABLE: dict[str, str] = {
    **_unreadable("", list(EXAMPLES)),
    **{
        path: text
        for group, names in _tables()
        for path, text in _unreadable(f"{group}[0].", names).items()
    },
    **_unreadable("karten[0].", _columns()),
    **_unreadable("karten[0].innen[0].", _columns()),
}


def _attachments() -> Attachments:
    """Return what is known of the files of the page: one is clean, one still in quarantine."""
    return Attachments(
        known={
            str(file["_id"]): AttachmentInfo(
                str(file["_id"]), identity("field file"), "0" * 64, 20_480, state
            )
            for file, state in zip(FILES, ("clean", "quarantine"), strict=True)
        }
    )


class ExampleChoices(ListChoices):
    """A long register, which is searched in, and short lists of Träger and people."""

    LISTS: Mapping[str, tuple[Choice, ...]] = {
        "register": numbered(30),
        "organisation": (Choice("t1", "Morgenlicht gGmbH"), Choice("t2", "Lernwerk gGmbH")),
        "person": (Choice("p1", "Mara Lindqvist", {"funktion": "Fachkraft"}),),
    }

    def search(self, target: PickedField, wish: Wish, limit: int) -> Found:
        return ListChoices(*self.LISTS[target.type]).search(target, wish, limit)


def kinds_page(
    answers: Mapping[str, Json],
    *,
    invalid: Mapping[str, str] | None = None,
    stage: Stage = "submission",
    required: Json = True,
    role: str = "traeger",
    editable: tuple[str, ...] | None = None,
) -> PageView:
    """Return the page as ``role`` sees it with these answers.

    With ``editable`` all but these fields are for reading, as after a Rückfrage.
    """
    definition = kinds_form(required)
    evaluation = evaluate(
        definition,
        answers,
        stage=stage,
        invalid=invalid,
        surroundings=Surroundings(today=TODAY),
    )
    readable = readable_form(definition, Viewer(frozenset({role})))
    return present_page(
        readable,
        "seite",
        evaluation,
        invalid,
        editable=editable,
        attachments=_attachments(),
        choices=ExampleChoices(),
    )
