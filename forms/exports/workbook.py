"""A workbook (XLSX) with typed cells, written row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import Cell as BookCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from forms.exports.cells import Cell, plain_text
from tenants.language import _

MOST_ROWS = 1_048_575
"""Rows of a sheet below its headings, as Excel can hold them."""
LONGEST_TEXT = 32_767
LONGEST_TITLE = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


class SheetFull(RuntimeError):
    """There are more rows than a sheet can hold; the message says what to do."""


class WorkbookWriter:
    """Sheets that grow together; nothing but the current row is in memory."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)
        self._counts: dict[str, int] = {}

    def add_sheet(self, title: str, headings: Sequence[str]) -> str:
        """Add a sheet with headings that stay in sight; return the title it really has."""
        name = self._free_title(title)
        sheet = self._book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for index, heading in enumerate(headings, start=1):
            width = min(max(len(heading) + 2, 12), 40)
            sheet.column_dimensions[get_column_letter(index)].width = width
        cells = [self._cell(name, heading) for heading in headings]
        for cell in cells:
            cell.font = Font(bold=True)
        sheet.append(cells)
        self._counts[name] = 0
        return name

    def append(self, title: str, row: Sequence[Cell]) -> None:
        """Add a row to a sheet. Raises `SheetFull`."""
        if self._counts[title] >= MOST_ROWS:
            raise SheetFull(
                _(
                    "Das Blatt „{title}“ ist voll: Eine Tabelle fasst {limit} Zeilen."
                    " Grenzen Sie die Auswahl ein."
                ).format(title=title, limit=MOST_ROWS)
            )
        self._counts[title] += 1
        self._book[title].append([self._value(title, cell) for cell in row])

    def save(self, target: BinaryIO) -> None:
        """Write the workbook; nothing can be added after that."""
        self._book.properties.creator = None
        self._book.save(target)

    def _value(self, title: str, value: Cell) -> BookCell | str | int | None:
        """Return what openpyxl writes fastest: a cell of its own only where that is needed."""
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, str) and not value.startswith(("=", "#")):
            return plain_text(value)[:LONGEST_TEXT]
        return self._cell(title, value)

    def _cell(self, title: str, value: Cell) -> BookCell:
        cell: BookCell = WriteOnlyCell(self._book[title])
        if isinstance(value, str):
            # A text stays a text even where it begins like a formula or an error.
            cell.value = plain_text(value)[:LONGEST_TEXT]
            cell.data_type = "s"
        else:
            cell.value = value
            cell.number_format = _number_format(value)
        return cell

    def _free_title(self, title: str) -> str:
        base = _FORBIDDEN.sub(" ", plain_text(title)).strip() or _("Blatt")
        name, number = base[:LONGEST_TITLE], 1
        taken = {one.lower() for one in self._counts}
        while name.lower() in taken:
            number += 1
            suffix = f" ({number})"
            name = base[: LONGEST_TITLE - len(suffix)] + suffix
        return name


def _number_format(value: Cell) -> str:
    match value:
        case datetime():
            return "DD.MM.YYYY HH:MM"
        case date():
            return "DD.MM.YYYY"
        case Decimal():
            exponent = value.as_tuple().exponent
            places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
            return "#,##0." + "0" * places if places else "#,##0"
    return "General"
