"""Tables that break well: repeated header rows, unsplit rows, totals, alternative texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.section import _Header
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row

from tools.library.markup import element, fragment, twips
from tools.library.page import TEXT_WIDTH
from tools.library.writing import Place, write

LINE = "B4B4B4"
HEAD = "ECEFF2"
TOTAL = "F6F7F8"
MOST_PARTNERS = 9

_LAYOUT_BORDERS = "".join(
    f'<w:{side} w:val="nil"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_DATA_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>'
    for side in ("top", "bottom", "insideH")
)
_ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, width in millimetres, what stands in its cells and in the total."""

    heading: str
    width: float
    text: str
    align: str = "left"
    total: str = ""


def number(heading: str, width: float, text: str, total: str = "") -> Column:
    """Return a right-aligned column."""
    return Column(heading, width, text, "right", total)


def record_table(
    place: Place, description: str, loop: str, columns: Sequence[Column], total: str = ""
) -> Table:
    """Append a table with one row per record of ``loop`` and, if named, a ``total`` row."""
    table = _table(place, description, [column.width for column in columns], _DATA_BORDERS)
    head = _row(table, [column.heading for column in columns], columns, style="Tabellenkopf")
    mark_as_header(head)
    _tag_row(table, f"{{%tr for {loop} %}}")
    _row(table, [column.text for column in columns], columns)
    _tag_row(table, "{%tr endfor %}")
    if total:
        texts = [column.total for column in columns]
        texts[0] = total
        row = _row(table, texts, columns, style="Tabellenkopf")
        _shade(row, TOTAL)
        # A total alone on the next page says nothing: keep the last records with it.
        _keep_with_next(table.rows[-3])
    _after(place)
    return table


def fact_table(place: Place, description: str, facts: Sequence[tuple[str, str]]) -> Table:
    """Append a table of labels and values."""
    widths = [58.0, TEXT_WIDTH - 58.0]
    table = _table(place, description, widths, _DATA_BORDERS)
    columns = [Column("", widths[0], ""), Column("", widths[1], "")]
    for label, value in facts:
        if label.startswith("{%tr"):
            _tag_row(table, label)
            continue
        row = _row(table, [label, value], columns)
        _make_bold(row.cells[0])
    _keep_on_one_page(table)
    _after(place)
    return table


def step_table(
    place: Place,
    description: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
) -> Table:
    """Append a table of fixed rows; a row whose first text ends in ``!`` is a result."""
    table = _table(place, description, [column.width for column in columns], _DATA_BORDERS)
    head = _row(table, [column.heading for column in columns], columns, style="Tabellenkopf")
    mark_as_header(head)
    for texts in rows:
        if texts[0].startswith("{%tr"):
            _tag_row(table, texts[0])
            continue
        result = texts[0].endswith("!")
        shown = [texts[0].removesuffix("!"), *texts[1:]]
        row = _row(table, shown, columns, style="Tabellenkopf" if result else "Tabelle")
        if result:
            _shade(row, TOTAL)
    _keep_on_one_page(table)
    _after(place)
    return table


def matrix_table(
    place: Place,
    description: str,
    heading: str,
    name: str,
    label_width: float,
    *,
    code: bool = False,
) -> Table:
    """Append a matrix: a row per item of ``name``, a column per partner of ``name_spalten``.

    With ``code`` the cells show their value instead of its label.
    """
    shown = "{% if z.wert == 'N' %}–{% else %}{{ z.wert }}{% endif %}" if code else "{{ z.text }}"
    columns = [Column("", label_width, ""), *(Column("", 0, "", "center") for _ in range(3))]
    table = _table(place, description, [column.width for column in columns], _DATA_BORDERS)
    for header, texts in (
        (True, [heading, f"{{%tc for s in {name}_spalten %}}", "{{ s.text }}", "{%tc endfor %}"]),
        (False, [f"{{%tr for zeile in {name} %}}"]),
        (False, ["{{ zeile.text }}", "{%tc for z in zeile.zellen %}", shown, "{%tc endfor %}"]),
        (False, ["{%tr endfor %}"]),
    ):
        if len(texts) == 1:
            _tag_row(table, texts[0])
            continue
        row = _row(table, texts, columns, style="Tabellenkopf" if header else "Tabelle")
        if header:
            mark_as_header(row)
    _spread_grid(table, label_width)
    _after(place)
    return table


def _spread_grid(table: Table, label_width: float) -> None:
    """Give the grid a column for each of the most partners there can be, of equal width.

    Filling takes away the columns that are not needed and shares their width out equally, so
    the partners' columns stay equal whatever their number is; cells leave the width to them.
    """
    table._tbl.tblPr.find(qn("w:tblW")).set(qn("w:w"), str(twips(TEXT_WIDTH)))
    grid = table._tbl.tblGrid
    for column in list(grid):
        grid.remove(column)
    width = (TEXT_WIDTH - label_width) / MOST_PARTNERS
    for part in (label_width, *(width for _ in range(MOST_PARTNERS))):
        grid.append(element("w:gridCol", w=twips(part)))
    for width_of_cell in table._tbl.iter(qn("w:tcW")):
        width_of_cell.set(qn("w:w"), "0")
        width_of_cell.set(qn("w:type"), "auto")


def layout_table(
    place: Place | _Header, widths: Sequence[float], height: float | None = None
) -> Table:
    """Append one row of cells without lines; ``height`` in millimetres is kept exactly."""
    table = _table(place, "", widths, _LAYOUT_BORDERS, margins=(0, 0))
    row = table.add_row()
    _fit(row, widths)
    properties = row._tr.get_or_add_trPr()
    properties.append(element("w:cantSplit"))
    if height is not None:
        properties.append(element("w:trHeight", val=twips(height), hRule="exact"))
    return table


def mark_as_header(row: _Row) -> None:
    """Repeat ``row`` on every page and shade it."""
    row._tr.get_or_add_trPr().append(element("w:tblHeader"))
    _shade(row, HEAD)
    _keep_with_next(row)


def _table(
    place: Place | _Header,
    description: str,
    widths: Sequence[float],
    borders: str,
    margins: tuple[int, int] = (70, 70),
) -> Table:
    if isinstance(place, Document):
        table = place.add_table(rows=0, cols=len(widths))
    else:
        table = place.add_table(0, len(widths), Mm(TEXT_WIDTH))
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    properties = table._tbl.tblPr
    for old in ("w:tblStyle", "w:tblW", "w:tblLook", "w:tblBorders"):
        found = properties.find(qn(old))
        if found is not None:
            properties.remove(found)
    left, right = margins
    described = (
        f'<w:tblCaption w:val="{description}"/><w:tblDescription w:val="{description}"/>'
        if description
        else ""
    )
    parts = fragment(
        f'<w:tblPr><w:tblW w:w="{sum(map(twips, widths))}" w:type="dxa"/><w:jc w:val="left"/>'
        f'<w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/>'
        f'<w:left w:w="{left}" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/>'
        f'<w:right w:w="{right}" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
        f' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>{described}</w:tblPr>'
    )
    table._tbl.replace(properties, parts)
    for grid, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        grid.set(qn("w:w"), str(twips(width)))
    return table


def _row(
    table: Table, texts: Sequence[str], columns: Sequence[Column], style: str = "Tabelle"
) -> _Row:
    row = table.add_row()
    row._tr.get_or_add_trPr().append(element("w:cantSplit"))
    _fit(row, [column.width for column in columns])
    for cell, text, column in zip(row.cells, texts, columns, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.style = style
        paragraph.alignment = _ALIGNMENTS[column.align]
        write(paragraph, text)
    return row


def _tag_row(table: Table, tag: str) -> None:
    """Append a row that vanishes when the document is filled; it only carries a tag."""
    row = table.add_row()
    row.cells[0].paragraphs[0].style = "Tabelle"
    row.cells[0].paragraphs[0].add_run(tag)


def _fit(row: _Row, widths: Sequence[float]) -> None:
    for cell, width in zip(row.cells, widths, strict=True):
        properties = cell._tc.get_or_add_tcPr()
        found = properties.find(qn("w:tcW"))
        if found is not None:
            properties.remove(found)
        properties.insert(0, element("w:tcW", w=twips(width), type="dxa"))


def _shade(row: _Row, colour: str) -> None:
    for cell in row.cells:
        cell._tc.get_or_add_tcPr().append(element("w:shd", val="clear", color="auto", fill=colour))


def _keep_with_next(row: _Row) -> None:
    for cell in row.cells:
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.keep_with_next = True


def _keep_on_one_page(table: Table) -> None:
    for row in table.rows[:-1]:
        _keep_with_next(row)


def _make_bold(cell: _Cell) -> None:
    for run in cell.paragraphs[0].runs:
        run.bold = True


def _after(place: Place) -> None:
    """Leave a little air: two tables that touch would melt into one."""
    paragraph = place.add_paragraph(style="Tabelle")
    paragraph.paragraph_format.line_spacing = Pt(7)
