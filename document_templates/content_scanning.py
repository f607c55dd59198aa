"""Finding the marks in the content of a page by patterns, for content of the usual shape. Pure.

Reading every instruction into objects takes ten times as long. What is not of the usual shape
(inline pictures, nested arrays, marks that name their properties elsewhere) is left to the reader
of `document_templates.marked_content`, which knows everything. Every quantifier is possessive: no
content makes the patterns look twice at the same place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

PATH_BEGIN = ("m", "re")
PATH_END = "n"
"""Ends a path without painting it, after it became a limit of what is seen."""
PAINTING = ("S", "s", "f", "F", "f*", "B", "B*", "b", "b*")
DRAWING = (*PAINTING, "Tj", "TJ", "'", '"', "Do", "sh", "EI")
BEGIN = ("BDC", "BMC")
END = "EMC"

_SPACE = rb"[\x00\t\n\f\r ]*+"
_BORDER = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)"
_PLAIN = (
    rb"(?:[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)" + _BORDER
    + rb"|/(?:[^\x00\t\n\f\r ()<>\[\]{}/%#]++|\#(?!00)[0-9A-Fa-f]{2})*+"
    rb"|<[0-9A-Fa-f\x00\t\n\f\r ]*+>"
    rb"|\((?:[^()\\]++|\\.)*+\)"
    rb"|(?:true|false|null)" + _BORDER + rb")"
)  # fmt: skip
_FLAT = rb"(?:" + _PLAIN + _SPACE + rb")*+"
_OPERANDS = (
    rb"(?:(?:" + _PLAIN + rb"|\[" + _SPACE + _FLAT + rb"\]|<<" + _SPACE + _FLAT + rb">>)"
    + _SPACE + rb")*+"
)  # fmt: skip
_OPERATOR = (
    rb"(?!(?:true|false|null|BI|ID|EI)" + _BORDER + rb")[A-Za-z'\"][A-Za-z0-9*'\"]*+" + _BORDER
)


def _one_of(operators: tuple[str, ...]) -> bytes:
    return b"(?:" + b"|".join(re.escape(one.encode()) for one in operators) + b")" + _BORDER


def _instructions(condition: bytes) -> bytes:
    return rb"(?:" + _OPERANDS + condition + _OPERATOR + _SPACE + rb")*+"


def _up_to(operators: tuple[str, ...]) -> re.Pattern[bytes]:
    """Return the pattern of everything up to the next of ``operators``, which ends it."""
    run = _instructions(rb"(?!" + _one_of(operators) + rb")")
    return re.compile(run + rb"(" + _OPERANDS + rb")(" + _OPERATOR + rb")" + _SPACE, re.DOTALL)


_INSIDE = _up_to((*BEGIN, END))
_OUTSIDE = _up_to((*BEGIN, END, *DRAWING, *PATH_BEGIN, PATH_END))
_REST = re.compile(_instructions(b""), re.DOTALL)
_LEADING = re.compile(_SPACE)
_NUMBERED_MARK = re.compile(
    rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*+" + _SPACE + rb"<<" + _SPACE + rb"/MCID" + _SPACE
    + rb"[0-9]++" + _SPACE + rb">>" + _SPACE
)  # fmt: skip
_DECORATION = re.compile(rb"/Artifact" + _BORDER)
_BARE_NAME = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%#]*+" + _SPACE)


class UnusualContent(ValueError):
    """The content has to be read by the reader that knows everything."""


@dataclass(frozen=True, slots=True)
class Found:
    """An instruction outside of all marks: its operator, and where it begins and ends."""

    operator: str
    begin: int
    end: int


def unmarked_instructions(content: bytes) -> Iterator[Found]:
    """Yield what is drawn outside of tags and decoration, and where paths begin and end there.

    Raises `UnusualContent` at the first place that is not of the usual shape.
    """
    marks: list[bool] = []
    leading = _LEADING.match(content)
    at = leading.end() if leading else 0
    while step := (_INSIDE if any(marks) else _OUTSIDE).match(content, at):
        operator, at = step[2].decode(), step.end()
        if operator in BEGIN:
            marks.append(_is_mark(step[1]))
        elif operator == END:
            del marks[-1:]
        elif not any(marks):
            yield Found(operator, step.start(1), at)
    if not _REST.fullmatch(content, at):
        raise UnusualContent


def _is_mark(operands: bytes) -> bool:
    if _NUMBERED_MARK.fullmatch(operands) or _DECORATION.match(operands):
        return True
    if _BARE_NAME.fullmatch(operands):
        return False
    raise UnusualContent
