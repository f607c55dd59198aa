"""Groups and matrices on paper: as a table with empty rows, or as cards to fill in."""

from __future__ import annotations

from collections.abc import Callable

from docx.document import Document

from document_templates.blank_forms.answers import BlankColumn, write_table
from forms.elements import (
    CalculatedField,
    ChoiceField,
    Field,
    InfoField,
    MatrixField,
    NumberField,
    RepeatField,
)
from tenants.language import _

USUAL_ROWS = 5
MOST_ROWS = 10
USUAL_CARDS = 2
WIDEST_TABLE = 7
"""Columns; what has more is asked as cards."""
MOST_CROSSES = 3
EMPTY_COLUMNS = 4
"""Columns of a matrix whose columns come from a group that is empty on paper."""

_SHARES = {
    "integer": 0.75, "decimal": 0.85, "money": 1.05, "date": 1.05, "yes_no": 0.9, "text": 1.7,
    "time": 0.8, "hours": 0.85, "percent": 0.8,
}  # fmt: skip
_WIDE = ("long_text", "checkboxes", "declaration", "info", "repeat", "matrix")
WriteField = Callable[[Field], None]


def write_group(document: Document, field: RepeatField, write_field: WriteField) -> None:
    """Append the rows of a group, as a table when its columns are few and short."""
    columns = [column for column in field.fields if not isinstance(column, InfoField)]
    is_marked = any(column.required for column in columns)
    if len(columns) > WIDEST_TABLE or any(column.type in _WIDE for column in columns):
        _write_cards(document, field, write_field)
        return
    count = min(max(field.minimum, min(USUAL_ROWS, field.maximum)), MOST_ROWS)
    totals = ["" for _column in columns]
    if field.totals:
        for number, column in enumerate(columns):
            if column.key in field.totals:
                totals[number] = _unit(column)
        totals[0] = _("Summe")
    write_table(
        document,
        field.label,
        [_column(column, is_marked=is_marked) for column in columns],
        ["" for _row in range(count)],
        last=totals if field.totals else (),
    )
    for column in columns:
        if isinstance(column, ChoiceField) and not _crosses(column):
            options = ", ".join(option.label for option in column.options)
            document.add_paragraph(f"{column.label}: {options}", style="Hilfe")
    if field.maximum > count:
        document.add_paragraph(
            _("Reicht der Platz nicht, fügen Sie bitte ein Blatt an."), style="Hilfe"
        ).paragraph_format.keep_with_next = False


def _write_cards(document: Document, field: RepeatField, write_field: WriteField) -> None:
    count = max(1, min(max(field.minimum, USUAL_CARDS), field.maximum, 4))
    for number in range(1, count + 1):
        document.add_paragraph(f"{field.item_label} {number}", style="Heading 3")
        for column in field.fields:
            write_field(column)
    if field.maximum > count:
        document.add_paragraph(
            _("Für weitere Einträge („{label}“) kopieren Sie bitte dieses Blatt.").format(
                label=field.item_label
            ),
            style="Hilfe",
        ).paragraph_format.keep_with_next = False


def _column(column: Field, *, is_marked: bool) -> BlankColumn:
    heading = column.label
    if is_marked and not column.required and not isinstance(column, CalculatedField):
        heading += " " + _("(freiwillig)")
    crosses = _crosses(column)
    share = _SHARES.get(column.type, 1.3)
    if isinstance(column, CalculatedField):
        share = _SHARES.get(column.result, 1.0)
    if crosses:
        share = max(share, sum(len(text) + 4 for text in crosses) * 0.055)
    return BlankColumn(heading, share, crosses, _unit(column), isinstance(column, CalculatedField))


def _crosses(column: Field) -> tuple[str, ...]:
    if column.type == "yes_no":
        return (_("Ja"), _("Nein"))
    if isinstance(column, ChoiceField) and len(column.options) <= MOST_CROSSES:
        labels = tuple(option.label for option in column.options)
        return labels if sum(map(len, labels)) <= 36 else ()
    return ()


def _unit(column: Field) -> str:
    if column.type == "money" or (isinstance(column, CalculatedField) and column.result == "money"):
        return "€"
    return column.unit if isinstance(column, NumberField | CalculatedField) else ""


def write_matrix(document: Document, field: MatrixField) -> None:
    """Append a matrix: crosses where the choices are few and short, else a key to write."""
    values = [cell.value for cell in field.cells]
    headings = [column.label for column in field.columns] or ["" for _n in range(EMPTY_COLUMNS)]
    short = len(values) <= MOST_CROSSES and sum(map(len, values)) <= 9 and len(headings) <= 5
    key = ", ".join(
        cell.label if cell.label.startswith(cell.value) else f"{cell.value} = {cell.label}"
        for cell in field.cells
    )
    lead = _("Kreuzen Sie an:") if short else _("Tragen Sie ein:")
    document.add_paragraph(f"{lead} {key}", style="Hilfe")
    if not field.columns:
        document.add_paragraph(
            _("Schreiben Sie über jede Spalte, für wen sie gilt."), style="Hilfe"
        )
    crosses = tuple(values) if short else ()
    width = max(2.2, 6.5 - len(headings))
    write_table(
        document,
        field.label,
        [BlankColumn("", width), *(BlankColumn(text, 1, crosses) for text in headings)],
        [row.label for row in field.rows],
    )
