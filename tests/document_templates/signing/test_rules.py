"""Zeichnungsregeln, order and levels: what must hold for any people in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.signing.levels import LEVELS, suffices
from document_templates.signing.progress import Party, Progress, Slot
from document_templates.signing.rules import (
    CAPACITIES,
    RULES,
    Rule,
    Signer,
    fewest_signatures,
    is_fulfilled,
    shortfall,
)

DAY = date(2026, 11, 29)
rules = st.builds(
    lambda kind, required: Rule(kind, required if kind == "joint" else 1),
    st.sampled_from(sorted(RULES)),
    st.integers(1, 5),
)
people = st.lists(
    st.builds(Signer, st.sampled_from("abcdef"), st.sampled_from(sorted(CAPACITIES))),
    max_size=6,
    unique_by=lambda one: one.id,
)
parties = st.builds(
    lambda rule, found: Party(rule, tuple(Slot(one) for one in found)), rules, people
)


def signer(name: str, capacity: str) -> Signer:
    return Signer(name, capacity, authority="UR 12/2026")


@pytest.mark.parametrize(
    ("rule", "capacities", "expected"),
    [
        (Rule("single"), [], False),
        (Rule("single"), ["representative"], True),
        (Rule("joint", 2), ["representative"], False),
        (Rule("joint", 2), ["representative", "representative"], True),
        (Rule("head"), ["head"], True),
        (Rule("head"), ["deputy"], True),
        (Rule("head"), ["employee"], False),
        (Rule("head"), ["employee", "employee"], True),
        (Rule("head"), ["representative", "representative", "proxy"], False),
        (Rule("head_or_deputy_and_two"), ["head"], True),
        (Rule("head_or_deputy_and_two"), ["deputy"], False),
        (Rule("head_or_deputy_and_two"), ["deputy", "employee"], False),
        (Rule("head_or_deputy_and_two"), ["deputy", "employee", "employee"], True),
        (Rule("head_or_deputy_and_two"), ["employee", "employee", "employee"], False),
        (Rule("proxy"), ["representative"], False),
        (Rule("proxy"), ["proxy"], True),
    ],
)
def test_rules_ask_for_these_people(rule: Rule, capacities: list[str], expected: bool) -> None:
    signers = [signer(str(place), one) for place, one in enumerate(capacities)]
    assert is_fulfilled(rule, signers) is expected
    assert bool(shortfall(rule, signers)) is not expected


def test_nobody_signs_twice() -> None:
    twice = [signer("a", "employee"), signer("a", "employee")]
    assert not is_fulfilled(Rule("joint", 2), twice)
    assert not is_fulfilled(Rule("head"), twice)


@given(rules, people, st.randoms())
def test_more_people_never_unbind_and_order_means_nothing(rule, found, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(found)
    random.shuffle(shuffled)
    assert is_fulfilled(rule, found) == is_fulfilled(rule, shuffled)
    for count in range(len(found)):
        if is_fulfilled(rule, found[:count]):
            assert is_fulfilled(rule, found)


@given(rules, people)
def test_the_fewest_are_enough_and_one_less_is_not(rule: Rule, found: list[Signer]) -> None:
    count = fewest_signatures(rule, found)
    if count is None:
        assert not is_fulfilled(rule, found)
        return
    assert any(is_fulfilled(rule, chosen) for chosen in combinations(found, count))
    assert not any(is_fulfilled(rule, chosen) for chosen in combinations(found, count - 1))


@given(st.integers(-3, 3), st.integers(0, 5))
def test_authority_holds_on_its_first_and_last_day(offset: int, length: int) -> None:
    one = Signer("a", "proxy", DAY, DAY + timedelta(days=length), "Vollmacht 3")
    assert one.may_sign_on(DAY + timedelta(days=offset)) is (0 <= offset <= length)
    assert one.may_sign_on(DAY)
    assert not one.may_sign_on(DAY + timedelta(days=length + 1))
    assert not replace(one, authority=" ").may_sign_on(DAY)


@pytest.mark.parametrize("wrong", [("nobody", 1), ("joint", 0), ("joint", 21)])
def test_rules_that_cannot_be_are_refused(wrong: tuple[str, int]) -> None:
    with pytest.raises(ValueError):
        Rule(*wrong)


def signed(progress: Progress, slot: Slot, state: str) -> Progress:
    """Return the progress after one act."""

    def after(party: Party) -> Party:
        slots = (replace(one, state=state) if one is slot else one for one in party.slots)
        return replace(party, slots=tuple(slots))

    return replace(progress, parties=tuple(after(party) for party in progress.parties))


@given(st.lists(parties, min_size=1, max_size=4), st.booleans(), st.data())
def test_whoever_is_asked_in_turn_leads_to_an_end(
    found: list[Party], in_order: bool, data: st.DataObject
) -> None:
    """Somebody can always act until all are bound or some party cannot be any more."""
    progress = Progress(tuple(found), in_order)
    acts = 0
    while not progress.is_complete and not progress.is_lost:
        turn = progress.turn()
        assert turn
        if in_order:
            first = next(party for party in progress.parties if not party.is_bound)
            assert all(slot in first.slots for slot in turn)
        slot = data.draw(st.sampled_from(turn))
        progress = signed(progress, slot, data.draw(st.sampled_from(["signed", "declined"])))
        acts += 1
        assert acts <= sum(len(party.slots) for party in found)
    if progress.is_lost:
        assert progress.turn() == []
    assert not (progress.is_complete and progress.is_lost)
    for slot in progress.unneeded():
        assert slot.state == "waiting"


def test_levels_do_not_stand_in_for_each_other() -> None:
    for level in LEVELS:
        assert suffices(level, level)
        assert suffices(level, "L0")
    assert suffices("L3", "L1")
    assert not suffices("L1", "L3")
    assert not suffices("L3p", "L3")
    assert not suffices("L3", "L3p")
    assert not any(suffices("L4", level) for level in LEVELS if level not in ("L0", "L4"))
