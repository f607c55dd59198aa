"""The operations that change a form document, each with the operation that takes it back."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TypeAlias

from forms.building.document_tree import (
    Element,
    Place,
    children,
    element_id,
    find_place,
    places,
)
from forms.building.references import renamed_properties
from forms.building.structure import StructureBroken, check_element, check_property
from forms.expressions.nodes import Json
from tenants.language import _

EXISTS = "exists"
PLACE = "place"
KEPT_EMPTY = frozenset({"pages", "sections", "fields"})
"""Lists that stay in the document when their last element goes."""

Touched: TypeAlias = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """One property of one element gets a value; None takes the property away."""

    element: str
    property: str
    value: Json


@dataclass(frozen=True, slots=True)
class ChangeProperties:
    """Properties of one or several elements change together."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class RenameKey:
    """An element gets another key, and every rule that names it follows."""

    element: str
    key: str


@dataclass(frozen=True, slots=True)
class AddElement:
    """An element with all that is in it is put into a list, after one of the elements there.

    ``after`` None is the beginning; an element that has gone meanwhile is the end.
    """

    parent: str
    list_name: str
    after: str | None
    element: Element


@dataclass(frozen=True, slots=True)
class RemoveElement:
    """An element goes with all that is in it."""

    element: str


@dataclass(frozen=True, slots=True)
class MoveElement:
    """An element moves, within its list or into another."""

    element: str
    parent: str
    list_name: str
    after: str | None


@dataclass(frozen=True, slots=True)
class ReplaceDocument:
    """The whole document is exchanged, as when a draft is begun anew from a version."""

    document: Element


Operation: TypeAlias = (
    ChangeProperties | RenameKey | AddElement | RemoveElement | MoveElement | ReplaceDocument
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A changed document, how to take the change back, and what it touched.

    ``touched`` names element and property; ``exists`` stands for an element that came or went,
    ``place`` for one that moved, the name of a list for what was put into it or taken out.
    ``applied`` is the operation in the changes it came to: a renaming with all that followed it.
    """

    document: Element
    applied: Operation
    inverse: Operation
    touched: Touched


def apply(document: Element, operation: Operation) -> Outcome:
    """Return what ``operation`` makes of ``document``, which itself stays as it is.

    Raises `ElementUnknown` when the operation names an element that is not there, and
    `StructureBroken` when the result would be no document of pages, sections and fields.
    """
    changed = copy.deepcopy(document)
    if isinstance(operation, RenameKey):
        operation = ChangeProperties(_renaming(changed, operation.element, operation.key))
    match operation:
        case ChangeProperties(changes):
            inverse, touched = _change(changed, changes)
        case AddElement():
            inverse, touched = _add(changed, operation)
        case RemoveElement(element):
            inverse, touched = _remove(changed, element)
        case MoveElement():
            inverse, touched = _move(changed, operation)
        case ReplaceDocument(replacement):
            check_element(replacement, "")
            former: Operation = ReplaceDocument(copy.deepcopy(document))
            everything = frozenset(
                (element_id(place.element), EXISTS)
                for whole in (document, replacement)
                for place in places(whole)
            )
            return Outcome(copy.deepcopy(replacement), operation, former, everything)
    return Outcome(changed, operation, inverse, touched)


def _change(document: Element, changes: tuple[Change, ...]) -> tuple[Operation, Touched]:
    former: list[Change] = []
    for change in changes:
        place = find_place(document, change.element)
        check_property(place, change.property, change.value)
        former.append(Change(change.element, change.property, place.element.get(change.property)))
        if change.value is None:
            place.element.pop(change.property, None)
        else:
            place.element[change.property] = copy.deepcopy(change.value)
    touched = frozenset((change.element, change.property) for change in changes)
    return ChangeProperties(tuple(reversed(former))), touched


def _renaming(document: Element, element: str, key: str) -> tuple[Change, ...]:
    return tuple(
        Change(changed, name, value)
        for changed, name, value in renamed_properties(document, element, key)
    )


def _add(document: Element, operation: AddElement) -> tuple[Operation, Touched]:
    parent = find_place(document, operation.parent).element
    check_element(operation.element, operation.list_name, parent=parent)
    known = {element_id(place.element) for place in places(document)}
    added = [element_id(place.element) for place in places(operation.element)]
    if len(set(added)) < len(added) or known & set(added):
        raise StructureBroken(_("Eine Kennung in dem neuen Element gibt es schon."))
    _insert(parent, operation.list_name, operation.after, copy.deepcopy(operation.element))
    touched = {(one, EXISTS) for one in added} | {(operation.parent, operation.list_name)}
    return RemoveElement(element_id(operation.element)), frozenset(touched)


def _remove(document: Element, wanted: str) -> tuple[Operation, Touched]:
    place = find_place(document, wanted)
    parent = _parent_of(place)
    inverse = AddElement(
        element_id(parent), place.list_name, place.previous_id, copy.deepcopy(place.element)
    )
    removed = {(element_id(one.element), EXISTS) for one in places(place.element)}
    _take_out(parent, place.list_name, wanted)
    return inverse, frozenset(removed | {(element_id(parent), place.list_name)})


def _move(document: Element, operation: MoveElement) -> tuple[Operation, Touched]:
    place = find_place(document, operation.element)
    target = find_place(document, operation.parent)
    if place.element in (*target.ancestors, target.element):
        raise StructureBroken(_("Ein Element lässt sich nicht in sich selbst verschieben."))
    parent = _parent_of(place)
    check_element(place.element, operation.list_name, parent=target.element)
    inverse = MoveElement(operation.element, element_id(parent), place.list_name, place.previous_id)
    element = place.element
    _take_out(parent, place.list_name, operation.element)
    _insert(target.element, operation.list_name, operation.after, element)
    touched = {
        (operation.element, PLACE),
        (element_id(parent), place.list_name),
        (operation.parent, operation.list_name),
    }
    return inverse, frozenset(touched)


def _parent_of(place: Place) -> Element:
    if place.parent is None:
        raise StructureBroken(_("Der Vordruck selbst lässt sich nicht verschieben oder löschen."))
    return place.parent


def _take_out(parent: Element, list_name: str, wanted: str) -> None:
    rest: list[Json] = [
        child for child in children(parent, list_name) if element_id(child) != wanted
    ]
    if rest or list_name in KEPT_EMPTY:
        parent[list_name] = rest
    else:
        parent.pop(list_name, None)


def _insert(parent: Element, list_name: str, after: str | None, element: Element) -> None:
    siblings = children(parent, list_name)
    identities = [element_id(child) for child in siblings]
    position = 0 if after is None else len(siblings)
    if after in identities:
        position = identities.index(after) + 1
    parent[list_name] = [*siblings[:position], element, *siblings[position:]]
