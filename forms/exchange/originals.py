"""The sheet ``siegel`` of our own workbooks: every element as it was, and the cells it became.

Whoever edits the workbook edits the standard columns. On the way back each element is taken as
it was, except for what stands in cells that no longer read as they were written. So nothing
is lost that XLSForm has no words for, and every change in Excel counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from forms.exchange.report import Object
from forms.exchange.workbook import Sheet
from forms.expressions.nodes import Json

PART_LENGTH = 30_000
"""Characters of one cell; Excel holds 32,767."""
COLUMNS = ("id", "part", "json")

_TYPE_COLUMNS = ("type", "appearance", "parameters", "repeat_count")
_PROSE_TYPES = ("info", "declaration")
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "hint": ("help",),
    "guidance_hint": ("help",),
    "relevant": ("visible",),
    "required": ("required",),
    "constraint": ("valid", "minimum", "maximum", "max_length", "pattern", "pattern_message"),
    "calculation": ("value", "result", "places", "unit"),
}


@dataclass(frozen=True, slots=True)
class Original:
    """An element as it was exported."""

    element: Object
    cells: dict[str, str]
    """Its standard cells as they were written."""
    children: tuple[str, ...] = ()
    """Names of the rows a matrix was spread to."""
    unsaid: tuple[str, ...] = ()
    """Rules that the cell ``constraint`` does not say: warnings, and what XPath cannot."""


def original_rows(key: str, original: Original) -> list[tuple[str, int, str]]:
    """Return the rows of the sheet that keep ``original``."""
    text = json.dumps(
        {
            "element": original.element,
            "cells": original.cells,
            "children": list(original.children),
            "unsaid": list(original.unsaid),
        },
        ensure_ascii=True,
        separators=(",", ":"),
    )
    parts = [text[at : at + PART_LENGTH] for at in range(0, len(text), PART_LENGTH)]
    return [(key, number, part) for number, part in enumerate(parts)]


def read_originals(sheet: Sheet) -> dict[str, Original]:
    """Return what the sheet keeps, by id; what is unreadable there is left out."""
    pieces: dict[str, list[tuple[int, str]]] = {}
    for row in sheet.rows:
        number = row.text("part")
        if row.text("id") and number.isdecimal():
            pieces.setdefault(row.text("id"), []).append((int(number), row.text("json")))
    found: dict[str, Original] = {}
    for key, parts in pieces.items():
        original = _read("".join(part for _number, part in sorted(parts)))
        if original is not None:
            found[key] = original
    return found


def _read(text: str) -> Original | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match content:
        case {
            "element": dict(element),
            "cells": dict(cells),
            "children": list(children),
            "unsaid": list(unsaid),
        }:
            texts = {str(name): str(value) for name, value in cells.items()}
            return Original(element, texts, tuple(map(str, children)), tuple(map(str, unsaid)))
    return None


def merged(original: Original, cells: dict[str, str], fresh: Object) -> Object:
    """Return the element as it was, with what ``cells`` say differently taken from ``fresh``."""
    changed = {
        column
        for column in {*original.cells, *cells}
        if original.cells.get(column, "") != cells.get(column, "")
    }
    if changed & set(_TYPE_COLUMNS):
        return _of_other_type(original, changed, fresh)
    result = dict(original.element)
    if "name" in changed and "key" in fresh:
        result["key"] = fresh["key"]
    for column in changed - {"constraint", "constraint_message"}:
        if column == "calculation" and "value" not in fresh:
            continue
        for name in _attributes(column, result):
            result.pop(name, None)
            if name in fresh:
                result[name] = fresh[name]
    if changed & {"constraint", "constraint_message"}:
        _take_constraint(original, cells, fresh, result)
    return result


def _of_other_type(original: Original, changed: set[str], fresh: Object) -> Object:
    """Return the fresh element with what does not hang on its type as it was."""
    names = ["id", "data_class", "provenance", "annotations"]
    for column in ("hint", "relevant", "required"):
        if column not in changed:
            names += _ATTRIBUTES[column]
    return fresh | {name: original.element[name] for name in names if name in original.element}


def _take_constraint(
    original: Original, cells: dict[str, str], fresh: Object, result: Object
) -> None:
    """Put what the cell says in the place of what it said; rules it never said stay."""
    if not cells.get("constraint") and not original.cells.get("constraint"):
        return
    for name in _ATTRIBUTES["constraint"]:
        result.pop(name, None)
        if name in fresh and name != "valid":
            result[name] = fresh[name]
    rules: list[Json] = []
    for owner, wanted in ((fresh, True), (original.element, False)):
        valid = owner.get("valid")
        for rule in valid if isinstance(valid, list) else []:
            if wanted or (isinstance(rule, dict) and rule.get("rule") in original.unsaid):
                rules.append(rule)
    if rules:
        result["valid"] = rules


def _attributes(column: str, element: Object) -> tuple[str, ...]:
    if column == "label":
        if element.get("type") in _PROSE_TYPES:
            return ("text",)
        return ("label",) if "type" in element else ("title",)
    return _ATTRIBUTES.get(column, ())


def options_of(former: Json, fresh: Json) -> Json:
    """Return the choices as the sheet has them, each with what it had beyond the sheet."""
    known: dict[str, Object] = {}
    for option in former if isinstance(former, list) else []:
        if isinstance(option, dict):
            known[str(option.get("id"))] = option
    made: list[Json] = []
    for option in fresh if isinstance(fresh, list) else []:
        if isinstance(option, dict):
            kept = dict(known.get(str(option["id"]), {}))
            kept.pop("help", None)
            made.append(kept | option)
    return made
