"""The tags of a PDF: its structure elements in reading order, and what kind each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pikepdf import Array, Dictionary, Name, Object, Pdf

STANDARD_KINDS = frozenset(
    {
        "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index",
        "NonStruct", "Private", "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl",
        "LBody", "Table", "TR", "TH", "TD", "THead", "TBody", "TFoot", "Span", "Quote", "Note",
        "Reference", "BibEntry", "Code", "Link", "Annot", "Ruby", "RB", "RT", "RP", "Warichu",
        "WT", "WP", "Figure", "Formula", "Form",
    }
)  # fmt: skip
"""The structure types of ISO 32000-1, 14.8.4."""
MOST_ELEMENTS = 200_000
MOST_ROLES = 50


@dataclass(frozen=True, slots=True)
class Tag:
    """A structure element: its standard kind ("" if its role leads to none) and its parent's."""

    kind: str
    parent: str
    element: Dictionary

    @property
    def children(self) -> list[Object]:
        """What the element holds: elements, marked content and references to annotations."""
        held = self.element.get("/K")
        if held is None:
            return []
        return list(held) if isinstance(held, Array) else [held]


class TooManyTags(ValueError):
    """A structure tree is larger than any document needs, or runs in a circle."""


def tags_of(document: Pdf) -> Iterator[Tag]:
    """Yield the structure elements of ``document`` in reading order.

    Raises `TooManyTags` beyond 200,000 elements.
    """
    root = document.Root.get("/StructTreeRoot")
    if not isinstance(root, Dictionary):
        return
    roles = _roles(root)
    kinds: dict[str, str] = {}
    waiting = [(one, "") for one in reversed(_held(root))]
    count = 0
    while waiting:
        element, parent = waiting.pop()
        named = element.get("/S")
        if named is None:
            continue
        count += 1
        if count > MOST_ELEMENTS:
            raise TooManyTags
        name = str(named)[1:]
        if name not in kinds:
            kinds[name] = standard_kind(name, roles)
        kind = kinds[name]
        yield Tag(kind, parent, element)
        waiting.extend([(one, kind) for one in reversed(_held(element))])


def standard_kind(kind: str, roles: dict[str, str]) -> str:
    """Return the standard type that ``kind`` stands for, "" when its role leads to none."""
    for _step in range(MOST_ROLES):
        if kind in STANDARD_KINDS:
            return kind
        if kind not in roles:
            return ""
        kind = roles[kind]
    return ""


def _roles(root: Dictionary) -> dict[str, str]:
    mapped = root.get("/RoleMap")
    if not isinstance(mapped, Dictionary):
        return {}
    return {
        key[1:]: str(value)[1:]
        for key, value in mapped.items()
        if isinstance(value, Name) and key != str(value)
    }


def _held(element: Dictionary) -> list[Dictionary]:
    held = element.get("/K")
    # Numbers of marked content are most of what is held, and the quickest to tell.
    if isinstance(held, int):
        return []
    if isinstance(held, Array):
        return [one for one in held if not isinstance(one, int) and isinstance(one, Dictionary)]
    return [held] if isinstance(held, Dictionary) else []
