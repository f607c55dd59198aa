"""Texts that could not be read, kept by the path of their field while the rows move."""

from __future__ import annotations

from collections.abc import Mapping

from forms.elements import ROW_ID
from forms.expressions.nodes import Json
from forms.paths import path_steps


def moved_texts(
    texts: Mapping[str, str], before: Mapping[str, Json], after: Mapping[str, Json]
) -> dict[str, str]:
    """Return ``texts`` at the paths that their fields have in ``after``; rows are told by id.

    A text whose row is no longer there is left out.
    """
    moved: dict[str, str] = {}
    for path, text in texts.items():
        place = _moved_path(path, before, after)
        if place is not None:
            moved[place] = text
    return moved


def is_answered(path: str, answers: Mapping[str, Json]) -> bool:
    """Say whether ``answers`` have a value at ``path``."""
    value: Json = dict(answers)
    for step in path_steps(path):
        value = value.get(step.key) if isinstance(value, dict) else None
        if step.row is not None:
            value = _row_at(value, step.row)
    return value is not None


def _moved_path(path: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> str | None:
    old: Json = dict(before)
    new: Json = dict(after)
    parts: list[str] = []
    for step in path_steps(path):
        old = old.get(step.key) if isinstance(old, dict) else None
        new = new.get(step.key) if isinstance(new, dict) else None
        if step.row is None:
            parts.append(step.key)
            continue
        old = _row_at(old, step.row)
        identity = old.get(ROW_ID) if isinstance(old, dict) else None
        number = _number_of(new, identity)
        if number is None:
            return None
        new = _row_at(new, str(number))
        parts.append(f"{step.key}[{number}]")
    return ".".join(parts)


def _row_at(rows: Json, number: str) -> Json:
    if not isinstance(rows, list) or not number.isdecimal() or int(number) >= len(rows):
        return None
    return rows[int(number)]


def _number_of(rows: Json, identity: Json) -> int | None:
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict) and identity is not None and row.get(ROW_ID) == identity:
            return number
    return None
