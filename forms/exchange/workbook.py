"""A workbook as plain texts: each sheet a list of rows by column name. Formulas stay unread."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeAlias
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from forms.exchange.archive import ArchiveLimits, check_xml, read_archive
from forms.exchange.report import ImportRefused
from forms.german import format_integer
from tenants.language import _

LIMITS = ArchiveLimits(
    archive_bytes=5_000_000, members=200, member_bytes=12_000_000, xml_bytes=12_000_000
)
_UNDERSCORE = "_x005F_"
_ESCAPED = re.compile("_x000D_|_x005F_")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
MOST_ROWS = 10_000
"""Rows of a sheet below its heading, empty ones counted."""
MOST_COLUMNS = 120
MOST_SHEETS = 30
LONGEST_CELL = 32_767

_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
_READ_SHEETS = frozenset({"survey", "choices", "settings", "siegel"})
Filled: TypeAlias = Cell | MergedCell | ReadOnlyCell | EmptyCell

_MACROS = ("vbaproject.bin", "vbadata.xml")
_FOREIGN = ("xl/externallinks/", "xl/embeddings/", "xl/activex/", "xl/ctrlprops/")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: its number in the sheet (from 1) and its texts by the name of the column."""

    number: int
    cells: dict[str, str]
    formulas: tuple[str, ...] = ()
    """Columns in which a formula stands; it is not evaluated, the cell counts as empty."""

    def text(self, *columns: str) -> str:
        """Return the text of the first of ``columns`` that has one."""
        return next((self.cells[name] for name in columns if self.cells.get(name)), "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet below its heading."""

    columns: tuple[str, ...] = ()
    rows: tuple[SheetRow, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Sheets:
    """The sheets of a workbook that make up an XLSForm, and what else there is."""

    read: dict[str, Sheet]
    """By their names in small letters."""
    others: tuple[str, ...]
    """Names of the sheets that are not read."""


def read_workbook(data: bytes) -> Sheets:
    """Return the sheets that make up an XLSForm.

    Raises `ImportRefused` for anything but a plain XLSX of bounded size: macros, links to other
    files, embedded objects, DTDs, more than 10,000 rows or 120 columns.
    """
    book = _open(data)
    sheets: dict[str, Sheet] = {}
    others: list[str] = []
    for sheet in book.worksheets:
        name = sheet.title.strip().lower()
        if name in _READ_SHEETS:
            sheets[name] = _read(sheet)
        else:
            others.append(sheet.title)
    book.close()
    return Sheets(sheets, tuple(others))


def read_first_sheet(data: bytes) -> Sheet:
    """Return the first sheet of a workbook. Raises `ImportRefused` as `read_workbook` does."""
    book = _open(data)
    sheet = next(iter(book.worksheets), None)
    if sheet is None:
        raise ImportRefused(_("Die Arbeitsmappe hat kein Tabellenblatt."))
    found = _read(sheet)
    book.close()
    return found


def _open(data: bytes) -> Workbook:
    _check_members(read_archive(data, LIMITS))
    try:
        book = load_workbook(
            io.BytesIO(data), read_only=True, data_only=False, keep_links=False, keep_vba=False
        )
    except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError,
            IndexError, SyntaxError, OSError) as error:  # fmt: skip
        # openpyxl tells of broken workbooks by whatever exception fits the access.
        raise _unreadable() from error
    if len(book.sheetnames) > MOST_SHEETS:
        raise ImportRefused(_("Die Arbeitsmappe hat zu viele Blätter."))
    return book


def _read(sheet: Worksheet) -> Sheet:
    try:
        return _read_sheet(sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError,
            OverflowError, OSError) as error:  # fmt: skip
        if isinstance(error, ImportRefused):
            raise
        raise _unreadable() from error


def _unreadable() -> ImportRefused:
    return ImportRefused(
        _("Die Arbeitsmappe ist nicht lesbar. Speichern Sie sie in Excel neu als XLSX.")
    )


def _check_members(members: dict[str, bytes]) -> None:
    for name, content in members.items():
        folded = name.casefold()
        if folded.endswith(_MACROS) or b"macroEnabled" in content[:200_000]:
            raise ImportRefused(
                _("Die Arbeitsmappe enthält Makros. Speichern Sie sie als XLSX ohne Makros.")
            )
        if folded.startswith(_FOREIGN):
            raise ImportRefused(
                _("Die Arbeitsmappe verweist auf andere Dateien oder enthält eingebettete Objekte.")
            )
        if folded.endswith((".xml", ".rels")):
            check_xml(name, content)
        if folded.startswith("xl/worksheets/"):
            _check_extent(content)
    if "xl/workbook.xml" not in {name.casefold() for name in members}:
        raise ImportRefused(_("Die Datei ist keine Excel-Arbeitsmappe (XLSX)."))


def _check_extent(content: bytes) -> None:
    """Refuse cells far away: what lies between them would have to be made up as empty rows."""
    for match in _FILLED_CELL.finditer(content):
        letters, row = match.groups()
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        if int(row) > MOST_ROWS + 1:
            raise ImportRefused(
                _("Die Arbeitsmappe hat ein Blatt mit mehr als {limit} Zeilen.").format(
                    limit=format_integer(MOST_ROWS)
                )
            )
        if column > MOST_COLUMNS:
            raise ImportRefused(
                _("Die Arbeitsmappe hat ein Blatt mit mehr als {limit} Spalten.").format(
                    limit=MOST_COLUMNS
                )
            )


def _read_sheet(rows: Iterator[tuple[Filled, ...]]) -> Sheet:
    columns: tuple[str, ...] = ()
    found: list[SheetRow] = []
    for number, row in enumerate(rows, start=1):
        if not columns:
            columns = tuple(_text(cell).strip() for cell in row)
            if not any(columns):
                columns = ()
            continue
        one = _read_row(number, columns, row)
        if one.cells or one.formulas:
            found.append(one)
    return Sheet(columns, tuple(found))


def _read_row(number: int, columns: tuple[str, ...], row: tuple[Filled, ...]) -> SheetRow:
    cells: dict[str, str] = {}
    formulas: list[str] = []
    for column, cell in zip(columns, row, strict=False):
        if not column:
            continue
        if getattr(cell, "data_type", "") == "f":
            formulas.append(column)
            continue
        text = _text(cell).strip()
        if text and column not in cells:
            cells[column] = text[:LONGEST_CELL]
    return SheetRow(number, cells, tuple(formulas))


def cell_text(text: str) -> str:
    """Return ``text`` as a cell holds it: what looks like an escape is one itself (ST_Xstring)."""
    return _ESCAPE.sub(_UNDERSCORE, text)


def _text(cell: Filled) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        whole = value.time() == time(0)
        return value.date().isoformat() if whole else value.isoformat(timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    # Control characters have no place in a form and are not allowed in DOCX and XML.
    text = "".join(character for character in str(value) if character >= " " or character in "\n\t")
    return _ESCAPED.sub(lambda found: "_" if found[0] == _UNDERSCORE else "", text)
