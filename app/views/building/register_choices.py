"""What the properties of a field that chooses from a register may be set to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.building.document_tree import Element, children, element_id, element_name, places
from forms.building.properties import column_line, shown
from forms.fields.register_columns import RegisterColumn, columns_of
from tenants.language import _

_FILTERS = frozenset({"radio", "select", "district", "register", "organisation"})
MOST_FILTERS = 200

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KnownRegister:
    """A register of the tenant."""

    title: str
    columns: tuple[RegisterColumn, ...]


def register_choices(
    document: Element, element: Element, control: str, registers: Mapping[str, KnownRegister]
) -> Choices:
    """Return value and words of what may be chosen; what is set stays among it."""
    key = str(element.get("register", ""))
    if control == "register":
        return tuple(_registers(key, registers))
    known = registers.get(key, KnownRegister("", ()))
    if control == "takes":
        return tuple(_columns(element, known))
    return tuple(_filters(document, element, known))[:MOST_FILTERS]


def _registers(key: str, registers: Mapping[str, KnownRegister]) -> Iterator[tuple[str, str]]:
    if key not in registers:
        yield key, _("{key} (gibt es hier nicht)").format(key=key)
    yield from ((one, register.title) for one, register in registers.items())


def _columns(element: Element, known: KnownRegister) -> Iterator[tuple[str, str]]:
    """Yield the columns; the label is that of the field where it takes one over already."""
    taken = {column.key: column for column in columns_of(element, "takes")}
    for column in known.columns:
        own = taken.pop(column.key, column)
        if own.type == column.type:
            yield column_line(own.document()), column.label
            continue
        yield column_line(column.document()), column.label
        taken[column.key] = own
    for column in taken.values():
        label = _("{label} (so nicht im Verzeichnis)").format(label=column.label)
        yield column_line(column.document()), label


def _filters(
    document: Element, element: Element, known: KnownRegister
) -> Iterator[tuple[str, str]]:
    wanted = shown("filter", element.get("filter"))
    offered = {
        f"{column.key}|{field.get('key', '')}": f"{column.label} = {element_name(field)}"
        for field in _choosing(document, element)
        for column in known.columns
    }
    if wanted and wanted not in offered:
        yield wanted, wanted.replace("|", " = ")
    yield from offered.items()


def _choosing(document: Element, element: Element) -> Iterator[Element]:
    """Yield the fields in which one thing is chosen, at the top and in the own row."""
    for place in places(document):
        one, group = place.element, place.parent or {}
        if place.list_name != "fields" or one.get("type") not in _FILTERS or one is element:
            continue
        if group.get("type") != "repeat" or any(
            element_id(column) == element_id(element) for column in children(group, "fields")
        ):
            yield one
