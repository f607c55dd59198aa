"""Tables on the sheets about signatures: facts, plain tables, the block to check by. Pure."""

from __future__ import annotations

import io

from docx.document import Document
from docx.shared import Mm
from docx.table import Table, _Cell

from document_templates.blank_forms.paper import RULE, TEXT_WIDTH, element, twips
from document_templates.pictures import qr_png
from document_templates.verification_codes import spaced
from tenants.language import _

_LABEL_WIDTH = 42.0
_CODE_SIDE = 20.0


def write_facts(document: Document, rows: list[tuple[str, str]]) -> None:
    """Append a table of a label and a text each."""
    table = add_table(document, len(rows), (_LABEL_WIDTH, TEXT_WIDTH - _LABEL_WIDTH))
    for row, (label, text) in zip(table.rows, rows, strict=True):
        write_cell(row.cells[0], label, style="Zellenkopf")
        write_cell(row.cells[1], text)


def write_headings(table: Table, headings: tuple[str, ...]) -> None:
    """Fill the first row, which is repeated on every page."""
    for cell, heading in zip(table.rows[0].cells, headings, strict=True):
        write_cell(cell, heading, style="Zellenkopf")
    table.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))


def write_verification(document: Document, url: str, code: str, about: str) -> None:
    """Append the QR code and the code of this version, with a sentence about them."""
    table = add_table(document, 1, (_CODE_SIDE + 4, TEXT_WIDTH - _CODE_SIDE - 4), lines=False)
    drawn = (
        table.rows[0]
        .cells[0]
        .paragraphs[0]
        .add_run()
        .add_picture(io.BytesIO(qr_png(url)), width=Mm(_CODE_SIDE), height=Mm(_CODE_SIDE))
    )
    drawn._inline.docPr.set("descr", _("QR-Code: Echtheit des Dokuments prüfen"))
    text = table.rows[0].cells[1]
    write_cell(text, _("Echtheit prüfen: {url}").format(url=url))
    text.add_paragraph(
        _("Prüfcode dieser unterschriebenen Fassung: {code}").format(code=spaced(code)),
        style="Zelle",
    )
    text.add_paragraph(about, style="Antwort")


def add_table(
    document: Document, rows: int, widths: tuple[float, ...], *, lines: bool = True
) -> Table:
    """Append a table with columns of ``widths`` millimetres; rows do not break over pages."""
    table: Table = document.add_table(rows, len(widths))
    table.autofit = False
    properties = table._tbl.tblPr
    if lines:
        borders = element("w:tblBorders")
        for side in ("top", "bottom", "insideH"):
            borders.append(element(f"w:{side}", val="single", sz=4, space=0, color=RULE))
        properties.append(borders)
    margins = element("w:tblCellMar")
    for side, space in (("top", 50), ("left", 0), ("bottom", 50), ("right", 110)):
        margins.append(element(f"w:{side}", w=space, type="dxa"))
    properties.append(margins)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    for column, width in zip(table._tbl.tblGrid, widths, strict=True):
        column.set(column.tag.replace("gridCol", "w"), str(twips(width)))
    return table


def write_cell(cell: _Cell, text: str, *, style: str = "Zelle") -> None:
    """Write the first paragraph of a cell."""
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    paragraph.add_run(text)


def grouped(sha256: str) -> str:
    """Return a hash in groups of eight, so that it is read and breaks between them."""
    return " ".join(sha256[start : start + 8] for start in range(0, len(sha256), 8))
