"""The table of an evaluation: figures by group, with small ones already left out.

What is hidden is not in it: a table can be stored, sent and printed as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forms.expressions.nodes import Json
from forms.expressions.rounding import round_half_up
from forms.statistics.cross_suppression import Hidden, hide_cells
from forms.statistics.suppression import Parents, hide_figures
from tenants.language import _

MOST_GROUPS = 60
"""Groups of one side: more are no table that anybody reads, but a list of single cases."""
DOT = "·"


class TooManyGroups(ValueError):
    """The groups are too fine; the message says so in German."""


def too_many_groups() -> TooManyGroups:
    """Return the error that says how many groups there may be."""
    return TooManyGroups(
        _(
            "Das ergibt mehr als {limit} Gruppen. Gliedern Sie gröber oder grenzen Sie den"
            " Zeitraum ein."
        ).format(limit=MOST_GROUPS)
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands behind one cell: submissions, those with an answer, and the sum of these."""

    submissions: int = 0
    answers: int = 0
    total: Decimal = Decimal(0)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.submissions + other.submissions,
            self.answers + other.answers,
            self.total + other.total,
        )


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as it may be read; all is None where it is hidden."""

    submissions: int | None = None
    total: Decimal | None = None
    mean: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows and columns with labels. ``cells`` is empty where only margins may be shown."""

    row_heading: str
    column_heading: str
    measure: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Shown, ...], ...]
    row_totals: tuple[Shown, ...]
    column_totals: tuple[Shown, ...]
    total: Shown
    is_withheld: bool
    threshold: int
    unit: str = ""
    """The repeat group whose rows were counted, empty for submissions."""

    @property
    def counted(self) -> str:
        """Return what the figures count."""
        if self.unit:
            return _("Anzahl der Zeilen von „{label}“").format(label=self.unit)
        return _("Anzahl der Einreichungen")

    @property
    def hides_something(self) -> bool:
        """Say whether any figure is left out."""
        every = [*self.row_totals, *self.column_totals, *(one for row in self.cells for one in row)]
        return self.is_withheld or any(one.submissions is None for one in every)


def result_table(
    figures: Mapping[tuple[str, str], Figures],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    headings: tuple[str, str, str],
    threshold: int,
    parents: Parents = (),
) -> ResultTable:
    """Return the table of ``figures`` by row and column label; no columns make it a list.

    ``headings`` are those of rows, columns and measure (empty for mere counting). Fewer
    submissions than ``threshold`` in all give a table without any figure. ``parents`` are the
    larger groups that each row of a list is part of. Raises `TooManyGroups`.
    """
    if len(rows) > MOST_GROUPS or len(columns) > MOST_GROUPS:
        raise too_many_groups()
    names = list(columns) or [""]
    grid = [[figures.get((row, column), NOTHING) for column in names] for row in rows]
    row_sums = [_sum(line) for line in grid]
    column_sums = [_sum([line[place] for line in grid]) for place in range(len(names))]
    total = _sum(row_sums)
    with_sums = bool(headings[2])
    if not grid or _is_small(total, threshold, with_sums):
        hidden = _everything(len(grid), len(names))
    elif columns:
        layers = [[_layers(one, with_sums) for one in line] for line in grid]
        hidden = hide_cells(layers, threshold)
    else:
        hidden_rows, withheld = hide_figures(
            [_layers(one, with_sums) for one in row_sums], threshold, parents
        )
        hidden = Hidden(frozenset(), hidden_rows, frozenset(), withheld)
    return ResultTable(
        row_heading=headings[0],
        column_heading=headings[1],
        measure=headings[2],
        rows=tuple(rows),
        columns=tuple(columns),
        cells=()
        if hidden.withheld or not columns
        else tuple(
            tuple(
                _shown(cell, (place, index) in hidden.cells, with_sums)
                for index, cell in enumerate(line)
            )
            for place, line in enumerate(grid)
        ),
        row_totals=tuple(
            _shown(one, place in hidden.rows, with_sums) for place, one in enumerate(row_sums)
        ),
        column_totals=tuple(
            _shown(one, place in hidden.columns, with_sums) for place, one in enumerate(column_sums)
        )
        if columns
        else (),
        total=_shown(total, _is_small(total, threshold, with_sums), with_sums),
        is_withheld=hidden.withheld,
        threshold=threshold,
    )


def _everything(rows: int, columns: int) -> Hidden:
    return Hidden(frozenset(), frozenset(range(rows)), frozenset(range(columns)), withheld=True)


def _is_small(figures: Figures, threshold: int, with_sums: bool) -> bool:
    if figures.submissions < threshold:
        return True
    return with_sums and 0 < figures.answers < threshold


def _layers(figures: Figures, with_sums: bool) -> tuple[Decimal, ...]:
    submissions = Decimal(figures.submissions)
    if not with_sums:
        return (submissions,)
    return submissions, Decimal(figures.answers), figures.total


def _sum(figures: Sequence[Figures]) -> Figures:
    result = NOTHING
    for one in figures:
        result += one
    return result


def _shown(figures: Figures, is_hidden: bool, with_sums: bool) -> Shown:
    if is_hidden:
        return Shown()
    if not with_sums or not figures.answers:
        return Shown(figures.submissions)
    mean = round_half_up(figures.total / figures.answers, 2)
    return Shown(figures.submissions, figures.total, mean)


def dump_table(table: ResultTable) -> dict[str, Json]:
    """Return a table as it is stored: hidden figures are null."""
    return {
        "row_heading": table.row_heading,
        "column_heading": table.column_heading,
        "measure": table.measure,
        "rows": list(table.rows),
        "columns": list(table.columns),
        "cells": [[_dump(one) for one in row] for row in table.cells],
        "row_totals": [_dump(one) for one in table.row_totals],
        "column_totals": [_dump(one) for one in table.column_totals],
        "total": _dump(table.total),
        "is_withheld": table.is_withheld,
        "threshold": table.threshold,
        "unit": table.unit,
    }


def _dump(cell: Shown) -> Json:
    return [
        cell.submissions,
        None if cell.total is None else str(cell.total),
        None if cell.mean is None else str(cell.mean),
    ]


def load_table(stored: Mapping[str, Json]) -> ResultTable:
    """Return a stored table. Raises KeyError for anything else."""
    cells = stored["cells"]
    threshold = stored["threshold"]
    return ResultTable(
        row_heading=str(stored["row_heading"]),
        column_heading=str(stored["column_heading"]),
        measure=str(stored["measure"]),
        rows=_texts(stored["rows"]),
        columns=_texts(stored["columns"]),
        cells=tuple(_load_all(row) for row in (cells if isinstance(cells, list) else [])),
        row_totals=_load_all(stored["row_totals"]),
        column_totals=_load_all(stored["column_totals"]),
        total=_load(stored["total"]),
        is_withheld=stored["is_withheld"] is True,
        threshold=threshold if isinstance(threshold, int) else 0,
        unit=str(stored.get("unit", "")),
    )


def _texts(stored: Json) -> tuple[str, ...]:
    return tuple(str(one) for one in stored) if isinstance(stored, list) else ()


def _load_all(stored: Json) -> tuple[Shown, ...]:
    return tuple(_load(one) for one in stored) if isinstance(stored, list) else ()


def _load(stored: Json) -> Shown:
    submissions, total, mean = stored if isinstance(stored, list) else (None, None, None)
    return Shown(
        submissions if isinstance(submissions, int) else None,
        Decimal(total) if isinstance(total, str) else None,
        Decimal(mean) if isinstance(mean, str) else None,
    )
