"""Rounding as merchants do, and to multiples of a step."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from forms.expressions.operands import ARITHMETIC


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Round as merchants do: 2.675 to two places is 2.68, -2.675 is -2.68 (DIN 1333)."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, ARITHMETIC)
    return abs(rounded) if rounded.is_zero() else rounded


def round_to_step(value: Decimal, step: Decimal, *, up: bool) -> Decimal:
    """Return the next multiple of ``step`` (above 0) at or above ``value``, or at or below it.

    -17 in steps of 5 is -15 upwards and -20 downwards.
    """
    with_rest = ARITHMETIC.divide(value, step)
    steps = with_rest.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    rounded = ARITHMETIC.multiply(steps, step)
    return abs(rounded) if rounded.is_zero() else rounded
