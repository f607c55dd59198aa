"""Answers that a form might have, to look at a template with: every question answered once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal

from forms.definition import FormDefinition
from forms.elements import (
    CalculatedField,
    ChoiceField,
    Field,
    MatrixField,
    PartsField,
    PartValues,
    RepeatField,
    Simple,
)
from forms.expressions.operands import Compound
from forms.fields.registry import display_value, has_value, kind_of
from tenants.language import _

Context = dict[str, object]

ROWS = 3
_INNER_ROWS = 2
_AMOUNTS = (Decimal("1250.00"), Decimal("480.50"), Decimal("72400.00"))
_IBAN = "DE02120300000000202051"
_SENTENCES = _(
    "So sieht ein längerer Text aus, wie ihn jemand in dieses Feld schreibt. Er geht über mehrere "
    "Zeilen, damit sich zeigt, wie er umbricht und wie viel Platz er braucht."
)


def sample_context(definition: FormDefinition) -> Context:
    """Return the answers of a template for ``definition``, invented and always the same."""
    context: Context = {}
    for field in definition.fields.values():
        context.update(_entries(field, 0, ROWS))
    return context


def _entries(field: Field, number: int, rows: int) -> Iterator[tuple[str, object]]:
    if isinstance(field, RepeatField):
        yield field.key, [_row(field, count) for count in range(min(rows, field.maximum))]
        yield (
            f"{field.key}_summe",
            {key: _AMOUNTS[0] * min(rows, field.maximum) for key in field.totals},
        )
    elif isinstance(field, MatrixField):
        yield from _matrix(field)
    elif has_value(field):
        yield from _scalar(field, number)


def _row(group: RepeatField, number: int) -> Context:
    row: Context = {}
    for column in group.fields:
        row.update(_entries(column, number, _INNER_ROWS))
    return row


def _scalar(field: Field, number: int) -> Iterator[tuple[str, object]]:
    if isinstance(field, ChoiceField) and field.options:
        chosen = field.options[number % len(field.options)]
        several = field.type == "checkboxes"
        yield field.key, [chosen.value] if several else chosen.value
        yield f"{field.key}_text", [chosen.label] if several else chosen.label
        return
    sample = kind_of(field).sample_of(field)
    if isinstance(field, PartsField):
        answered = sample.parts if isinstance(sample, Compound) else {}
        parts = {part.key: _typed(part.field.type, answered.get(part.key)) for part in field.parts}
        yield field.key, parts
        known = {key: value for key, value in parts.items() if value is not None}
        yield f"{field.key}_text", display_value(field, PartValues(known))
        return
    kind = field.result if isinstance(field, CalculatedField) else field.type
    value: object = _typed(kind, sample) if isinstance(sample, Decimal) else sample
    if kind == "long_text":
        value = _SENTENCES
    elif kind == "text" and isinstance(sample, str):
        value = _("Beispiel {label}").format(label=field.label)[:60]
    elif kind == "iban":
        value = _IBAN
    elif kind == "money":
        value = _AMOUNTS[number % len(_AMOUNTS)]
    elif isinstance(sample, tuple):
        value = list(sample)
    yield field.key, value
    if kind_of(field).has_text:
        yield f"{field.key}_text", str(sample)


def _typed(kind: str, value: Simple | None) -> Simple | None:
    """Return what rules see of an answer as the answer itself: times are minutes to them."""
    if kind == "time" and isinstance(value, Decimal):
        return time(*divmod(int(value), 60))
    return int(value) if kind == "hours" and isinstance(value, Decimal) else value


def _matrix(field: MatrixField) -> Iterator[tuple[str, object]]:
    columns = [(column.key, column.label) for column in field.columns] or [
        (str(number), _("Spalte {number}").format(number=number)) for number in (1, 2)
    ]
    yield (
        field.key,
        [
            {
                "key": row.key,
                "text": row.label,
                "zellen": [
                    _cell(field, column, row_number + number)
                    for number, column in enumerate(columns)
                ],
            }
            for row_number, row in enumerate(field.rows)
        ],
    )
    yield f"{field.key}_spalten", [{"key": key, "text": label} for key, label in columns]


def _cell(field: MatrixField, column: tuple[str, str], number: int) -> Context:
    chosen = field.cells[number % len(field.cells)] if field.cells else None
    return {
        "key": column[0],
        "spalte": column[1],
        "wert": chosen.value if chosen else None,
        "text": chosen.label if chosen else None,
    }
