"""A clause as paragraphs of WordprocessingML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from document_templates.clauses.choosing import GROUP
from document_templates.clauses.content import ClauseContent, Variant
from document_templates.clauses.numbering import BOOKMARK, REFERENCE
from document_templates.clauses.styles import INDENT, ITEM_INDENT, ClauseStyles
from document_templates.clauses.texts import TextParagraph, TextPiece, count_paragraphs, read_text
from document_templates.ooxml import PARAGRAPH, RUN, TEXT, XML_SPACE, w

_UNBROKEN = "\u00a0"


def clause_paragraphs(
    key: str, content: ClauseContent, styles: ClauseStyles, numbers: Iterator[int]
) -> list[etree._Element]:
    """Return a clause with all its variants, each under the condition that it was chosen.

    ``numbers`` are those of bookmarks that the document has not got yet.
    """
    if content.is_certain and len(content.variants) == 1:
        return _variant_paragraphs(key, content, content.variants[0], styles, numbers)
    paragraphs: list[etree._Element] = []
    for variant in content.variants:
        paragraphs += [
            _tag_paragraph(f'{{%p if {GROUP}.{key} == "{variant.key}" %}}'),
            *_variant_paragraphs(key, content, variant, styles, numbers),
            _tag_paragraph("{%p endif %}"),
        ]
    return paragraphs


def _variant_paragraphs(
    key: str,
    content: ClauseContent,
    variant: Variant,
    styles: ClauseStyles,
    numbers: Iterator[int],
) -> list[etree._Element]:
    texts = read_text(variant.text)
    is_numbered = bool(content.heading) and count_paragraphs(texts) > 1
    paragraphs = []
    if content.heading:
        paragraphs.append(_heading(key, content.heading, styles.heading, next(numbers)))
    for text in texts:
        style = styles.item if text.kind == "item" else styles.paragraph if is_numbered else ""
        paragraph = _text_paragraph(text, style, numbers)
        if text.kind == "item" and is_numbered:
            _indent(paragraph)
        paragraphs.append(paragraph)
    return paragraphs


def _heading(key: str, heading: str, style: str, number: int) -> etree._Element:
    paragraph = _paragraph(style)
    paragraph.extend(_bookmarked(f"{BOOKMARK}{key}", number, _run(TextPiece(heading))))
    return paragraph


def _bookmarked(name: str, number: int, run: etree._Element) -> Iterator[etree._Element]:
    begin, end = etree.Element(w("bookmarkStart")), etree.Element(w("bookmarkEnd"))
    begin.set(w("id"), str(number))
    begin.set(w("name"), name)
    end.set(w("id"), str(number))
    yield from (begin, run, end)


def _text_paragraph(text: TextParagraph, style: str, numbers: Iterator[int]) -> etree._Element:
    paragraph = _paragraph(style)
    for piece in text.pieces:
        paragraph.extend(_runs(piece, numbers))
    return paragraph


def _indent(item: etree._Element) -> None:
    """Let an item of a list begin where the text of its Absatz does."""
    properties = item.find(w("pPr"))
    if properties is not None:
        indent = etree.SubElement(properties, w("ind"))
        indent.set(w("left"), str(INDENT + ITEM_INDENT))
        indent.set(w("hanging"), str(ITEM_INDENT))


def _runs(piece: TextPiece, numbers: Iterator[int]) -> Iterator[etree._Element]:
    reference = piece.reference
    if reference is None:
        yield _run(piece)
        return
    number = next(numbers)
    name = f"{REFERENCE}{number}_{reference.key}"
    yield from _bookmarked(name, number, _run(replace(piece, text="§", reference=None)))
    if reference.paragraph:
        text = f"{_UNBROKEN}Abs.{_UNBROKEN}{reference.paragraph}"
        yield _run(replace(piece, text=text, reference=None))


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
