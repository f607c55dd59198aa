"""The answer of one submission in one column, typed and as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping

from forms.answers import load_answers
from forms.definition import FormDefinition
from forms.elements import Field, Value
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.registry import display_value, has_value, load_value
from forms.lists.columns import Column
from tenants.language import _


def field_of(column: Column, definition: FormDefinition, version_id: str) -> Field | None:
    """Return the field behind ``column`` in a version, None when that version has none."""
    for key, versions in column.places:
        if version_id in versions:
            return definition.fields.get(key)
    return None


def stored_value(field: Field, answers: Mapping[str, Json]) -> Value:
    """Return the typed answer of ``field``, None when it is unanswered or cannot be read.

    Calculated values are taken as they were frozen when the answers were submitted.
    """
    stored = answers.get(field.key)
    if stored is None:
        return None
    if has_value(field):
        try:
            return load_value(field, stored)
        except EntryError:
            return None
    return load_answers({field.key: field}, {field.key: stored}).values.get(field.key)


def shown_value(field: Field, value: Value) -> str:
    """Return the answer in one line; rows of a group are counted."""
    if isinstance(value, list):
        return _("1 Zeile") if len(value) == 1 else _("{n} Zeilen").format(n=len(value))
    if isinstance(value, dict):
        filled = sum(bool(cell) for row in value.values() for cell in row.values())
        return _("{n} Felder gewählt").format(n=filled) if filled else ""
    return display_value(field, value) if has_value(field) else ""
