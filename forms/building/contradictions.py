"""Rules that can never be true: one field would have to be two things at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Final

from forms.building.operands import Operand
from forms.building.rules import Condition, Group

_ORDERED: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "gt": gt,
    "gteq": ge,
    "lt": lt,
    "lteq": le,
}
_ANSWERED = frozenset({"eq", "in", "gt", "gteq", "lt", "lteq", "has", "yes", "no", "filled"})
"""Operators that nothing fulfils where no answer was given."""


def never_true(
    rule: Group, operands: Mapping[str, Operand], hidden: Collection[str] = frozenset()
) -> bool:
    """Say whether ``rule`` contradicts itself, whatever anybody answers.

    ``hidden`` are the ids of fields that are never shown, and so have no answer. False is no
    promise: only comparisons with fixed values are looked at.
    """
    if rule.mode == "any":
        return bool(rule.items) and all(
            never_true(one if isinstance(one, Group) else Group("all", (one,)), operands, hidden)
            for one in rule.items
        )
    if any(isinstance(one, Group) and never_true(one, operands, hidden) for one in rule.items):
        return True
    by_operand: dict[str, list[Condition]] = {}
    for one in _demands(rule):
        if not one.other:
            by_operand.setdefault(one.operand, []).append(one)
    return any(_contradict(operands[name], found, hidden) for name, found in by_operand.items())


def _demands(rule: Group) -> Iterable[Condition]:
    """Yield every condition that must hold for ``rule`` to hold."""
    for item in rule.items:
        if isinstance(item, Condition):
            yield item
        elif item.mode == "all":
            yield from _demands(item)


def _contradict(operand: Operand, conditions: Sequence[Condition], hidden: Collection[str]) -> bool:
    asked = {one.operator for one in conditions}
    is_answered = bool(asked & _ANSWERED)
    if is_answered and ("empty" in asked or operand.element in hidden):
        return True
    if "yes" in asked and asked & {"no", "notyes"}:
        return True
    if _values(conditions, {"has"}) & _values(conditions, {"hasnot"}):
        return True
    allowed = _allowed(operand, conditions, is_answered=is_answered)
    if allowed is not None:
        return not any(_holds(value, conditions) for value in allowed)
    return operand.kind == "number" and not _has_room(conditions)


def _allowed(
    operand: Operand, conditions: Sequence[Condition], *, is_answered: bool
) -> set[str] | None:
    """Return the values that the answer may have, None where these cannot be listed."""
    named = [set(one.values) for one in conditions if one.operator in ("eq", "in")]
    if named:
        return set.intersection(*named)
    if is_answered and operand.kind == "choice" and operand.options:
        return {f"'{value}'" for value, _label in operand.options}
    return None


def _holds(value: str, conditions: Iterable[Condition]) -> bool:
    return not any(
        value in one.values
        if one.operator in ("ne", "notin")
        else one.operator in _ORDERED and not _ORDERED[one.operator](Decimal(value), _bound(one))
        for one in conditions
    )


def _has_room(conditions: Sequence[Condition]) -> bool:
    """Say whether any number lies between the bounds."""
    lowest = [_bound(one) for one in conditions if one.operator in ("gt", "gteq")]
    highest = [_bound(one) for one in conditions if one.operator in ("lt", "lteq")]
    if not lowest or not highest or max(lowest) < min(highest):
        return True
    return max(lowest) == min(highest) and _holds(str(max(lowest)), conditions)


def _bound(condition: Condition) -> Decimal:
    return Decimal(condition.values[0])


def _values(conditions: Iterable[Condition], operators: Collection[str]) -> set[str]:
    return {value for one in conditions if one.operator in operators for value in one.values}
