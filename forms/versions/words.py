"""How elements of a form, their properties and values are named in a sentence about a change."""

from __future__ import annotations

import json
import re
from datetime import date

from forms.building.field_types import field_type
from forms.expressions.nodes import Json
from forms.german import format_date
from forms.versions.outline import Element
from tenants.language import _

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

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
    return field_type(element.type).word


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
    if isinstance(value, dict) and isinstance(value.get("label"), str):
        return str(value["label"])
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
