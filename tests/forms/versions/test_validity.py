"""From when a version may be begun, and until when handed in; days and minutes are Berlin's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.versions.validity import GRACE_DAYS, State, Validity

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """Return a minute in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


IN_USE = Validity(binding_from=date(2027, 1, 1))
REPLACED = Validity(binding_from=date(2026, 1, 1), deprecated_on=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("validity", "moment", "state", "may_start", "may_hand_in"),
    [
        (IN_USE, "2026-12-31 23:59", "announced", False, False),
        (IN_USE, "2027-01-01 00:00", "in_use", True, True),
        (IN_USE, "2099-01-01 00:00", "in_use", True, True),
        (REPLACED, "2026-12-31 23:59", "in_use", True, True),
        (REPLACED, "2027-01-01 00:00", "deprecated", False, True),
        # Four weeks after New Year: the 29th is the last day.
        (REPLACED, "2027-01-29 23:59", "deprecated", False, True),
        (REPLACED, "2027-01-30 00:00", "ended", False, False),
        (Validity(binding_from=date(2026, 1, 1), locked=True), "2026-06-01 12:00",
         "locked", False, False),
        (Validity(binding_from=date(2026, 1, 1), closes_at=at("2026-03-31 12:00")),
         "2026-03-31 11:59", "in_use", True, True),
        (Validity(binding_from=date(2026, 1, 1), closes_at=at("2026-03-31 12:00")),
         "2026-03-31 12:00", "closed", False, False),
        (Validity(binding_from=date(2026, 1, 1), deprecated_on=date(2027, 1, 1), grace_days=0),
         "2027-01-01 23:59", "deprecated", False, True),
    ],
)  # fmt: skip
def test_each_moment_has_its_state(
    validity: Validity, moment: str, state: State, may_start: bool, may_hand_in: bool
) -> None:
    when = at(moment)
    assert validity.state(when) == state
    assert validity.may_start(when) is may_start
    assert validity.may_hand_in(when) is may_hand_in


def test_the_day_is_berlins_and_not_greenwichs() -> None:
    assert IN_USE.may_start(datetime.fromisoformat("2026-12-31T23:30:00+00:00"))


def test_the_grace_is_four_weeks() -> None:
    assert GRACE_DAYS == 28
    assert REPLACED.last_day == date(2027, 1, 29)


@settings(deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 400),
    st.integers(0, 100),
    st.integers(-50, 600),
)
def test_who_may_start_may_hand_in_and_nobody_starts_again_later(
    begin: date, use: int, grace: int, offset: int
) -> None:
    validity = Validity(
        binding_from=begin, deprecated_on=begin + timedelta(days=use), grace_days=grace
    )
    day = datetime.combine(begin + timedelta(days=offset), datetime.min.time(), BERLIN)
    later = day + timedelta(days=1)
    if validity.may_start(day):
        assert validity.may_hand_in(day)
    elif day.date() >= begin:
        assert not validity.may_start(later)
