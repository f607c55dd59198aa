"""What + - * / and the comparisons mean for typed operands and for null."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from forms.expressions.functions import contains
from forms.expressions.operands import Cells, ExpressionError, Operand, Rows, Scope, describe
from tenants.language import _


def _add(left: Operand, right: Operand) -> Operand:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left + right
    if left is None or right is None:
        return _null_result("+", left, right)
    if isinstance(left, date) and isinstance(right, Decimal):
        return _shift(left, right)
    if isinstance(left, Decimal) and isinstance(right, date):
        return _shift(right, left)
    raise _unfit("+", left, right)


def _subtract(left: Operand, right: Operand) -> Operand:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left - right
    if left is None or right is None:
        return _null_result("-", left, right)
    if isinstance(left, date) and isinstance(right, Decimal):
        return _shift(left, -right)
    if isinstance(left, date) and isinstance(right, date):
        return Decimal((left - right).days)
    raise _unfit("-", left, right)


def _multiply(left: Operand, right: Operand) -> Operand:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left * right
    return _null_result("*", left, right)


def _divide(left: Operand, right: Operand) -> Operand:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        # A form half filled in divides by zero all the time; null says "not known yet".
        return left / right if right else None
    return _null_result("/", left, right)


def _null_result(sign: str, left: Operand, right: Operand) -> Operand:
    """Return null where an operand is null and the other one fits, else complain."""
    dates = sign in "+-"
    for value in (left, right):
        if value is not None and not (
            isinstance(value, Decimal) or (dates and isinstance(value, date))
        ):
            raise _unfit(sign, left, right)
    if left is not None and right is not None:
        raise _unfit(sign, left, right)
    return None


def _shift(day: date, days: Decimal) -> date:
    if days != days.to_integral_value() or abs(days) > 4_000_000:
        raise ExpressionError(_("Zu einem Datum lassen sich nur ganze Tage zählen."))
    try:
        return day + timedelta(days=int(days))
    except OverflowError as error:
        raise ExpressionError(_("Die Rechnung mit dem Datum ergibt kein Datum mehr.")) from error


def _unfit(sign: str, left: Operand, right: Operand) -> ExpressionError:
    return ExpressionError(
        _("„{sign}“ passt nicht zu diesen Angaben: {left}, {right}.").format(
            sign=sign, left=describe(left), right=describe(right)
        )
    )


def _equal(_scope: Scope, left: Operand, right: Operand) -> bool:
    if left is None or right is None:
        return left is right
    if type(left) is not type(right) or isinstance(left, Rows | Cells):
        raise _unfit("==", left, right)
    return left == right


def _ordered(
    sign: str,
    compare_numbers: Callable[[Decimal, Decimal], bool],
    compare_days: Callable[[date, date], bool],
) -> Callable[[Scope, Operand, Operand], bool]:
    def run(_scope: Scope, left: Operand, right: Operand) -> bool:
        if isinstance(left, Decimal) and isinstance(right, Decimal):
            return compare_numbers(left, right)
        if isinstance(left, date) and isinstance(right, date):
            return compare_days(left, right)
        for value in (left, right):
            if value is not None and not isinstance(value, Decimal | date):
                raise _unfit(sign, left, right)
        if left is None or right is None:
            return False
        raise _unfit(sign, left, right)

    return run


ARITHMETIC_OPERATORS: dict[str, Callable[[Operand, Operand], Operand]] = {
    "add": _add,
    "sub": _subtract,
    "mul": _multiply,
    "div": _divide,
}

COMPARISON_OPERATORS: dict[str, Callable[[Scope, Operand, Operand], bool]] = {
    "eq": _equal,
    "ne": lambda scope, left, right: not _equal(scope, left, right),
    "lt": _ordered("<", operator.lt, operator.lt),
    "lteq": _ordered("<=", operator.le, operator.le),
    "gt": _ordered(">", operator.gt, operator.gt),
    "gteq": _ordered(">=", operator.ge, operator.ge),
    "in": lambda scope, left, right: contains(scope, right, left, "in"),
    "notin": lambda scope, left, right: not contains(scope, right, left, "not in"),
}
