"""The types of fields that a person may add to a form: their German words, and how they begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from uuid import uuid4

from forms.building.document_tree import Element
from forms.building.properties import entry_lists_of, properties_of
from forms.building.starting import free_key, key_of, taken_keys
from forms.definition_schema import form_schema
from forms.expressions.nodes import Json
from tenants.language import _


@dataclass(frozen=True, slots=True)
class FieldType:
    """A type in the words of the page. ``start`` holds the settings of a new field."""

    word: str
    group: str
    start: dict[str, Json] = field(default_factory=dict)


_TEXT, _NUMBER = _("Text"), _("Zahlen und Zeiten")
_CHOICE, _MANY, _READ = _("Auswahl"), _("Mehrere Angaben"), _("Zum Lesen")
_MORE = _("Weitere")

FIELD_TYPES: dict[str, FieldType] = {
    "text": FieldType(_("Kurzer Text"), _TEXT),
    "long_text": FieldType(_("Langer Text"), _TEXT, {"rows": 5}),
    "email": FieldType(_("E-Mail-Adresse"), _TEXT),
    "iban": FieldType(_("IBAN"), _TEXT),
    "telephone": FieldType(_("Telefonnummer"), _TEXT),
    "address": FieldType(_("Anschrift"), _TEXT),
    "postcode": FieldType(_("Postleitzahl"), _TEXT),
    "norm": FieldType(_("Rechtsnorm"), _TEXT),
    "inspection_note": FieldType(_("Vermerk über eine Einsicht"), _TEXT),
    "integer": FieldType(_("Ganze Zahl"), _NUMBER),
    "decimal": FieldType(_("Dezimalzahl"), _NUMBER, {"places": 2}),
    "money": FieldType(_("Geldbetrag"), _NUMBER),
    "percent": FieldType(_("Prozentsatz"), _NUMBER),
    "hours": FieldType(_("Stunden"), _NUMBER),
    "date": FieldType(_("Datum"), _NUMBER),
    "time": FieldType(_("Uhrzeit"), _NUMBER),
    "datetime": FieldType(_("Datum und Uhrzeit"), _NUMBER),
    "date_range": FieldType(_("Zeitraum"), _NUMBER),
    "calculated": FieldType(
        _("Berechnung"), _NUMBER, {"result": "decimal", "places": 2, "value": "0"}
    ),
    "yes_no": FieldType(_("Ja oder Nein"), _CHOICE),
    "radio": FieldType(_("Eine von wenigen"), _CHOICE),
    "select": FieldType(_("Eine aus einer Liste"), _CHOICE),
    "checkboxes": FieldType(_("Mehrere ankreuzen"), _CHOICE),
    "scale": FieldType(
        _("Skala"),
        _CHOICE,
        {
            "minimum": 1,
            "maximum": 5,
            "minimum_label": _("trifft nicht zu"),
            "maximum_label": _("trifft zu"),
        },
    ),
    "district": FieldType(_("Stadtteil"), _CHOICE),
    "register": FieldType(_("Aus einem Verzeichnis"), _CHOICE, {"register": "verzeichnis"}),
    "organisation": FieldType(_("Träger"), _CHOICE),
    "person": FieldType(_("Person"), _CHOICE),
    "file": FieldType(_("Dateien hochladen"), _MANY),
    "repeat": FieldType(
        _("Wiederholgruppe"), _MANY, {"display": "table", "item_label": _("Eintrag"), "fields": []}
    ),
    "matrix": FieldType(_("Matrix"), _MANY),
    "info": FieldType(_("Hinweistext"), _READ, {"text": _("Hier steht ein Hinweis.")}),
    "declaration": FieldType(
        _("Erklärung zum Ankreuzen"), _READ, {"text": _("Ich bestätige, dass …"), "required": True}
    ),
}

ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"text", "long_text"}),
    frozenset({"radio", "select", "checkboxes"}),
    frozenset({"integer", "decimal", "money"}),
    frozenset({"info", "declaration"}),
)
"""Types that may be exchanged for one another without losing what makes up the field."""


def field_type(name: str) -> FieldType:
    """Return a type; one that has no entry above goes by its name."""
    return FIELD_TYPES.get(name) or FieldType(name, _MORE)


@cache
def offered_types(*, in_group: bool) -> tuple[str, ...]:
    """Return the types that the meta-schema allows in a section or in a repeat group."""
    definitions = form_schema()["$defs"]
    known = definitions if isinstance(definitions, dict) else {}
    shape: Json = known.get("column" if in_group else "field")
    for name in ("properties", "type", "enum"):
        shape = shape.get(name) if isinstance(shape, dict) else None
    allowed = [str(one) for one in shape] if isinstance(shape, list) else []
    listed = [name for name in FIELD_TYPES if name in allowed]
    return (*listed, *(name for name in allowed if name not in FIELD_TYPES))


def types_by_group(*, in_group: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the offered types as (group, (name, word) …), for a menu."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in offered_types(in_group=in_group):
        one = field_type(name)
        groups.setdefault(one.group, []).append((name, one.word))
    return list(groups.items())


def exchangeable_types(name: str) -> tuple[str, ...]:
    """Return the types a field of type ``name`` may become, itself included."""
    alike = next((group for group in ALIKE if name in group), frozenset({name}))
    return tuple(one for one in FIELD_TYPES if one in alike) or (name,)


def new_field(document: Element, parent: Element, kind: str, label: str) -> Element:
    """Return a field of type ``kind`` for ``parent``, usable as it is where that is possible."""
    one = field_type(kind)
    label = label.strip() or one.word
    key = free_key(key_of(label, "feld"), taken_keys(document, parent, "fields"))
    element: Element = {"id": str(uuid4()), "key": key, "type": kind, "label": label}
    element.update(one.start)
    for name in entry_lists_of(kind):
        element[name] = _first_entries(name)
    for needed in properties_of(kind):
        if needed.needed and needed.name not in element and needed.choices:
            element[needed.name] = needed.choices[0][0]
    return element


def _first_entries(name: str) -> list[Json]:
    labels = {
        "options": (_("Möglichkeit 1"), _("Möglichkeit 2")),
        "cells": (_("ja"), _("nein")),
        "rows": (_("Zeile 1"),),
        "columns": (_("Spalte 1"),),
    }[name]
    called = "value" if name in ("options", "cells") else "key"
    return [
        {
            "id": str(uuid4()),
            called: f"{key_of(label, name)}_{number}"
            if label[-1].isdigit()
            else key_of(label, name),
            "label": label,
        }
        for number, label in enumerate(labels, start=1)
    ]
