"""Finds the elements of a form document: everything in it that has an ``id``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forms.expressions.nodes import Json

Element = dict[str, Json]


class ElementUnknown(LookupError):
    """The document has no element with this id."""

    def __init__(self, element_id: str) -> None:
        super().__init__(element_id)
        self.element_id = element_id


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands; the form itself stands in no list and has no parent."""

    element: Element
    parent: Element | None = None
    list_name: str = ""
    index: int = 0
    ancestors: tuple[Element, ...] = ()
    """From the form down to the parent."""

    @property
    def previous_id(self) -> str | None:
        """The id of the element before this one in its list, None at the beginning."""
        if self.parent is None or self.index == 0:
            return None
        return element_id(children(self.parent, self.list_name)[self.index - 1])


def element_id(element: Element) -> str:
    """Return the id of an element, empty when it has none."""
    value = element.get("id")
    return value if isinstance(value, str) else ""


def children(element: Element, list_name: str) -> list[Element]:
    """Return the elements in the list ``list_name``; a list of other things has none."""
    value = element.get(list_name)
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict) and "id" in item]


def child_lists(element: Element) -> Iterator[tuple[str, list[Element]]]:
    """Yield the name and elements of every list of elements directly in ``element``."""
    for name, value in element.items():
        if isinstance(value, list):
            found = children(element, name)
            if found:
                yield name, found


def places(document: Element) -> Iterator[Place]:
    """Yield the place of every element, parents before their children, in document order."""
    waiting = [Place(document)]
    while waiting:
        place = waiting.pop()
        yield place
        ancestors = (*place.ancestors, place.element)
        below = [
            Place(child, place.element, name, index, ancestors)
            for name, found in child_lists(place.element)
            for index, child in enumerate(found)
        ]
        waiting.extend(reversed(below))


def find_place(document: Element, wanted: str) -> Place:
    """Return the place of the element with the id ``wanted``. Raises `ElementUnknown`."""
    for place in places(document):
        if element_id(place.element) == wanted:
            return place
    raise ElementUnknown(wanted)


def has_element(document: Element, wanted: str) -> bool:
    """Say whether the document has an element with the id ``wanted``."""
    return any(element_id(place.element) == wanted for place in places(document))


def element_name(element: Element) -> str:
    """Return what people call an element: its label or title, else its key or value."""
    for name in ("label", "title", "key", "value"):
        value = element.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
