"""Finds answers that wait for each other in a circle, and names the chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from forms.building.document_tree import Place, element_id, element_name
from forms.building.findings import BuildingFinding, about
from forms.building.linted_draft import LintedDraft
from forms.building.operands import groups_around
from forms.building.references import expressions_of
from forms.expressions.dependencies import OUTER, ROW, DependencyCycleError, evaluation_order
from forms.expressions.interpreting import compile_expression
from forms.expressions.limits import ExpressionSyntaxError
from tenants.language import _


def cycles(draft: LintedDraft) -> Iterator[BuildingFinding]:
    """Yield the first circle of the draft."""
    by_name: dict[str, Place] = {}
    needs: dict[str, set[str]] = defaultdict(set)
    for place in draft.places:
        name = step_name(place)
        if not name:
            continue
        by_name[name] = place
        parent = _step_name_of_parent(place)
        if parent:
            needs[name].add(parent)
        for used in _used_by(place):
            needs[name].add(used)
    try:
        evaluation_order({name: needs[name] & by_name.keys() for name in by_name})
    except DependencyCycleError as error:
        chain = " → ".join(f"„{element_name(by_name[name].element)}“" for name in error.chain)
        yield about(
            by_name[error.chain[0]],
            "error",
            "cycle",
            _("Diese Angaben hängen im Kreis voneinander ab: {chain}.").format(chain=chain),
        )


def step_name(place: Place) -> str:
    key = str(place.element.get("key", ""))
    if place.list_name in ("pages", "sections"):
        return f"{place.list_name}:{element_id(place.element)}"
    if place.list_name == "fields" and key:
        return ".".join([*(str(one.get("key")) for one in groups_around(place)), key])
    return ""


def _step_name_of_parent(place: Place) -> str:
    parent = place.parent or {}
    if place.list_name == "sections":
        return f"pages:{element_id(parent)}"
    if place.list_name == "fields":
        groups = groups_around(place)
        if groups:
            return ".".join(str(one.get("key")) for one in groups)
        return f"sections:{element_id(parent)}"
    return ""


def _used_by(place: Place) -> Iterator[str]:
    """Yield what has to be known before the element: rules of validity come after everything."""
    groups = [str(one.get("key")) for one in groups_around(place)]
    for name, source in expressions_of(place.element):
        if name not in ("visible", "value"):
            continue
        try:
            names = compile_expression(source).names
        except ExpressionSyntaxError:
            continue
        for used in names:
            yield from _steps_named(used.split("."), groups)


def _steps_named(parts: list[str], groups: list[str]) -> Iterator[str]:
    """Yield the full name of what a path leads to, and of the group it leads through."""
    # „zeile“ is the own row; each „uebergeordnet“ leads one row further out.
    leading = next((n for n, part in enumerate(parts) if part not in (ROW, OUTER)), 0)
    depth = leading if parts[0] == OUTER else 0
    outer = groups[: len(groups) - depth] if leading else []
    parts = parts[leading:]
    whole = [*outer, *parts]
    for length in range(len(outer) + 1, len(whole) + 1):
        yield ".".join(whole[:length])
