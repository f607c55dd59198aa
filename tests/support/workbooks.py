"""Workbooks for tests: XLSForms written row by row, and the change of a single cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

from openpyxl import Workbook, load_workbook

Row = Mapping[str, object]


def xlsform(
    survey: Sequence[Row], choices: Sequence[Row] = (), settings: Row | None = None
) -> bytes:
    """Return an XLSForm whose rows are given as cells by column."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "survey"
    for target, rows in (
        (sheet, survey),
        (book.create_sheet("choices"), choices),
        (book.create_sheet("settings"), [settings or {"form_title": "Test", "form_id": "test"}]),
    ):
        columns = list(dict.fromkeys(name for row in rows for name in row))
        target.append(columns)
        for row in rows:
            target.append([row.get(name) for name in columns])
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Return ``book`` as XLSX."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def edited(data: bytes, sheet: str, name: str, column: str, text: str | None) -> bytes:
    """Return the workbook with one cell changed: of the row with ``name``."""
    book = load_workbook(io.BytesIO(data))
    rows = book[sheet]
    columns = [cell.value for cell in rows[1]]
    for row in rows.iter_rows(min_row=2):
        if row[columns.index("name")].value == name and str(row[0].value)[:3] != "end":
            row[columns.index(column)].value = text
            return saved(book)
    raise AssertionError(f"no row {name}")


def changed_member(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a ZIP with the member ``name`` changed, or added when it is not there."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as result,
    ):
        members = {entry: source.read(entry) for entry in source.namelist()}
        members[name] = change(members.get(name, b""))
        for entry, content in members.items():
            result.writestr(entry, content)
    return target.getvalue()
