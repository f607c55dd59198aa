"""The draft of a form with what several checks look at: its fields and how rules name them."""

from __future__ import annotations

from collections.abc import Iterator

from forms.building.document_tree import Element, Place, children, places
from forms.building.operands import Operand, groups_around, row_operands, top_operands
from forms.expressions.dependencies import OUTER, ROW
from forms.fields.parts import PartsKind
from forms.fields.picked import PickedKind
from forms.fields.register_columns import KEY, NAME
from forms.fields.registry import KINDS


class LintedDraft:
    """A document with what several checks look at."""

    def __init__(self, document: Element) -> None:
        self.document = document
        self.places = list(places(document))
        self.fields = [place for place in self.places if place.list_name == "fields"]
        self.operands = top_operands(document)
        self.names = {
            name
            for place in self.fields
            if (place.parent or {}).get("type") != "repeat"
            for name in names_of(place.element, "")
        }

    def operands_at(self, place: Place) -> dict[str, Operand]:
        """Return what a rule of the element at ``place`` may be about."""
        groups = groups_around(place)
        return {**row_operands(groups), **self.operands} if groups else self.operands

    def names_at(self, place: Place) -> set[str]:
        """Return the names that a rule of the element at ``place`` may use."""
        groups = groups_around(place)
        inner = {
            name
            for depth, group in enumerate(reversed(groups))
            for name in names_in(group, f"{'.'.join([OUTER] * depth) or ROW}.")
        }
        return self.names | inner if inner else self.names


def names_in(group: Element, prefix: str) -> Iterator[str]:
    """Yield how rules call the columns of ``group``, each after ``prefix``."""
    for column in children(group, "fields"):
        yield from names_of(column, prefix)


def names_of(field: Element, prefix: str) -> Iterator[str]:
    """Yield how rules call a field, the columns of a group and the cells of a matrix."""
    name = f"{prefix}{field.get('key', '')}"
    if field.get("type") == "info":
        return
    yield name
    kind = KINDS.get(str(field.get("type")))
    if isinstance(kind, PickedKind):
        columns = (column.key for column in kind.taken_over(field))
        yield from (f"{name}.{part}" for part in (KEY, NAME, *columns))
    elif isinstance(kind, PartsKind):
        yield from (f"{name}.{part}" for part in kind.kinds)
    elif field.get("type") == "repeat":
        yield from names_in(field, f"{name}.")
    elif field.get("type") == "matrix":
        for row in children(field, "rows"):
            for column in children(field, "columns"):
                yield f"{name}.{row.get('key')}.{column.get('key')}"
