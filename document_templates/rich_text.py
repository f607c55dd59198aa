"""Emphasised text within a paragraph: what ``{{r … }}`` writes, from a small set of marks.

People type ``**fett**``, ``*kursiv*`` and ``__unterstrichen__`` into a text field; nothing else
of a text ever becomes formatting, and the text itself is escaped like every other value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from markupsafe import Markup

from document_templates.ooxml import W, w

MAX_MARKS = 5_000

_MARK = re.compile(
    r"\*\*(?=\S)(?P<bold>[^\n]+?)(?<=\S)\*\*(?!\*)"
    r"|\*(?=\S)(?P<italic>[^*\n]+?)(?<=\S)\*"
    r"|__(?=\S)(?P<underlined>[^\n]+?)(?<=\S)__"
)
# What stands in the properties of a run before each of these, by the schema of WordprocessingML.
_BEFORE = {
    "b": ("rStyle", "rFonts"),
    "i": ("rStyle", "rFonts", "b", "bCs"),
    "u": (
        "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike",
        "outline", "shadow", "emboss", "imprint", "noProof", "snapToGrid", "vanish", "color",
        "spacing", "w", "kern", "position", "sz", "szCs", "highlight",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RichPiece:
    """A stretch of text with one look."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False


@dataclass(frozen=True, slots=True)
class RichText:
    """Text whose pieces look different; only ``{{r … }}`` can write it."""

    pieces: tuple[RichPiece, ...]


def read_marks(text: str) -> RichText:
    """Return ``text`` with its marks read; a mark without its end stays as it was typed."""
    return RichText(tuple(_pieces(text, RichPiece(""))))


def _pieces(text: str, look: RichPiece) -> Iterator[RichPiece]:
    position = 0
    for count, match in enumerate(_MARK.finditer(text)):
        if count == MAX_MARKS:
            break
        if match.start() > position:
            yield _piece(text[position : match.start()], look)
        kind = match.lastgroup or ""
        inner = RichPiece(
            "",
            look.bold or kind == "bold",
            look.italic or kind == "italic",
            look.underlined or kind == "underlined",
        )
        # Marks stand in each other at most three deep: every kind ends where it began.
        if getattr(look, kind):
            yield _piece(match.group(), look)
        else:
            yield from _pieces(match.group(kind), inner)
        position = match.end()
    if position < len(text):
        yield _piece(text[position:], look)


def _piece(text: str, look: RichPiece) -> RichPiece:
    return RichPiece(text, look.bold, look.italic, look.underlined)


def run(content: Markup, properties: str, piece: RichPiece) -> Markup:
    """Return a run of escaped ``content``; ``properties`` is the ``w:rPr`` of its place, or ""."""
    look = _properties(properties, piece.bold, piece.italic, piece.underlined)
    return Markup('<w:r>{}<w:t xml:space="preserve">{}</w:t></w:r>').format(
        Markup(look),  # noqa: S704 - serialised by lxml from the template
        content,
    )


@lru_cache(maxsize=1_024)
def _properties(properties: str, bold: bool, italic: bool, underlined: bool) -> str:
    if not (properties or bold or italic or underlined):
        return ""
    root = etree.fromstring(f'<x xmlns:w="{W}">{properties or "<w:rPr/>"}</x>')[0]
    for name, wanted in (("b", bold), ("i", italic), ("u", underlined)):
        if wanted:
            _set_property(root, name)
    text = etree.tostring(root, encoding="unicode")
    return text.replace(f' xmlns:w="{W}"', "", 1)


def _set_property(root: etree._Element, name: str) -> None:
    for former in root.findall(w(name)):
        root.remove(former)
    before = {w(other) for other in _BEFORE[name]}
    at = sum(1 for child in root if child.tag in before)
    element = etree.Element(w(name))
    if name == "u":
        element.set(w("val"), "single")
    root.insert(at, element)
