"""Writing the submissions of a view to a file, with its entry in the audit trail."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy.orm import Session

from forms.exports.cells import Cell
from forms.exports.csv_file import write_csv
from forms.exports.json_file import write_json
from forms.exports.sheets import (
    group_cells,
    group_sheets,
    submission_cells,
    submission_columns,
)
from forms.exports.workbook import WorkbookWriter
from forms.lists.columns import RECEIVED, Column
from forms.lists.conditions import FormTable
from forms.lists.filters import Condition, View
from forms.lists.searching import Row, bounded, every_row
from forms.models import Form
from tenants.audit import record
from tenants.language import _

SECONDS = 120


@dataclass(frozen=True, slots=True)
class Selection:
    """What is exported: the submissions of a view, and which columns of them."""

    form: Form
    table: FormTable
    view: View
    conditions: Sequence[Condition]
    columns: Sequence[Column]
    own_only: bool


Work = Callable[[Selection, Iterator[Row], BinaryIO, int | None], int]
Note = Callable[[int], None]


def write_export(
    session: Session,
    selection: Selection,
    kind: ExportFormat,
    target: BinaryIO,
    *,
    group_number: int | None = None,
    seconds: int = SECONDS,
    note: Note | None = None,
) -> int:
    """Write the submissions of a selection to ``target``; return the number of rows.

    ``group_number`` asks for the rows of one repeat group, counted from 0, where the format knows
    that. Each statement may take ``seconds``; ``note`` is told after each submission how many are
    done. Raises `forms.exports.workbook.SheetFull` and `forms.lists.searching.SearchTooSlow`.
    """
    with bounded(session, seconds, by_index=selection.view.sort == RECEIVED):
        rows = every_row(
            session,
            selection.table,
            selection.view,
            selection.conditions,
            own_only=selection.own_only,
        )
        count = kind.write(selection, _noted(rows, note), target, group_number)
    record(
        session,
        "submission.exported",
        "form",
        selection.form.id,
        format=kind.ending,
        submissions=count,
    )
    return count


def _noted(rows: Iterator[Row], note: Note | None) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        yield row
        if note is not None:
            note(number)


def _write_csv(
    selection: Selection, rows: Iterator[Row], target: BinaryIO, group_number: int | None
) -> int:
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    if group_number is None:
        sources = submission_columns(selection.table, selection.columns)
        headings = list(sources.values())
        cells: Iterator[list[Cell]] = (
            submission_cells(selection.table, sources, row) for row in rows
        )
    else:
        group = group_sheets(selection.table)[group_number]
        headings = group.headings
        cells = (line for row in rows for line in group_cells(selection.table, group, row))
    count = write_csv(text, headings, cells)
    text.detach()
    return count


def _write_workbook(
    selection: Selection, rows: Iterator[Row], target: BinaryIO, _group_number: int | None
) -> int:
    """Write a workbook with a sheet of the submissions and one for each repeat group."""
    writer = WorkbookWriter()
    sources = submission_columns(selection.table, selection.columns)
    main = writer.add_sheet(_("Einreichungen"), list(sources.values()))
    groups = [
        (writer.add_sheet(group.title, group.headings), group)
        for group in group_sheets(selection.table)
    ]
    count = 0
    for row in rows:
        writer.append(main, submission_cells(selection.table, sources, row))
        for title, group in groups:
            for line in group_cells(selection.table, group, row):
                writer.append(title, line)
        count += 1
    writer.save(target)
    return count


def _write_json(
    selection: Selection, rows: Iterator[Row], target: BinaryIO, _group_number: int | None
) -> int:
    """Write every answer of the submissions as JSON with the schemas of their versions."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    count = write_json(text, selection.form.key, selection.table, rows)
    text.detach()
    return count


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A kind of file: how its name ends, and how it is written."""

    ending: str
    media_type: str
    write: Work


FORMATS = {
    one.ending: one
    for one in (
        ExportFormat("csv", "text/csv; charset=utf-8", _write_csv),
        ExportFormat(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _write_workbook,
        ),
        ExportFormat("json", "application/json", _write_json),
    )
}
