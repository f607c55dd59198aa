"""What a DOCX template may name: the answers of an evaluation as plain, typed data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from typing import TypeAlias

from forms.definition import FormDefinition
from forms.elements import (
    ChoiceField,
    Field,
    MatrixField,
    NotRecorded,
    PartsField,
    PartValues,
    RepeatField,
    Row,
    Scalar,
    ScaleField,
    Simple,
    Value,
)
from forms.evaluation import Evaluation
from forms.fields.not_recorded import display_not_recorded
from forms.fields.parts import part_values
from forms.fields.registry import display_value, has_value, kind_of
from forms.matrix import matrix_columns
from tenants.language import _

_Scalar: TypeAlias = str | int | Decimal | date | time | bool | None
Plain: TypeAlias = "_Scalar | list[str] | list[dict[str, Plain]] | dict[str, Plain]"


def template_context(definition: FormDefinition, evaluation: Evaluation) -> dict[str, Plain]:
    """Return every field by key, hidden and unanswered ones as None, in plain typed data.

    In addition ``<choice>_text`` (the label, a list of labels for checkboxes; for fields of several
    parts and scales the answer in words), ``<group>_summe``
    (the column sums of ``totals``), and for a matrix its rows as a list with ``<matrix>_spalten``.
    The groups of the system (dokument, mandant …) are not in it.
    """
    context: dict[str, Plain] = {}
    for field in definition.fields.values():
        value = evaluation.values.get(field.key)
        if isinstance(field, RepeatField):
            context |= _rows(field, value, field.key, evaluation)
        elif isinstance(field, MatrixField):
            context |= _matrix(field, value, evaluation.values)
        elif has_value(field) and not isinstance(value, list | dict):
            context |= _scalar(field, value)
    return context


def _rows(group: RepeatField, value: Value, path: str, evaluation: Evaluation) -> dict[str, Plain]:
    rows = value if isinstance(value, list) else []
    sums = evaluation.totals.get(path, {})
    return {
        group.key: [
            _row(group, row, f"{path}[{index}]", evaluation) for index, row in enumerate(rows)
        ],
        f"{group.key}_summe": {key: sums.get(key) for key in group.totals},
    }


def _row(group: RepeatField, row: Row, path: str, evaluation: Evaluation) -> dict[str, Plain]:
    context: dict[str, Plain] = {}
    for column in group.fields:
        value = row.get(column.key)
        if isinstance(column, RepeatField):
            context |= _rows(column, value, f"{path}.{column.key}", evaluation)
        elif has_value(column) and not isinstance(value, list):
            context |= _scalar(column, value)
    return context


class NotRecordedText(str):
    """What stands in a document in the place of an answer that was not recorded."""

    __slots__ = ()


def _scalar(field: Field, value: Scalar) -> dict[str, Plain]:
    if isinstance(value, NotRecorded):
        return _not_recorded(field, NotRecordedText(display_not_recorded(value)))
    if isinstance(field, PartsField):
        values = part_values(value)
        return {
            field.key: {part.key: _plain(values.get(part.key)) for part in field.parts},
            f"{field.key}_text": display_value(field, value) or None,
        }
    if isinstance(field, ScaleField):
        return {
            field.key: value if isinstance(value, int) else None,
            f"{field.key}_text": display_value(field, value) or None,
        }
    if not isinstance(field, ChoiceField):
        return {field.key: None if isinstance(value, PartValues) else _plain(value)}
    if field.type == "checkboxes":
        chosen = value if isinstance(value, tuple) else ()
        return {
            field.key: list(chosen),
            f"{field.key}_text": [field.label_of(item) for item in chosen],
        }
    text = None if value is None else field.label_of(str(value))
    return {field.key: None if value is None else str(value), f"{field.key}_text": text}


def _not_recorded(field: Field, text: NotRecordedText) -> dict[str, Plain]:
    if isinstance(field, PartsField):
        parts: dict[str, Plain] = {part.key: text for part in field.parts}
        return {field.key: parts, f"{field.key}_text": text}
    if field.type == "checkboxes":
        texts: list[str] = [text]
        return {field.key: [], f"{field.key}_text": texts}
    if kind_of(field).has_text:
        return {field.key: text, f"{field.key}_text": text}
    return {field.key: text}


def _plain(value: Simple | None) -> Plain:
    # The names of uploaded files stay what they are: each knows which file it names.
    return list(value) if isinstance(value, tuple) else value


def _matrix(field: MatrixField, value: Value, values: Mapping[str, Value]) -> dict[str, Plain]:
    columns = matrix_columns(field, values)
    cells = value if isinstance(value, dict) else {}
    rows: list[dict[str, Plain]] = []
    for row in field.rows:
        answered = cells.get(row.key, {})
        row_cells: list[dict[str, Plain]] = [
            {
                "key": column.key,
                "spalte": column.label,
                "wert": answered.get(column.key),
                "text": field.label_of(answered[column.key]) if column.key in answered else None,
            }
            for column in columns
        ]
        rows.append({"key": row.key, "text": row.label, "zellen": row_cells})
    headings: list[dict[str, Plain]] = [
        {"key": column.key, "text": column.label} for column in columns
    ]
    return {field.key: rows, f"{field.key}_spalten": headings}


def placeholder_paths(definition: FormDefinition) -> dict[str, str]:
    """Return every path that a template may name, with a German description.

    ``kosten[]`` stands for a row of ``kosten``: ``kosten[].betrag``, ``kosten_summe.betrag``,
    ``matrix[].zellen[].wert``, ``matrix_spalten[].text``.
    """
    return {
        path: description
        for field in definition.fields.values()
        for path, description in _paths(field)
    }


def _paths(field: Field) -> Iterator[tuple[str, str]]:
    if isinstance(field, RepeatField):
        yield field.key, _("Zeilen von „{label}“").format(label=field.label)
        for column in field.fields:
            for path, description in _paths(column):
                yield f"{field.key}[].{path}", f"{field.label}: {description}"
        yield f"{field.key}_summe", _("Summen von „{label}“").format(label=field.label)
        for key in field.totals:
            column_field = field.columns.get(key)
            label = column_field.label if column_field else key
            yield (
                f"{field.key}_summe.{key}",
                _("Summe von „{label}“ über alle Zeilen").format(label=label),
            )
    elif isinstance(field, MatrixField):
        yield from _matrix_paths(field)
    elif has_value(field):
        yield from _scalar_paths(field)


def _scalar_paths(field: Field) -> Iterator[tuple[str, str]]:
    if isinstance(field, PartsField):
        yield from ((f"{field.key}.{part.key}", part.field.label) for part in field.parts)
    else:
        yield field.key, field.label
    if kind_of(field).has_text:
        is_choice = isinstance(field, ChoiceField)
        description = _("{label} (Beschriftung)") if is_choice else _("{label} (in Worten)")
        yield f"{field.key}_text", description.format(label=field.label)


def _matrix_paths(field: MatrixField) -> Iterator[tuple[str, str]]:
    key, label = field.key, field.label
    yield key, _("Zeilen der Matrix „{label}“").format(label=label)
    yield f"{key}[].key", _("{label}: Schlüssel der Zeile").format(label=label)
    yield f"{key}[].text", _("{label}: Beschriftung der Zeile").format(label=label)
    yield f"{key}[].zellen", _("{label}: Zellen der Zeile").format(label=label)
    yield f"{key}[].zellen[].key", _("{label}: Schlüssel der Spalte").format(label=label)
    yield f"{key}[].zellen[].spalte", _("{label}: Beschriftung der Spalte").format(label=label)
    yield f"{key}[].zellen[].wert", _("{label}: Wert der Zelle").format(label=label)
    yield f"{key}[].zellen[].text", _("{label}: Beschriftung der Zelle").format(label=label)
    yield f"{key}_spalten", _("Spalten der Matrix „{label}“").format(label=label)
    yield f"{key}_spalten[].key", _("{label}: Schlüssel der Spalte").format(label=label)
    yield f"{key}_spalten[].text", _("{label}: Beschriftung der Spalte").format(label=label)
