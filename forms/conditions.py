"""Conditions that others ask of the answers to a form, such as the clauses of a contract.

They are written in the language of the form's own rules and see the same values; besides the
answers they may name ``mandant.land``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from decimal import localcontext

from forms.definition import FormDefinition
from forms.definition_names import names_for_rules
from forms.definition_trial import sample_operands
from forms.elements import Field, MatrixField, RepeatField, Row, Value
from forms.evaluation import Evaluation
from forms.expressions.interpreting import Expression, compile_expression
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.operands import (
    ARITHMETIC,
    Cells,
    Compound,
    ExpressionError,
    InnerRow,
    Operand,
    Rows,
    Scope,
    is_true,
)
from forms.fields.registry import has_value, operand_of
from forms.surroundings import NEUTRAL
from tenants.language import _

OFFICE_NAMES = ("mandant.land",)
"""What a condition may name of the office that makes the document."""


class Conditions:
    """The answers of one evaluation, ready to be asked."""

    def __init__(self, definition: FormDefinition, evaluation: Evaluation, land: str) -> None:
        """``land`` is the tenant's, two letters."""
        self._names = {**_operands(definition, evaluation.values), **_office(land)}
        self._surroundings = evaluation.surroundings

    def hold(self, source: str) -> bool:
        """Say whether the condition holds; an empty one always does.

        Raises `forms.expressions.operands.ExpressionError` when values do not fit it, which
        `condition_findings` has ruled out, and
        `forms.expressions.parsing.ExpressionSyntaxError`.
        """
        if not source:
            return True
        expression = compile_expression(source)
        with localcontext(ARITHMETIC):
            return is_true(expression.run(Scope(self._names, surroundings=self._surroundings)))


def syntax_finding(source: str) -> str:
    """Return in German why ``source`` is no condition, "" for one and for nothing."""
    try:
        expression = compile_expression(source) if source else None
    except ExpressionSyntaxError as error:
        return str(error)
    if expression is not None and expression.rate_keys:
        return _("Sätze kann diese Bedingung nicht abfragen.")
    return ""


def condition_findings(definition: FormDefinition, source: str) -> list[str]:
    """Return in German why ``source`` cannot be asked of the answers to this form."""
    wrong = syntax_finding(source)
    if wrong or not source:
        return [wrong] if wrong else []
    expression = compile_expression(source)
    return [*_unknown(definition, expression), *_misfits(definition, expression)][:3]


def names_in_condition(source: str) -> frozenset[str]:
    """Return the names of fields that a condition asks for."""
    return compile_expression(source).names if source else frozenset()


def _unknown(definition: FormDefinition, expression: Expression) -> Iterator[str]:
    known = {*names_for_rules(definition.pages), *OFFICE_NAMES}
    groups = {name for name, field in definition.fields.items() if isinstance(field, RepeatField)}
    for name in sorted(expression.names_with(groups.__contains__)):
        if name in known or _is_cell(definition, name):
            continue
        close = difflib.get_close_matches(name, sorted(known), 1, 0.7)
        hint = _(" Meinten Sie „{name}“?").format(name=close[0]) if close else ""
        yield _("„{name}“ gibt es in diesem Vordruck nicht.").format(name=name) + hint


def _is_cell(definition: FormDefinition, name: str) -> bool:
    field = definition.fields.get(name.partition(".")[0])
    return isinstance(field, MatrixField)


def _misfits(definition: FormDefinition, expression: Expression) -> Iterator[str]:
    told: set[str] = set()
    for names in sample_operands(definition.pages):
        scope = Scope({**names, **_office("HE")}, surroundings=NEUTRAL)
        try:
            with localcontext(ARITHMETIC):
                is_true(expression.run(scope))
        except ExpressionError as error:
            if str(error) not in told:
                told.add(str(error))
                yield str(error)


def _office(land: str) -> dict[str, Operand]:
    return {"mandant": Compound({"land": land})}


def _operands(definition: FormDefinition, values: Mapping[str, Value]) -> dict[str, Operand]:
    return {
        field.key: _operand(field, values[field.key], None)
        for field in definition.fields.values()
        if field.key in values
    }


def _operand(field: Field, value: Value, outer: Mapping[str, Operand] | None) -> Operand:
    if isinstance(field, RepeatField):
        rows = value if isinstance(value, list) else []
        return Rows([_row(field, row, outer) for row in rows])
    if isinstance(field, MatrixField):
        return Cells(value if isinstance(value, dict) else {})
    if has_value(field) and not isinstance(value, list | dict):
        return operand_of(field, value)
    return None


def _row(group: RepeatField, row: Row, outer: Mapping[str, Operand] | None) -> dict[str, Operand]:
    operands: dict[str, Operand] = {} if outer is None else InnerRow(outer)
    for column in group.fields:
        if column.key in row:
            operands[column.key] = _operand(column, row[column.key], operands)
    return operands
