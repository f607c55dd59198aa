"""Retention: the boundary days of H11, and that no erasure comes too early."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.retention.classes import (
    DEFAULT_CLASSES,
    age_completed_on,
    erasable_on,
    months_after,
    start_of,
)

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("born", "completed", "erasable"),
    [
        (date(2015, 3, 14), date(2045, 3, 13), date(2115, 3, 14)),
        (date(2016, 2, 29), date(2046, 2, 28), date(2116, 2, 29)),
        (date(2016, 1, 1), date(2045, 12, 31), date(2116, 1, 1)),
    ],
)
def test_h11_1_files_of_young_people_are_kept_for_seventy_years(
    born: date, completed: date, erasable: date
) -> None:
    kept = DEFAULT_CLASSES["LK-H"]
    assert start_of(kept, born) == completed
    assert erasable_on(kept, start_of(kept, born)) == erasable


def test_h11_3_child_care_is_not_kept_as_long_by_itself() -> None:
    kept = DEFAULT_CLASSES["LK-E"]
    assert kept.months < DEFAULT_CLASSES["LK-H"].months
    assert start_of(kept, date(2030, 5, 31)) == date(2030, 5, 31)


def test_h11_4_a_note_on_a_certificate_goes_three_months_after_the_end() -> None:
    kept = DEFAULT_CLASSES["LK-D"]
    assert erasable_on(kept, start_of(kept, date(2030, 5, 31))) == date(2030, 9, 1)


@given(DAYS, st.integers(0, 900))
def test_the_time_ends_in_the_right_month_and_never_early(day: date, months: int) -> None:
    ends = months_after(day, months)
    assert (ends.year * 12 + ends.month) - (day.year * 12 + day.month) == months
    assert ends.day == day.day or (ends + timedelta(days=1)).day == 1


@given(DAYS, st.sampled_from(sorted(DEFAULT_CLASSES)))
def test_nothing_is_erased_on_the_last_day_that_it_is_kept(day: date, key: str) -> None:
    kept = DEFAULT_CLASSES[key]
    start = start_of(kept, day)
    assert erasable_on(kept, start) > months_after(start, kept.months) >= start


@given(DAYS, st.integers(1, 100))
def test_an_age_is_completed_the_day_before_the_birthday(born: date, years: int) -> None:
    completed = age_completed_on(born, years)
    following = completed + timedelta(days=1)
    expected = (born.month, born.day) if (born.month, born.day) != (2, 29) else None
    assert expected in (None, (following.month, following.day))
