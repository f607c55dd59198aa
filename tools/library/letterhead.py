"""Head and foot of the pages: DIN 5008 Form B for letters, a plain head for other documents."""

from __future__ import annotations

import io
from collections.abc import Sequence

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.section import _Footer, _Header
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from tools.library.markup import add_field, add_rule, fragment, twips
from tools.library.page import TEXT_WIDTH
from tools.library.pictures import logo_png, qr_png
from tools.library.tables import layout_table
from tools.library.writing import add, write

INFORMATION_WIDTH = 65.0
ADDRESS_WIDTH = 85.0
_GAP = TEXT_WIDTH - ADDRESS_WIDTH - INFORMATION_WIDTH
FOLD_MARKS = (105.0, 148.5, 210.0)
"""Fold, punch and fold mark of Form B, in millimetres from the upper edge of the paper."""


def set_page_frames(document: Document, logo: str, colour: str, *, letter: bool) -> None:
    """Write head and foot of the first and of all further pages."""
    section = document.sections[0]
    _first_header(section.first_page_header, logo, colour, letter=letter)
    _further_header(section.header, colour)
    for footer, first in ((section.first_page_footer, True), (section.footer, False)):
        _footer(footer, colour, contact=first)


def add_address_field(
    document: Document, sender: str, lines: Sequence[str], facts: Sequence[tuple[str, str]]
) -> None:
    """Append the address field (45 mm from the top) and the information block to its right."""
    table = layout_table(document, [ADDRESS_WIDTH, _GAP, INFORMATION_WIDTH], height=45)
    address, _space, information = table.rows[0].cells
    first = address.paragraphs[0]
    first.style = "Rücksendeangabe"
    write(first, sender)
    add_rule(first, "bottom", "8C8C8C", size=4, space=1)
    first.paragraph_format.space_before = Pt(36)
    first.paragraph_format.space_after = Pt(6)
    for line in lines:
        add(address, line, "Anschrift")
    _facts(information, facts)
    spacer = document.add_paragraph(style="Anschrift")
    spacer.paragraph_format.space_after = Pt(11)


def add_verification(document: Document) -> None:
    """Append the block by which anyone can check the document."""
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    add(document, "Echtheit prüfen", "Heading 2")
    table = layout_table(document, [32, TEXT_WIDTH - 32])
    code, words = table.rows[0].cells
    picture = code.paragraphs[0].add_run()
    code.paragraphs[0].paragraph_format.space_after = Pt(0)
    _picture(picture, qr_png(), 27, "pruefung.qr", "QR-Code")
    first = words.paragraphs[0]
    write(
        first,
        "Dieses Dokument ist elektronisch gesiegelt. Ob es echt und unverändert ist, zeigt die "
        "Prüfseite:",
    )
    add(words, "**{{ pruefung.url }}**").paragraph_format.space_after = Pt(2)
    add(words, "Prüfcode: **{{ pruefung.code }}**").paragraph_format.space_after = Pt(2)
    add(
        words,
        "Dokument {{ dokument.nummer }}, Version {{ dokument.version }} vom "
        "{{ dokument.datum|datum }}; Formular „{{ formular.titel }}“, Version "
        "{{ formular.version }}; Vorlage „{{ vorlage.name }}“, Version {{ vorlage.version }}",
        "Anmerkung",
    )
    closing = document.add_paragraph(style="Tabelle")
    closing.paragraph_format.line_spacing = Pt(2)


def _first_header(header: _Header, logo: str, colour: str, *, letter: bool) -> None:
    header.is_linked_to_previous = False
    table = layout_table(header, [TEXT_WIDTH - 24, 24], height=23)
    name, mark = table.rows[0].cells
    first = name.paragraphs[0]
    first.style = "Header"
    run = first.add_run("{{ mandant.name }}")
    run.bold, run.font.size = True, Pt(15)
    run.font.color.rgb = RGBColor.from_string(colour)
    name.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    first.paragraph_format.space_after = Pt(2)
    office = add(name, "", "Header")
    small = office.add_run("{{ mandant.amt }}")
    small.font.size = Pt(10.5)
    mark.paragraphs[0].style = "Header"
    mark.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _picture(mark.paragraphs[0].add_run(), logo_png(logo), 20, "mandant.logo", "Logo")
    if letter:
        for top in FOLD_MARKS:
            _fold_mark(header, top)
    notice = header.add_paragraph(style="Hinweis")
    write(notice, "{{ dokument.hinweis }}")
    notice.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    add_rule(notice, "top", colour, size=12, space=4)
    notice.paragraph_format.space_before = Pt(3)
    notice.paragraph_format.space_after = Pt(12 if letter else 14)
    _drop_leading_paragraph(header)


def _further_header(header: _Header, colour: str) -> None:
    header.is_linked_to_previous = False
    line = header.paragraphs[0]
    line.style = "Header"
    _right_tab(line)
    write(line, "{{ mandant.name }} · {{ dokument.titel }}\t{{ dokument.nummer }}")
    notice = header.add_paragraph(style="Hinweis")
    write(notice, "{{ dokument.hinweis }}")
    notice.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    notice.paragraph_format.space_before = Pt(3)
    add_rule(notice, "top", colour, size=6, space=3)


def _footer(footer: _Footer, colour: str, *, contact: bool) -> None:
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    line.style = "Footer"
    add_rule(line, "top", colour, size=6, space=4)
    _right_tab(line)
    write(line, "{{ dokument.nummer }} · Version {{ dokument.version }}\tSeite ")
    add_field(line, "PAGE", "1")
    write(line, " von ")
    add_field(line, "NUMPAGES", "1")
    if contact:
        write(
            footer.add_paragraph(style="Footer"),
            "{{ mandant.name }} · {{ mandant.strasse }} · {{ mandant.plz_ort }} · Telefon "
            "{{ mandant.telefon }} · {{ mandant.email }}",
        )


def _facts(cell: _Cell, facts: Sequence[tuple[str, str]]) -> None:
    for place, (label, value) in enumerate(facts):
        line = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        line.style = "Informationsblock"
        if place == 0:
            line.paragraph_format.space_before = Pt(14)
        line.paragraph_format.left_indent = Mm(27)
        line.paragraph_format.first_line_indent = Mm(-27)
        line.paragraph_format.tab_stops.add_tab_stop(Mm(27))
        write(line, f"{label}\t{value}")


def _right_tab(paragraph: Paragraph) -> None:
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)


def _picture(run: Run, png: bytes, millimetres: float, replaced_by: str, title: str) -> None:
    """Put a placeholder picture; its description says what the product puts in its place."""
    shape = run.add_picture(io.BytesIO(png), width=Mm(millimetres))
    properties = shape._inline.docPr
    properties.set("name", title)
    properties.set("descr", replaced_by)


def _fold_mark(header: _Header, top: float) -> None:
    """Draw a short line at the left edge of the paper as a frame that takes no room."""
    paragraph = header.add_paragraph(style="Header")
    length = 4.0 if top != FOLD_MARKS[1] else 6.0
    paragraph._p.get_or_add_pPr().insert_element_before(
        fragment(
            f'<w:framePr w:w="{twips(length)}" w:h="{twips(1)}" w:hRule="exact" w:wrap="around"'
            f' w:vAnchor="page" w:hAnchor="page" w:x="{twips(5)}" w:y="{twips(top)}"/>'
        ),
        *("w:widowControl", "w:pBdr", "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"),
    )
    paragraph.paragraph_format.line_spacing = Pt(1)
    add_rule(paragraph, "top", "8C8C8C", size=4, space=0)


def _drop_leading_paragraph(header: _Header) -> None:
    first = header._element.find(qn("w:p"))
    if first is not None and header._element.index(first) == 0:
        header._element.remove(first)
