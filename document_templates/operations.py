"""What operators mean in a template: the same as in the rules of a form.

Arithmetic is decimal; with nothing it is nothing. An ordered comparison with nothing is
false, and only nothing equals nothing. Texts that are numbers count as numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Context, Decimal, DecimalException

from document_templates.values import (
    MissingValue,
    UnfitValue,
    as_moment,
    as_number,
    require_value,
)
from forms.context import NotRecordedText
from tenants.language import _

MAX_MAGNITUDE = Decimal(10) ** 30
_PRECISE = Context(prec=40)

_ARITHMETIC: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _PRECISE.add,
    "-": _PRECISE.subtract,
    "*": _PRECISE.multiply,
    "/": _PRECISE.divide,
}
_ORDERED: Mapping[str, frozenset[int]] = {
    "lt": frozenset({-1}),
    "lteq": frozenset({-1, 0}),
    "gt": frozenset({1}),
    "gteq": frozenset({0, 1}),
}


def calculate(symbol: str, left: object, right: object) -> Decimal | int | None:
    """Return ``left symbol right`` for + − * /; nothing with anything is nothing.

    Raises `UnfitValue` for what is no number, division by zero and numbers beyond 10³⁰.
    """
    require_value(left)
    require_value(right)
    if symbol not in _ARITHMETIC:
        raise UnfitValue(_("Der Operator „{symbol}“ ist nicht erlaubt.").format(symbol=symbol))
    left, right = _known(left), _known(right)
    if left is None or right is None:
        return None
    try:
        result = _ARITHMETIC[symbol](as_number(left), as_number(right))
    except DecimalException as error:
        raise UnfitValue(_("Die Rechnung ist nicht möglich (Teilen durch null?).")) from error
    if abs(result) > MAX_MAGNITUDE:
        raise UnfitValue(_("Das Ergebnis einer Rechnung ist zu groß."))
    if isinstance(left, int) and isinstance(right, int) and symbol != "/":
        return int(result)
    return result


def negate(value: object) -> Decimal | int | None:
    """Return minus ``value``."""
    return calculate("-", 0, value)


def compare(left: object, operation: str, right: object) -> bool:
    """Return whether the comparison holds; ``operation`` is Jinja's name (eq, lt, in …)."""
    require_value(left)
    require_value(right)
    if operation in ("in", "notin"):
        contained = _contains(right, left)
        return contained if operation == "in" else not contained
    left, right = _alike(_known(left), _known(right))
    if operation == "eq":
        return left == right
    if operation == "ne":
        return left != right
    if left is None or right is None:
        return False
    return _order(left, right) in _ORDERED[operation]


def _known(value: object) -> object:
    """Return ``value``, and nothing in the place of an answer that was not recorded."""
    return None if isinstance(value, NotRecordedText) else value


def _order(left: object, right: object) -> int:
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return (left > right) - (left < right)
    if isinstance(left, date) and isinstance(right, date):
        return (left > right) - (left < right)
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    raise UnfitValue(_("Zwei Werte lassen sich nicht vergleichen."))


def _contains(container: object, item: object) -> bool:
    if container is None:
        return False
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    if isinstance(container, (list, tuple)):
        return any(compare(item, "eq", other) for other in container)
    raise UnfitValue(_("„in“ braucht rechts eine Liste oder einen Text."))


def _alike(left: object, right: object) -> tuple[object, object]:
    """Bring two values to one type where one of them shows which is meant."""
    for one, other in ((left, right), (right, left)):
        if _is_number(one) and isinstance(other, str):
            return _number_or_same(left), _number_or_same(right)
        if isinstance(one, date) and isinstance(other, (str, date)):
            return _day(left), _day(right)
    if isinstance(left, str) and isinstance(right, str):
        numbers = _number_or_same(left), _number_or_same(right)
        if _is_number(numbers[0]) and _is_number(numbers[1]):
            return numbers
    if isinstance(left, float) or isinstance(right, float):
        return _number_or_same(left), _number_or_same(right)
    return left, right


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _number_or_same(value: object) -> object:
    try:
        return as_number(value)
    except UnfitValue:
        return value


def _day(value: object) -> object:
    try:
        moment = as_moment(value)
    except UnfitValue:
        return value
    return moment.date() if isinstance(moment, datetime) else moment


def item_of(container: object, key: object) -> object:
    """Return an item of a list or group by a constant key; `MissingValue` if there is none."""
    require_value(container)
    if isinstance(container, dict) and isinstance(key, str) and key in container:
        return container[key]
    if (
        isinstance(container, (list, tuple))
        and isinstance(key, int)
        and -len(container) <= key < len(container)
    ):
        return container[key]
    return MissingValue(obj=container, name=str(key))
