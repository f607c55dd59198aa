"""The named functions of the expression language: pure, deterministic, German by name."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from forms.expressions.operands import (
    ARITHMETIC,
    Cells,
    ExpressionError,
    Operand,
    Rows,
    Scalar,
    Scope,
    describe,
)
from tenants.language import _

Implementation = Callable[[Scope, list[Operand]], Operand]


@dataclass(frozen=True, slots=True)
class Function:
    """A named function; ``least`` and ``most`` bound the number of arguments."""

    signature: str
    least: int
    most: int | None
    run: Implementation


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Round as merchants do: 2.675 to two places is 2.68, -2.675 is -2.68 (DIN 1333)."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, ARITHMETIC)
    return abs(rounded) if rounded.is_zero() else rounded


def months_later(start: date, months: int) -> date:
    """Return the day ``months`` later, the last of the month where it has no such day.

    The rule is that of § 188 Abs. 3 BGB. Raises ValueError outside the years 1 to 9999.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def _wrong(name: str, expected: str, value: Operand) -> ExpressionError:
    return ExpressionError(
        _("{name}(…) erwartet {expected}, nicht {kind}.").format(
            name=name, expected=expected, kind=describe(value)
        )
    )


def _number(name: str, value: Operand) -> Decimal:
    if not isinstance(value, Decimal):
        raise _wrong(name, _("eine Zahl"), value)
    return value


def _whole(name: str, value: Operand, least: int, most: int) -> int:
    number = _number(name, value)
    if number != number.to_integral_value() or not least <= number <= most:
        raise ExpressionError(
            _("{name}(…) erwartet eine ganze Zahl von {least} bis {most}.").format(
                name=name, least=least, most=most
            )
        )
    return int(number)


def _day(name: str, value: Operand) -> date:
    if not isinstance(value, date):
        raise _wrong(name, _("ein Datum"), value)
    return value


def _flat(scope: Scope, name: str, arguments: Iterable[Operand]) -> list[Scalar]:
    values: list[Scalar] = []
    for argument in arguments:
        if isinstance(argument, tuple):
            scope.charge(len(argument))
            values.extend(argument)
        elif isinstance(argument, Rows | Cells):
            raise _wrong(name, _("Zahlen oder eine Spalte"), argument)
        else:
            values.append(argument)
    return values


def _sum(scope: Scope, arguments: list[Operand]) -> Operand:
    total = Decimal(0)
    for value in _flat(scope, "summe", arguments):
        if value is not None:
            total += _number("summe", value)
    return total


def _count(scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    if value is None:
        return Decimal(0)
    if isinstance(value, Rows):
        return Decimal(len(value.rows))
    if not isinstance(value, tuple):
        raise _wrong("anzahl", _("eine Wiederholgruppe, Spalte oder Liste"), value)
    scope.charge(len(value))
    return Decimal(sum(item is not None for item in value))


def _extreme(name: str, is_better: Callable[[Scalar, Scalar], bool]) -> Implementation:
    def run(scope: Scope, arguments: list[Operand]) -> Operand:
        values = _flat(scope, name, arguments)
        if len(arguments) > 1 and any(argument is None for argument in arguments):
            return None
        best: Scalar = None
        for value in values:
            if value is None:
                continue
            if isinstance(value, bool | str):
                raise _wrong(name, _("Zahlen oder Daten"), value)
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


def _round(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    places = _whole("runden", arguments[1], 0, 12) if len(arguments) > 1 else 0
    return None if value is None else round_half_up(_number("runden", value), places)


def _absolute(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    return None if value is None else abs(_number("absolut", value))


def _days(_scope: Scope, arguments: list[Operand]) -> Operand:
    start, end = arguments
    if start is None or end is None:
        return None
    return Decimal((_day("tage", end) - _day("tage", start)).days)


def _year(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    return None if value is None else Decimal(_day("jahr", value).year)


def _months_later(_scope: Scope, arguments: list[Operand]) -> Operand:
    start, months = arguments
    if start is None or months is None:
        return None
    count = _whole("monate_spaeter", months, -12_000, 12_000)
    try:
        return months_later(_day("monate_spaeter", start), count)
    except (ValueError, OverflowError) as error:
        raise ExpressionError(_("monate_spaeter(…) ergibt kein Datum mehr.")) from error


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


def _length(_scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    if value is None:
        return Decimal(0)
    if not isinstance(value, str):
        raise _wrong("laenge", _("einen Text"), value)
    return Decimal(len(value))


def _contains(scope: Scope, arguments: list[Operand]) -> Operand:
    return contains(scope, arguments[0], arguments[1], "enthaelt")


def contains(scope: Scope, container: Operand, value: Operand, name: str) -> bool:
    """Say whether a list has ``value`` or a text has it as a part; null is in nothing."""
    if container is None or value is None:
        return False
    if isinstance(value, tuple | Rows | Cells):
        raise _wrong(name, _("einen einzelnen Wert"), value)
    if isinstance(container, tuple):
        scope.charge(len(container))
        return any(type(item) is type(value) and item == value for item in container)
    if isinstance(container, str) and isinstance(value, str):
        return value in container
    raise _wrong(name, _("eine Liste"), container)


FUNCTIONS: dict[str, Function] = {
    "summe": Function("summe(spalte oder Zahlen)", 1, None, _sum),
    "anzahl": Function("anzahl(gruppe oder Liste)", 1, 1, _count),
    "minimum": Function("minimum(spalte oder Werte)", 1, None, _extreme("minimum", _less)),
    "maximum": Function(
        "maximum(spalte oder Werte)",
        1,
        None,
        _extreme("maximum", lambda left, right: _less(right, left)),
    ),
    "runden": Function("runden(zahl, stellen)", 1, 2, _round),
    "absolut": Function("absolut(zahl)", 1, 1, _absolute),
    "tage": Function("tage(von, bis)", 2, 2, _days),
    "jahr": Function("jahr(datum)", 1, 1, _year),
    "monate_spaeter": Function("monate_spaeter(datum, monate)", 2, 2, _months_later),
    "leer": Function("leer(angabe)", 1, 1, _empty),
    "laenge": Function("laenge(text)", 1, 1, _length),
    "enthaelt": Function("enthaelt(liste, wert)", 2, 2, _contains),
}
