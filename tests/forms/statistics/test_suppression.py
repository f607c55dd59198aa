"""Suppression against an attacker who knows the procedure and tries every table there is.

Tables that look the same to a reader form a class: that is all he can know, however clever he is.
A hidden figure is safe when it has several values in its class.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forms.statistics.cross_suppression import Hidden, hide_cells
from forms.statistics.suppression import hide_figures

Counts = tuple[int, ...]
Seen = tuple[object, ...]
HIDDEN = "·"


def layered(numbers: Sequence[int]) -> list[tuple[Decimal, ...]]:
    """Return counts as figures of one layer."""
    return [(Decimal(number),) for number in numbers]


def shared_out(total: int, parts: int) -> Iterator[Counts]:
    """Yield every way to share ``total`` out among ``parts``."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in shared_out(total - first, parts - 1):
            yield (first, *rest)


def given_away(
    tables: Iterator[Counts], look: Callable[[Counts], tuple[Seen, Seen, Counts]]
) -> list[object]:
    """Return what is hidden and yet has one value in all tables that look the same.

    ``look`` returns of a table: what is seen, the places that must stay open (`HIDDEN` there), and
    the true values of these places.
    """
    classes: dict[tuple[Seen, Seen], list[set[int]]] = {}
    for table in tables:
        seen, places, true = look(table)
        known = classes.setdefault((seen, places), [set() for _one in true])
        for values, value in zip(known, true, strict=True):
            values.add(value)
    return [
        (looks, place)
        for looks, known in classes.items()
        for place, values in enumerate(known)
        if looks[1][place] == HIDDEN and len(values) < 2
    ]


def seen_list(counts: Counts, threshold: int, parents: Sequence[tuple[str, ...]] = ()) -> Seen:
    """Return a list as it is published."""
    hidden, _withheld = hide_figures(layered(counts), threshold, parents)
    return tuple(HIDDEN if place in hidden else count for place, count in enumerate(counts))


@pytest.mark.parametrize("threshold", [3, 4, 5])
@pytest.mark.parametrize(("places", "most"), [(1, 24), (2, 24), (3, 22), (4, 16), (5, 11)])
def test_no_list_gives_a_hidden_figure_away(threshold: int, places: int, most: int) -> None:
    def look(counts: Counts) -> tuple[Seen, Seen, Counts]:
        seen = seen_list(counts, threshold)
        small = {place for place, count in enumerate(counts) if 0 < count < threshold}
        assert all(seen[place] == HIDDEN for place in small)
        return seen, seen, counts

    for total in range(threshold, most + 1):
        assert given_away(shared_out(total, places), look) == []


YEARS = [("2026",), ("2026",), ("2027",), ("2027",)]
LONE = [("2025",), ("2026",), ("2026",), ("2027",)]


@pytest.mark.parametrize("threshold", [3, 5])
@pytest.mark.parametrize("parents", [YEARS, LONE])
def test_no_months_beside_their_years_give_one_away(
    threshold: int, parents: list[tuple[str, ...]]
) -> None:
    def look(counts: Counts) -> tuple[Seen, Seen, Counts]:
        years = dict.fromkeys(year for (year,) in parents)
        sums = tuple(
            sum(count for count, path in zip(counts, parents, strict=True) if path == (year,))
            for year in years
        )
        seen = (*seen_list(counts, threshold, parents), *seen_list(sums, threshold))
        return seen, seen, (*counts, *sums)

    for total in range(threshold, 15):
        assert given_away(shared_out(total, len(parents)), look) == []


TABLES = [(3, 2, 2, 18), (5, 2, 2, 22), (3, 3, 2, 11), (3, 2, 3, 11), (4, 3, 2, 12), (3, 3, 3, 7)]


@pytest.mark.parametrize(("threshold", "rows", "columns", "most"), TABLES)
def test_no_cross_table_gives_a_hidden_figure_away(
    threshold: int, rows: int, columns: int, most: int
) -> None:
    def look(counts: Counts) -> tuple[Seen, Seen, Counts]:
        table = [counts[row * columns : (row + 1) * columns] for row in range(rows)]
        by_row = tuple(map(sum, table))
        by_column = tuple(map(sum, zip(*table, strict=True)))
        hidden = hide_cells([layered(row) for row in table], threshold)
        cells = tuple(
            HIDDEN if hidden.withheld or (row, column) in hidden.cells else table[row][column]
            for row in range(rows)
            for column in range(columns)
        )
        for place, count in enumerate(counts):
            assert cells[place] == HIDDEN or not 0 < count < threshold
        margins = (
            *(HIDDEN if row in hidden.rows else count for row, count in enumerate(by_row)),
            *(HIDDEN if one in hidden.columns else count for one, count in enumerate(by_column)),
        )
        # A margin of zero says that all of its line is zero, whatever stands there.
        known = tuple(
            0 if 0 in (margins[place // columns], margins[rows + place % columns]) else cell
            for place, cell in enumerate(cells)
        )
        return (cells, margins), (*known, *margins), (*counts, *by_row, *by_column)

    for total in range(threshold, most + 1):
        assert given_away(shared_out(total, rows * columns), look) == []


Table = tuple[Counts, ...]


def neighbours(table: Table) -> Iterator[Table]:
    """Yield the tables with the same margins in which one submission changed places."""
    for first, second in permutations(range(len(table)), 2):
        for left, right in permutations(range(len(table[0])), 2):
            rows = [list(row) for row in table]
            rows[first][left] += 1
            rows[first][right] -= 1
            rows[second][left] -= 1
            rows[second][right] += 1
            if rows[first][right] >= 0 and rows[second][left] >= 0:
                yield tuple(map(tuple, rows))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2, 3, 5, 8, 13, 40]), min_size=5, max_size=5),
        min_size=6,
        max_size=6,
    ).filter(lambda table: sum(map(sum, table)) >= 5)
)
def test_each_hidden_cell_of_a_larger_table_has_another_value(numbers: list[list[int]]) -> None:
    """With margins as they are: whoever changes one submission at a time gets to another value."""

    def seen(table: Table) -> Hidden:
        return hide_cells([layered(row) for row in table], 5)

    start = tuple(map(tuple, numbers))
    hidden = seen(start)
    if hidden.withheld or hidden.rows or hidden.columns:
        return
    shown = [
        (row, column)
        for row in range(6)
        for column in range(5)
        if (row, column) not in hidden.cells
    ]
    still, known, queue = set(hidden.cells), {start}, deque([start])
    while still and queue and len(known) < 3000:
        for other in neighbours(queue.popleft()):
            same = all(other[row][column] == start[row][column] for row, column in shown)
            if same and other not in known and seen(other) == hidden:
                known.add(other)
                queue.append(other)
                still = {(row, at) for row, at in still if other[row][at] == start[row][at]}
    assert not still


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 200), min_size=4, max_size=4), min_size=6, max_size=6).filter(
        lambda table: sum(map(sum, table)) >= 5
    )
)
def test_the_margins_are_hidden_as_if_asked_for_alone(table: list[list[int]]) -> None:
    hidden = hide_cells([layered(row) for row in table], 5)
    rows, _all = hide_figures(layered([sum(row) for row in table]), 5)
    assert hidden.rows == rows


Figure = tuple[Decimal, Decimal, Decimal]


def figure(count: int, answers: int, each: int) -> Figure:
    """Return submissions, answers and sum of a figure."""
    answers = min(count, answers)
    return Decimal(count), Decimal(answers), Decimal(answers * each)


FIGURES = st.builds(figure, st.integers(0, 12), st.integers(0, 12), st.integers(0, 30))


def could_be_shared(block: list[list[Decimal]]) -> bool:
    """Say whether sums of a block with known margins leave every positive one a range."""
    total = sum(map(sum, block))
    return all(
        max(Decimal(0), sum(row) + sum(column) - total) < min(sum(row), sum(column))
        for row in block
        for column in zip(*block, strict=True)
        if sum(row) and sum(column)
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(FIGURES, min_size=2, max_size=6))
def test_no_sum_is_known_to_its_few_contributors(layers: list[Figure]) -> None:
    """Hidden sums leave a remainder that can be shared out in many ways, nothing included."""
    assume(sum(one[0] for one in layers) >= 5 and sum(one[1] for one in layers) >= 5)
    hidden, withheld = hide_figures(layers, 5)
    for place, (count, answers, _sum) in enumerate(layers):
        if 0 < count < 5 or 0 < answers < 5:
            assert place in hidden
    if hidden and not withheld:
        assert len(hidden) >= 2
        total = sum(one[2] for one in layers)
        assert sum(layers[place][2] for place in hidden) >= min(total, Decimal(2))


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(2, 4), st.integers(2, 4))
def test_no_sum_of_a_cross_table_follows_from_the_margins(
    data: st.DataObject, rows: int, columns: int
) -> None:
    line = st.lists(FIGURES, min_size=columns, max_size=columns)
    table = data.draw(st.lists(line, min_size=rows, max_size=rows))
    hidden = hide_cells(table, 5)
    small = {
        (row, column)
        for row, line in enumerate(table)
        for column, (count, answers, _sum) in enumerate(line)
        if 0 < count < 5 or 0 < answers < 5
    }
    assert small <= hidden.cells
    if hidden.withheld or hidden.rows or hidden.columns:
        return
    touched = sorted({row for row, _column in hidden.cells})
    across = sorted({column for _row, column in hidden.cells})
    if small and all(sum(table[row][column][2] for column in across) > 0 for row in touched):
        block = [[table[row][column][2] for column in across] for row in touched]
        assert len(touched) > 1
        assert could_be_shared(block) or sum(any(column) for column in zip(*block, strict=True)) < 2


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6).filter(
        lambda figures: sum(count for count, _answers in figures) >= 5
    )
)
def test_a_sum_shows_no_count_that_counting_alone_hides(figures: list[tuple[int, int]]) -> None:
    counts = layered([count for count, _answers in figures])
    layers = [figure(count, answers, 7) for count, answers in figures]
    assert hide_figures(counts, 5)[0] <= hide_figures(layers, 5)[0]


CASES = [
    # One small figure alone would be total minus the rest: the last one goes with it.
    ([3, 40, 60], {0, 2}),
    ([10, 20, 30], set()),
    ([0, 0, 12], set()),
    # Two small ones that add up to three can only be one and two: another is needed.
    ([1, 2, 90], {0, 1, 2}),
    # Five in two: one and four, two and three.
    ([2, 3, 90, 0], {0, 1}),
    ([3, 3, 2, 90], {0, 1, 2}),
    # Six in two, one of them five or more, are one and five: a third is needed.
    ([1, 30, 5], {0, 1, 2}),
]


@pytest.mark.parametrize(("numbers", "expected"), CASES)
def test_lists_known_by_hand(numbers: list[int], expected: set[int]) -> None:
    hidden, withheld = hide_figures(layered(numbers), 5)
    assert hidden == expected
    assert withheld == (len(expected) == len(numbers))


def test_a_list_that_cannot_be_protected_is_withheld() -> None:
    """Five times one among five: every remainder is one each, so not even the zeros are shown."""
    numbers = [1, 1, 1, 1, 1, 0]
    assert hide_figures(layered(numbers), 5) == (frozenset(range(6)), True)


def test_a_small_cell_takes_its_line_and_the_next_smallest_with_it() -> None:
    table = [layered(row) for row in ([3, 40], [50, 60], [7, 80], [90, 900])]
    hidden = hide_cells(table, 5)
    assert hidden == Hidden(frozenset({(0, 0), (0, 1), (2, 0), (2, 1)}), frozenset(), frozenset())


def test_nothing_small_hides_nothing() -> None:
    hidden = hide_cells([layered([5, 0]), layered([0, 7])], 5)
    assert hidden == Hidden(frozenset(), frozenset(), frozenset())


def test_the_largest_table_is_protected_at_once() -> None:
    table = [[figure(row * column % 23, 9, 3) for column in range(60)] for row in range(60)]
    start = time.process_time()
    hide_cells(table, 5)
    assert time.process_time() - start < 1
