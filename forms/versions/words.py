"""How elements of a form, their properties and values are named in a sentence about a change."""

from __future__ import annotations

import json
import re
from datetime import date

from forms.expressions.nodes import Json
from forms.german import format_date
from forms.versions.outline import Element
from tenants.language import _

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

TYPE_NAMES = {
    "text": _("Text, eine Zeile"),
    "long_text": _("Text, mehrere Zeilen"),
    "integer": _("ganze Zahl"),
    "decimal": _("Zahl mit Komma"),
    "money": _("Betrag in Euro"),
    "date": _("Datum"),
    "yes_no": _("Ja oder Nein"),
    "email": _("E-Mail-Adresse"),
    "iban": _("IBAN"),
    "radio": _("Auswahl mit Knöpfen"),
    "select": _("Auswahlliste"),
    "checkboxes": _("Mehrfachauswahl"),
    "file": _("Dateien"),
    "calculated": _("Berechnung"),
    "info": _("Hinweistext"),
    "repeat": _("Wiederholgruppe"),
    "matrix": _("Matrix"),
    "declaration": _("Erklärung zum Ankreuzen"),
    "percent": _("Prozent"),
    "hours": _("Stunden"),
    "time": _("Uhrzeit"),
    "telephone": _("Telefonnummer"),
    "scale": _("Skala"),
    "district": _("Stadtteil"),
    "date_range": _("Zeitraum"),
    "datetime": _("Datum und Uhrzeit"),
    "address": _("Anschrift"),
    "norm": _("Vorschrift"),
    "inspection_note": _("Vermerk über die Einsicht (§ 72a SGB VIII)"),
}

_KINDS = {
    "pages": _("Seite"),
    "sections": _("Abschnitt"),
    "fields": _("Feld"),
    "options": _("Möglichkeit"),
    "cells": _("Wert"),
    "rows": _("Zeile"),
    "columns": _("Spalte"),
    "codelists": _("Codeliste"),
    "entries": _("Möglichkeit"),
}


def type_name(element: Element) -> str:
    """Return the field type in words."""
    return TYPE_NAMES.get(element.type, element.type)


def subject(element: Element) -> str:
    """Return the element as a sentence names it: ``Feld „Kinder“``, ``Zeile „Akquise“ …``."""
    kind = _KINDS.get(element.container, _("Teil"))
    name = element.text("label") or element.text("title") or element.text("value")
    text = (
        _("{kind} „{name}“").format(kind=kind, name=name)
        if name
        else _("{kind} ohne Überschrift").format(kind=kind)
    )
    if element.field is not element:
        return _("{part} bei {field}").format(part=text, field=subject(element.field))
    if element.group is not None:
        return _("{field} in „{group}“").format(field=text, group=element.group.text("label"))
    return text


def shown(value: Json) -> str:
    """Return a value of a property for reading: numbers and days in German, lists joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return _text(str(value))


def _text(text: str) -> str:
    if _DAY.fullmatch(text):
        try:
            return format_date(date.fromisoformat(text))
        except ValueError:
            return text
    return text.replace(".", ",") if _NUMBER.fullmatch(text) else text
