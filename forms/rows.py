"""Adding, removing and moving rows of a repeat group by plain buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from forms.definition import FormDefinition
from forms.elements import ROW_ID, RepeatField
from forms.expressions.nodes import Json

RowVerb = Literal["add", "remove", "up", "down"]

_BUTTON = re.compile(r"([a-z][a-z0-9_]*)(?:\.__(add)|\[([0-9]{1,4})\]\.__(remove|up|down))")


@dataclass(frozen=True, slots=True)
class RowOperation:
    """What a button of a repeat group asks for; ``index`` is -1 for adding."""

    group: str
    verb: RowVerb
    index: int = -1


def read_row_button(name: str) -> RowOperation | None:
    """Read ``kosten.__add``, ``kosten[1].__remove``, ``….__up`` or ``….__down``."""
    match = _BUTTON.fullmatch(name)
    if match is None:
        return None
    if match[2]:
        return RowOperation(match[1], "add")
    verbs: dict[str, RowVerb] = {"remove": "remove", "up": "up", "down": "down"}
    return RowOperation(match[1], verbs[match[4]], int(match[3]))


def apply_row_operation(
    definition: FormDefinition,
    answers: Mapping[str, Json],
    invalid: Mapping[str, str],
    operation: RowOperation,
    new_row_id: Callable[[], str],
) -> tuple[dict[str, Json], dict[str, str]]:
    """Return answers and raw texts after ``operation``; raw texts move with their rows.

    An operation that has no object any more (a row that is gone, a full group) changes nothing:
    the button may come from a page that is out of date. ``new_row_id`` gives the id of a new row.
    """
    group = definition.fields.get(operation.group)
    stored = answers.get(operation.group)
    if not isinstance(group, RepeatField):
        return dict(answers), dict(invalid)
    rows = list(stored) if isinstance(stored, list) else []
    order = _new_order(operation, len(rows), group.maximum)
    moved: list[Json] = []
    for index in order:
        moved.append({ROW_ID: new_row_id()} if index is None else rows[index])
    positions = {old: new for new, old in enumerate(order) if old is not None}
    return dict(answers) | {group.key: moved}, _renumber(invalid, group.key, positions)


def _new_order(operation: RowOperation, count: int, maximum: int) -> list[int | None]:
    """Return the old index of each row of the new order, None for a new row."""
    order: list[int | None] = list(range(count))
    index = operation.index
    if operation.verb == "add":
        return [*order, None] if count < maximum else order
    if index >= count:
        return order
    if operation.verb == "remove":
        del order[index]
        return order
    other = index - 1 if operation.verb == "up" else index + 1
    if 0 <= other < count:
        order[index], order[other] = order[other], order[index]
    return order


def _renumber(
    invalid: Mapping[str, str], group: str, positions: Mapping[int, int]
) -> dict[str, str]:
    renumbered: dict[str, str] = {}
    prefix = f"{group}["
    for path, raw in invalid.items():
        if not path.startswith(prefix):
            renumbered[path] = raw
            continue
        index, _bracket, rest = path.removeprefix(prefix).partition("]")
        if index.isdecimal() and int(index) in positions:
            renumbered[f"{prefix}{positions[int(index)]}]{rest}"] = raw
    return renumbered
