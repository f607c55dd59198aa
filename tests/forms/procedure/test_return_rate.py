"""The Rücklauf of story H5."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from forms.procedure.return_rate import (
    PartyRequest,
    PartyReturns,
    Requested,
    return_rate,
    returns_by_party,
)

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


def test_each_traeger_with_what_is_received_open_and_overdue() -> None:
    later = date(2027, 4, 15)
    requests = [
        PartyRequest(party="Anker", requested=FIRST, due_on=DUE),
        PartyRequest(party="Anker", requested=Requested(due_on=DUE), due_on=later),
        PartyRequest(party="Brücke", requested=Requested(due_on=DUE), due_on=DUE),
        PartyRequest(
            party="Brücke", requested=Requested(due_on=DUE, is_dispensed=True), due_on=DUE
        ),
    ]

    def figures(one: PartyReturns) -> tuple[str, int, int, int, int]:
        return one.party, one.requested, one.received, one.open, one.overdue

    first, second = returns_by_party(requests, date(2027, 4, 1))
    assert figures(first) == ("Anker", 2, 1, 1, 0)
    assert first.rate.received_percent == Decimal("50.0")
    assert figures(second) == ("Brücke", 1, 0, 0, 1)
    assert [figures(one)[3:] for one in returns_by_party(requests, date(2027, 4, 16))] == [
        (0, 1), (0, 1),
    ]  # fmt: skip


days = st.dates(date(2027, 1, 1), date(2027, 12, 31))


@given(
    st.lists(
        st.builds(
            PartyRequest,
            party=st.sampled_from(["A", "b", "C"]),
            requested=st.builds(
                Requested, due_on=days, received_on=st.none() | days, is_dispensed=st.booleans()
            ),
            due_on=days,
        )
    ),
    days,
)
def test_every_request_counts_once(requests: list[PartyRequest], day: date) -> None:
    found = returns_by_party(requests, day)
    assert [one.party for one in found] == sorted({one.party for one in found}, key=str.casefold)
    counted = [one for one in requests if not one.requested.is_dispensed]
    assert sum(one.requested for one in found) == len(counted)
    assert sum(one.received for one in found) == sum(
        1 for one in counted if one.requested.received_on and one.requested.received_on <= day
    )
