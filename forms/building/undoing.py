"""Which operation a person takes back next, and whether that is still possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forms.building.document_tree import Element, element_id, find_place, has_element
from forms.building.operations import (
    AddElement,
    ChangeProperties,
    MoveElement,
    Operation,
    RemoveElement,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a person: its revision, and the revision it takes back, if any."""

    revision: int
    undoes: int | None


@dataclass(frozen=True, slots=True)
class Stacks:
    """The revisions to take back and to do again, the next one last."""

    undo: tuple[int, ...]
    redo: tuple[int, ...]


def stacks_of(steps: Sequence[Step]) -> Stacks:
    """Return what a person may take back and do again, from all their operations in order."""
    undo: list[int] = []
    redo: list[int] = []
    for step in steps:
        if step.undoes is None:
            undo.append(step.revision)
            redo.clear()
        elif undo and undo[-1] == step.undoes:
            undo.pop()
            redo.append(step.revision)
        elif redo and redo[-1] == step.undoes:
            redo.pop()
            undo.append(step.revision)
    return Stacks(tuple(undo), tuple(redo))


def still_stands(document: Element, operation: Operation, inverse: Operation) -> bool:
    """Say whether what ``operation`` did is still so in ``document``, hence can be taken back.

    Somebody else may have changed the same property or worked in an element that was added.
    """
    match operation, inverse:
        case ChangeProperties(changes), _:
            return all(
                has_element(document, one.element)
                and find_place(document, one.element).element.get(one.property) == one.value
                for one in changes
            )
        case AddElement(element=added), _:
            identity = element_id(added)
            return has_element(document, identity) and (
                find_place(document, identity).element == added
            )
        case RemoveElement(), AddElement(parent=parent):
            return has_element(document, parent)
        case MoveElement(element=moved, parent=parent, list_name=list_name), MoveElement(
            parent=former
        ):
            if not (has_element(document, moved) and has_element(document, former)):
                return False
            place = find_place(document, moved)
            return (
                place.parent is not None
                and element_id(place.parent) == parent
                and place.list_name == list_name
            )
    return True
