"""Counts, shares and means of a question, and that nobody works out a small count from them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forms.definition import parse_definition
from forms.surveys.counting import ItemResult, count_item
from forms.surveys.items import Item, ItemOption, items_of
from tests.support.survey_cases import answers_of, questionnaire

ITEMS = {item.key: item for item in items_of(parse_definition(questionnaire()))}


def scale(points: int = 4) -> Item:
    """Return a scale from 1 to ``points``."""
    options = tuple(
        ItemOption(value=str(point), label=str(point), weight=Decimal(point))
        for point in range(1, points + 1)
    )
    return Item(id="i", key="k", label="l", section="", type="scale", options=options)


def result(*counts: int, without: int = 0, threshold: int = 5) -> ItemResult:
    """Return the result of a scale whose points were given so often."""
    answers = answers_of(
        *((count, {"k": point}) for point, count in enumerate(counts, start=1)),
        (without, {"k": "keine_angabe"}),
    )
    return count_item(scale(len(counts)), answers, threshold)


def test_the_questions_are_found_in_order() -> None:
    assert list(ITEMS) == ["form", "stadtteil", "raeume", "beratung", "wieder", "wege"]
    assert [option.label for option in ITEMS["raeume"].options] == [
        "1 (sehr gut)", "2", "3", "4", "5", "6 (ungenügend)",
    ]  # fmt: skip


def test_shares_and_mean_leave_out_keine_angabe() -> None:
    """(10·1 + 20·2 + 10·3) / 40 = 2; 10 of 40 are 25 percent, though 50 sheets came back."""
    found = result(10, 20, 10, without=10)
    assert [row.count for row in found.rows] == [10, 20, 10]
    assert [row.share for row in found.rows] == [Decimal("25.0"), Decimal("50.0"), Decimal("25.0")]
    assert found.mean == Decimal("2.00")
    assert (found.answered, found.no_answer) == (40, 10)


def test_a_missing_answer_and_keine_angabe_are_the_same() -> None:
    answers = answers_of((10, {"k": 1}), (3, {"k": "keine_angabe"}), (4, {}))
    assert count_item(scale(2), answers, 5).no_answer == 7


def test_a_small_count_hides_another_one() -> None:
    found = result(20, 3, 12, 0, without=30)
    hidden = [place for place, row in enumerate(found.rows) if row.count is None]
    assert 1 in hidden
    assert len(hidden) + (found.no_answer is None) >= 2
    assert found.rows[3].count == 0


def test_beside_a_hidden_count_the_mean_is_what_everybody_can_work_out() -> None:
    """Of 28 answers 23 are hidden: all a one and five a two, or all a three."""
    found = result(3, 5, 20)
    assert [row.count for row in found.rows] == [None, 5, None]
    assert found.mean is None
    assert found.mean_range == (Decimal("1.1"), Decimal("2.9"))
    assert found.rows[1].share == Decimal("17.9")


def test_beside_few_without_an_answer_shares_are_a_range() -> None:
    """Of 63 sheets 13 are hidden; so 20 are at least 20 of 63 and at most 20 of 50."""
    found = result(20, 30, 10, without=3)
    assert [row.count for row in found.rows] == [20, 30, None]
    assert (found.no_answer, found.answered, found.rows[0].share) == (None, None, None)
    assert found.rows[0].share_range == (Decimal(31), Decimal(40))


def test_too_few_sheets_show_nothing() -> None:
    found = result(2, 2)
    assert [row.count for row in found.rows] == [None, None]
    assert (found.answered, found.mean) == (None, None)


def test_several_answers_are_questions_of_their_own() -> None:
    answers = answers_of((20, {"wege": ["brief", "netz"]}), (10, {"wege": ["netz"]}), (2, {}))
    found = count_item(ITEMS["wege"], answers, 5)
    assert [row.count for row in found.rows] == [20, None, 0]
    assert found.rows[0].share == Decimal("62.5")


@given(
    some.lists(some.sets(some.sampled_from(["brief", "netz", "aushang"])), max_size=24),
    some.sampled_from([3, 5]),
)
@settings(max_examples=300, deadline=None)
def test_nobody_works_out_who_ticked_what(sheets: list[set[str]], threshold: int) -> None:
    """Known are the number of sheets, every shown figure and how figures are hidden.

    Any counts that fit are possible: among n sheets each answer may be given by any of them.
    """
    found = count_item(ITEMS["wege"], [{"wege": sorted(one)} for one in sheets], threshold)
    total = len(sheets)
    if total < threshold:
        assert all(row.count is None for row in found.rows)
        return
    without = total - sum(1 for one in sheets if one)
    worlds = [
        (*counts, nobody)
        for counts in product(
            *(
                [row.count]
                if row.count is not None
                else [n for n in range(1, total) if min(n, total - n) < threshold]
                for row in found.rows
            )
        )
        for nobody in range(total + 1)
        if max(counts) <= total - nobody <= sum(counts)
        and (found.no_answer is None or found.no_answer == nobody)
    ]
    true = tuple(sum(value in one for one in sheets) for value in ("brief", "netz", "aushang"))
    assert (*true, without) in worlds
    for place, row in enumerate(found.rows):
        if row.count is None:
            assert len({world[place] for world in worlds}) > 1, (true, without)
    if 0 < without < threshold:
        assert len({world[-1] for world in worlds}) > 1, (true, without)


def test_yes_and_no_are_counted() -> None:
    answers = answers_of((6, {"wieder": True}), (8, {"wieder": False}))
    assert [row.count for row in count_item(ITEMS["wieder"], answers, 5).rows] == [6, 8]


# ---- the attacker


def shared_out(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to share ``total`` out among ``parts``."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in shared_out(total - first, parts - 1):
            yield (first, *rest)


@pytest.mark.parametrize(("threshold", "points", "most"), [(3, 2, 14), (5, 2, 20), (3, 3, 11)])
def test_nobody_works_out_a_hidden_count(threshold: int, points: int, most: int) -> None:
    """Who knows the procedure knows which counts lead to what is published, and no more."""
    for total in range(threshold, most + 1):
        worlds: dict[ItemResult, list[tuple[int, ...]]] = {}
        for counts in shared_out(total, points + 1):
            found = result(*counts[:-1], without=counts[-1], threshold=threshold)
            worlds.setdefault(found, []).append(counts)
        for found, possible in worlds.items():
            shown = [*(row.count for row in found.rows), found.no_answer]
            for place, count in enumerate(shown):
                values = {counts[place] for counts in possible}
                assert values == {count} if count is not None else len(values) > 1
                assert count is None or count == 0 or count >= threshold


@given(some.lists(some.integers(0, 12), min_size=2, max_size=4), some.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_what_is_large_enough_is_published_exactly(counts: list[int], without: int) -> None:
    """Hiding is no excuse: where nothing is small, everything is there."""
    counts, without = [count + 5 for count in counts], without + 5
    found = result(*counts, without=without)
    assert [row.count for row in found.rows] == counts
    answered = sum(counts)
    points = sum(place * count for place, count in enumerate(counts, 1))
    assert found.mean is not None
    assert abs(found.mean - Decimal(points) / answered) <= Decimal("0.005")
    assert all(
        row.share is not None
        and abs(row.share - Decimal(count * 100) / answered) <= Decimal("0.05")
        for row, count in zip(found.rows, counts, strict=True)
    )


@pytest.mark.parametrize("spaces", [" ", "\n", "\u00a0"])
def test_white_space_is_no_other_wording(spaces: str) -> None:
    one = parse_definition(questionnaire(raeume="Wie finden Sie die Räume?"))
    other = parse_definition(questionnaire(raeume=f"Wie{spaces}finden Sie die Räume? "))
    first, second = (
        next(item for item in items_of(form) if item.key == "raeume") for form in (one, other)
    )
    assert first.signature == second.signature


def test_another_word_is_another_question() -> None:
    other = parse_definition(questionnaire(raeume="Wie gefallen Ihnen die Räume?"))
    changed = next(item for item in items_of(other) if item.key == "raeume")
    assert changed.signature != ITEMS["raeume"].signature
