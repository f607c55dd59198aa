"""Where people write: lines, boxes, crosses and empty tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from document_templates.blank_forms.paper import (
    RULE,
    SHADE,
    TEXT_WIDTH,
    element,
    fragment,
    right_tab,
    rule,
    shade,
    twips,
)

CROSS = "☐"
COMPUTED_WIDTH = 70.0
NO_BREAK_SPACE = "\u00a0"
_CROSS_FONT = "DejaVu Sans"
_LINE_POINTS = 21
_CROSS_INDENT = 6.5
_CELL_MARGINS, _LETTER = 3.5, 1.8
"""Millimetres: of a cell, and of a letter of its heading."""
_KEPT_ROWS = 10
"""A table with more rows may go on on the next page."""
_LONGEST_IN_LINE = 88
"""Characters of choices that fit beside each other."""


def write_line(document: Document, unit: str = "", width: float = TEXT_WIDTH) -> None:
    """Append a line to write on, ``width`` millimetres long; ``unit`` stands at its end."""
    line = document.add_paragraph(style="Antwort")
    layout = line.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(_LINE_POINTS)
    layout.right_indent = Mm(TEXT_WIDTH - width)
    rule(line, "bottom", RULE)
    if unit:
        right_tab(line, width)
        line.add_run(f"\t{unit}")


def write_computed(document: Document, unit: str = "") -> None:
    """Append a shaded strip for what the office works out."""
    line = document.add_paragraph(style="Antwort")
    layout = line.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(16)
    layout.right_indent = Mm(TEXT_WIDTH - COMPUTED_WIDTH)
    shade(line)
    right_tab(line, COMPUTED_WIDTH)
    # A strip without any content would not be drawn in the structure of the PDF.
    line.add_run(f"\t{unit or NO_BREAK_SPACE}")


def write_box(document: Document, lines: int) -> None:
    """Append a box with ``lines`` ruled lines."""
    for number in range(lines):
        line = document.add_paragraph(style="Antwort")
        layout = line.paragraph_format
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(_LINE_POINTS)
        layout.space_after = Pt(0)
        layout.left_indent = layout.right_indent = Mm(1.5)
        layout.keep_with_next = number < min(lines, 4) - 1
        rule(line, "top left bottom right between", RULE, size=4, space=3)
    gap = document.add_paragraph(style="Antwort")
    gap.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    gap.paragraph_format.line_spacing = Pt(4)
    gap.paragraph_format.space_after = Pt(0)


def write_choices(document: Document, choices: Sequence[tuple[str, str]]) -> None:
    """Append choices (text, help) to cross, beside each other where they are short."""
    whole = sum(len(text) + 6 for text, _help in choices)
    if whole <= _LONGEST_IN_LINE and not any(help_ for _text, help_ in choices):
        line = document.add_paragraph(style="Kreuz")
        for number, (text, _help) in enumerate(choices):
            add_cross(line)
            # The box and its words stay together on a line.
            line.add_run("\u00a0" + text.replace(" ", "\u00a0"))
            if number < len(choices) - 1:
                line.add_run("      ")
        return
    for number, (text, help_) in enumerate(choices):
        line = document.add_paragraph(style="Kreuz")
        indent_cross(line)
        add_cross(line)
        line.add_run(f"\t{text}")
        if help_:
            run = line.add_run(f" – {help_}")
            run.font.size = Pt(8.5)
        line.paragraph_format.keep_with_next = number < len(choices) - 1


def add_cross(paragraph: Paragraph) -> None:
    """Append an empty box to cross."""
    run = paragraph.add_run(CROSS)
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), _CROSS_FONT)


def indent_cross(paragraph: Paragraph) -> None:
    """Let the words beside a box to cross hang."""
    layout = paragraph.paragraph_format
    layout.left_indent, layout.first_line_indent = Mm(_CROSS_INDENT), Mm(-_CROSS_INDENT)
    layout.tab_stops.add_tab_stop(Mm(_CROSS_INDENT))


@dataclass(frozen=True, slots=True)
class BlankColumn:
    """A column of an empty table: heading, share of the width, what stands in its cells."""

    heading: str
    share: float
    crosses: tuple[str, ...] = ()
    unit: str = ""
    is_shaded: bool = False


def write_table(
    document: Document,
    description: str,
    columns: Sequence[BlankColumn],
    rows: Sequence[str],
    *,
    last: Sequence[str] = (),
) -> Table:
    """Append an empty table with a heading row that every page repeats.

    ``rows`` are the texts of the first cell of each row. ``last`` are the texts of a row of
    totals, empty for none.
    """
    widths = _widths(columns)
    table: Table = document.add_table(rows=0, cols=len(columns))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    _set_look(table, description, widths)
    _head(table, columns, widths)
    for text in rows:
        _row(table, text, columns, widths)
    if len(rows) <= _KEPT_ROWS:
        _keep_together(table, whole=bool(last))
    if last:
        cells = _new_row(table, widths, 8.5)
        for cell, text in zip(cells, last, strict=True):
            cell.paragraphs[0].style = "Zellenkopf"
            cell.paragraphs[0].add_run(text)
            if text and cell is not cells[0]:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _shade(cell)
    gap = document.add_paragraph(style="Zelle")
    gap.paragraph_format.line_spacing = Pt(4)
    return table


def _widths(columns: Sequence[BlankColumn]) -> list[float]:
    """Share the width of the page out; no column is narrower than the longest word above it."""
    least = [
        _CELL_MARGINS + _LETTER * max(map(len, column.heading.split()), default=0)
        for column in columns
    ]
    free = max(TEXT_WIDTH - sum(least), 0)
    whole = sum(column.share for column in columns)
    widths = [
        width + free * column.share / whole for width, column in zip(least, columns, strict=True)
    ]
    scale = TEXT_WIDTH / sum(widths)
    return [width * scale for width in widths]


def _keep_together(table: Table, *, whole: bool) -> None:
    rows = list(table.rows)
    for row in rows if whole else rows[:-1]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _set_look(table: Table, description: str, widths: Sequence[float]) -> None:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{RULE}"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    properties = fragment(
        f'<w:tblPr><w:tblW w:w="{sum(map(twips, widths))}" w:type="dxa"/><w:jc w:val="left"/>'
        f'<w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="30" w:type="dxa"/>'
        '<w:left w:w="70" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
        ' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/></w:tblPr>'
    )
    properties.append(element("w:tblCaption", val=description[:200]))
    properties.append(element("w:tblDescription", val=description[:200]))
    table._tbl.replace(table._tbl.tblPr, properties)
    for grid, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        grid.set(qn("w:w"), str(twips(width)))


def _head(table: Table, columns: Sequence[BlankColumn], widths: Sequence[float]) -> None:
    cells = _new_row(table, widths, 7)
    for cell, column in zip(cells, columns, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.style = "Zellenkopf"
        paragraph.add_run(column.heading)
        paragraph.paragraph_format.keep_with_next = True
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
        _shade(cell)
    table.rows[-1]._tr.get_or_add_trPr().append(element("w:tblHeader"))


def _row(table: Table, text: str, columns: Sequence[BlankColumn], widths: Sequence[float]) -> None:
    cells = _new_row(table, widths, 9)
    for number, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.style = "Zelle"
        if number == 0 and text:
            paragraph.add_run(text)
        for place, cross in enumerate(column.crosses):
            add_cross(paragraph)
            end = "  " if place < len(column.crosses) - 1 else ""
            paragraph.add_run("\u00a0" + cross.replace(" ", "\u00a0") + end)
        if column.unit and not column.crosses:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.add_run(column.unit)
        if column.is_shaded:
            _shade(cell)


def _new_row(table: Table, widths: Sequence[float], height: float) -> list[_Cell]:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]
    properties = row._tr.get_or_add_trPr()
    properties.append(element("w:cantSplit"))
    properties.append(element("w:trHeight", val=twips(height), hRule="atLeast"))
    cells: list[_Cell] = list(row.cells)
    for cell, width in zip(cells, widths, strict=True):
        cell.width = Mm(width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return cells


def _shade(cell: _Cell) -> None:
    cell._tc.get_or_add_tcPr().append(element("w:shd", val="clear", color="auto", fill=SHADE))
