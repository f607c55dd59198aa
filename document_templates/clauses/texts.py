"""The wording of a clause: paragraphs, list items, emphasis, placeholders and references.

An empty line ends a paragraph, ``- `` begins a list item, ``**fett**``, ``*kursiv*`` and
``__unterstrichen__`` emphasise, ``{{ feld|filter }}`` writes an answer, ``[§ schluessel]`` and
``[§ schluessel Abs. 2]`` refer to another clause of the same document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from document_templates.rich_text import RichPiece, read_marks
from document_templates.tag_mending import TAG, plain_tag
from tenants.language import _

MAX_PARAGRAPHS = 200
_ITEM = re.compile(r"-\s+(?=\S)")
_REFERENCE = re.compile(r"\[§\s*([a-z][a-z0-9_]{0,23})(?:\s+Abs\.\s*([1-9]\d?))?\s*\]")
_LOOKS_REFERRING = re.compile(r"\[§[^\]\n]*\]?")
_BRACES = re.compile(r"\{[{%#]|[}%#]\}")
# XML knows none of these; the places of tags and references are kept by characters of nobody's.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]")
_BREAKING = re.compile(r"(?<=§) |(?<=Abs\.) (?=\d)|(?<=SGB) (?=[IVX])")
"""Blanks within citations of law, at which no line shall end."""
_FIRST_HELD = 0xE000
_HELD = re.compile("[\ue000-\uf8ff]")


class TextUnreadable(ValueError):
    """A wording holds what clauses cannot say; the message is German and names the place."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The § of another clause, and of its Absatz unless that is 0."""

    key: str
    paragraph: int = 0


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A stretch of text with one look, or a reference in that look."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class TextParagraph:
    """An Absatz or an item of the list under it."""

    kind: Literal["paragraph", "item"]
    pieces: tuple[TextPiece, ...]


def read_text(text: str) -> tuple[TextParagraph, ...]:
    """Return the paragraphs of a wording. Raises `TextUnreadable`."""
    paragraphs = tuple(_paragraphs(text))
    if len(paragraphs) > MAX_PARAGRAPHS:
        raise TextUnreadable(
            _("Ein Baustein hat höchstens {count} Absätze.").format(count=MAX_PARAGRAPHS)
        )
    return paragraphs


def count_paragraphs(paragraphs: tuple[TextParagraph, ...]) -> int:
    """Return how many Absätze there are, items of lists not counted."""
    return sum(one.kind == "paragraph" for one in paragraphs)


def references_in(paragraphs: tuple[TextParagraph, ...]) -> tuple[Reference, ...]:
    """Return the references of a wording in their order."""
    return tuple(
        piece.reference for one in paragraphs for piece in one.pieces if piece.reference is not None
    )


def _paragraphs(text: str) -> Iterator[TextParagraph]:
    lines: list[str] = []
    is_item = False
    for line in [*text.replace("\t", " ").split("\n"), ""]:
        begins_item = bool(_ITEM.match(line.strip()))
        if (not line.strip() or begins_item) and lines:
            yield _paragraph(" ".join(lines), is_item=is_item)
            lines = []
        if begins_item:
            is_item = True
            lines = [_ITEM.sub("", line.strip(), count=1)]
        elif line.strip():
            is_item = is_item and bool(lines)
            lines.append(line.strip())


def _paragraph(text: str, *, is_item: bool) -> TextParagraph:
    return TextParagraph("item" if is_item else "paragraph", tuple(_pieces(text)))


def _pieces(text: str) -> Iterator[TextPiece]:
    impossible = _IMPOSSIBLE.search(text)
    if impossible is not None:
        raise TextUnreadable(
            _("Das Zeichen an Stelle {place} von „{text}“ ist nicht möglich.").format(
                place=impossible.start() + 1, text=_IMPOSSIBLE.sub("", text)[:60]
            )
        )
    held: list[str | Reference] = []

    def hold(found: str | Reference) -> str:
        held.append(found)
        return chr(_FIRST_HELD + len(held) - 1)

    rest = TAG.sub(lambda match: hold(_tag(match.group())), text)
    rest = _REFERENCE.sub(
        lambda match: hold(Reference(match.group(1), int(match.group(2) or 0))), rest
    )
    _refuse_leftovers(rest, text)
    if len(held) > 500:
        raise TextUnreadable(
            _("Ein Absatz hat zu viele Platzhalter: „{text}“.").format(text=text[:60])
        )
    for piece in read_marks(_BREAKING.sub("\u00a0", rest)).pieces:
        yield from _filled(piece, held)


def _tag(tag: str) -> str:
    plain = plain_tag(tag)
    if not re.match(r"\{\{\s", plain):
        raise TextUnreadable(
            _("{tag}: Bausteine enthalten nur Platzhalter wie {example}.").format(
                tag=plain[:60], example="{{ feld }}"
            )
            + " "
            + _("Was nur manchmal gilt, wird eine Variante.")
        )
    return plain


def _refuse_leftovers(rest: str, text: str) -> None:
    brace = _BRACES.search(rest)
    if brace is not None:
        raise TextUnreadable(
            _("„{text}“: Zu „{brace}“ fehlt der Anfang oder das Ende.").format(
                text=text[:60], brace=brace.group()
            )
        )
    reference = _LOOKS_REFERRING.search(rest)
    if reference is not None:
        raise TextUnreadable(
            _("„{reference}“ ist kein Verweis. Schreiben Sie {example}.").format(
                reference=reference.group()[:60],
                example="[§ datenschutz] oder [§ datenschutz Abs. 2]",
            )
        )


def _filled(piece: RichPiece, held: list[str | Reference]) -> Iterator[TextPiece]:
    """Put tags and references back where they stood, a reference as a piece of its own."""
    look = TextPiece("", piece.bold, piece.italic, piece.underlined)
    text = ""
    for character in piece.text:
        if not _HELD.match(character):
            text += character
            continue
        found = held[ord(character) - _FIRST_HELD]
        if isinstance(found, str):
            text += found
            continue
        if text:
            yield replace(look, text=text)
            text = ""
        yield replace(look, reference=found)
    if text:
        yield replace(look, text=text)
