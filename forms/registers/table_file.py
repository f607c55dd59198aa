"""A table that somebody uploads (XLSX or CSV), as plain texts by heading. It is hostile."""

from __future__ import annotations

import csv
import io

from forms.exchange.archive import ZIP_START
from forms.exchange.report import ImportRefused
from forms.exchange.workbook import (
    LIMITS,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Sheet,
    SheetRow,
    read_first_sheet,
)
from forms.german import format_integer
from tenants.language import _

_DELIMITERS = ";\t,"


def read_table_file(data: bytes) -> Sheet:
    """Return the rows of a workbook's first sheet or of a CSV file.

    What it is, its content says. Formulas are not evaluated. Raises `ImportRefused` for anything
    else, and for more than 5 MB, 10,000 rows or 120 columns.
    """
    if len(data) > LIMITS.archive_bytes:
        raise ImportRefused(
            _("Die Datei ist größer als {size} MB.").format(size=LIMITS.archive_bytes // 1_000_000)
        )
    sheet = read_first_sheet(data) if data.startswith(ZIP_START) else _read_csv(data)
    if not sheet.columns:
        raise ImportRefused(
            _("Die Tabelle ist leer. In der ersten Zeile stehen die Überschriften.")
        )
    return sheet


def _read_csv(data: bytes) -> Sheet:
    text = _decoded(data)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    columns: tuple[str, ...] = ()
    rows: list[SheetRow] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
            _check_extent(number, len(cells))
            texts = [_cell(cell) for cell in cells]
            if not columns:
                columns = tuple(texts) if any(texts) else ()
            elif any(texts):
                named = zip(columns, texts, strict=False)
                rows.append(SheetRow(number, {name: one for name, one in named if name and one}))
    except csv.Error as error:
        raise ImportRefused(
            _("Die CSV-Datei ist nicht lesbar. Speichern Sie sie in Excel neu als CSV oder XLSX.")
        ) from error
    return Sheet(columns, tuple(rows))


def _decoded(data: bytes) -> str:
    """Return the text of a CSV file: UTF-8, else what a German Excel writes without asking."""
    if b"\0" in data:
        raise ImportRefused(_("Die Datei ist weder eine Excel-Arbeitsmappe (XLSX) noch CSV."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _check_extent(number: int, columns: int) -> None:
    if number > MOST_ROWS + 1:
        raise ImportRefused(
            _("Die Tabelle hat mehr als {limit} Zeilen.").format(limit=format_integer(MOST_ROWS))
        )
    if columns > MOST_COLUMNS:
        raise ImportRefused(
            _("Die Tabelle hat mehr als {limit} Spalten.").format(limit=MOST_COLUMNS)
        )


def _cell(text: str) -> str:
    """Return a cell without what no field takes; our own export writes ``'=…`` for ``=…``."""
    kept = "".join(letter for letter in text if letter >= " " or letter in "\n\t").strip()
    if kept.startswith("'") and kept[1:2] in ("=", "+", "-", "@"):
        kept = kept[1:]
    return kept[:LONGEST_CELL]
