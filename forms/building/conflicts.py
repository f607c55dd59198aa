"""Says whether an operation may still be applied to a draft that others changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from forms.building.document_tree import (
    Element,
    Place,
    element_id,
    element_name,
    find_place,
    has_element,
    places,
)
from forms.building.operations import (
    EXISTS,
    PLACE,
    AddElement,
    Change,
    ChangeProperties,
    MoveElement,
    Operation,
    RemoveElement,
    RenameKey,
    ReplaceDocument,
    Touched,
)
from forms.expressions.nodes import Json


@dataclass(frozen=True, slots=True)
class LoggedOperation:
    """What somebody did to the draft since it was last looked at."""

    revision: int
    person_name: str
    at: datetime
    touched: Touched


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that two people changed at once. Nothing of either is lost.

    ``property`` is the property both changed, ``exists`` when one removed what the other works
    on, ``place`` when both moved it. ``mine`` is the value that was not saved, ``theirs`` what
    the draft holds.
    """

    element: str
    element_name: str
    property: str
    mine: Json
    theirs: Json
    by: LoggedOperation | None
    """Who changed it, None when the element was never there."""


def find_conflicts(
    document: Element, operation: Operation, since: Sequence[LoggedOperation]
) -> list[Conflict]:
    """Return what keeps ``operation`` from being applied to ``document``.

    ``since`` holds what was applied after the revision that the operation was made for. Changes
    of other elements or properties do not matter, nor does the same change made twice.
    """
    return list(_Comparison(document, since).conflicts(operation))


class _Comparison:
    def __init__(self, document: Element, since: Sequence[LoggedOperation]) -> None:
        self._document = document
        self._since = since

    def conflicts(self, operation: Operation) -> Iterator[Conflict]:
        match operation:
            case ChangeProperties(changes):
                for change in changes:
                    yield from self._changed(change)
            case RenameKey(element, key):
                place = self._place(element)
                name = "value" if place and place.list_name in ("options", "cells") else "key"
                yield from self._changed(Change(element, name, key))
            case AddElement(parent=parent):
                yield from self._gone(parent)
            case RemoveElement(element):
                yield from self._removed(element)
            case MoveElement(element=element, parent=parent):
                yield from self._gone(parent)
                yield from self._gone(element)
                yield from self._moved(element)
            case ReplaceDocument():
                if self._since:
                    yield self._conflict(element_id(self._document), EXISTS, self._since[-1])

    def _place(self, element: str) -> Place | None:
        return find_place(self._document, element) if self._is_there(element) else None

    def _is_there(self, element: str) -> bool:
        return has_element(self._document, element)

    def _last(self, element: str, name: str) -> LoggedOperation | None:
        found = [one for one in self._since if (element, name) in one.touched]
        return found[-1] if found else None

    def _gone(self, element: str) -> Iterator[Conflict]:
        if not self._is_there(element):
            yield self._conflict(element, EXISTS, self._last(element, EXISTS))

    def _changed(self, change: Change) -> Iterator[Conflict]:
        place = self._place(change.element)
        if place is None:
            yield self._conflict(
                change.element, EXISTS, self._last(change.element, EXISTS), mine=change.value
            )
            return
        by = self._last(change.element, change.property)
        theirs = place.element.get(change.property)
        if by is not None and theirs != change.value:
            yield self._conflict(
                change.element, change.property, by, mine=change.value, theirs=theirs
            )

    def _removed(self, element: str) -> Iterator[Conflict]:
        place = self._place(element)
        if place is None:
            yield self._conflict(element, EXISTS, self._last(element, EXISTS))
            return
        within = {element_id(one.element) for one in places(place.element)}
        for one in reversed(self._since):
            for touched, name in sorted(one.touched):
                if touched in within:
                    yield self._conflict(touched, name, one)
                    return

    def _moved(self, element: str) -> Iterator[Conflict]:
        by = self._last(element, PLACE)
        if by is not None:
            yield self._conflict(element, PLACE, by)

    def _conflict(
        self,
        element: str,
        name: str,
        by: LoggedOperation | None,
        *,
        mine: Json = None,
        theirs: Json = None,
    ) -> Conflict:
        place = self._place(element)
        return Conflict(
            element=element,
            element_name=element_name(place.element) if place else "",
            property=name,
            mine=mine,
            theirs=theirs,
            by=by,
        )
