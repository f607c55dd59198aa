"""What functions expect of their arguments, and the German words for what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms.expressions.operands import (
    MAXIMUM_LIST,
    Cells,
    Compound,
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
    is_aggregate: bool = False
    """Whether it takes a row expression and the filter ``nur=``."""
    key_first: bool = False
    """Whether the first argument is the key of a table, written as a text in the rule."""


def wrong(name: str, expected: str, value: Operand) -> ExpressionError:
    """Return the error for an argument of the wrong kind."""
    return ExpressionError(
        _("{name}(…) erwartet {expected}, nicht {kind}.").format(
            name=name, expected=expected, kind=describe(value)
        )
    )


def number_of(name: str, value: Operand) -> Decimal:
    """Return a number. Raises :class:`ExpressionError`."""
    if not isinstance(value, Decimal):
        raise wrong(name, _("eine Zahl"), value)
    return value


def whole_of(name: str, value: Operand, least: int, most: int) -> int:
    """Return a whole number within its limits. Raises :class:`ExpressionError`."""
    number = number_of(name, value)
    if number != number.to_integral_value() or not least <= number <= most:
        raise ExpressionError(
            _("{name}(…) erwartet eine ganze Zahl von {least} bis {most}.").format(
                name=name, least=least, most=most
            )
        )
    return int(number)


def day_of(name: str, value: Operand) -> date:
    """Return a date. Raises :class:`ExpressionError`."""
    if not isinstance(value, date):
        raise wrong(name, _("ein Datum"), value)
    return value


def text_of(name: str, value: Operand) -> str:
    """Return a text. Raises :class:`ExpressionError`."""
    if not isinstance(value, str):
        raise wrong(name, _("einen Text"), value)
    return value


def column_of(scope: Scope, name: str, value: Operand) -> tuple[Scalar, ...]:
    """Return a column or list; null is an empty one. Raises :class:`ExpressionError`."""
    if value is None:
        return ()
    if not isinstance(value, tuple):
        raise wrong(name, _("eine Spalte"), value)
    scope.charge(len(value))
    return value


def flat_values(scope: Scope, name: str, arguments: Iterable[Operand]) -> list[Scalar]:
    """Return single values and those of columns in one list. Raises :class:`ExpressionError`."""
    values: list[Scalar] = []
    for argument in arguments:
        if isinstance(argument, tuple):
            scope.charge(len(argument))
            values.extend(argument)
        elif isinstance(argument, Rows | Cells | Compound):
            raise wrong(name, _("Zahlen oder eine Spalte"), argument)
        else:
            values.append(argument)
    return values


def check_length(values: list[Operand]) -> None:
    """Raise :class:`ExpressionError` when a list is longer than any may be."""
    for value in values:
        if isinstance(value, tuple) and len(value) > MAXIMUM_LIST:
            raise ExpressionError(_("Eine Liste ist zu lang."))


def of_one_date(name: str, compute: Callable[[date], Operand]) -> Implementation:
    """Return a function of one date; null gives null."""

    def run(_scope: Scope, arguments: list[Operand]) -> Operand:
        value = arguments[0]
        return None if value is None else compute(day_of(name, value))

    return run
