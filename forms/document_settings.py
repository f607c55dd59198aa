"""Reads single settings out of a form document that keeps the meta-schema."""

from __future__ import annotations

from datetime import date

from forms.expressions.nodes import Json
from tenants.language import _

Object = dict[str, Json]


def text(document: Object, name: str) -> str:
    """Return the text ``name`` of ``document``, empty when it has none."""
    value = document.get(name)
    return value if isinstance(value, str) else ""


def number(document: Object, name: str) -> int | None:
    """Return the whole number ``name`` of ``document``, None when it has none."""
    value = document.get(name)
    return int(value) if isinstance(value, int | float) else None


def texts(document: Object, name: str) -> tuple[str, ...]:
    """Return the texts in the list ``name`` of ``document``."""
    value = document.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def objects(document: Object, name: str) -> list[Object]:
    """Return the objects in the list ``name`` of ``document``."""
    value = document.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def day(document: Object, name: str, findings: list[str]) -> date | None:
    """Return the day ``name`` of ``document``; add a finding for one that no calendar has."""
    value = document.get(name)
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        findings.append(
            _("{place}, {name}: Den Tag {day} gibt es nicht.").format(
                place=place_of(document), name=name, day=value
            )
        )
        return None


def place_of(document: Object) -> str:
    """Name a field for a finding."""
    return _("Feld „{label}“ ({key})").format(
        label=text(document, "label"), key=text(document, "key")
    )
