"""How a value becomes XML: text, whole runs, a picture, a width or a colour of a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from document_templates.inline_pictures import InlinePicture, write_picture
from document_templates.rich_text import RichPiece, RichText, run
from document_templates.values import (
    UnfitValue,
    as_number,
    as_text,
    legal_text,
    require_value,
    shorten,
)
from tenants.language import _

MAX_COLUMNS = 63
_COLOUR = re.compile("[0-9A-Fa-f]{6}")

# Characters that XML 1.0 cannot hold and those that need an element of their own.
_SPECIAL = re.compile("[\x00-\x1f\ufffe\uffff\ud800-\udfff\u2028\u2029]")
_LINE = Markup('</w:t><w:br/><w:t xml:space="preserve">')
_TAB = Markup('</w:t><w:tab/><w:t xml:space="preserve">')


@dataclass(frozen=True, slots=True)
class WrittenRuns:
    """Runs that `write_runs` has written; no data can be one."""

    xml: Markup


def write_value(value: object) -> str:
    """Return a value for a paragraph: no illegal characters, line breaks and tabs as elements."""
    if type(value) is WrittenRuns:
        return value.xml
    if type(value) is InlinePicture:
        return write_picture(value)
    if type(value) is RichText:
        raise UnfitValue(
            _("Hervorgehobener Text steht nur in {example}.").format(example="{{r … }}")
        )
    text = value if type(value) is str and len(value) < 100 else _text(value)
    return _escaped_lines(text)


def _escaped_lines(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    clean = escape(legal_text(text.replace("\r", "\n")))
    return Markup(clean.replace("\n", _LINE).replace("\t", _TAB))  # noqa: S704 - escaped above


def write_runs(value: object, properties: object) -> WrittenRuns:
    """Return the runs of ``{{r … }}``: emphasised text, or any other value in one run.

    ``properties`` is the look of the place as a ``w:rPr``, or "".
    """
    look = str(properties)
    if value is None or value == "":
        return WrittenRuns(Markup())
    if type(value) is InlinePicture:
        return WrittenRuns(run(write_picture(value), look, RichPiece("")))
    pieces = value.pieces if isinstance(value, RichText) else (RichPiece(_text(value)),)
    return WrittenRuns(
        Markup().join(run(escape(_escaped_lines(piece.text)), look, piece) for piece in pieces)
    )


def write_property(value: object) -> str:
    """Return a value for a document property, where there are no elements: blanks instead."""
    return legal_text(" ".join(_text(value).split()))


def write_colour(value: object) -> str:
    """Return the colour of a cell as Word writes it; no value is no colour of its own."""
    text = _text(value).strip().removeprefix("#") or "auto"
    if text != "auto" and _COLOUR.fullmatch(text) is None:
        raise UnfitValue(
            _("„{value}“ ist keine Farbe; Farben schreiben Sie wie {example}.").format(
                value=shorten(text), example="'DDEEFF'"
            )
        )
    return text


def write_columns(value: object) -> int:
    """Return over how many columns a cell reaches."""
    number = as_number(require_value(value))
    if number != number.to_integral_value() or not 1 <= number <= MAX_COLUMNS:
        raise UnfitValue(
            _("Eine Zelle reicht über 1 bis {count} Spalten.").format(count=MAX_COLUMNS)
        )
    return int(number)


def _text(value: object) -> str:
    return as_text(require_value(value))
