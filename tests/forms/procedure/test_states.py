"""The states of a submission: only the ways of the Berichtswesen, each for its own people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.procedure.states import (
    DECIDING,
    ENDED,
    OFFICE,
    SUBMISSION_STATES,
    TRANSITIONS,
    Position,
    TransitionRefused,
    next_state,
    possible_actions,
)
from forms.viewer import PARTICIPANTS, Viewer

# Written down by hand from the life of a report: who may lead from where to where.
SENDER_WAYS = {
    ("draft", "submitted"),
    ("submitted", "withdrawn"),
    ("withdrawn", "submitted"),
    ("accepted", "answered"),
    ("evaluated", "answered"),
}
# Whoever filled the fields that are asked about, at either side.
ASKED_WAYS = {("inquiry", "answered")}
OFFICE_WAYS = {
    ("submitted", "checking"),
    ("answered", "checking"),
    ("checking", "inquiry"),
    ("reviewed", "inquiry"),
    ("accepted", "inquiry"),
    ("evaluated", "inquiry"),
    ("inquiry", "checking"),
    ("checking", "reviewed"),
    ("reviewed", "accepted"),
    ("checking", "rejected"),
    ("reviewed", "rejected"),
    ("accepted", "evaluated"),
    ("accepted", "cancelled"),
    ("evaluated", "cancelled"),
}

viewers = st.frozensets(st.sampled_from(sorted(PARTICIPANTS))).map(Viewer)
positions = st.builds(
    Position,
    state=st.sampled_from(sorted(SUBMISSION_STATES)),
    steps_done=st.booleans(),
    viewer=viewers,
    is_sender=st.booleans(),
    is_office=st.booleans(),
    is_asked=st.booleans(),
)


@given(positions, st.sampled_from(sorted(TRANSITIONS)))
def test_only_known_ways_are_gone_and_only_by_their_people(position: Position, action: str) -> None:
    try:
        target = next_state(action, position)
    except TransitionRefused as refused:
        assert str(refused)
        return
    way = (position.state, target)
    by_sender = way in SENDER_WAYS and position.is_sender
    by_office = way in OFFICE_WAYS and position.is_office and position.viewer.roles & OFFICE
    by_asked = way in ASKED_WAYS and position.is_asked
    assert by_sender or by_office or by_asked, way
    if target in ("reviewed", "accepted", "rejected", "evaluated", "cancelled"):
        assert position.viewer.roles & DECIDING
    if target == "reviewed":
        assert position.steps_done


@given(st.lists(st.tuples(st.sampled_from(sorted(TRANSITIONS)), st.booleans(), viewers)))
def test_no_sequence_of_acts_leaves_the_ways(
    acts: list[tuple[str, bool, Viewer]],
) -> None:
    """A Träger alone never gets its report accepted, whatever it tries and in what order."""
    state, sender_only = "draft", True
    for action, is_office, viewer in acts:
        position = Position(
            state=state,
            steps_done=True,
            viewer=viewer if is_office else Viewer(frozenset({"traeger"})),
            is_sender=not is_office,
            is_office=is_office,
            is_asked=not is_office,
        )
        try:
            state = next_state(action, position)
        except TransitionRefused:
            continue
        sender_only = sender_only and not is_office
        assert state in SUBMISSION_STATES
        if sender_only:
            assert state in ("submitted", "withdrawn")


def test_every_state_is_reached_and_every_way_is_gone() -> None:
    ways = SENDER_WAYS | OFFICE_WAYS | ASKED_WAYS
    gone = {
        (source, transition.target)
        for transition in TRANSITIONS.values()
        for source in transition.sources
    }
    assert gone == ways
    reached = {"draft"}
    for _round in SUBMISSION_STATES:
        reached |= {target for source, target in ways if source in reached}
    assert reached == set(SUBMISSION_STATES)


def test_what_is_rejected_stays_so() -> None:
    everybody = Viewer(frozenset(PARTICIPANTS))
    position = Position(
        state="rejected",
        steps_done=True,
        viewer=everybody,
        is_sender=True,
        is_office=True,
        is_asked=True,
    )
    assert list(possible_actions(position)) == []
    assert "rejected" in ENDED


def test_what_is_in_review_cannot_be_withdrawn() -> None:
    sender = Position(
        state="checking",
        steps_done=True,
        viewer=Viewer(frozenset({"traeger"})),
        is_sender=True,
        is_office=False,
        is_asked=True,
    )
    with pytest.raises(TransitionRefused, match="Vollständigkeitsprüfung"):
        next_state("withdraw", sender)
    assert list(possible_actions(sender)) == []
