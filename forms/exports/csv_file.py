"""CSV as a German Excel opens it by a double click: semicolons, decimal commas, UTF-8 with BOM."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TextIO

from forms.exports.cells import Cell, harmless_text
from forms.german import format_date
from tenants.language import _

BYTE_ORDER_MARK = "\ufeff"


def write_csv(target: TextIO, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write headings and rows; return the number of rows. ``target`` must not translate lines."""
    target.write(BYTE_ORDER_MARK)
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless_text(heading) for heading in headings])
    count = 0
    for row in rows:
        writer.writerow([csv_text(cell) for cell in row])
        count += 1
    return count


def csv_text(cell: Cell) -> str:
    """Return a cell as text: ``1234,5``, ``31.12.2026``, ``Ja``; texts harmless."""
    match cell:
        case None:
            return ""
        case bool():
            return _("Ja") if cell else _("Nein")
        case int() | Decimal():
            return f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else str(cell)
        case datetime():
            return f"{format_date(cell.date())} {cell:%H:%M}"
        case date():
            return format_date(cell)
    return harmless_text(cell)
