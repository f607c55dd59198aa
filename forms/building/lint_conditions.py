"""Finds what can never be shown, and conditions that ask for a choice that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forms.building.contradictions import never_true
from forms.building.document_tree import Place, element_id
from forms.building.findings import BuildingFinding, about
from forms.building.linted_draft import LintedDraft
from forms.building.operands import Operand
from forms.building.rules import Condition, Group, rule_of
from tenants.language import _


@dataclass(frozen=True, slots=True)
class _Shown:
    """An element with its condition; ``rule`` is None where rows cannot say it, or it has none."""

    place: Place
    rule: Group | None
    operands: dict[str, Operand]
    is_off: bool


def conditions(draft: LintedDraft) -> Iterator[BuildingFinding]:
    """Yield what the conditions of visibility of the draft have wrong."""
    shown = [_read(draft, place) for place in draft.places]
    never_shown = _never_shown(shown)
    for one in shown:
        place = one.place
        around = element_id(place.parent or {})
        if element_id(place.element) in never_shown and around not in never_shown:
            what = _("Diese Seite") if place.list_name == "pages" else _("Das")
            yield about(
                place,
                "warning",
                "unreachable",
                _("{what} wird nie angezeigt: Die Bedingung kann nicht zutreffen.").format(
                    what=what
                ),
            )
        if one.rule is not None:
            yield from _unknown_options(place, one.rule, one.operands)


def _read(draft: LintedDraft, place: Place) -> _Shown:
    source = place.element.get("visible")
    if not isinstance(source, str):
        return _Shown(place, None, {}, False)
    operands = draft.operands_at(place)
    return _Shown(place, rule_of(source, operands), operands, source.strip() == "false")


def _never_shown(shown: Iterable[_Shown]) -> set[str]:
    """Return the ids of elements that no answers can bring to sight, and of all inside of them.

    What depends on the answer of such an element is among them.
    """
    found: set[str] = set()
    waiting = list(shown)
    while True:
        never = [_is_never_shown(one, found) for one in waiting]
        if not any(never):
            return found
        found |= {
            element_id(one.place.element)
            for one, is_never in zip(waiting, never, strict=True)
            if is_never
        }
        waiting = [one for one, is_never in zip(waiting, never, strict=True) if not is_never]


def _is_never_shown(one: _Shown, hidden: set[str]) -> bool:
    return (
        one.is_off
        or element_id(one.place.parent or {}) in hidden
        or (one.rule is not None and never_true(one.rule, one.operands, hidden))
    )


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
