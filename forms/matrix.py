"""The columns of a matrix and its rules for rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.elements import Matrix, MatrixField, Row, RowRule, Value
from tenants.language import _

_FOREIGN_TO_KEYS = re.compile(r"[^0-9A-Za-zÄÖÜäöüß_-]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it stands: fixed, or made of a row of a repeat group."""

    key: str
    label: str


def column_key(text: str) -> str:
    """Return ``text`` as a key that can stand in a path; most short names stay as they are."""
    return _FOREIGN_TO_KEYS.sub("_", text.strip())[:64]


def matrix_columns(matrix: MatrixField, values: Mapping[str, Value]) -> tuple[Column, ...]:
    """Return the columns of ``matrix`` under the relevant ``values`` of the form.

    Rows of the repeat group without a key, or with one that an earlier row has, make no column.
    """
    source = matrix.columns_from
    if source is None:
        return tuple(Column(column.key, column.label) for column in matrix.columns)
    columns: dict[str, Column] = {}
    for _index, key, row in keyed_rows(matrix, values):
        label = row.get(source.label)
        columns.setdefault(key, Column(key, str(label) if label else str(row[source.key])))
    return tuple(columns.values())


def keyed_rows(matrix: MatrixField, values: Mapping[str, Value]) -> Iterator[tuple[int, str, Row]]:
    """Yield index, column key and row for each row that makes a column of ``matrix``."""
    source = matrix.columns_from
    rows = values.get(source.repeat) if source else None
    if source is None or not isinstance(rows, list):
        return
    for index, row in enumerate(rows):
        key = row.get(source.key)
        if isinstance(key, str) and column_key(key):
            yield index, column_key(key), row


def doubled_columns(matrix: MatrixField, values: Mapping[str, Value]) -> list[str]:
    """Return the paths of key fields whose key an earlier row has."""
    source = matrix.columns_from
    seen: set[str] = set()
    doubled: list[str] = []
    for index, key, _row in keyed_rows(matrix, values):
        if key in seen and source:
            doubled.append(f"{source.repeat}[{index}].{source.key}")
        seen.add(key)
    return doubled


def relevant_cells(matrix: MatrixField, cells: Matrix, columns: tuple[Column, ...]) -> Matrix:
    """Return the answered ``cells`` that stand in ``columns``, in the order of the definition."""
    return {
        row.key: {
            column.key: cells[row.key][column.key]
            for column in columns
            if column.key in cells[row.key]
        }
        for row in matrix.rows
        if cells.get(row.key)
    }


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that breaks a rule; ``too_few`` may still be cured by answering more."""

    row_key: str
    text: str
    too_few: bool


def row_problems(
    matrix: MatrixField, cells: Matrix, columns: tuple[Column, ...], required: bool
) -> Iterator[RowProblem]:
    """Yield what is wrong with the rows of a matrix.

    An optional matrix without any answer, and one without columns, has no problems. A required
    one without row rules needs every cell; with row rules it needs what they say.
    """
    if not columns or not (required or any(cells.values())):
        return
    for row in matrix.rows:
        values = list(cells.get(row.key, {}).values())
        if required and not matrix.row_rules and len(values) < len(columns):
            yield RowProblem(
                row.key,
                _("Bitte füllen Sie in „{label}“ die Zeile „{row}“ vollständig aus.").format(
                    label=matrix.label, row=row.label
                ),
                True,
            )
        for rule in matrix.row_rules:
            count = values.count(rule.value)
            if rule.when_any and rule.when_any not in values:
                continue
            too_few = rule.kind != "at_most" and count < rule.count
            too_many = rule.kind != "at_least" and count > rule.count
            if too_few or too_many:
                yield RowProblem(row.key, _rule_text(matrix, rule, row.label, count), too_few)


def _rule_text(matrix: MatrixField, rule: RowRule, row_label: str, count: int) -> str:
    texts = {
        "exactly_one": _("genau {wanted}-mal „{value}“ wählen, jetzt {count}-mal."),
        "at_least": _("mindestens {wanted}-mal „{value}“ wählen, jetzt {count}-mal."),
        "at_most": _("höchstens {wanted}-mal „{value}“ wählen, jetzt {count}-mal."),
    }
    text = rule.message or _("bitte {rule}").format(
        rule=texts[rule.kind].format(
            wanted=rule.count, value=matrix.label_of(rule.value), count=count
        )
    )
    return _("„{label}“, Zeile „{row}“: {text}").format(
        label=matrix.label, row=row_label, text=text
    )
