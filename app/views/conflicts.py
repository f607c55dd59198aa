"""Answers that two tabs changed differently, said so that a person can choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forms.answer_texts import answer_text
from forms.definition import FormDefinition
from forms.elements import ROW_ID, Field, MatrixField, PartsField, RepeatField
from forms.expressions.nodes import Json
from forms.merging import Conflict
from forms.paths import path_steps
from forms.submitting import StaleDraft


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
        "mine": answer_text(conflict.mine, field),
        "stored": answer_text(conflict.theirs, field),
    }


def _place(definition: FormDefinition, path: str, stale: StaleDraft) -> tuple[str, Field | None]:
    """Return the name of the place in the words of the form, and the field that stands there."""
    top = definition.fields.get(path.partition(".")[0])
    if isinstance(top, MatrixField):
        names = {one.key: one.label for one in (*top.rows, *top.columns)}
        place = [names.get(one, "") for one in path.split(".")[1:]]
        return ", ".join([top.label, *filter(None, place)]), top
    return _place_in_rows(definition, path, stale)


def _place_in_rows(
    definition: FormDefinition, path: str, stale: StaleDraft
) -> tuple[str, Field | None]:
    field: Field | None = None
    label = ""
    fields: Mapping[str, Field] = definition.fields
    rows: tuple[Json, Json] = (stale.mine, stale.stored)
    for step in path_steps(path):
        field = fields.get(step.key)
        if field is None:
            return path, None
        label = f"{label}: {field.label}" if label else field.label
        if isinstance(field, RepeatField) and step.row is not None:
            groups = tuple(one.get(step.key) if isinstance(one, dict) else None for one in rows)
            label += f", {field.item_label} {_position(groups, step.row)}"
            rows = (_row(groups[0], step.row), _row(groups[1], step.row))
            fields = field.columns
        elif isinstance(field, PartsField):
            fields = {part.key: replace(part.field, label=part.label) for part in field.parts}
    return label or path, field


def _position(groups: tuple[Json, ...], identity: str) -> int:
    """Return the number that the person sees at the row, in its own version if it is there."""
    for group in groups:
        for number, row in enumerate(group if isinstance(group, list) else (), start=1):
            if isinstance(row, dict) and row.get(ROW_ID) == identity:
                return number
    return 0


def _row(group: Json, identity: str) -> Json:
    rows = group if isinstance(group, list) else []
    found = (row for row in rows if isinstance(row, dict) and row.get(ROW_ID) == identity)
    return next(found, None)
