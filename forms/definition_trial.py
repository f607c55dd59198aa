"""Tries every rule of a form once with sample answers of the right kinds.

A rule that compares a number with a text would else fail for the first time in front of the
person who fills in the form, and keep them from submitting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import localcontext

from forms.definition_names import all_fields, describe_element, top_fields
from forms.elements import (
    CalculatedField,
    ChoiceField,
    Field,
    MatrixField,
    Page,
    RepeatField,
    Section,
)
from forms.expressions.interpreting import Expression
from forms.expressions.operands import (
    ARITHMETIC,
    Cells,
    ExpressionError,
    InnerRow,
    Operand,
    Rows,
    Scope,
    describe,
    is_true,
)
from forms.fields.dates import SAMPLE_DAY
from forms.fields.numbers import SAMPLE_NUMBER
from forms.fields.registry import has_value, kind_of
from forms.rate_tables import Rate, RateTable
from forms.surroundings import Surroundings
from tenants.language import _


class _SampleTable(RateTable):
    """A rate table that has a rate for every day and category."""

    def rate_on(self, day: date, category: str = "") -> Rate:
        return Rate(valid_from=day, valid_until=None, value=SAMPLE_NUMBER, category=category)


class _SampleTables(Mapping[str, RateTable]):
    """Every rate table there could be: which there are, only the tenant knows."""

    def __getitem__(self, key: str) -> RateTable:
        return _SampleTable(key=key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_SURROUNDINGS = Surroundings(today=SAMPLE_DAY, rates=_SampleTables())


def trial_findings(pages: tuple[Page, ...]) -> Iterator[str]:
    """Yield a German finding for each rule that does not fit the kinds of its answers."""
    for answer in (True, False):
        rows: dict[str, Mapping[str, Operand]] = {}
        names = _sample_names(pages, answer, rows)
        with localcontext(ARITHMETIC):
            for page in pages:
                yield from _try_condition(page, page.visible, _scope(names))
                for section in page.sections:
                    yield from _try_condition(section, section.visible, _scope(names))
            for field in all_fields(pages):
                yield from _try_field(field, _scope(names, rows.get(field.repeat_key)))


def sample_operands(pages: tuple[Page, ...]) -> Iterator[dict[str, Operand]]:
    """Yield answers of the right kinds to every question, as rules see them, to try rules with."""
    for answer in (True, False):
        yield _sample_names(pages, answer, {})


def _sample_names(
    pages: tuple[Page, ...], answer: bool, rows: dict[str, Mapping[str, Operand]]
) -> dict[str, Operand]:
    """Return a sample answer to each field; the row of each group is noted in ``rows``."""
    return {
        field.key: _sample_group(field, answer, None, rows)
        if isinstance(field, RepeatField)
        else _sample(field, answer)
        for field in top_fields(pages).values()
    }


def _scope(names: dict[str, Operand], row: Mapping[str, Operand] | None = None) -> Scope:
    return Scope(names, row, surroundings=_SURROUNDINGS)


def _sample(field: Field, answer: bool) -> Operand:
    if isinstance(field, MatrixField):
        cell = field.cells[0].value
        return Cells({row.key: {key.key: cell for key in field.columns} for row in field.rows})
    if isinstance(field, ChoiceField):
        first = field.options[0].value
        return (first,) if field.type == "checkboxes" else first
    value = kind_of(field).sample_of(field) if has_value(field) else "x"
    return answer if value is True else value


def _sample_group(
    group: RepeatField,
    answer: bool,
    outer: Mapping[str, Operand] | None,
    rows: dict[str, Mapping[str, Operand]],
) -> Rows:
    """Return a group with one row, which is noted in ``rows`` by the name of its group."""
    row: dict[str, Operand] = {} if outer is None else InnerRow(outer)
    rows[group.name] = row
    for column in group.fields:
        if isinstance(column, RepeatField):
            row[column.key] = _sample_group(column, answer, row, rows)
        elif has_value(column):
            row[column.key] = _sample(column, answer)
    return Rows([row])


def _try_field(field: Field, scope: Scope) -> Iterator[str]:
    yield from _try_condition(field, field.visible, scope)
    if isinstance(field.required, Expression):
        yield from _try_condition(field, field.required, scope)
    for rule in field.valid:
        yield from _try_condition(field, rule.expression, scope)
    if isinstance(field, CalculatedField):
        yield from _try_calculation(field, scope)


def _try_condition(
    element: Page | Section | Field, expression: Expression | None, scope: Scope
) -> Iterator[str]:
    if expression is None:
        return
    try:
        is_true(expression.run(scope))
    except ExpressionError as error:
        yield _finding(element, expression, str(error))


def _try_calculation(field: CalculatedField, scope: Scope) -> Iterator[str]:
    try:
        result = field.value.run(scope)
    except ExpressionError as error:
        yield _finding(field, field.value, str(error))
        return
    if result is not None and type(result) is not type(kind_of(field).sample):
        yield _finding(
            field,
            field.value,
            _("Die Rechnung ergibt {kind}, gefragt ist der Typ {result}.").format(
                kind=describe(result), result=field.result
            ),
        )


def _finding(element: Page | Section | Field, expression: Expression, reason: str) -> str:
    return _("{place}: Der Ausdruck „{source}“ passt nicht: {reason}").format(
        place=describe_element(element), source=expression.source[:80], reason=reason
    )
