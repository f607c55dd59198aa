"""Answers that two tabs changed differently, said so that a person can choose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from forms.definition import FormDefinition
from forms.elements import ROW_ID, Field, MatrixField, RepeatField
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.registry import has_value, kind_of
from forms.merging import Conflict
from forms.submitting import StaleDraft
from tenants.language import _

_IN_ROW = re.compile(r"([a-z0-9_]+)\[([^\]]+)\](?:\.([a-z0-9_]+))?")


def conflict_rows(definition: FormDefinition, stale: StaleDraft) -> list[dict[str, str]]:
    """Return the differing answers of a stale draft: where they stand, and both as text."""
    return [
        {
            "path": conflict.path,
            "html_id": f"konflikt-{number}",
            **_described(definition, conflict, stale),
        }
        for number, conflict in enumerate(stale.conflicts, start=1)
    ]


def _described(definition: FormDefinition, conflict: Conflict, stale: StaleDraft) -> dict[str, str]:
    label, field = _place(definition, conflict.path, stale)
    return {
        "label": label,
        "mine": _text(conflict.mine, field),
        "stored": _text(conflict.theirs, field),
    }


def _place(definition: FormDefinition, path: str, stale: StaleDraft) -> tuple[str, Field | None]:
    """Return the name of the place in the words of the form, and the field that stands there."""
    in_row = _IN_ROW.fullmatch(path)
    if in_row:
        group = definition.field_at(in_row[1])
        if isinstance(group, RepeatField):
            position = _position(in_row[1], in_row[2], stale)
            row = f"{group.label}, {group.item_label} {position}"
            column = group.column(in_row[3]) if in_row[3] else None
            return (f"{row}: {column.label}", column) if column else (row, group)
    key, _dot, rest = path.partition(".")
    field = definition.field_at(key)
    if isinstance(field, MatrixField) and rest:
        row_key, _dot, column_key = rest.partition(".")
        names = {one.key: one.label for one in (*field.rows, *field.columns)}
        place = [names.get(one, "") for one in (row_key, column_key) if one]
        return ", ".join([field.label, *filter(None, place)]), field
    return (field.label if field else path), field


def _position(group: str, identity: str, stale: StaleDraft) -> int:
    """Return the number that the person sees at the row, in its own version if it is there."""
    for answers in (stale.mine, stale.stored):
        rows = answers.get(group)
        for number, row in enumerate(rows if isinstance(rows, list) else (), start=1):
            if isinstance(row, dict) and row.get(ROW_ID) == identity:
                return number
    return 0


def _text(value: Json, field: Field | None) -> str:
    """Return an answer as it is read, empty for none."""
    if value is None:
        return ""
    if isinstance(field, RepeatField):
        rows: Sequence[Json] = value if isinstance(value, list) else [value]
        return "; ".join(_row_text(row, field) for row in rows)
    if isinstance(field, MatrixField):
        return _cells_text(value, field)
    if field is not None and has_value(field):
        kind = kind_of(field)
        try:
            return kind.display(field, kind.load(field, value))
        except EntryError:
            return str(value)
    return str(value)


def _row_text(row: Json, group: RepeatField) -> str:
    if not isinstance(row, dict):
        return str(row)
    texts = ((column.label, _text(row.get(column.key), column)) for column in group.fields)
    return ", ".join(f"{label}: {text}" for label, text in texts if text) or _("ohne Angaben")


def _cells_text(value: Json, matrix: MatrixField) -> str:
    if isinstance(value, dict):
        return ", ".join(filter(None, (_cells_text(one, matrix) for one in value.values())))
    return next((cell.label for cell in matrix.cells if cell.value == value), str(value))
