"""What a rule of a form can be about: its fields, columns, cells and totals, with their kinds.

Read from a draft document, which may be unfinished: what has no key is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from forms.building.document_tree import (
    Element,
    Place,
    children,
    element_id,
    element_name,
    places,
)
from forms.expressions.dependencies import OUTER, ROW
from forms.fields.picked import PickedKind
from forms.fields.register_columns import NAME, RegisterColumn
from forms.fields.registry import KINDS as FIELD_KINDS
from tenants.language import _

OperandKind: TypeAlias = Literal[
    "text", "number", "date", "yes_no", "choice", "choices", "rows", ""
]

_KINDS: dict[str, OperandKind] = {
    "text": "text",
    "long_text": "text",
    "email": "text",
    "iban": "text",
    "integer": "number",
    "decimal": "number",
    "money": "number",
    "percent": "number",
    "hours": "number",
    "scale": "number",
    "date": "date",
    "yes_no": "yes_no",
    "declaration": "yes_no",
    "radio": "choice",
    "select": "choice",
    "district": "choice",
    "checkboxes": "choices",
    "file": "",
    "date_range": "",
    "address": "",
    "time": "",
    "datetime": "",
    "inspection_note": "",
    "norm": "",
    "register": "",
    "organisation": "",
    "person": "",
    "repeat": "rows",
    "matrix": "",
}
_WITHOUT_ANSWER = frozenset({"info"})
MAXIMUM_CELLS = 60
"""Cells of one matrix that are offered singly; beyond that a rule names them as text."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One thing that a rule may compare. ``source`` is how the expression calls it."""

    source: str
    kind: OperandKind
    label: str
    options: tuple[tuple[str, str], ...] = ()
    """Stored value and label of each choice."""
    element: str = ""
    """The id of the field it belongs to."""

    def option_label(self, value: str) -> str:
        """Return what the choice ``value`` is called, the value itself when there is none."""
        return next((label for key, label in self.options if key == value), value)


def operands_of(document: Element, within: Element | None = None) -> dict[str, Operand]:
    """Return what rules of ``within`` may be about, by source, in document order.

    Only rules of fields in a repeat group may speak of their own row (``zeile.…``) and of the
    rows around it (``uebergeordnet.…``). None stands for an element outside of groups.
    """
    groups = _groups_of(document, within) if within is not None else ()
    return {**row_operands(groups), **top_operands(document)}


def row_operands(groups: Sequence[Element]) -> dict[str, Operand]:
    """Return what rules within ``groups`` (the outer one first) say of their rows, by source."""
    found: dict[str, Operand] = {}
    for depth, group in enumerate(reversed(groups)):
        prefix = ".".join([OUTER] * depth) or ROW
        where = _("in dieser Zeile") if depth == 0 else _("in der Zeile darum")
        for column in children(group, "fields"):
            for operand in _operands(column, f"{prefix}."):
                label = f"{operand.label} ({where})"
                found.update(_named(replace(operand, label=label)))
    return found


def top_operands(document: Element) -> dict[str, Operand]:
    """Return what every rule of the form may be about, by source, in document order."""
    found: dict[str, Operand] = {}
    for place in places(document):
        if place.list_name == "fields" and (place.parent or {}).get("type") != "repeat":
            for operand in _operands(place.element, ""):
                found.update(_named(operand))
    return found


def groups_around(place: Place) -> tuple[Element, ...]:
    """Return the repeat groups that the element at ``place`` stands in, the outer one first."""
    return tuple(one for one in place.ancestors if one.get("type") == "repeat")


def kind_of_field(element: Element) -> OperandKind:
    """Return the kind of a field's answers; unknown types compare as text."""
    kind = str(element.get("type", ""))
    if kind == "calculated":
        kind = str(element.get("result", ""))
    return _KINDS.get(kind, "text")


def _named(operand: Operand) -> dict[str, Operand]:
    return {operand.source: operand}


def _groups_of(document: Element, within: Element) -> tuple[Element, ...]:
    for place in places(document):
        if element_id(place.element) == element_id(within):
            return groups_around(place)
    return ()


def _simple(element: Element, source: str) -> Operand | None:
    if element.get("type") in _WITHOUT_ANSWER or not element.get("key"):
        return None
    return Operand(
        source,
        kind_of_field(element),
        element_name(element),
        tuple(
            (str(option.get("value", "")), str(option.get("label", "")))
            for option in children(element, "options")
        ),
        element_id(element),
    )


def _operands(element: Element, prefix: str) -> Iterator[Operand]:
    key = f"{prefix}{element.get('key', '')}"
    simple = _simple(element, key)
    if simple is None:
        return
    yield simple
    if element.get("type") == "repeat":
        yield from _of_group(element, key, element_name(element))
    elif element.get("type") == "matrix":
        yield from _of_matrix(element, key)
    else:
        yield from _of_entry(element, key)


def _of_entry(element: Element, key: str) -> Iterator[Operand]:
    """Yield what the chosen entry of a list says: its name and its columns."""
    kind = FIELD_KINDS.get(str(element.get("type")))
    if not isinstance(kind, PickedKind):
        return
    columns = (RegisterColumn(NAME, _("Name"), "text"), *kind.taken_over(element))
    for column in columns:
        yield Operand(
            f"{key}.{column.key}",
            _KINDS[column.type],
            f"{element_name(element)}: {column.label}",
            element=element_id(element),
        )


def _of_group(element: Element, key: str, label: str) -> Iterator[Operand]:
    """Yield the counts and sums of a group and of the groups in it."""
    yield Operand(
        f"anzahl({key})",
        "number",
        _("Zahl der Einträge in {label}").format(label=label),
        element=element_id(element),
    )
    for column in children(element, "fields"):
        path = f"{key}.{column.get('key')}"
        if column.get("type") == "repeat":
            yield from _of_group(column, path, f"{label} › {element_name(column)}")
        elif kind_of_field(column) == "number" and column.get("key"):
            yield Operand(
                f"summe({path})",
                "number",
                _("Summe {column} in {label}").format(column=element_name(column), label=label),
                element=element_id(column),
            )


def _of_matrix(element: Element, key: str) -> Iterator[Operand]:
    rows, columns = children(element, "rows"), children(element, "columns")
    if len(rows) * len(columns) > MAXIMUM_CELLS:
        return
    options = tuple(
        (str(cell.get("value", "")), str(cell.get("label", "")))
        for cell in children(element, "cells")
    )
    for row in rows:
        for column in columns:
            yield Operand(
                f"{key}.{row.get('key')}.{column.get('key')}",
                "choice",
                f"{element_name(element)}: {element_name(row)}, {element_name(column)}",
                options,
                element_id(element),
            )
