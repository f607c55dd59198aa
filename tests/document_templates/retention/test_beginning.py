"""With which day of a submission its time begins."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.retention.beginning import (
    BY_HAND,
    CONCLUDED,
    RECEIVED,
    Facts,
    begin_with_field,
    event_of,
    field_of,
)
from document_templates.retention.classes import DEFAULT_CLASSES, erasable_on, start_of
from forms.procedure.states import SUBMISSION_STATES

# In Berlin it was the first of January already.
RECEIPT = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
ACCEPTANCE = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
LATER = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
STATES = sorted(SUBMISSION_STATES)


def facts(state: str, answer: str | None = None) -> Facts:
    accepted = ACCEPTANCE if state in ("accepted", "evaluated") else None
    return Facts(state, RECEIPT, accepted, LATER, answer)


@pytest.mark.parametrize(
    ("begins", "state", "day"),
    [
        (RECEIVED, "submitted", date(2026, 1, 1)),
        (RECEIVED, "accepted", date(2026, 1, 1)),
        (RECEIVED, "inquiry", None),
        (CONCLUDED, "submitted", None),
        (CONCLUDED, "accepted", date(2026, 3, 1)),
        (CONCLUDED, "rejected", date(2026, 5, 1)),
        (begin_with_field("ende"), "accepted", date(2026, 5, 31)),
        (begin_with_field("ende"), "checking", None),
    ],
)
def test_the_day_is_that_of_the_event_in_berlin(begins: str, state: str, day: date | None) -> None:
    assert event_of(begins, facts(state, "2026-05-31")) == day


@pytest.mark.parametrize("answer", [None, "", "31.05.2026", "gestern", "2026-02-30"])
def test_an_answer_that_is_no_day_begins_nothing(answer: str | None) -> None:
    assert event_of(begin_with_field("ende"), facts("accepted", answer)) is None


@given(st.sampled_from(STATES))
def test_by_hand_nothing_begins_by_itself(state: str) -> None:
    assert event_of(BY_HAND, facts(state, "2026-05-31")) is None


@given(st.sampled_from(STATES), st.sampled_from([RECEIVED, CONCLUDED, begin_with_field("x")]))
def test_no_draft_begins_its_time(state: str, begins: str) -> None:
    assert event_of(begins, facts("draft", "2026-05-31")) is None
    assert field_of(begins) in ("", "x")


def test_what_was_paid_is_kept_from_the_end_of_the_year() -> None:
    kept = DEFAULT_CLASSES["LK-F"]
    assert start_of(kept, date(2026, 5, 3)) == date(2026, 12, 31)
    assert erasable_on(kept, start_of(kept, date(2026, 5, 3))) == date(2037, 1, 1)
