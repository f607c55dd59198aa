"""Form documents for tests: short to write, with stable ids, and the calculations of the trade."""

from __future__ import annotations

import uuid

from forms.definition import FormDefinition, parse_definition
from forms.expressions.nodes import Json

Document = dict[str, Json]

_NAMESPACE = uuid.UUID("6f1c0a52-8d0e-4b55-9b0a-0f6f5a1d2c3b")


def identity(name: str) -> str:
    """Return the same UUID for the same name."""
    return str(uuid.uuid5(_NAMESPACE, name))


def field(type_: str, key: str, **settings: Json) -> Document:
    """Return a field; choices are given as ``options={"wert": "Beschriftung"}``."""
    document: Document = {"id": identity(f"field {key}"), "key": key, "type": type_}
    document["label"] = settings.pop("label", key.replace("_", " ").capitalize())
    for name in ("options", "cells"):
        choices = settings.get(name)
        if isinstance(choices, dict):
            settings[name] = [
                {"id": identity(f"{key} {name} {value}"), "value": value, "label": label}
                for value, label in choices.items()
            ]
    for name in ("rows", "columns"):
        headings = settings.get(name)
        if isinstance(headings, dict):
            settings[name] = [
                {"id": identity(f"{key} {name} {value}"), "key": value, "label": label}
                for value, label in headings.items()
            ]
    return document | settings


def row_field(group: str, type_: str, key: str, **settings: Json) -> Document:
    """Return a field of the repeat group ``group``."""
    return field(type_, key, **settings) | {"id": identity(f"field {group}.{key}")}


def section(key: str, *fields: Document, **settings: Json) -> Document:
    """Return a section."""
    document: Document = {"id": identity(f"section {key}"), "key": key, "title": key.capitalize()}
    return document | settings | {"fields": list(fields)}


def page(key: str, *sections: Document, **settings: Json) -> Document:
    """Return a page."""
    document: Document = {"id": identity(f"page {key}"), "key": key, "title": key.capitalize()}
    return document | settings | {"sections": list(sections)}


def form(*pages: Document, key: str = "pruefbogen") -> Document:
    """Return a form of these pages."""
    return {
        "schema_version": 1,
        "id": identity(f"form {key}"),
        "key": key,
        "title": key.capitalize(),
        "language": "de-DE",
        "pages": list(pages),
    }


def one_page(*fields: Document) -> Document:
    """Return a form of one page with one section."""
    return form(page("seite", section("abschnitt", *fields)))


def parsed(*fields: Document) -> FormDefinition:
    """Return the parsed form of one page with these fields."""
    return parse_definition(one_page(*fields))


def hourly_rate_form() -> Document:
    """Return the calculation of a Fachleistungsstunde."""
    return form(
        page(
            "kosten",
            section(
                "kosten",
                field("money", "personalkosten", required=True, minimum="0"),
                field("decimal", "sachkosten_pct", required=True, unit="%", places=2),
                field("decimal", "leitung_pct", required=True, unit="%", places=2),
                field(
                    "calculated",
                    "gesamtkosten",
                    result="money",
                    value="personalkosten * (1 + sachkosten_pct / 100 + leitung_pct / 100)",
                ),
            ),
        ),
        page(
            "zeit",
            section(
                "zeit",
                field("decimal", "wochenstunden", required=True, unit="h", places=2),
                field("integer", "feiertage", required=True, minimum=0, maximum=20),
                field("integer", "urlaub", required=True, minimum=0, maximum=60),
                field("integer", "krankheit", required=True, minimum=0, maximum=100),
                field("integer", "fortbildung", required=True, minimum=0, maximum=60),
                field("decimal", "minder_beruf_pct", required=True, unit="%"),
                field("decimal", "minder_fall_pct", required=True, unit="%"),
                field(
                    "calculated",
                    "netto_tage",
                    result="integer",
                    value="365 - 104 - feiertage - urlaub - krankheit - fortbildung",
                ),
                field(
                    "calculated",
                    "bereinigte_h",
                    result="decimal",
                    places=2,
                    unit="h",
                    value="netto_tage * wochenstunden / 5",
                ),
                field(
                    "calculated",
                    "netto_h",
                    result="decimal",
                    places=3,
                    unit="h",
                    value="bereinigte_h * (1 - minder_beruf_pct / 100)"
                    " * (1 - minder_fall_pct / 100)",
                ),
                field(
                    "calculated",
                    "fls_satz",
                    result="money",
                    value="runden(gesamtkosten / netto_h, 2)",
                ),
            ),
        ),
        key="fachleistungsstunde",
    )


def hourly_rate_answers(leitung_pct: str = "15") -> Document:
    """Return answers to :func:`hourly_rate_form`."""
    return {
        "personalkosten": "72400.00",
        "sachkosten_pct": "10",
        "leitung_pct": leitung_pct,
        "wochenstunden": "39",
        "feiertage": 11,
        "urlaub": 30,
        "krankheit": 12,
        "fortbildung": 5,
        "minder_beruf_pct": "12",
        "minder_fall_pct": "0",
    }


def grant_form() -> Document:
    """Return the Verwendungsnachweis of a Fehlbedarfsfinanzierung."""
    return form(
        page(
            "zahlen",
            section(
                "zahlen",
                field("money", "zuwendung", required=True),
                field(
                    "repeat",
                    "einnahmen",
                    display="table",
                    item_label="Einnahme",
                    totals=["betrag"],
                    fields=[
                        row_field("einnahmen", "text", "einzahler", required=True),
                        row_field("einnahmen", "money", "betrag", required=True),
                    ],
                ),
                field(
                    "repeat",
                    "ausgaben",
                    display="table",
                    item_label="Ausgabe",
                    minimum=1,
                    totals=["betrag"],
                    fields=[
                        row_field("ausgaben", "text", "grund", required=True),
                        row_field("ausgaben", "money", "betrag", required=True),
                    ],
                ),
                field(
                    "repeat",
                    "sachleistungen",
                    display="table",
                    item_label="Sachleistung",
                    fields=[row_field("sachleistungen", "money", "wert", required=True)],
                ),
                field(
                    "calculated",
                    "fehlbedarf",
                    result="money",
                    value="summe(ausgaben.betrag) - summe(einnahmen.betrag)",
                ),
                field(
                    "calculated",
                    "rueckzahlung",
                    result="money",
                    value="maximum(0, zuwendung - fehlbedarf)",
                ),
            ),
        ),
        key="verwendungsnachweis",
    )


def grant_answers() -> Document:
    """Return answers to :func:`grant_form`; the rooms in kind stay out of the calculation."""
    return {
        "zuwendung": "20000.00",
        "einnahmen": [
            {"einzahler": "Unternehmen", "betrag": "34500.00"},
            {"einzahler": "Teilnahme und Sonstige", "betrag": "8150.00"},
        ],
        "ausgaben": [
            {"grund": "Personal", "betrag": "48900.00"},
            {"grund": "Miete und Sachkosten", "betrag": "12500.00"},
        ],
        "sachleistungen": [{"wert": "6000.00"}],
    }
