"""The blank page: paper, margins, fonts, styles, language and document properties."""

from __future__ import annotations

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from tools.library.markup import element, fragment
from tools.library.packaging import FIXED_DATE

FONT = "Arial"
LANGUAGE = "de-DE"
INK = "1A1A1A"
GREY = "5A5A5A"
TEXT_WIDTH = 165.0
"""Width of the text in millimetres: A4 minus 25 left and 20 right (DIN 5008)."""

_KEPT_STYLES = frozenset(
    {
        "Normal", "Header", "Footer", "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3",
        "List Bullet", "Table Grid", "Normal Table", "Default Paragraph Font", "No List",
    }
)  # fmt: skip

_NUMBERING = """
<w:numbering>
  <w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Paragraf"/>
      <w:suff w:val="tab"/><w:lvlText w:val="§ %1"/><w:lvlJc w:val="left"/>
      <w:pPr><w:tabs><w:tab w:val="num" w:pos="680"/></w:tabs>
        <w:ind w:left="680" w:hanging="680"/></w:pPr></w:lvl>
    <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Absatz"/>
      <w:suff w:val="tab"/><w:lvlText w:val="(%2)"/><w:lvlJc w:val="left"/>
      <w:pPr><w:tabs><w:tab w:val="num" w:pos="680"/></w:tabs>
        <w:ind w:left="680" w:hanging="680"/></w:pPr></w:lvl>
  </w:abstractNum>
  <w:abstractNum w:abstractNumId="2"><w:multiLevelType w:val="singleLevel"/>
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:pStyle w:val="ListBullet"/>
      <w:suff w:val="tab"/><w:lvlText w:val="–"/><w:lvlJc w:val="left"/>
      <w:pPr><w:tabs><w:tab w:val="num" w:pos="397"/></w:tabs>
        <w:ind w:left="397" w:hanging="397"/></w:pPr></w:lvl>
  </w:abstractNum>
  <w:abstractNum w:abstractNumId="3"><w:multiLevelType w:val="singleLevel"/>
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Aufzhlung"/>
      <w:suff w:val="tab"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/>
      <w:pPr><w:tabs><w:tab w:val="num" w:pos="567"/></w:tabs>
        <w:ind w:left="567" w:hanging="567"/></w:pPr></w:lvl>
  </w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>
  <w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>
  <w:num w:numId="3"><w:abstractNumId w:val="3"/></w:num>
</w:numbering>
"""


def new_document(subject: str, colour: str) -> Document:
    """Return an empty A4 document in German whose headings have ``colour`` (RRGGBB)."""
    document = docx.Document()
    _set_paper(document)
    _set_defaults(document)
    _set_numbering(document)
    _set_styles(document, colour)
    _set_properties(document, subject)
    return document


def _set_paper(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(27), Mm(25)
    section.header_distance, section.footer_distance = Mm(10), Mm(9)
    section.different_first_page_header_footer = True


def _set_defaults(document: Document) -> None:
    styles = document.styles.element
    for style in list(styles.findall(qn("w:style"))):
        name = style.find(qn("w:name")).get(qn("w:val"))
        plain = {"heading 1": "Heading 1", "heading 2": "Heading 2", "heading 3": "Heading 3"}
        spelled = {"header": "Header", "footer": "Footer"}
        if (plain | spelled).get(name, name) not in _KEPT_STYLES:
            styles.remove(style)
    # The linked character styles are gone; a link into nothing would be repaired by Word.
    for link in list(styles.iter(qn("w:link"))):
        link.getparent().remove(link)
    run = styles.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for child in list(run):
        run.remove(child)
    run.append(element("w:rFonts", ascii=FONT, hAnsi=FONT, eastAsia=FONT, cs=FONT))
    run.append(element("w:color", val=INK))
    run.append(element("w:sz", val=21))
    run.append(element("w:szCs", val=21))
    run.append(element("w:lang", val=LANGUAGE, eastAsia=LANGUAGE, bidi="ar-SA"))
    settings = document.settings.element
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            # 15 is Word 2013 and later: tables start at the margin, not left of it.
            setting.set(qn("w:val"), "15")
    theme_language = settings.find(qn("w:themeFontLang"))
    if theme_language is not None:
        theme_language.set(qn("w:val"), LANGUAGE)


def _set_numbering(document: Document) -> None:
    numbering = document.part.numbering_part.element
    for child in list(numbering):
        numbering.remove(child)
    for child in list(fragment(_NUMBERING)):
        numbering.append(child)


def _set_styles(document: Document, colour: str) -> None:
    _style(document, "Normal", size=10.5, after=6, line=1.15)
    _style(document, "Title", size=20, bold=True, colour=colour, before=0, after=4, keep=True)
    _style(document, "Subtitle", size=12, colour=GREY, after=10, keep=True)
    _style(document, "Heading 1", size=14, bold=True, colour=colour, before=16, after=6, keep=True)
    _style(
        document, "Heading 2", size=11.5, bold=True, colour=colour, before=12, after=4, keep=True
    )
    _style(document, "Heading 3", size=10.5, bold=True, colour=INK, before=8, after=3, keep=True)
    _style(document, "List Bullet", size=10.5, after=3, line=1.15, numbering=(2, 0))
    _style(document, "Header", size=8.5, colour=GREY, after=0)
    _style(document, "Footer", size=7.5, colour=GREY, after=0)
    _style(document, "Paragraf", based="Heading 2", numbering=(1, 0))
    _style(document, "Absatz", based="Normal", after=5, numbering=(1, 1))
    _style(document, "Aufzhlung", based="Normal", after=6, numbering=(3, 0))
    _style(document, "Tabelle", based="Normal", size=9, after=0, line=1.05)
    _style(document, "Tabellenkopf", based="Tabelle", size=8.5, bold=True, after=0)
    _style(document, "Anmerkung", based="Normal", size=8.5, colour=GREY, before=3, after=4)
    _style(document, "Anschrift", based="Normal", size=10.5, after=0, line=1.0)
    _style(document, "Rücksendeangabe", based="Normal", size=7, colour=GREY, after=4, line=1.0)
    _style(document, "Informationsblock", based="Normal", size=9, after=1.5, line=1.0)
    _style(document, "Betreff", based="Heading 1", size=12, colour=INK, before=0, after=12)
    _style(document, "Hinweis", based="Normal", size=9, bold=True, colour="8A1C1C", after=0)


def _style(
    document: Document,
    name: str,
    *,
    based: str | None = None,
    size: float | None = None,
    bold: bool | None = None,
    colour: str | None = None,
    before: float | None = None,
    after: float | None = None,
    line: float | None = None,
    keep: bool | None = None,
    numbering: tuple[int, int] | None = None,
) -> None:
    known = name in [style.name for style in document.styles]
    style: ParagraphStyle = (
        document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    )
    _strip(style)
    if based is not None:
        style.base_style = document.styles[based]
    style.quick_style, style.hidden = True, False
    if size is not None:
        style.font.size = Pt(size)
    if bold is not None:
        style.font.bold = bold
    if colour is not None:
        style.font.color.rgb = RGBColor.from_string(colour)
    layout = style.paragraph_format
    if before is not None:
        layout.space_before = Pt(before)
    if after is not None:
        layout.space_after = Pt(after)
    if line is not None:
        layout.line_spacing_rule = WD_LINE_SPACING.MULTIPLE
        layout.line_spacing = line
    if keep is not None:
        layout.keep_with_next = keep
        layout.keep_together = keep
    layout.widow_control = True
    if numbering is not None:
        properties = style.element.get_or_add_pPr()
        number, level = numbering
        entry = properties.get_or_add_numPr()
        entry.get_or_add_ilvl().val = level
        entry.get_or_add_numId().val = number


def _strip(style: ParagraphStyle) -> None:
    """Remove theme fonts and colours of the start document; keep the outline level."""
    for name in ("w:rPr", "w:pPr"):
        found = style.element.find(qn(name))
        if found is None:
            continue
        for child in list(found):
            if child.tag != qn("w:outlineLvl"):
                found.remove(child)


def _set_properties(document: Document, subject: str) -> None:
    properties = document.core_properties
    properties.title = "{{ dokument.titel }}"
    properties.subject = subject
    properties.author = "{{ mandant.name }}"
    properties.last_modified_by = ""
    properties.comments = ""
    properties.keywords = ""
    properties.language = LANGUAGE
    properties.revision = 1
    properties.created = properties.modified = FIXED_DATE
