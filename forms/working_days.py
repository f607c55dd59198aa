"""Werktage: Monday to Friday without the gesetzliche Feiertage of the place.

Sonnabend is none here, since the end of a Frist moves on from it (§ 193 BGB, § 26 Abs. 3 SGB X).
``holidays_in`` gives the Feiertage of a year.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

HolidaysOfYear = Callable[[int], frozenset[date]]

_SATURDAY = 5
_DAY = timedelta(days=1)


def is_working_day(day: date, holidays_in: HolidaysOfYear) -> bool:
    """Say whether ``day`` is a Werktag."""
    return day.weekday() < _SATURDAY and day not in holidays_in(day.year)


def next_working_day(day: date, holidays_in: HolidaysOfYear) -> date:
    """Return ``day`` if it is a Werktag, else the next one: § 193 BGB, § 26 Abs. 3 SGB X."""
    while not is_working_day(day, holidays_in):
        day += _DAY
    return day


def count_working_days(start: date, end: date, holidays_in: HolidaysOfYear) -> int:
    """Return how many Werktage there are from ``start`` to ``end``, both included."""
    if end < start:
        return 0
    weeks, rest = divmod((end - start).days + 1, 7)
    days = 5 * weeks + sum((start.weekday() + number) % 7 < _SATURDAY for number in range(rest))
    return days - sum(
        start <= holiday <= end and holiday.weekday() < _SATURDAY
        for year in range(start.year, end.year + 1)
        for holiday in holidays_in(year)
    )


def working_days_later(day: date, count: int, holidays_in: HolidaysOfYear) -> date:
    """Return the ``count``-th Werktag after ``day``, before it for a negative count.

    With 0 it is ``day`` itself, Werktag or not.
    """
    step = _DAY if count > 0 else -_DAY
    for _number in range(abs(count)):
        day += step
        while not is_working_day(day, holidays_in):
            day += step
    return day
