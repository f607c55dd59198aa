"""Hides small figures between the margins of a cross table.

The margins are lists that can be asked for by themselves, so they are hidden as those are
(`forms.statistics.suppression`), no more and no less. What is hidden of a margin counts here as
one line: its sum is known, its parts are not.

The lines of both sides are put together in pairs, by what the margins show. So the table falls
into blocks of four figures, and a block with a small figure in it is hidden whole, zeros included:
then a reader knows of it the sums of its lines and that something in it is small, and that fits
for every figure of it with more than one value. Where such a block has nothing in one of its
lines, the two lines are hidden in their whole length instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forms.statistics.suppression import Layers, hide_figures, is_small, sum_layers

Place = tuple[int, int]
Line = tuple[int, ...]
"""The rows or columns that count as one."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines and the places across them that are hidden together or not at all."""

    lines: list[Line]
    across: list[Line]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Which figures of a cross table are not shown, margins by row and column.

    ``withheld`` says that nothing between the margins is shown, because it could be worked out.
    """

    cells: frozenset[Place]
    rows: frozenset[int]
    columns: frozenset[int]
    withheld: bool = False


def hide_cells(table: Sequence[Layers], threshold: int) -> Hidden:
    """Return what is hidden of a cross table with known total: ``table[row][column]`` in layers."""
    counted = _hide_table([[values[:1] for values in row] for row in table], threshold)
    if counted.withheld or len(table[0][0]) == 1:
        return counted
    summed = _hide_table(table, threshold)
    return Hidden(counted.cells | summed.cells, summed.rows, summed.columns, summed.withheld)


def _hide_table(table: Sequence[Layers], threshold: int) -> Hidden:
    row_totals = [sum_layers(row) for row in table]
    column_totals = [sum_layers(column) for column in zip(*table, strict=True)]
    rows, rows_withheld = hide_figures(row_totals, threshold)
    columns, columns_withheld = hide_figures(column_totals, threshold)
    every = frozenset((row, column) for row in range(len(table)) for column in range(len(table[0])))
    if rows_withheld or columns_withheld:
        return Hidden(every, rows, columns, withheld=True)
    merged = _Merged(table, _lines(row_totals, rows), _lines(column_totals, columns))
    blocks = [block for block in merged.blocks() if merged.has_small(block, threshold)]
    if any(len(merged.filled(block)) < 2 for block in blocks):
        return Hidden(every, rows, columns, withheld=True)
    cells = {place for place in every if is_small(table[place[0]][place[1]], threshold)}
    cells |= merged.parts_of_lines()
    for block in blocks:
        cells |= merged.places_of(block)
    return Hidden(frozenset(cells), rows, columns)


def _lines(totals: Layers, hidden: frozenset[int]) -> list[Line]:
    """Return the lines that have something to share out; the hidden ones are one line."""
    whole = tuple(sorted(hidden))
    lines: list[Line] = [(place,) for place in range(len(totals)) if place not in hidden]
    lines += [whole] if whole else []
    return [line for line in lines if sum_layers([totals[place] for place in line])[-1] > 0]


def _pairs(lines: Sequence[Line], totals: Mapping[Line, Sequence[Decimal]]) -> list[list[Line]]:
    """Return two or more lines in pairs (three for an odd one) by their number of submissions.

    Small figures are in small lines: put together, these hide the fewest others.
    """
    ordered = sorted(lines, key=lambda line: (totals[line][0], line))
    pairs = [ordered[place : place + 2] for place in range(0, len(ordered) - 1, 2)]
    pairs[-1] += ordered[2 * len(pairs) :]
    return pairs


class _Merged:
    """A cross table whose hidden margins are one line each."""

    def __init__(self, table: Sequence[Layers], rows: list[Line], columns: list[Line]) -> None:
        # Pairs of the longer side's lines hide the smaller part of the table.
        self._is_turned = len(rows) < len(columns)
        self._table = list(zip(*table, strict=True)) if self._is_turned else table
        self._lines, self._across = (columns, rows) if self._is_turned else (rows, columns)

    def _sum(self, lines: Iterable[Line], across: Iterable[Line]) -> tuple[Decimal, ...]:
        columns = [other for line in across for other in line]
        return sum_layers(
            self._table[place][other] for line in lines for place in line for other in columns
        )

    def blocks(self) -> list[Block]:
        """Return the blocks, none where the margins say everything."""
        if len(self._lines) < 2 or len(self._across) < 2:
            return []
        groups = _pairs(self._across, {one: self._sum(self._lines, [one]) for one in self._across})
        found: list[Block] = []
        for pair in _pairs(
            self._lines, {one: self._sum([one], self._across) for one in self._lines}
        ):
            blocks = [Block(pair, group) for group in groups]
            found += blocks if all(map(self._is_open, blocks)) else [Block(pair, self._across)]
        return found

    def _is_open(self, block: Block) -> bool:
        """Say whether every line of a block has something to share out over several places."""
        filled = all(self._sum([line], block.across)[-1] > 0 for line in block.lines)
        return filled and len(self.filled(block)) > 1

    def filled(self, block: Block) -> list[Line]:
        """Return the places across a block where there is something to share out."""
        return [one for one in block.across if self._sum(block.lines, [one])[-1] > 0]

    def has_small(self, block: Block, threshold: int) -> bool:
        """Say whether a small figure is in a block."""
        return any(
            is_small(self._sum([line], [one]), threshold)
            for line in block.lines
            for one in block.across
        )

    def places_of(self, block: Block) -> set[Place]:
        """Return the figures of a block but those that its known sums say to be zero."""
        return {
            self._place(place, other)
            for one in block.across
            if self._sum(block.lines, [one])[0]
            for line in block.lines
            for place in line
            for other in one
        }

    def parts_of_lines(self) -> set[Place]:
        """Return the figures that together are one known figure of a merged line."""
        return {
            self._place(place, other)
            for line in self._lines
            for one in self._across
            if len(line) > 1 or len(one) > 1
            if self._sum([line], [one])[0]
            for place in line
            for other in one
        }

    def _place(self, line: int, across: int) -> Place:
        return (across, line) if self._is_turned else (line, across)
