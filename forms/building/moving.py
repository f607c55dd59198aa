"""Where an element goes when it is moved up, down or to a place chosen from a list."""

from __future__ import annotations

from forms.building.document_tree import (
    Element,
    Place,
    children,
    element_id,
    element_name,
    find_place,
    places,
)
from forms.building.field_types import offered_types
from forms.building.operations import MoveElement
from tenants.language import _


def move_up(document: Element, wanted: str) -> MoveElement | None:
    """Return the move one place up; from the top it leads to the end of the list before.

    None when the element is the very first. Raises `ElementUnknown`.
    """
    place = find_place(document, wanted)
    if place.parent is None:
        return None
    siblings = _ids(place.parent, place.list_name)
    if place.index > 0:
        after = siblings[place.index - 2] if place.index > 1 else None
        return MoveElement(wanted, element_id(place.parent), place.list_name, after)
    homes = _homes(document, place)
    position = homes.index(element_id(place.parent))
    if position == 0:
        return None
    home = find_place(document, homes[position - 1]).element
    inside = _ids(home, place.list_name)
    return MoveElement(wanted, element_id(home), place.list_name, inside[-1] if inside else None)


def move_down(document: Element, wanted: str) -> MoveElement | None:
    """Return the move one place down; from the end it leads to the top of the next list."""
    place = find_place(document, wanted)
    if place.parent is None:
        return None
    siblings = _ids(place.parent, place.list_name)
    if place.index < len(siblings) - 1:
        return MoveElement(
            wanted, element_id(place.parent), place.list_name, siblings[place.index + 1]
        )
    homes = _homes(document, place)
    position = homes.index(element_id(place.parent))
    if position == len(homes) - 1:
        return None
    return MoveElement(wanted, homes[position + 1], place.list_name, None)


def move_to_end(document: Element, wanted: str, home: str) -> MoveElement:
    """Return the move to the end of ``home``. Raises `ElementUnknown`."""
    place = find_place(document, wanted)
    inside = [one for one in _ids(find_place(document, home).element, place.list_name)]
    inside = [one for one in inside if one != wanted]
    return MoveElement(wanted, home, place.list_name, inside[-1] if inside else None)


def move_targets(document: Element, wanted: str) -> list[tuple[str, str]]:
    """Return id and name of every other element that ``wanted`` could be moved into."""
    place = find_place(document, wanted)
    if place.list_name not in ("sections", "fields"):
        return []
    targets = []
    for other in places(document):
        identity = element_id(other.element)
        inside_itself = any(element_id(one) == wanted for one in (*other.ancestors, other.element))
        if inside_itself or identity == element_id(place.parent or {}):
            continue
        if _takes(other, place):
            targets.append((identity, _path_name(other)))
    return targets


def _takes(target: Place, moved: Place) -> bool:
    if moved.list_name == "sections":
        return target.list_name == "pages"
    if target.list_name == "sections":
        return True
    kind = str(moved.element.get("type", ""))
    return target.element.get("type") == "repeat" and kind in offered_types(in_group=True)


def _path_name(place: Place) -> str:
    names = [_name(one) for one in place.ancestors[1:]] + [_name(place.element)]
    return " › ".join(names)


def _name(element: Element) -> str:
    return element_name(element) or _("ohne Namen")


def _ids(parent: Element, list_name: str) -> list[str]:
    return [element_id(child) for child in children(parent, list_name)]


def _homes(document: Element, place: Place) -> list[str]:
    """Return the lists an element may wander through: those of elements like its parent."""
    parent = element_id(place.parent or {})
    if place.list_name not in ("sections", "fields") or (place.parent or {}).get("type"):
        return [parent]
    wanted = "pages" if place.list_name == "sections" else "sections"
    return [element_id(one.element) for one in places(document) if one.list_name == wanted]
