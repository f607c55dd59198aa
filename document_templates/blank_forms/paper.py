"""The sheet a blank form is printed on: paper, styles, head and foot, and its bytes."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import cast

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

FONT = "Arial"
LANGUAGE = "de-DE"
INK, GREY, RULE, SHADE = "1A1A1A", "555555", "8C8C8C", "EEEEEE"
TEXT_WIDTH = 165.0
"""Millimetres: A4 minus 25 left, where it is punched, and 20 right."""

_FIXED_DATE = datetime(2026, 1, 1, 12, 0, 0)
_FIRST = ("[Content_Types].xml", "_rels/.rels")
_UNWANTED_RELATIONS = (
    "thumbnail", "customXml", "stylesWithEffects", "webSettings", "extended-properties",
)  # fmt: skip
_TWIPS = 56.6929


def twips(millimetres: float) -> int:
    """Return ``millimetres`` in twentieths of a point, Word's unit for tables."""
    return round(millimetres * _TWIPS)


def element(name: str, **attributes: str | int) -> BaseOxmlElement:
    """Return a new element such as ``w:shd`` with attributes of the same namespace."""
    made = cast(BaseOxmlElement, OxmlElement(name))
    prefix = name.split(":", 1)[0]
    for key, value in attributes.items():
        made.set(qn(f"{prefix}:{key}"), str(value))
    return made


def fragment(xml: str) -> BaseOxmlElement:
    """Parse ``xml``, whose outermost element needs no namespace declarations."""
    made: BaseOxmlElement = parse_xml(re.sub(r"^\s*<([\w:]+)", rf"<\1 {nsdecls('w')}", xml))
    return made


def new_sheet(title: str, author: str) -> Document:
    """Return an empty A4 document in German with the styles of a form."""
    document = docx.Document()
    section = document.sections[0]
    for name in [one for one in section._sectPr.attrib if "rsid" in one]:
        del section._sectPr.attrib[name]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(22), Mm(20)
    section.header_distance, section.footer_distance = Mm(10), Mm(9)
    section.different_first_page_header_footer = True
    _set_defaults(document)
    _set_styles(document)
    properties = document.core_properties
    properties.title, properties.author, properties.language = title, author, LANGUAGE
    properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.created = properties.modified = _FIXED_DATE
    return document


def _set_defaults(document: Document) -> None:
    styles = document.styles.element
    settings = document.settings.element
    litter = [*styles.iter(qn("w:link"), qn("w:rsid")), *settings.iter(qn("w:rsids"))]
    for unwanted in litter:
        unwanted.getparent().remove(unwanted)
    run = styles.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for child in list(run):
        run.remove(child)
    run.append(element("w:rFonts", ascii=FONT, hAnsi=FONT, eastAsia=FONT, cs=FONT))
    run.append(element("w:color", val=INK))
    run.append(element("w:sz", val=20))
    run.append(element("w:lang", val=LANGUAGE, eastAsia=LANGUAGE, bidi="ar-SA"))
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            # 15 is Word 2013 and later: tables start at the margin, not left of it.
            setting.set(qn("w:val"), "15")


def _set_styles(document: Document) -> None:
    _style(document, "Normal", 10, after=4)
    _style(document, "Title", 19, bold=True, before=6, after=4, keep=True)
    _style(document, "Heading 1", 13.5, bold=True, before=16, after=5, keep=True)
    _style(document, "Heading 2", 11, bold=True, before=12, after=2, keep=True)
    _style(document, "Heading 3", 10, bold=True, before=10, after=1, keep=True)
    _style(document, "Header", 8.5, colour=GREY)
    _style(document, "Footer", 8, colour=GREY)
    _style(document, "Frage", 10, bold=True, before=9, after=1, keep=True)
    _style(document, "Hilfe", 8.5, colour=GREY, after=1, keep=True)
    _style(document, "Antwort", 9, colour=GREY, after=2)
    _style(document, "Kreuz", 10, before=1.5, after=1.5)
    _style(document, "Zelle", 9)
    _style(document, "Zellenkopf", 8.5, bold=True)


def _style(
    document: Document,
    name: str,
    size: float,
    *,
    bold: bool = False,
    colour: str = INK,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
) -> None:
    known = name in [style.name for style in document.styles]
    style = (
        document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    )
    for part in ("w:rPr", "w:pPr"):
        found = style.element.find(qn(part))
        for child in [] if found is None else list(found):
            if child.tag != qn("w:outlineLvl"):
                found.remove(child)
    style.font.size, style.font.bold = Pt(size), bold
    style.font.color.rgb = RGBColor.from_string(colour)
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.MULTIPLE, 1.08
    layout.keep_with_next, layout.widow_control = keep, True


def set_frames(document: Document, tenant: str, office: str, title: str, edition: str) -> None:
    """Write head and foot: the office on the first page, the title on all others."""
    section = document.sections[0]
    first = section.first_page_header
    first.is_linked_to_previous = False
    line = first.paragraphs[0]
    right_tab(line)
    run = line.add_run(tenant)
    run.bold, run.font.size = True, Pt(12)
    run.font.color.rgb = RGBColor.from_string(INK)
    line.add_run(f"\t{edition}")
    if office and office != tenant:
        first.add_paragraph(office, style="Header")
    rule(first.paragraphs[-1], "bottom", INK, size=8, space=4)
    further = section.header
    further.is_linked_to_previous = False
    line = further.paragraphs[0]
    right_tab(line)
    line.add_run(f"{title}\t{tenant}")
    rule(line, "bottom", RULE, size=4, space=3)
    for footer in (section.first_page_footer, section.footer):
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        right_tab(line)
        line.add_run(f"{title} · {edition}\tSeite ")
        _field(line, "PAGE")
        line.add_run(" von ")
        _field(line, "NUMPAGES")


def right_tab(paragraph: Paragraph, at: float = TEXT_WIDTH) -> None:
    """Let what follows a tab end ``at`` millimetres from the left."""
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Mm(at), WD_TAB_ALIGNMENT.RIGHT)


def rule(paragraph: Paragraph, sides: str, colour: str, *, size: int = 6, space: int = 1) -> None:
    """Draw lines along ``sides`` (separated by blanks); ``size`` in eighths of a point."""
    properties = paragraph._p.get_or_add_pPr()
    borders = element("w:pBdr")
    for side in ("top", "left", "bottom", "right", "between"):
        if side in sides.split():
            borders.append(element(f"w:{side}", val="single", sz=size, space=space, color=colour))
    properties.insert_element_before(
        borders, *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc",
                   "w:rPr"),
    )  # fmt: skip


def shade(paragraph: Paragraph, colour: str = SHADE) -> None:
    """Put ``colour`` behind the paragraph."""
    paragraph._p.get_or_add_pPr().insert_element_before(
        element("w:shd", val="clear", color="auto", fill=colour),
        *("w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"),
    )


def _field(paragraph: Paragraph, instruction: str) -> None:
    for kind in ("begin", "code", "separate", "shown", "end"):
        run = paragraph.add_run("1" if kind == "shown" else "")
        if kind == "code":
            code = element("w:instrText")
            code.text = f" {instruction} "
            run._r.append(code)
        elif kind != "shown":
            run._r.append(element("w:fldChar", fldCharType=kind))


def sheet_bytes(document: Document) -> bytes:
    """Return the document as DOCX; the same content always gives the same bytes."""
    for owner in (document.part.package, document.part):
        for identifier, relation in list(owner.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in _UNWANTED_RELATIONS:
                del owner.rels[identifier]
    written, target = io.BytesIO(), io.BytesIO()
    document.save(written)
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as result,
    ):
        for name in sorted(source.namelist(), key=lambda name: (name not in _FIRST, name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            result.writestr(entry, source.read(name))
    return target.getvalue()
