"""Stored answers: read into typed values, and typed values written back.

Stored JSON has decimals and money as strings; where a plain JSON number stands instead, it is
taken by its shortest notation (``0.1`` is exactly 0.1), so that scripts may send numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.elements import (
    MAXIMUM_FORM_ROWS,
    MAXIMUM_ROWS,
    ROW_ID,
    CalculatedField,
    Field,
    InfoField,
    Matrix,
    MatrixField,
    RepeatField,
    Row,
    Scalar,
    Value,
)
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.registry import dump_scalar, has_value, load_value
from tenants.language import _

Answers = Mapping[str, Json]


@dataclass(slots=True)
class LoadedAnswers:
    """Typed answers, and a German message for each path that could not be read."""

    values: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    """Rows of all repeat groups together."""


def load_answers(fields: Mapping[str, Field], answers: Answers) -> LoadedAnswers:
    """Read stored ``answers`` to the top-level ``fields`` of a form.

    Unknown keys, wrong types and unknown choices are errors at their paths. Values of calculated
    fields are ignored: only the server computes them.
    """
    loaded = LoadedAnswers()
    for key, stored in answers.items():
        target = fields.get(key)
        if target is None or isinstance(target, InfoField):
            loaded.errors[key] = _("Die Angabe „{key}“ gibt es in diesem Formular nicht.").format(
                key=key
            )
        elif stored is None or isinstance(target, CalculatedField):
            continue
        elif isinstance(target, RepeatField):
            loaded.values[key] = _load_rows(target, stored, key, loaded)
        elif isinstance(target, MatrixField):
            loaded.values[key] = _load_cells(target, stored, loaded.errors)
        else:
            loaded.values[key] = _load_value(target, stored, key, loaded.errors)
    return loaded


def _load_value(target: Field, stored: Json, path: str, errors: dict[str, str]) -> Scalar:
    try:
        return load_value(target, stored)
    except EntryError as error:
        errors[path] = str(error)
        return None


def _load_rows(group: RepeatField, stored: Json, path: str, loaded: LoadedAnswers) -> list[Row]:
    if not isinstance(stored, list):
        loaded.errors[path] = _("„{label}“: erwartet wird eine Liste von Zeilen.").format(
            label=group.label
        )
        return []
    count = min(len(stored), MAXIMUM_ROWS, MAXIMUM_FORM_ROWS - loaded.rows)
    if count < len(stored):
        loaded.errors[path] = too_many_rows(group, len(stored))
    loaded.rows += count
    return [
        _load_row(group, row, f"{path}[{index}]", loaded)
        for index, row in enumerate(stored[:count])
    ]


def too_many_rows(group: RepeatField, count: int) -> str:
    """Say which limit the rows of ``group`` break: that of one group or that of the form."""
    if count > MAXIMUM_ROWS:
        return _("„{label}“ darf höchstens {limit} Zeilen haben.").format(
            label=group.label, limit=MAXIMUM_ROWS
        )
    return _(
        "„{label}“: Alle Wiederholgruppen zusammen dürfen höchstens {limit} Zeilen haben."
    ).format(label=group.label, limit=MAXIMUM_FORM_ROWS)


def _load_row(group: RepeatField, stored: Json, path: str, loaded: LoadedAnswers) -> Row:
    row: Row = {}
    if not isinstance(stored, dict):
        loaded.errors[path] = _("„{path}“ ist keine Zeile mit benannten Angaben.").format(path=path)
        return row
    identity = stored.get(ROW_ID)
    row[ROW_ID] = identity if isinstance(identity, str) else ""
    for key, value in stored.items():
        column = group.columns.get(key)
        if key == ROW_ID:
            continue
        if column is None or isinstance(column, InfoField):
            loaded.errors[f"{path}.{key}"] = _(
                "Die Angabe „{key}“ gibt es in diesem Formular nicht."
            ).format(key=f"{path}.{key}")
        elif value is None or isinstance(column, CalculatedField):
            continue
        elif isinstance(column, RepeatField):
            row[key] = _load_rows(column, value, f"{path}.{key}", loaded)
        else:
            row[key] = _load_value(column, value, f"{path}.{key}", loaded.errors)
    return row


def _load_cells(matrix: MatrixField, stored: Json, errors: dict[str, str]) -> Matrix:
    cells: Matrix = {}
    if not isinstance(stored, dict):
        errors[matrix.key] = _("„{label}“: erwartet werden Zeilen und Spalten.").format(
            label=matrix.label
        )
        return cells
    rows = {row.key for row in matrix.rows}
    for row_key, stored_row in stored.items():
        path = f"{matrix.key}.{row_key}"
        if row_key not in rows or not isinstance(stored_row, dict):
            errors[path] = _("Die Zeile „{key}“ gibt es in „{label}“ nicht.").format(
                key=row_key, label=matrix.label
            )
            continue
        cells[row_key] = _load_matrix_row(matrix, stored_row, path, errors)
    return cells


def _load_matrix_row(
    matrix: MatrixField, stored: dict[str, Json], path: str, errors: dict[str, str]
) -> dict[str, str]:
    columns = {column.key for column in matrix.columns}
    choices = {cell.value for cell in matrix.cells}
    row: dict[str, str] = {}
    for key, value in stored.items():
        if columns and key not in columns:
            errors[f"{path}.{key}"] = _("Die Spalte „{key}“ gibt es in „{label}“ nicht.").format(
                key=key, label=matrix.label
            )
        elif value is None or value == "":
            continue
        elif not isinstance(value, str) or value not in choices:
            errors[f"{path}.{key}"] = _(
                "Bitte wählen Sie in „{label}“ eine der Möglichkeiten."
            ).format(label=matrix.label)
        else:
            row[key] = value
    return row


def dump_value(target: Field, value: Value) -> Json:
    """Return the stored form of a typed ``value`` of ``target``; raises TypeError for others."""
    if value is None:
        return None
    if isinstance(target, RepeatField) and isinstance(value, list):
        return [_dump_row(target, row) for row in value]
    if isinstance(target, MatrixField) and isinstance(value, dict):
        return {key: dict(row) for key, row in value.items()}
    if has_value(target) and not isinstance(value, list | dict):
        return dump_scalar(target, value)
    raise TypeError(f"{target.name} has no such value.")


def _dump_row(group: RepeatField, row: Row) -> dict[str, Json]:
    document: dict[str, Json] = {ROW_ID: str(row.get(ROW_ID) or "")}
    for column in group.fields:
        value = row.get(column.key)
        if value is not None:
            document[column.key] = dump_value(column, value)
    return document
