"""Functions of numbers, minutes and hours."""

from __future__ import annotations

from decimal import Decimal

from forms.expressions.arguments import Function, Implementation, number_of, whole_of
from forms.expressions.operands import ExpressionError, Operand, Scope
from forms.expressions.rounding import round_half_up, round_to_step
from tenants.language import _

MINUTES_OF_A_DAY = 1440


def _round(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    places = whole_of("runden", arguments[1], 0, 12) if len(arguments) > 1 else 0
    return None if value is None else round_half_up(number_of("runden", value), places)


def _round_to_step(name: str, *, up: bool) -> Implementation:
    def run(_scope: Scope, arguments: list[Operand]) -> Operand:
        value = arguments[0]
        step = number_of(name, arguments[1]) if len(arguments) > 1 else Decimal(1)
        if step <= 0:
            raise ExpressionError(
                _("{name}(…) braucht einen Schritt größer als 0.").format(name=name)
            )
        return None if value is None else round_to_step(number_of(name, value), step, up=up)

    return run


def _absolute(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    return None if value is None else abs(number_of("absolut", value))


def _minutes(_scope: Scope, arguments: list[Operand]) -> Operand:
    start, end = arguments
    if start is None or end is None:
        return None
    first = whole_of("minuten", start, 0, MINUTES_OF_A_DAY)
    return Decimal(whole_of("minuten", end, 0, MINUTES_OF_A_DAY) - first)


def _hours(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    return None if value is None else number_of("stunden", value) / 60


NUMBER_FUNCTIONS: dict[str, Function] = {
    "runden": Function("runden(zahl, stellen)", 1, 2, _round),
    "aufrunden": Function("aufrunden(zahl, schritt)", 1, 2, _round_to_step("aufrunden", up=True)),
    "abrunden": Function("abrunden(zahl, schritt)", 1, 2, _round_to_step("abrunden", up=False)),
    "absolut": Function("absolut(zahl)", 1, 1, _absolute),
    "minuten": Function("minuten(von, bis)", 2, 2, _minutes),
    "stunden": Function("stunden(minuten)", 1, 1, _hours),
}
