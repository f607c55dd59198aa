"""Functions over the rows of a repeat group, a column, a list or several values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from forms.expressions.arguments import Function, Implementation, flat_values, number_of, wrong
from forms.expressions.operands import ExpressionError, Operand, Rows, Scalar, Scope
from tenants.language import _


def _sum(scope: Scope, arguments: list[Operand]) -> Operand:
    total = Decimal(0)
    for value in flat_values(scope, "summe", arguments):
        if value is not None:
            total += number_of("summe", value)
    return total


def _mean(scope: Scope, arguments: list[Operand]) -> Operand:
    numbers = [
        number_of("mittel", value)
        for value in flat_values(scope, "mittel", arguments)
        if value is not None
    ]
    return sum(numbers, Decimal(0)) / len(numbers) if numbers else None


def _count(scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    if value is None:
        return Decimal(0)
    if isinstance(value, Rows):
        return Decimal(len(value.rows))
    if not isinstance(value, tuple):
        raise wrong("anzahl", _("eine Wiederholgruppe, Spalte oder Liste"), value)
    scope.charge(len(value))
    return Decimal(sum(item is not None for item in value))


def _extreme(name: str, is_better: Callable[[Scalar, Scalar], bool]) -> Implementation:
    def run(scope: Scope, arguments: list[Operand]) -> Operand:
        values = flat_values(scope, name, arguments)
        if len(arguments) > 1 and any(argument is None for argument in arguments):
            return None
        best: Scalar = None
        for value in values:
            if value is None:
                continue
            if isinstance(value, bool | str):
                raise wrong(name, _("Zahlen oder Daten"), value)
            if best is not None and isinstance(best, date) != isinstance(value, date):
                raise ExpressionError(
                    _("{name}(…) vergleicht keine Zahl mit einem Datum.").format(name=name)
                )
            if best is None or is_better(value, best):
                best = value
        return best

    return run


def _less(left: Scalar, right: Scalar) -> bool:
    if isinstance(left, date) and isinstance(right, date):
        return left < right
    return isinstance(left, Decimal) and isinstance(right, Decimal) and left < right


AGGREGATES: dict[str, Function] = {
    "summe": Function("summe(spalte oder Zahlen, nur=…)", 1, None, _sum, is_aggregate=True),
    "anzahl": Function("anzahl(gruppe oder Liste, nur=…)", 1, 1, _count, is_aggregate=True),
    "mittel": Function("mittel(spalte oder Zahlen, nur=…)", 1, None, _mean, is_aggregate=True),
    "minimum": Function(
        "minimum(spalte oder Werte, nur=…)", 1, None, _extreme("minimum", _less), is_aggregate=True
    ),
    "maximum": Function(
        "maximum(spalte oder Werte, nur=…)",
        1,
        None,
        _extreme("maximum", lambda left, right: _less(right, left)),
        is_aggregate=True,
    ),
}
