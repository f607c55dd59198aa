"""The table of an evaluation as CSV or workbook; what is hidden there is a dot here too."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from forms.exports.cells import Cell
from forms.exports.csv_file import write_csv
from forms.exports.workbook import WorkbookWriter
from forms.statistics.tables import DOT, ResultTable, Shown
from tenants.language import _


def write_result_csv(table: ResultTable, target: BinaryIO) -> None:
    """Write the table as CSV."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    write_csv(text, _headings(table), _rows(table))
    text.detach()


def write_result_workbook(table: ResultTable, target: BinaryIO) -> None:
    """Write the table as a workbook of one sheet."""
    writer = WorkbookWriter()
    title = writer.add_sheet(_("Auswertung"), _headings(table))
    for row in _rows(table):
        writer.append(title, row)
    writer.save(target)


def _headings(table: ResultTable) -> list[str]:
    if table.columns:
        names = [*(table.columns if table.cells else ()), _("Gesamt")]
        return [table.row_heading, *(part for name in names for part in _parts(table, name))]
    return [table.row_heading, *_parts(table, "")]


def _parts(table: ResultTable, name: str) -> list[str]:
    before = f"{name}: " if name else ""
    parts = [f"{before}{_('Anzahl')}"]
    if table.measure:
        parts += [
            f"{before}{_('Summe')} {table.measure}",
            f"{before}{_('Mittel')} {table.measure}",
        ]
    return parts


def _rows(table: ResultTable) -> Iterator[list[Cell]]:
    for place, label in enumerate(table.rows):
        cells = [*(table.cells[place] if table.cells else ()), table.row_totals[place]]
        yield [label, *(value for cell in cells for value in _values(table, cell))]
    totals = [*(table.column_totals if table.cells else ()), table.total]
    yield [_("Gesamt"), *(value for cell in totals for value in _values(table, cell))]


def _values(table: ResultTable, cell: Shown) -> list[Cell]:
    if cell.submissions is None:
        return [DOT] * (3 if table.measure else 1)
    return [cell.submissions, cell.total, cell.mean] if table.measure else [cell.submissions]
