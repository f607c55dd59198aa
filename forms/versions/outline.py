"""A form document as a flat list of elements with ids, for comparing two of them.

The document is read as it is, not as a parsed form: a list of objects that all have an ``id`` is
a list of elements, whatever field types come. The shape of the meta-schema is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from forms.expressions.nodes import Json

Object = Mapping[str, Json]

ENTRIES = frozenset({"options", "cells", "rows", "columns", "entries"})
"""Lists whose elements are parts of one field or codelist: choices and headings of a matrix."""
_LISTS = ENTRIES | {"pages", "sections", "fields"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A page, section, field or part of a field with what stands in it itself.

    ``container`` is the name of the list it stands in (``pages``, ``sections``, ``fields``,
    ``options`` …), ``parent`` the element of that list, None for a page.
    """

    id: str
    container: str
    own: Object
    parent: Element | None
    page_id: str
    page_title: str

    @property
    def key(self) -> str:
        """Under which name it is found again in the other version.

        A choice belongs to its field: the same id elsewhere is another choice.
        """
        if self.container in ENTRIES and self.parent is not None:
            return f"{self.parent.id}/{self.container}/{self.id}"
        return self.id

    @property
    def type(self) -> str:
        """The field type, empty for what is no field."""
        return self.text("type") if self.container == "fields" else ""

    @property
    def is_field(self) -> bool:
        """Say whether this is a field, at the top or in a group."""
        return self.container == "fields"

    @property
    def group(self) -> Element | None:
        """The repeat group that this field is a column of."""
        return self.parent if self.parent is not None and self.parent.is_field else None

    @property
    def field(self) -> Element:
        """The field that a part belongs to; any other element itself."""
        return self.parent if self.container in ENTRIES and self.parent is not None else self

    def text(self, name: str) -> str:
        """Return a text property, empty if there is none."""
        value = self.own.get(name)
        return value if isinstance(value, str) else ""


@dataclass(slots=True)
class Outline:
    """Every element of a document by `Element.key`, and the order of each list of elements."""

    form: Object
    elements: dict[str, Element] = field(default_factory=dict)
    order: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """By key of the parent (empty for the form) and name of the list: the keys in it."""


def outline_of(document: Object) -> Outline:
    """Return the outline of a form document."""
    outline = Outline(_own(document))
    _collect(outline, document, None, "", "")
    return outline


def _collect(
    outline: Outline, node: Object, parent: Element | None, page_id: str, page_title: str
) -> None:
    for name, children in _children(node):
        for child in children:
            own = _own(child)
            is_page = name == "pages"
            element = Element(
                id=str(child["id"]),
                container=name,
                own=own,
                parent=parent,
                page_id=str(child["id"]) if is_page else page_id,
                page_title=str(child.get("title", "")) if is_page else page_title,
            )
            outline.elements[element.key] = element
            order = outline.order.setdefault((parent.key if parent else "", name), [])
            order.append(element.key)
            _collect(outline, child, element, element.page_id, element.page_title)


def _children(node: Object) -> Iterator[tuple[str, list[Object]]]:
    for name, value in node.items():
        if _is_element_list(name, value) and isinstance(value, list):
            yield name, [one for one in value if isinstance(one, dict)]


def _own(node: Object) -> Object:
    return {name: value for name, value in node.items() if not _is_element_list(name, value)}


def _is_element_list(name: str, value: Json) -> bool:
    """Say whether ``value`` is a list of objects that all have an id of their own."""
    if not isinstance(value, list) or not (value or name in _LISTS):
        return False
    return all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in value)
