"""A clause as paragraphs of WordprocessingML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from document_templates.clauses.choosing import GROUP
from document_templates.clauses.content import ClauseContent, Variant
from document_templates.clauses.numbering import BOOKMARK, reference_instruction
from document_templates.clauses.styles import INDENT, ITEM_INDENT, ClauseStyles
from document_templates.clauses.texts import TextParagraph, TextPiece, count_paragraphs, read_text
from document_templates.ooxml import PARAGRAPH, RUN, TEXT, XML_SPACE, w

_UNBROKEN = "\u00a0"


def clause_paragraphs(
    key: str, content: ClauseContent, styles: ClauseStyles, number: int
) -> list[etree._Element]:
    """Return a clause with all its variants, each under the condition that it was chosen.

    ``number`` is that of its first bookmark; each variant takes one.
    """
    if content.is_certain and len(content.variants) == 1:
        return _variant_paragraphs(key, content, content.variants[0], styles, number)
    paragraphs: list[etree._Element] = []
    for place, variant in enumerate(content.variants):
        paragraphs += [
            _tag_paragraph(f'{{%p if {GROUP}.{key} == "{variant.key}" %}}'),
            *_variant_paragraphs(key, content, variant, styles, number + place),
            _tag_paragraph("{%p endif %}"),
        ]
    return paragraphs


def _variant_paragraphs(
    key: str, content: ClauseContent, variant: Variant, styles: ClauseStyles, number: int
) -> list[etree._Element]:
    texts = read_text(variant.text)
    is_numbered = bool(content.heading) and count_paragraphs(texts) > 1
    paragraphs = []
    if content.heading:
        paragraphs.append(_heading(key, content.heading, styles.heading, number))
    for text in texts:
        style = styles.item if text.kind == "item" else styles.paragraph if is_numbered else ""
        paragraph = _text_paragraph(text, style)
        if text.kind == "item" and is_numbered:
            _indent(paragraph)
        paragraphs.append(paragraph)
    return paragraphs


def _heading(key: str, heading: str, style: str, number: int) -> etree._Element:
    paragraph = _paragraph(style)
    begin = etree.SubElement(paragraph, w("bookmarkStart"))
    begin.set(w("id"), str(number))
    begin.set(w("name"), f"{BOOKMARK}{key}")
    paragraph.append(_run(TextPiece(heading)))
    etree.SubElement(paragraph, w("bookmarkEnd")).set(w("id"), str(number))
    return paragraph


def _text_paragraph(text: TextParagraph, style: str) -> etree._Element:
    paragraph = _paragraph(style)
    for piece in text.pieces:
        paragraph.extend(_runs(piece))
    return paragraph


def _indent(item: etree._Element) -> None:
    """Let an item of a list begin where the text of its Absatz does."""
    properties = item.find(w("pPr"))
    if properties is not None:
        indent = etree.SubElement(properties, w("ind"))
        indent.set(w("left"), str(INDENT + ITEM_INDENT))
        indent.set(w("hanging"), str(ITEM_INDENT))


def _runs(piece: TextPiece) -> Iterator[etree._Element]:
    reference = piece.reference
    if reference is None:
        yield _run(piece)
        return
    field = etree.Element(w("fldSimple"))
    field.set(w("instr"), reference_instruction(reference.key))
    field.append(_run(TextPiece("§", piece.bold, piece.italic, piece.underlined)))
    yield field
    if reference.paragraph:
        text = f"{_UNBROKEN}Abs.{_UNBROKEN}{reference.paragraph}"
        yield _run(TextPiece(text, piece.bold, piece.italic, piece.underlined))


def _tag_paragraph(tag: str) -> etree._Element:
    paragraph = _paragraph("")
    paragraph.append(_run(TextPiece(tag)))
    return paragraph


def _paragraph(style: str) -> etree._Element:
    paragraph = etree.Element(PARAGRAPH)
    if style:
        properties = etree.SubElement(paragraph, w("pPr"))
        etree.SubElement(properties, w("pStyle")).set(w("val"), style)
    return paragraph


def _run(piece: TextPiece) -> etree._Element:
    run = etree.Element(RUN)
    if piece.bold or piece.italic or piece.underlined:
        properties = etree.SubElement(run, w("rPr"))
        for name, wanted in (("b", piece.bold), ("i", piece.italic)):
            if wanted:
                etree.SubElement(properties, w(name))
        if piece.underlined:
            etree.SubElement(properties, w("u")).set(w("val"), "single")
    text = etree.SubElement(run, TEXT)
    text.set(XML_SPACE, "preserve")
    text.text = piece.text
    return run
