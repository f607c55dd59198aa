"""The named functions of the expression language: pure, deterministic, German by name."""

from __future__ import annotations

from decimal import Decimal

from forms.expressions.aggregates import AGGREGATES
from forms.expressions.arguments import Function, day_of, text_of, wrong
from forms.expressions.date_functions import DATE_FUNCTIONS
from forms.expressions.intervals import INTERVAL_FUNCTIONS
from forms.expressions.number_functions import NUMBER_FUNCTIONS
from forms.expressions.operands import Cells, ExpressionError, Operand, Rows, Scope
from forms.rate_tables import Rate, RateUnknown
from tenants.language import _


def _empty(_scope: Scope, arguments: list[Operand]) -> Operand:
    return is_empty(arguments[0])


def is_empty(value: Operand) -> bool:
    """Say whether ``value`` is unanswered: null, an empty text, no row, no cell, only nulls."""
    if isinstance(value, Rows):
        return not value.rows
    if isinstance(value, Cells):
        return not any(value.cells.values())
    if isinstance(value, tuple):
        return all(item is None for item in value)
    return value is None or value == ""


def _or_else(_scope: Scope, arguments: list[Operand]) -> Operand:
    value, substitute = arguments
    return substitute if value is None else value


def _length(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    return Decimal(0) if value is None else Decimal(len(text_of("laenge", value)))


def _contains(scope: Scope, arguments: list[Operand]) -> Operand:
    return contains(scope, arguments[0], arguments[1], "enthaelt")


def contains(scope: Scope, container: Operand, value: Operand, name: str) -> bool:
    """Say whether a list has ``value`` or a text has it as a part; null is in nothing."""
    if container is None or value is None:
        return False
    if isinstance(value, tuple | Rows | Cells):
        raise wrong(name, _("einen einzelnen Wert"), value)
    if isinstance(container, tuple):
        scope.charge(len(container))
        return any(type(item) is type(value) and item == value for item in container)
    if isinstance(container, str) and isinstance(value, str):
        return value in container
    raise wrong(name, _("eine Liste"), container)


def _rate(scope: Scope, arguments: list[Operand]) -> Operand:
    """Return rate@date; an unanswered day or category gives null, a missing rate an error."""
    rate = _rate_asked_for("satz", scope, arguments)
    return None if rate is None else rate.value


def _rate_number(scope: Scope, arguments: list[Operand]) -> Operand:
    """Return the number of the entry that `_rate` gives the value of."""
    rate = _rate_asked_for("satznummer", scope, arguments)
    return None if rate is None else Decimal(rate.version)


def _rate_asked_for(function: str, scope: Scope, arguments: list[Operand]) -> Rate | None:
    key, *rest = arguments
    if any(value is None for value in rest):
        return None
    category = text_of(function, rest[1]) if len(rest) > 1 else ""
    try:
        return scope.consulted.rate(text_of(function, key), day_of(function, rest[0]), category)
    except RateUnknown as error:
        raise ExpressionError(str(error)) from error


FUNCTIONS: dict[str, Function] = {
    **AGGREGATES,
    **NUMBER_FUNCTIONS,
    **DATE_FUNCTIONS,
    **INTERVAL_FUNCTIONS,
    "leer": Function("leer(angabe)", 1, 1, _empty),
    "wert_oder": Function("wert_oder(angabe, ersatz)", 2, 2, _or_else),
    "laenge": Function("laenge(text)", 1, 1, _length),
    "enthaelt": Function("enthaelt(liste, wert)", 2, 2, _contains),
    "satz": Function("satz('schluessel', datum, stufe)", 2, 3, _rate, key_first=True),
    "satznummer": Function(
        "satznummer('schluessel', datum, stufe)", 2, 3, _rate_number, key_first=True
    ),
}
