"""The files of one field in the stored answers of a draft, at the top or in a row."""

from __future__ import annotations

from collections.abc import Mapping

from forms.elements import ROW_ID
from forms.expressions.nodes import Json
from forms.paths import PathStep, path_steps


def files_at(answers: Mapping[str, Json], path: str) -> list[Json]:
    """Return the stored files at ``path``, none where nothing stands."""
    *way, last = path_steps(path)
    holder: Json = dict(answers)
    for step in way:
        holder = _row(holder.get(step.key) if isinstance(holder, dict) else None, step)
    found = holder.get(last.key) if isinstance(holder, dict) else None
    return list(found) if isinstance(found, list) else []


def row_id_at(answers: Mapping[str, Json], path: str) -> str:
    """Return the id of the row in which ``path`` stands, empty outside of rows."""
    holder: Json = dict(answers)
    for step in path_steps(path)[:-1]:
        holder = _row(holder.get(step.key) if isinstance(holder, dict) else None, step)
    return str(holder.get(ROW_ID, "")) if isinstance(holder, dict) else ""


def with_files_at(answers: Mapping[str, Json], path: str, files: list[Json]) -> dict[str, Json]:
    """Return ``answers`` with ``files`` at ``path``; a row that is not there stays away."""
    return _replaced(answers, path_steps(path), files)


def _replaced(
    holder: Mapping[str, Json], steps: tuple[PathStep, ...], files: list[Json]
) -> dict[str, Json]:
    changed = dict(holder)
    step, *rest = steps
    if not rest:
        if files:
            changed[step.key] = files
        else:
            changed.pop(step.key, None)
        return changed
    rows = changed.get(step.key)
    if isinstance(rows, list) and step.row and step.row.isdecimal():
        changed[step.key] = [
            _replaced(row, tuple(rest), files)
            if number == int(step.row) and isinstance(row, dict)
            else row
            for number, row in enumerate(rows)
        ]
    return changed


def _row(rows: Json, step: PathStep) -> Json:
    if not isinstance(rows, list) or not step.row or not step.row.isdecimal():
        return None
    number = int(step.row)
    return rows[number] if number < len(rows) else None
