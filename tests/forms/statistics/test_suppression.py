"""Suppression against an attacker who tries every table that fits what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forms.statistics.suppression import Hidden, hide_cells, hide_figures

Numbers = list[list[int]]


def layered(table: Numbers) -> list[list[tuple[Decimal, ...]]]:
    """Return counts as a table with one layer."""
    return [[(Decimal(number),) for number in row] for row in table]


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to write ``total`` as a sum of ``parts`` numbers of at least one."""
    if parts == 0:
        if total == 0:
            yield ()
        return
    for first in range(1, total - parts + 2):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)


def possible_rows(row: Sequence[int], hidden: set[int], total: int | None, limit: int) -> list[
    tuple[int, ...]
]:  # fmt: skip
    """Return every row that fits: shown figures as they are, hidden ones at least one."""
    shown = sum(number for index, number in enumerate(row) if index not in hidden)
    places = sorted(hidden)
    totals = [total] if total is not None else range(shown + len(places), limit + 1)
    found = []
    for whole in totals:
        for values in compositions(whole - shown, len(places)):
            guess = list(row)
            for place, value in zip(places, values, strict=True):
                guess[place] = value
            found.append(tuple(guess))
    return found


def possible_tables(table: Numbers, hidden: Hidden) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yield every table that agrees with all shown figures, margins and the total."""
    grand = sum(map(sum, table))
    rows = [
        possible_rows(
            row,
            {column for at, column in hidden.cells if at == index},
            None if index in hidden.rows else sum(row),
            grand,
        )
        for index, row in enumerate(table)
    ]
    for guess in product(*rows):
        if sum(map(sum, guess)) != grand:
            continue
        if all(
            sum(column) == sum(real)
            for index, (column, real) in enumerate(
                zip(zip(*guess, strict=True), zip(*table, strict=True), strict=True)
            )
            if index not in hidden.columns
        ):
            yield guess


@settings(max_examples=250, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any),
    st.integers(3, 5),
)
def test_no_hidden_figure_of_a_list_is_determined(numbers: list[int], threshold: int) -> None:
    assume(sum(numbers) >= threshold)
    hidden, withheld = hide_figures([(Decimal(number),) for number in numbers], threshold)
    small = {place for place, number in enumerate(numbers) if 0 < number < threshold}
    assert small <= hidden
    if withheld:
        assert hidden == set(range(len(numbers)))
        return
    assert all(numbers[place] for place in hidden), "zeros are shown"
    guesses = possible_rows(numbers, set(hidden), sum(numbers), sum(numbers))
    assert tuple(numbers) in guesses
    for place in hidden:
        assert len({guess[place] for guess in guesses}) > 1


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.integers(3, 4))
def test_no_hidden_cell_of_a_cross_table_is_determined(
    data: st.DataObject, rows: int, columns: int, threshold: int
) -> None:
    table = data.draw(
        st.lists(
            st.lists(st.integers(0, 6), min_size=columns, max_size=columns),
            min_size=rows,
            max_size=rows,
        )
    )
    assume(threshold <= sum(map(sum, table)) <= 24)
    hidden = hide_cells(layered(table), threshold)
    for row, numbers in enumerate(table):
        for column, number in enumerate(numbers):
            if 0 < number < threshold:
                assert (row, column) in hidden.cells
    if hidden.withheld:
        return
    found: dict[object, set[int]] = {place: set() for place in hidden.cells}
    found |= {f"row {row}": set() for row in hidden.rows}
    found |= {f"column {column}": set() for column in hidden.columns}
    count = 0
    for guess in possible_tables(table, hidden):
        count += 1
        for row, column in hidden.cells:
            found[row, column].add(guess[row][column])
        for row in hidden.rows:
            found[f"row {row}"].add(sum(guess[row]))
        for column in hidden.columns:
            found[f"column {column}"].add(sum(line[column] for line in guess))
        if count > 20_000 and all(len(values) > 1 for values in found.values()):
            break
    assert count > 0
    assert [place for place, values in found.items() if len(values) < 2] == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 200), min_size=4, max_size=4), min_size=6, max_size=6).filter(
        lambda table: sum(map(sum, table)) >= 5
    )
)
def test_the_margins_are_hidden_as_if_asked_for_alone(table: Numbers) -> None:
    hidden = hide_cells(layered(table), 5)
    rows, _all = hide_figures([(Decimal(sum(row)),) for row in table], 5)
    assert hidden.rows == rows


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)),
        min_size=2,
        max_size=6,
    )
)
def test_no_sum_is_known_to_its_single_contributors(
    figures: list[tuple[int, int, int]],
) -> None:
    """Sums are money: hidden ones leave a remainder that can be shared in more than one way."""
    layers = [
        (Decimal(count), Decimal(min(count, answers)), Decimal(min(count, answers) * each))
        for count, answers, each in figures
    ]
    assume(sum(layer[0] for layer in layers) >= 5)
    hidden, withheld = hide_figures(layers, 5)
    for place, (count, answers, _sum) in enumerate(layers):
        if 0 < count < 5 or 0 < answers < 5:
            assert place in hidden
    if hidden and not withheld:
        assert len(hidden) >= 2
        assert sum(layers[place][2] for place in hidden) > 0


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=3), min_size=1, max_size=3).filter(
        lambda years: sum(map(sum, years)) >= 5
    )
)
def test_no_month_is_determined_by_the_years(years: Numbers) -> None:
    """Who has the months also has the years: both lists are put together."""
    months = [number for year in years for number in year]
    parents = [(str(place),) for place, year in enumerate(years) for _month in year]
    hidden, withheld = hide_figures([(Decimal(one),) for one in months], 5, parents)
    hidden_years, years_withheld = hide_figures([(Decimal(sum(year)),) for year in years], 5)
    if withheld:
        return
    assert not years_withheld
    total = sum(months)
    places = [[index for index, one in enumerate(parents) if one == (str(year),)]
              for year in range(len(years))]  # fmt: skip
    choices = [
        possible_rows(
            [months[index] for index in of_year],
            {place for place, index in enumerate(of_year) if index in hidden},
            None if year in hidden_years else sum(years[year]),
            total,
        )
        for year, of_year in enumerate(places)
    ]
    guesses = [
        [number for year in guess for number in year]
        for guess in product(*choices)
        if sum(map(sum, guess)) == total
    ]
    assert guesses
    for place in hidden:
        assert len({guess[place] for guess in guesses}) > 1, place


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6).filter(
        lambda figures: sum(count for count, _answers in figures) >= 5
    )
)
def test_a_sum_shows_no_count_that_counting_alone_hides(figures: list[tuple[int, int]]) -> None:
    counts = [(Decimal(count),) for count, _answers in figures]
    layers = [
        (Decimal(count), Decimal(min(count, answers)), Decimal(7 * min(count, answers)))
        for count, answers in figures
    ]
    assert hide_figures(counts, 5)[0] <= hide_figures(layers, 5)[0]


CASES = [
    # One small figure alone would be total minus the rest: the next smallest goes with it.
    ([3, 40, 60], {0, 1}),
    ([10, 20, 30], set()),
    ([0, 0, 12], set()),
    ([1, 2, 90], {0, 1}),
    # Two hidden ones that add up to two can only be one and one: a third is needed.
    ([1, 1, 90, 8], {0, 1, 3}),
]


@pytest.mark.parametrize(("numbers", "expected"), CASES)
def test_lists_known_by_hand(numbers: list[int], expected: set[int]) -> None:
    assert hide_figures([(Decimal(one),) for one in numbers], 5) == (frozenset(expected), False)


def test_a_list_that_cannot_be_protected_is_withheld() -> None:
    """Five times one among five: every remainder is one each, so not even the zeros are shown."""
    numbers = [1, 1, 1, 1, 1, 0]
    assert hide_figures([(Decimal(one),) for one in numbers], 5) == (frozenset(range(6)), True)


def test_a_small_cell_takes_three_others_with_it() -> None:
    hidden = hide_cells(layered([[3, 40, 90], [50, 60, 90], [70, 80, 90]]), 5)
    assert hidden == Hidden(frozenset({(0, 0), (0, 1), (1, 0), (1, 1)}), frozenset(), frozenset())


def test_nothing_small_hides_nothing() -> None:
    hidden = hide_cells(layered([[5, 0], [0, 7]]), 5)
    assert hidden == Hidden(frozenset(), frozenset(), frozenset())
