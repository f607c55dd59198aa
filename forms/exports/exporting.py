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
from forms.exports.sheets import GroupSheet, group_cells, group_sheets, submission_cells
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


def export_csv(
    session: Session, selection: Selection, target: BinaryIO, group: GroupSheet | None = None
) -> int:
    """Write the submissions, or the rows of ``group``, as CSV; return the number of rows.

    Raises `forms.lists.searching.SearchTooSlow`.
    """

    def work(rows: Iterator[Row]) -> int:
        text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
        if group is None:
            headings = [column.heading for column in selection.columns]
            cells: Iterator[list[Cell]] = (
                submission_cells(selection.table, selection.columns, row) for row in rows
            )
        else:
            headings = group.headings
            cells = (line for row in rows for line in group_cells(selection.table, group, row))
        count = write_csv(text, headings, cells)
        text.detach()
        return count

    return _export(session, selection, "csv", work)


def export_workbook(session: Session, selection: Selection, target: BinaryIO) -> int:
    """Write a workbook with a sheet of the submissions and one for each repeat group.

    Raises `forms.exports.workbook.SheetFull` and `forms.lists.searching.SearchTooSlow`.
    """

    def work(rows: Iterator[Row]) -> int:
        writer = WorkbookWriter()
        main = writer.add_sheet(
            _("Einreichungen"), [column.heading for column in selection.columns]
        )
        groups = [
            (writer.add_sheet(group.title, group.headings), group)
            for group in group_sheets(selection.table)
        ]
        count = 0
        for row in rows:
            writer.append(main, submission_cells(selection.table, selection.columns, row))
            for title, group in groups:
                for line in group_cells(selection.table, group, row):
                    writer.append(title, line)
            count += 1
        writer.save(target)
        return count

    return _export(session, selection, "xlsx", work)


def export_json(session: Session, selection: Selection, target: BinaryIO) -> int:
    """Write every answer of the submissions as JSON with the schemas of their versions."""

    def work(rows: Iterator[Row]) -> int:
        text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
        count = write_json(text, selection.form.key, selection.table, rows)
        text.detach()
        return count

    return _export(session, selection, "json", work)


def _export(
    session: Session, selection: Selection, kind: str, work: Callable[[Iterator[Row]], int]
) -> int:
    with bounded(session, SECONDS, by_index=selection.view.sort == RECEIVED):
        rows = every_row(
            session,
            selection.table,
            selection.view,
            selection.conditions,
            own_only=selection.own_only,
        )
        count = work(rows)
    record(
        session, "submission.exported", "form", selection.form.id, format=kind, submissions=count
    )
    return count
