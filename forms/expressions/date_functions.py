"""Functions of days, and of Werktage with the Feiertage of the place."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from forms.expressions.arguments import Function, Implementation, day_of, of_one_date, whole_of
from forms.expressions.operands import ExpressionError, Operand, Scope
from forms.public_holidays import FIRST_YEAR, LAST_YEAR
from forms.working_days import (
    count_working_days,
    is_working_day,
    next_working_day,
    working_days_later,
)
from tenants.language import _

_STEPS_OF_A_YEAR = 400


def months_later(start: date, months: int) -> date:
    """Return the day ``months`` later, the last of the month where it has no such day.

    The rule is that of § 188 Abs. 3 BGB. Raises ValueError outside the years 1 to 9999.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def last_of_month(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def age_on(birthday: date, day: date) -> int:
    """Return the completed years of life on ``day``, the birthday included (§ 187 Abs. 2 BGB).

    Who was born on 29 February completes a year at the end of 28 February (§ 188 Abs. 2 BGB).
    """
    return day.year - birthday.year - ((day.month, day.day) < (birthday.month, birthday.day))


def _later(name: str, limit: int, move: Callable[[date, int], date]) -> Implementation:
    def run(_scope: Scope, arguments: list[Operand]) -> Operand:
        start, count = arguments
        if start is None or count is None:
            return None
        steps = whole_of(name, count, -limit, limit)
        day = day_of(name, start)
        try:
            return move(day, steps)
        except (ValueError, OverflowError) as error:
            raise ExpressionError(
                _("{name}(…) ergibt kein Datum mehr.").format(name=name)
            ) from error

    return run


def days_later(start: date, days: int) -> date:
    """Return the day ``days`` later. Raises OverflowError outside the years 1 to 9999."""
    return start + timedelta(days=days)


def _days(_scope: Scope, arguments: list[Operand]) -> Operand:
    start, end = arguments
    if start is None or end is None:
        return None
    return Decimal((day_of("tage", end) - day_of("tage", start)).days)


def _age(_scope: Scope, arguments: list[Operand]) -> Operand:
    birthday, day = arguments
    if birthday is None or day is None:
        return None
    years = age_on(day_of("alter", birthday), day_of("alter", day))
    return Decimal(years) if years >= 0 else None


def _today(scope: Scope, _arguments: list[Operand]) -> Operand:
    return scope.consulted.today


def _calendar_day(name: str, value: Operand) -> date:
    day = day_of(name, value)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ExpressionError(
            _("{name}(…) kennt die Feiertage von {first} bis {last}.").format(
                name=name, first=FIRST_YEAR, last=LAST_YEAR
            )
        )
    return day


def _is_working_day(scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    if value is None:
        return None
    return is_working_day(_calendar_day("werktag", value), scope.consulted.holidays_in)


def _next_working_day(scope: Scope, arguments: list[Operand]) -> Operand:
    value = arguments[0]
    if value is None:
        return None
    return next_working_day(_calendar_day("naechster_werktag", value), scope.consulted.holidays_in)


def _working_days(scope: Scope, arguments: list[Operand]) -> Operand:
    start, end = arguments
    if start is None or end is None:
        return None
    first, last = _calendar_day("werktage", start), _calendar_day("werktage", end)
    scope.charge(_STEPS_OF_A_YEAR * max(0, last.year - first.year + 1))
    return Decimal(count_working_days(first, last, scope.consulted.holidays_in))


def _working_days_later(scope: Scope, arguments: list[Operand]) -> Operand:
    start, count = arguments
    if start is None or count is None:
        return None
    steps = whole_of("werktage_spaeter", count, -1_000, 1_000)
    scope.charge(2 * abs(steps))
    day = _calendar_day("werktage_spaeter", start)
    return working_days_later(day, steps, scope.consulted.holidays_in)


DATE_FUNCTIONS: dict[str, Function] = {
    "tage": Function("tage(von, bis)", 2, 2, _days),
    "tag": Function("tag(datum)", 1, 1, of_one_date("tag", lambda day: Decimal(day.day))),
    "monat": Function("monat(datum)", 1, 1, of_one_date("monat", lambda day: Decimal(day.month))),
    "jahr": Function("jahr(datum)", 1, 1, of_one_date("jahr", lambda day: Decimal(day.year))),
    "wochentag": Function(
        "wochentag(datum)", 1, 1, of_one_date("wochentag", lambda day: Decimal(day.isoweekday()))
    ),
    "tage_spaeter": Function(
        "tage_spaeter(datum, tage)", 2, 2, _later("tage_spaeter", 400_000, days_later)
    ),
    "monate_spaeter": Function(
        "monate_spaeter(datum, monate)", 2, 2, _later("monate_spaeter", 12_000, months_later)
    ),
    "monatsende": Function("monatsende(datum)", 1, 1, of_one_date("monatsende", last_of_month)),
    "alter": Function("alter(geburtsdatum, am)", 2, 2, _age),
    "heute": Function("heute()", 0, 0, _today),
    "werktag": Function("werktag(datum)", 1, 1, _is_working_day),
    "naechster_werktag": Function("naechster_werktag(datum)", 1, 1, _next_working_day),
    "werktage": Function("werktage(von, bis)", 2, 2, _working_days),
    "werktage_spaeter": Function("werktage_spaeter(datum, werktage)", 2, 2, _working_days_later),
}
