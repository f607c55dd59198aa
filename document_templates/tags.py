"""The tags of a template in reading order, each with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from document_templates.findings import Finding, excerpt
from document_templates.ooxml import (
    CELL,
    PARAGRAPH,
    ROW,
    TABLE,
    TEXT,
    elements,
    nearest,
    paragraph_text,
    part_title,
)
from document_templates.tag_mending import TAG, plain_tag
from tenants.language import _

MAX_TAG_LENGTH = 1_000

Span = Literal["", "p", "tr", "tc"]

_BLOCK = re.compile(r"\{%(tr|tc|p|r)?(-|\+)?\s*(\w+)?(.*?)(-|\+)?%\}", re.DOTALL)
_PRINT = re.compile(r"\{\{(tr|tc|p|r)?(?=\s)(.*?)\}\}|\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: ``print`` writes a value, ``block`` begins or ends something, ``comment``.

    ``span`` says what a block tag takes away with itself: its paragraph, row or cell.
    ``holder`` is the element that holds what it spans (a body, a table, a row).
    """

    kind: Literal["print", "block", "comment"]
    text: str
    span: str
    word: str
    body: str
    part: str
    paragraph: etree._Element
    order: int

    @property
    def holder(self) -> etree._Element | None:
        """The element in which the spanned paragraphs, rows or cells lie side by side."""
        name = {"tr": ROW, "tc": CELL}.get(self.span, PARAGRAPH)
        spanned = nearest(self.paragraph, name)
        return None if spanned is None else spanned.getparent()

    @property
    def table(self) -> etree._Element | None:
        """The table around the tag."""
        return nearest(self.paragraph, TABLE)

    def excerpt(self) -> str:
        """Return the text of the paragraph in which the tag stands."""
        return excerpt(paragraph_text(self.paragraph) or self.text)


def read_tags(root: etree._Element, part: str) -> Iterator[Tag]:
    """Yield the tags of one part; mended texts hold whole tags only."""
    for order, element in enumerate(elements(root, TEXT)):
        if not element.text or "{" not in element.text:
            continue
        paragraph = nearest(element, PARAGRAPH)
        if paragraph is None:
            continue
        for match in TAG.finditer(element.text):
            yield parse_tag(match.group(), part, paragraph, order)


def read_property_tags(root: etree._Element, part: str) -> Iterator[Tag]:
    """Yield the tags in the title and the other properties of the document."""
    for order, element in enumerate(root):
        for match in TAG.finditer(element.text or ""):
            yield parse_tag(plain_tag(match.group()), part, element, order)


def parse_tag(text: str, part: str, paragraph: etree._Element, order: int = 0) -> Tag:
    """Take one tag apart."""
    if text.startswith("{#"):
        return Tag("comment", text, "", "", "", part, paragraph, order)
    if text.startswith("{%"):
        match = _BLOCK.fullmatch(text)
        if match is None:
            return Tag("block", text, "", "", text[2:-2], part, paragraph, order)
        span, trim, word, body, trim_end = match.groups()
        dashes = (trim or "") + (trim_end or "")
        return Tag(
            "block", text, span or "", (word or "") + dashes, body.strip(), part, paragraph, order
        )
    match = _PRINT.fullmatch(text)
    span, body, plain = match.groups() if match else ("", text[2:-2], None)
    content = (plain if plain is not None else body or "").strip()
    return Tag("print", text, span or "", "", content, part, paragraph, order)


_LOOSE = (
    ("{{", "}}"),
    ("{%", "%}"),
    ("{#", "#}"),
)


def loose_braces(root: etree._Element, part: str) -> Iterator[Finding]:
    """Yield an error for every tag that is opened and not closed, or the other way round."""
    for paragraph in elements(root, PARAGRAPH):
        text = paragraph_text(paragraph)
        if "{" not in text and "}" not in text:
            continue
        rest = TAG.sub("", text)
        for opening, closing in _LOOSE:
            if opening in rest:
                yield _loose(part, text, opening, closing)
            elif closing in rest and closing != "#}":
                yield _loose(part, text, closing, opening)


def _loose(part: str, text: str, present: str, absent: str) -> Finding:
    return Finding(
        "error",
        _("Zu „{present}“ fehlt „{absent}“.").format(present=present, absent=absent),
        part_title(part),
        excerpt(text),
        _("Ein Platzhalter beginnt und endet im selben Absatz, zum Beispiel {example}.").format(
            example="{{ name }}"
        ),
    )
