"""Expressions read aloud: a German sentence for a condition, a German phrase for a calculation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from forms.building.document_tree import Element, element_id, places
from forms.building.operands import Operand, groups_around, row_operands, top_operands
from forms.building.rules import (
    Condition,
    Group,
    operator_label,
    rule_of,
    shown_value,
    source_of,
)
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.nodes import (
    Aggregate,
    Call,
    Chain,
    Conditional,
    Constant,
    Join,
    ListOf,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Path,
)
from forms.expressions.parsing import parse_expression
from tenants.language import _

_COMPARISONS = {
    "eq": _("ist"),
    "ne": _("ist nicht"),
    "lt": _("ist kleiner als"),
    "lteq": _("ist höchstens"),
    "gt": _("ist größer als"),
    "gteq": _("ist mindestens"),
    "in": _("ist eines von"),
    "notin": _("ist keines von"),
    "add": _("plus"),
    "sub": _("minus"),
    "mul": _("mal"),
    "div": _("geteilt durch"),
}

# Functions of one or several arguments; what is missing here is read as it is written.
_FUNCTIONS: dict[str, Callable[..., str]] = {
    "summe": lambda *values: _("die Summe von {x}").format(x=", ".join(values)),
    "anzahl": lambda value: _("die Anzahl von {x}").format(x=value),
    "minimum": lambda *values: _("das Kleinste von {x}").format(x=", ".join(values)),
    "maximum": lambda *values: _("das Größte von {x}").format(x=", ".join(values)),
    "runden": lambda value, places="0": _("{x}, gerundet auf {n} Stellen").format(
        x=value, n=places
    ),
    "absolut": lambda value: _("{x} ohne Vorzeichen").format(x=value),
    "tage": lambda start, end: _("die Tage von {a} bis {b}").format(a=start, b=end),
    "jahr": lambda value: _("das Jahr von {x}").format(x=value),
    "monate_spaeter": lambda start, count: _("{n} Monate nach {a}").format(n=count, a=start),
    "leer": lambda value: _("{x} ist nicht beantwortet").format(x=value),
    "laenge": lambda value: _("die Zahl der Zeichen von {x}").format(x=value),
    "enthaelt": lambda first, second: _("{a} enthält {b}").format(a=first, b=second),
}


def spoken_rules(document: Element) -> dict[tuple[str, str], str]:
    """Return the rules of a form in words, by id of the element and name of the property.

    Conditions (``visible``, ``required``) begin with „wenn“, calculations (``value``) do not.
    """
    found: dict[tuple[str, str], str] = {}
    top = top_operands(document)
    for place in places(document):
        element = place.element
        operands = {**row_operands(groups_around(place)), **top}
        for name in ("visible", "required"):
            source = element.get(name)
            if isinstance(source, dict):
                source = source.get("when")
            if isinstance(source, str):
                found[element_id(element), name] = condition_sentence(source, operands)
        value = element.get("value")
        if element.get("type") == "calculated" and isinstance(value, str):
            found[element_id(element), "value"] = calculation_phrase(value, operands)
    return found


def condition_sentence(source: str, operands: Mapping[str, Operand]) -> str:
    """Return „wenn …“ for a condition; what cannot be parsed is quoted as it stands."""
    rule = rule_of(source, operands)
    if rule is not None:
        return _("wenn {text}").format(text=_rule(rule, operands)) if rule.items else ""
    return _("wenn {text}").format(text=calculation_phrase(source, operands))


def calculation_phrase(source: str, operands: Mapping[str, Operand]) -> str:
    """Return a calculation in German words; what cannot be parsed is quoted as it stands."""
    try:
        node = parse_expression(source)
    except ExpressionSyntaxError:
        return f"„{source}“"
    return _Reading(operands).read(node)


def _rule(item: Condition | Group, operands: Mapping[str, Operand], level: int = 0) -> str:
    if isinstance(item, Condition):
        return _condition(item, operands)
    words = _(" und ") if item.mode == "all" else _(" oder ")
    text = words.join(_rule(one, operands, level + 1) for one in item.items)
    return f"({text})" if level and len(item.items) > 1 else text


def _condition(condition: Condition, operands: Mapping[str, Operand]) -> str:
    operand = operands[condition.operand]
    text = f"„{operand.label}“ {operator_label(operand.kind, condition.operator)}"
    if condition.other:
        return f"{text} „{operands[condition.other].label}“"
    values = [
        operand.option_label(shown_value(value, operand))
        if operand.options
        else _quoted(shown_value(value, operand), operand)
        for value in condition.values
    ]
    return f"{text} {_(' oder ').join(values)}" if values else text


def _quoted(text: str, operand: Operand) -> str:
    return text if operand.kind == "number" else f"„{text}“"


class _Reading:
    """Reads a tree aloud; choices are called by their labels where they are compared."""

    def __init__(self, operands: Mapping[str, Operand]) -> None:
        self._operands = operands

    def read(self, node: Node, inner: bool = False, options: Operand | None = None) -> str:
        match node:
            case Constant(value):
                return self._constant(value, options)
            case Name(name):
                return self._named(name)
            case Path(parts):
                return self._named(".".join(parts))
            case Not(operand):
                return _("nicht {x}").format(x=self.read(operand, True))
            case Negative(operand):
                return _("minus {x}").format(x=self.read(operand, True))
            case Logic(operator, operands):
                words = _(" und ") if operator == "and" else _(" oder ")
                return self._bracketed(words.join(self.read(one, True) for one in operands), inner)
            case Chain():
                return self._bracketed(self._chain(node), inner)
        return self._other(node, inner, options)

    def _other(self, node: Node, inner: bool, options: Operand | None) -> str:
        match node:
            case Join(operands):
                return _(" gefolgt von ").join(self.read(one, True) for one in operands)
            case ListOf(items):
                return _(" oder ").join(self.read(one, True, options) for one in items)
            case Conditional(test, then, otherwise):
                text = _("{a}, wenn {test}, sonst {b}").format(
                    a=self.read(then, True),
                    test=self.read(test, True),
                    b=self.read(otherwise, True),
                )
                return self._bracketed(text, inner)
            case Aggregate(function, source, value, only):
                return self._aggregate(function, source, value, only)
            case Call(function, arguments):
                known = self._operands.get(source_of(node))
                return f"„{known.label}“" if known else self._call(function, arguments)
        raise AssertionError(node)

    def _call(self, function: str, arguments: tuple[Node, ...]) -> str:
        first = self._operand(arguments[0]) if arguments else None
        texts = [self.read(one, True, first) for one in arguments]
        reading = _FUNCTIONS.get(function)
        return reading(*texts) if reading else f"{function}({', '.join(texts)})"

    def _aggregate(self, function: str, source: Node, value: Node | None, only: Node | None) -> str:
        over = self._call(function, (source,))
        if value is not None:
            over = _("{over}, je Zeile {value}").format(over=over, value=self.read(value, True))
        if only is not None:
            over = _("{over}, nur wenn {test}").format(over=over, test=self.read(only, True))
        return over

    def _chain(self, node: Chain) -> str:
        options = self._operand(node.first) if node.kind == "comparison" else None
        texts = [self.read(node.first, True)]
        for operator, operand in node.rest:
            texts.append(_COMPARISONS[operator])
            texts.append(self.read(operand, True, options))
        return " ".join(texts)

    def _operand(self, node: Node) -> Operand | None:
        match node:
            case Name(name):
                return self._operands.get(name)
            case Path(parts):
                return self._operands.get(".".join(parts))
        return None

    def _named(self, source: str) -> str:
        operand = self._operands.get(source)
        return f"„{operand.label}“" if operand else f"„{source}“"

    def _constant(self, value: Decimal | str | bool | None, options: Operand | None) -> str:
        if value is None:
            return _("nichts")
        if isinstance(value, bool):
            return _("Ja") if value else _("Nein")
        if isinstance(value, Decimal):
            return f"{value:f}".replace(".", ",")
        return options.option_label(value) if options and options.options else f"„{value}“"

    @staticmethod
    def _bracketed(text: str, inner: bool) -> str:
        return f"({text})" if inner else text
