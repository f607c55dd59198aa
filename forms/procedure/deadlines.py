"""Deadlines, reminders and how late something is. Days are those of Berlin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from forms.working_days import HolidaysOfYear

REMINDER_OFFSETS: Final = (-28, -14, -3, 1, 14)
"""Days before (negative) or after a deadline on which somebody is reminded of it."""
OVERDUE_STAGES: Final = (1, 14, 28)
"""Days after a deadline from which it is overdue in the first, second and third stage."""
OFFICER, MANAGEMENT, COORDINATION = "officer", "management", "coordination"
"""Whom a reminder reaches, each after the one before: who is in charge, the Leitung of the
Träger, and the Koordination of the Jugendamt."""
_REACHED: Final = {1: (OFFICER, MANAGEMENT), 14: (OFFICER, MANAGEMENT, COORDINATION)}
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder on ``day``; ``offset`` is the one of `REMINDER_OFFSETS` it stands for."""

    offset: int
    day: date


def reached_by(offset: int) -> tuple[str, ...]:
    """Return whom the reminder ``offset`` reaches: before the deadline who is in charge alone.

    From the first day after it the Leitung learns of it too, from the fourteenth the Koordination.
    """
    return _REACHED.get(offset, (OFFICER,))


def reminders(due: date, holidays_in: HolidaysOfYear) -> tuple[Reminder, ...]:
    """Return the reminders of a deadline in their order; none on a Sonntag or Feiertag."""
    found: list[Reminder] = []
    for offset in REMINDER_OFFSETS:
        day = due + timedelta(days=offset)
        while day.weekday() == _SUNDAY or day in holidays_in(day.year):
            day += timedelta(days=1)
        found.append(Reminder(offset, day))
    return tuple(found)


def latest_reminder(
    due: date, today: date, holidays_in: HolidaysOfYear, *, received: date | None = None
) -> Reminder | None:
    """Return the reminder that stands on ``today``, None before the first.

    After ``received``, the day on which the thing came in, there is none.
    """
    if received is not None and received <= today:
        return None
    passed = [one for one in reminders(due, holidays_in) if one.day <= today]
    return passed[-1] if passed else None


def overdue_stage(due: date, today: date) -> int:
    """Return 0 while ``due`` has not passed, else the stage from 1 to 3."""
    days = (today - due).days
    return sum(1 for limit in OVERDUE_STAGES if days >= limit)
