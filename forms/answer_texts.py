"""Stored answers as they are read, where no page of the form draws them."""

from __future__ import annotations

from collections.abc import Sequence

from forms.elements import Field, MatrixField, RepeatField
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.registry import display_value, has_value, load_value
from tenants.language import _


def answer_text(value: Json, field: Field | None) -> str:
    """Return a stored answer as it is read, empty for none.

    What the field cannot read is shown as it stands, as is an answer without a field.
    """
    if value is None:
        return ""
    if isinstance(field, RepeatField):
        rows: Sequence[Json] = value if isinstance(value, list) else [value]
        return "; ".join(_row_text(row, field) for row in rows)
    if isinstance(field, MatrixField):
        return _cells_text(value, field)
    if field is not None and has_value(field):
        try:
            return display_value(field, load_value(field, value))
        except EntryError:
            return str(value)
    return str(value)


def _row_text(row: Json, group: RepeatField) -> str:
    if not isinstance(row, dict):
        return str(row)
    texts = ((column.label, answer_text(row.get(column.key), column)) for column in group.fields)
    return ", ".join(f"{label}: {text}" for label, text in texts if text) or _("ohne Angaben")


def _cells_text(value: Json, matrix: MatrixField) -> str:
    if isinstance(value, dict):
        return ", ".join(filter(None, (_cells_text(one, matrix) for one in value.values())))
    return next((cell.label for cell in matrix.cells if cell.value == value), str(value))
