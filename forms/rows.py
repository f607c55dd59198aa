"""Adding, removing and moving rows of a repeat group by plain buttons, at every level."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from forms.definition import FormDefinition
from forms.elements import MAXIMUM_FORM_ROWS, ROW_ID, RepeatField
from forms.expressions.nodes import Json
from forms.paths import PathStep, path_steps

RowVerb = Literal["add", "remove", "up", "down"]

_GROUP = r"[a-z][a-z0-9_]*(?:\[[0-9]{1,4}\]\.[a-z][a-z0-9_]*)*"
_BUTTON = re.compile(rf"({_GROUP})(?:\.__(add)|\[([0-9]{{1,4}})\]\.__(remove|up|down))")


@dataclass(frozen=True, slots=True)
class RowOperation:
    """What a button of a repeat group asks for; ``index`` is -1 for adding.

    ``group`` is the path of the group: ``kosten``, ``faelle[0].einsaetze``.
    """

    group: str
    verb: RowVerb
    index: int = -1


def read_row_button(name: str) -> RowOperation | None:
    """Read ``kosten.__add``, ``kosten[1].__remove``, ``faelle[0].einsaetze[1].__up`` …"""
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

    An operation that has no object any more (a row that is gone, a full group or form) changes
    nothing: the button may come from a page that is out of date. ``new_row_id`` gives the id of
    a new row.
    """
    group = definition.field_at(operation.group)
    steps = path_steps(operation.group)
    if not isinstance(group, RepeatField) or steps[-1].row is not None:
        return dict(answers), dict(invalid)
    has_room = form_rows(definition.fields, answers) < MAXIMUM_FORM_ROWS
    rows = _list(_value_at(dict(answers), steps))
    order = _new_order(operation, len(rows), group.maximum if has_room else 0)
    moved: list[Json] = [
        {ROW_ID: new_row_id()} if index is None else rows[index] for index in order
    ]
    positions = {old: new for new, old in enumerate(order) if old is not None}
    changed = _replaced(dict(answers), steps, moved)
    return changed, _renumber(invalid, operation.group, positions)


def place_after(operation: RowOperation, answers: Mapping[str, Json]) -> str:
    """Return the path where the person goes on after ``operation``: the row, or its group.

    ``answers`` are those after it.
    """
    count = len(_list(_value_at(dict(answers), path_steps(operation.group))))
    index = {
        "add": count - 1,
        "remove": min(operation.index, count - 1),
        "up": max(operation.index - 1, 0),
        "down": min(operation.index + 1, count - 1),
    }[operation.verb]
    return f"{operation.group}[{index}]" if index >= 0 else operation.group


def form_rows(fields: Mapping[str, object], answers: Mapping[str, Json]) -> int:
    """Return how many rows all repeat groups among ``fields`` have, those of inner groups too."""
    count = 0
    for key, field in fields.items():
        if isinstance(field, RepeatField):
            for row in _list(answers.get(key)):
                inner = form_rows(field.columns, row) if isinstance(row, dict) else 0
                count += 1 + inner
    return count


def _value_at(answers: dict[str, Json], steps: tuple[PathStep, ...]) -> Json:
    value: Json = answers
    for step in steps:
        value = value.get(step.key) if isinstance(value, dict) else None
        if step.row is not None:
            rows = _list(value)
            value = rows[int(step.row)] if int(step.row) < len(rows) else None
    return value


def _replaced(
    answers: dict[str, Json], steps: tuple[PathStep, ...], rows: list[Json]
) -> dict[str, Json]:
    """Return ``answers`` with ``rows`` at the group of ``steps``; nothing if its row is gone."""
    step, *deeper = steps
    if step.row is None:
        return answers | {step.key: rows}
    outer = list(_list(answers.get(step.key)))
    row = outer[int(step.row)] if int(step.row) < len(outer) else None
    if not isinstance(row, dict):
        return answers
    outer[int(step.row)] = _replaced(row, tuple(deeper), rows)
    return answers | {step.key: outer}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


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
