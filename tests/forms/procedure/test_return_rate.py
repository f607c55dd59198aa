"""The Rücklauf of story H5."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from forms.procedure.return_rate import Requested, return_rate

DUE = date(2027, 3, 31)
FIRST = Requested(due_on=DUE, received_on=date(2027, 3, 25), accepted_on=date(2027, 4, 19))
# With a Fristverlängerung until 15.04., which excuses but is still waited for.
SECOND = Requested(due_on=DUE, received_on=date(2027, 4, 15))


def test_half_on_the_first_of_april_and_all_on_the_twentieth() -> None:
    assert return_rate([FIRST, SECOND], date(2027, 4, 1)).received_percent == Decimal("50.0")
    later = return_rate([FIRST, SECOND], date(2027, 4, 20))
    assert later.received_percent == Decimal("100.0")
    assert later.accepted_percent == Decimal("50.0")


def test_nothing_is_due_before_the_deadline() -> None:
    before = return_rate([FIRST, SECOND], date(2027, 3, 30))
    assert (before.due, before.received, before.received_percent) == (0, 0, None)


def test_what_is_dispensed_counts_nowhere() -> None:
    excused = Requested(due_on=DUE, is_dispensed=True)
    rate = return_rate([FIRST, SECOND, excused, Requested(due_on=DUE)], date(2027, 4, 20))
    assert (rate.due, rate.received) == (3, 2)
    assert rate.received_percent == Decimal("66.7")
