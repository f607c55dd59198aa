"""The value of a cell in a file: typed, and never a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from forms.elements import (
    ChoiceField,
    Field,
    MatrixField,
    NotRecorded,
    RepeatField,
    RowValue,
    Value,
)
from forms.expressions.nodes import Json
from forms.fields.registry import display_value, has_value
from forms.lists.columns import is_hours, kind_of_column

Cell: TypeAlias = str | int | Decimal | date | datetime | bool | None

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")


def cell_of(field: Field, value: Value | RowValue) -> Cell:
    """Return ``value`` of ``field`` as a cell; rows of a group are counted, a matrix is text."""
    if value is None:
        return None
    if isinstance(field, RepeatField):
        return len(value) if isinstance(value, list) else None
    if isinstance(field, MatrixField):
        return _matrix_text(field, value) if isinstance(value, dict) else None
    if isinstance(value, list | dict) or not has_value(field):
        return None
    if field.is_masked or isinstance(value, NotRecorded):
        return display_value(field, value)
    kind = kind_of_column(field)
    if is_hours(field) and isinstance(value, int):
        return Decimal(value) / 60
    is_plain = kind in ("number", "date") or (kind == "yes_no" and isinstance(value, bool))
    if is_plain and isinstance(value, int | Decimal | date):
        return value
    if isinstance(value, str) and not isinstance(field, ChoiceField):
        return value
    return display_value(field, value)


def _matrix_text(field: MatrixField, cells: Mapping[str, Mapping[str, str]]) -> str:
    labels = {column.key: column.label for column in field.columns}
    return "; ".join(
        f"{row.label}, {labels.get(key, key)}: {field.label_of(value)}"
        for row in field.rows
        for key, value in cells.get(row.key, {}).items()
        if value
    )


def plain_text(text: str) -> str:
    """Return ``text`` without control characters, which no table program can read."""
    return _CONTROL.sub("", text)


def harmless_text(text: str) -> str:
    """Return ``text`` so that no table program calculates it when it opens a CSV file.

    Excel and LibreOffice take what begins with ``=``, ``+``, ``-`` or ``@`` for a formula, which
    may fetch addresses or start programs. An apostrophe in front makes it a text.
    """
    text = plain_text(text)
    return f"'{text}" if _FORMULA.match(text) else text


def readable_answers(fields: Mapping[str, Field], answers: Mapping[str, Json]) -> dict[str, Json]:
    """Return stored answers that ``fields`` know in full: others are not for this person."""
    return {
        key: _readable(fields[key], stored)
        for key, stored in answers.items()
        if key in fields and not fields[key].is_masked
    }


def _readable(field: Field, stored: Json) -> Json:
    if not isinstance(field, RepeatField) or not isinstance(stored, list):
        return stored
    return [
        {
            key: _readable(field.columns[key], value) if key in field.columns else value
            for key, value in row.items()
            if key == "_id" or (key in field.columns and not field.columns[key].is_masked)
        }
        for row in stored
        if isinstance(row, dict)
    ]
