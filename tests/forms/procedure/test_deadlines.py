"""Deadlines and reminders, against dates looked up in a calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.procedure.deadlines import (
    REMINDER_OFFSETS,
    latest_reminder,
    overdue_stage,
    reminders,
)
from forms.working_days import next_working_day

# Baden-Württemberg around Ostern 2027.
HOLIDAYS = frozenset(
    {
        date(2027, 1, 1),
        date(2027, 1, 6),
        date(2027, 3, 26),
        date(2027, 3, 29),
        date(2027, 5, 1),
        date(2027, 5, 6),
        date(2027, 5, 17),
        date(2027, 5, 27),
    }
)


def holidays_in(year: int) -> frozenset[date]:
    return frozenset(day for day in HOLIDAYS if day.year == year)


def test_reminders_of_the_sachbericht_2026() -> None:
    """Story H5: due on Wednesday 31.03.2027; T−3 is Ostersonntag, so it is sent on Tuesday."""
    days = {one.offset: one.day for one in reminders(date(2027, 3, 31), holidays_in)}
    assert days == {
        -28: date(2027, 3, 3),
        -14: date(2027, 3, 17),
        -3: date(2027, 3, 30),
        1: date(2027, 4, 1),
        14: date(2027, 4, 14),
    }


def test_no_reminder_after_it_came_in() -> None:
    due, received = date(2027, 3, 31), date(2027, 3, 25)
    assert latest_reminder(due, date(2027, 3, 2), holidays_in) is None
    first = latest_reminder(due, date(2027, 3, 20), holidays_in, received=received)
    assert first is not None and first.offset == -14
    for day in (25, 30, 31):
        assert latest_reminder(due, date(2027, 3, day), holidays_in, received=received) is None
    late = latest_reminder(due, date(2027, 4, 20), holidays_in)
    assert late is not None and late.offset == 14


@pytest.mark.parametrize(
    ("day", "shifted"),
    [
        (date(2027, 2, 28), date(2027, 3, 1)),  # letzter Tag Februar 2027 is a Sonntag
        (date(2027, 3, 27), date(2027, 3, 30)),  # Sonnabend before Ostern
        (date(2027, 3, 31), date(2027, 3, 31)),
        (date(2027, 1, 6), date(2027, 1, 7)),
    ],
)
def test_a_deadline_ends_on_a_working_day(day: date, shifted: date) -> None:
    assert next_working_day(day, holidays_in) == shifted


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_no_reminder_falls_on_a_sunday_and_none_is_early(due: date) -> None:
    found = reminders(due, holidays_in)
    assert tuple(one.offset for one in found) == REMINDER_OFFSETS
    for one in found:
        assert one.day.weekday() != 6
        assert one.day not in HOLIDAYS
        assert one.day >= due + timedelta(days=one.offset)


@pytest.mark.parametrize(("days", "stage"), [(-1, 0), (0, 0), (1, 1), (13, 1), (14, 2), (28, 3)])
def test_stages_of_being_late(days: int, stage: int) -> None:
    due = date(2027, 3, 31)
    assert overdue_stage(due, due + timedelta(days=days)) == stage
