"""The column ``constraint``: bounds, lengths and patterns of a field, or a rule of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from forms.exchange.expression_source import expression_source
from forms.exchange.report import Object
from forms.exchange.xpath import (
    Binary,
    Function,
    Literal,
    Minus,
    Reference,
    XPath,
    XPathRefused,
    parse_xpath,
)
from forms.exchange.xpath_reading import Place, translate
from forms.fields.pattern import PatternError, check_pattern
from tenants.language import _

NUMBERS = ("integer", "decimal", "money")
OWN = Reference("")
DEFAULT_MESSAGE = _("Diese Angabe passt nicht. Bitte prüfen Sie sie.")
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


@dataclass(frozen=True, slots=True)
class Bound:
    """``. >= 3``: the answer itself (or its length) against a fixed value."""

    operator: str
    value: Decimal | date
    of_length: bool = False


def constraint_settings(source: str, message: str, type_: str, place: Place) -> Object:
    """Return the properties of a field of ``type_`` that say what ``source`` demands.

    Raises `XPathRefused` when that is not possible.
    """
    settings: Object = {}
    rest: list[XPath] = []
    says_pattern = False
    for part in _parts(parse_xpath(source)):
        found: Object | None = None
        if isinstance(part, Function) and part.name == "regex":
            found = _pattern(part, message, type_)
            says_pattern = True
        else:
            bound = _bound(part)
            if bound and (not message or says_pattern or isinstance(bound.value, date)):
                found = _settings(bound, type_)
        if found is None or settings.keys() & found.keys():
            rest.append(part)
        else:
            settings |= found
    if rest:
        rule = expression_source(translate(_joined(rest), place))
        settings["valid"] = [{"rule": rule, "message": message or DEFAULT_MESSAGE}]
    return settings


def _joined(parts: list[XPath]) -> XPath:
    tree = parts[0]
    for part in parts[1:]:
        tree = Binary("and", tree, part)
    return tree


def _pattern(tree: Function, message: str, type_: str) -> Object:
    match tree.arguments:
        case (Reference(""), Literal(str(pattern))):
            pass
        case _:
            raise XPathRefused(_("regex() ist nur mit „.“ und einem festen Muster möglich."))
    if type_ != "text":
        raise XPathRefused(_("Muster gibt es nur bei einzeiligem Text."))
    pattern = re.sub(r"(?<!\\)\$$", "", pattern.removeprefix("^"))
    try:
        check_pattern(pattern)
    except PatternError as error:
        raise XPathRefused(str(error)) from error
    settings: Object = {"pattern": pattern}
    if message:
        settings["pattern_message"] = message
    return settings


def _parts(tree: XPath) -> Iterator[XPath]:
    if isinstance(tree, Binary) and tree.operator == "and":
        yield from _parts(tree.left)
        yield from _parts(tree.right)
    else:
        yield tree


def _bound(tree: XPath) -> Bound | None:
    if not isinstance(tree, Binary) or tree.operator not in _TURNED:
        return None
    operator, left, right = tree.operator, tree.left, tree.right
    if _fixed(left) is not None:
        operator, left, right = _TURNED[operator], right, left
    value = _fixed(right)
    if value is None:
        return None
    if left == OWN:
        return Bound(operator, value)
    if left in (Function("string-length", (OWN,)), Function("string-length", ())):
        return Bound(operator, value, of_length=True)
    return None


def _fixed(tree: XPath) -> Decimal | date | None:
    match tree:
        case Literal(Decimal() as number):
            return number
        case Minus(Literal(Decimal() as number)):
            return -number
        case Function("date", (Literal(str(text)),)) | Literal(str(text)):
            try:
                return date.fromisoformat(text)
            except ValueError:
                return None
    return None


def _settings(bound: Bound, type_: str) -> Object | None:
    value = bound.value
    if bound.of_length:
        if type_ not in ("text", "long_text") or not isinstance(value, Decimal):
            return None
        length = int(value) - (1 if bound.operator == "<" else 0)
        fits = bound.operator in ("<", "<=") and value == value.to_integral_value() and length > 0
        return {"max_length": min(length, 20_000)} if fits else None
    if isinstance(value, date):
        return _day_settings(bound.operator, value) if type_ == "date" else None
    if type_ not in NUMBERS or bound.operator == "=":
        return None
    name = "minimum" if bound.operator.startswith(">") else "maximum"
    if type_ != "integer":
        return {name: f"{value:f}"} if bound.operator.endswith("=") else None
    if value != value.to_integral_value():
        return None
    step = {">": 1, "<": -1}.get(bound.operator, 0)
    return {name: int(value) + step}


def _day_settings(operator: str, day: date) -> Object | None:
    if operator == "=":
        return {"minimum": day.isoformat(), "maximum": day.isoformat()}
    name = "minimum" if operator.startswith(">") else "maximum"
    step = timedelta({">": 1, "<": -1}.get(operator, 0))
    return {name: (day + step).isoformat()}
