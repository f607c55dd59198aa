"""A frame made of logos and a few lines, for those who have no letterhead in Word."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import Image, UnidentifiedImageError

from document_templates.blank_forms.paper import (
    INK,
    TEXT_WIDTH,
    new_sheet,
    rule,
    sheet_bytes,
)
from document_templates.pictures import MAX_LOGO_PIXELS
from tenants.language import _

MAX_LOGOS = 9
_LOGOS_IN_ROW = 5
_LOGO_HEIGHT = 16.0
"""Millimetres, for one to five logos in a row."""
FONTS = ("Arial", "Calibri", "Cambria", "Times New Roman")
"""Fonts whose measures the converter has."""


class FrameRefused(ValueError):
    """No frame can be made of this; the message is German and says why."""


@dataclass(frozen=True, slots=True)
class FrameParts:
    """What a composed frame shows; lines may hold placeholders such as ``{{ mandant.name }}``."""

    logos: Sequence[bytes]
    head: str = ""
    foot: str = ""
    font: str = FONTS[0]


def compose_frame(parts: FrameParts) -> bytes:
    """Return a Word document with logos and lines in head and foot and no text.

    Raises `FrameRefused` for more than nine logos, an unknown font and unusable pictures.
    """
    if len(parts.logos) > MAX_LOGOS:
        raise FrameRefused(_("Ein Rahmen hat höchstens {count} Logos.").format(count=MAX_LOGOS))
    if parts.font not in FONTS:
        raise FrameRefused(_("Diese Schrift gibt es hier nicht."))
    document = new_sheet("", "")
    _set_font(document, parts.font)
    section = document.sections[0]
    section.different_first_page_header_footer = False
    section.header.is_linked_to_previous = False
    section.footer.is_linked_to_previous = False
    _write_logos(document, [_logo(content) for content in parts.logos])
    lines = [line for line in parts.head.splitlines() if line.strip()]
    for line in lines:
        section.header.add_paragraph(line, style="Header")
    first = section.header.paragraphs[0]
    if not first.text and len(section.header.paragraphs) > 1:
        first._p.getparent().remove(first._p)
    rule(section.header.paragraphs[-1], "bottom", INK, size=6, space=4)
    # Keeps the text from beginning right under the line.
    section.header.paragraphs[-1].paragraph_format.space_after = Pt(12)
    footer = section.footer.paragraphs[0]
    for number, line in enumerate(line for line in parts.foot.splitlines() if line.strip()):
        if number:
            footer = section.footer.add_paragraph(style="Footer")
        footer.add_run(line)
    return sheet_bytes(document)


def plain_logo(content: bytes) -> bytes:
    """Return a logo as PNG without anything that is not picture. Raises `FrameRefused`."""
    return _logo(content)[0]


def _logo(content: bytes) -> tuple[bytes, float]:
    """Return a logo as PNG with its width by height. Raises `FrameRefused`."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF")) as picture:
            if picture.width * picture.height > MAX_LOGO_PIXELS:
                raise FrameRefused(_("Ein Logo hat mehr als 4 Millionen Bildpunkte."))
            drawn = picture.convert("RGBA")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        EOFError,
    ) as error:
        raise FrameRefused(_("Ein Logo ist beschädigt oder kein PNG, JPEG oder GIF.")) from error
    stream = io.BytesIO()
    drawn.save(stream, "PNG")
    return stream.getvalue(), drawn.width / drawn.height


def _write_logos(document: Document, logos: Sequence[tuple[bytes, float]]) -> None:
    if not logos:
        return
    header = document.sections[0].header
    in_row = min(len(logos), _LOGOS_IN_ROW)
    rows = -(-len(logos) // in_row)
    height = _LOGO_HEIGHT if rows == 1 else _LOGO_HEIGHT * 0.75
    room = TEXT_WIDTH / in_row - 4
    table = header.add_table(rows, in_row, Mm(TEXT_WIDTH))
    for number, (content, proportion) in enumerate(logos):
        paragraph = table.cell(number // in_row, number % in_row).paragraphs[0]
        if number % in_row == in_row - 1 and in_row > 1:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        width = min(room, height * proportion)
        shape = paragraph.add_run().add_picture(io.BytesIO(content), width=Mm(width))
        shape._inline.docPr.set("descr", _("Logo {number}").format(number=number + 1))
    header.add_paragraph(style="Header")


def _set_font(document: Document, font: str) -> None:
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        for name in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{name}"), font)
