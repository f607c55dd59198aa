"""Finds what can never be shown, and conditions that ask for a choice that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from forms.building.document_tree import Place
from forms.building.findings import BuildingFinding, about
from forms.building.linted_draft import LintedDraft
from forms.building.operands import Operand
from forms.building.rules import Condition, Group, rule_of
from tenants.language import _


def conditions(draft: LintedDraft) -> Iterator[BuildingFinding]:
    """Yield what the conditions of visibility of the draft have wrong."""
    for place in draft.places:
        source = place.element.get("visible")
        if not isinstance(source, str):
            continue
        operands = draft.operands_at(place)
        rule = rule_of(source, operands)
        if source.strip() == "false" or (rule is not None and _never(rule, operands)):
            what = _("Diese Seite") if place.list_name == "pages" else _("Das")
            yield about(
                place,
                "warning",
                "unreachable",
                _("{what} wird nie angezeigt: Die Bedingung kann nicht zutreffen.").format(
                    what=what
                ),
            )
        if rule is not None:
            yield from _unknown_options(place, rule, operands)


def _unknown_options(
    place: Place, rule: Group, operands: dict[str, Operand]
) -> Iterator[BuildingFinding]:
    for condition in _conditions_in(rule):
        operand = operands[condition.operand]
        values = {value for value, _label in operand.options}
        for literal in condition.values if operand.options else ():
            if literal.strip("'") not in values:
                yield about(
                    place,
                    "warning",
                    "unknown_option",
                    _("Sichtbar: „{label}“ hat die Möglichkeit {value} nicht.").format(
                        label=operand.label, value=literal
                    ),
                )


def _conditions_in(rule: Group) -> Iterator[Condition]:
    for item in rule.items:
        if isinstance(item, Condition):
            yield item
        else:
            yield from _conditions_in(item)


def _never(rule: Group, operands: dict[str, Operand]) -> bool:
    """Say whether a rule contradicts itself: one field would have to be two things at once."""
    if rule.mode == "any":
        return bool(rule.items) and all(
            isinstance(item, Group) and _never(item, operands) for item in rule.items
        )
    wanted: dict[str, set[str]] = {}
    for item in rule.items:
        if isinstance(item, Group):
            if _never(item, operands):
                return True
            continue
        if item.other:
            continue
        if item.operator in ("eq", "in"):
            allowed = set(item.values)
            wanted[item.operand] = wanted.get(item.operand, allowed) & allowed
        if item.operator == "empty" and any(
            isinstance(one, Condition) and one.operand == item.operand and one.operator == "filled"
            for one in rule.items
        ):
            return True
    return any(not values for values in wanted.values())
