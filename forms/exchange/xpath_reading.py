"""Turns the XPath of an XLSForm rule into an expression of our own language.

Unanswered is an empty text in XPath and null here, so a comparison with '' becomes ``leer``.
Whatever has no counterpart with the same meaning is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as Either

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
from forms.expressions.dependencies import OUTER, ROW
from forms.expressions.nodes import (
    Call,
    Chain,
    Conditional,
    Constant,
    Join,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Path,
)
from tenants.language import _

Kind = Either["text", "number", "date", "yes_no", "choice", "choices", "repeat", "none"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a rule has to know of a question it names."""

    key: str
    kind: Kind
    groups: tuple[str, ...] = ()
    """Keys of the repeat groups it stands in, from the outside in."""
    yes: str = "yes"
    """For a yes/no question: the name of the choice that means yes, and of the other."""
    no: str = "no"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands: its own question, and all questions by their XLSForm names."""

    own: Question
    questions: Mapping[str, Question]


_ORDER = {"<": "lt", "<=": "lteq", ">": "gt", ">=": "gteq", "=": "eq", "!=": "ne"}
_REASONS = {
    "now": _("die Uhrzeit kennt die Regelsprache nicht, nur den Tag: today()"),
    "regex": _("Muster sind nur als einzige Bedingung eines Textfelds möglich"),
    "mod": _("einen Divisionsrest kennt die Regelsprache nicht"),
    "date": _("feste Tage kennt die Regelsprache nicht; möglich sind sie als Grenze eines Datums"),
    "int": _("Abschneiden kennt die Regelsprache nicht, nur Runden"),
}


def expression_from_xpath(source: str, place: Place) -> Node:
    """Return ``source`` as a tree of our language. Raises `XPathRefused`."""
    try:
        return translate(parse_xpath(source), place)
    except RecursionError as error:
        raise XPathRefused(_("Die Regel ist zu tief verschachtelt.")) from error


def translate(tree: XPath, place: Place) -> Node:
    """Return the tree of an XPath rule as one of our language. Raises `XPathRefused`."""
    return _Translator(place).node(tree)


class _Translator:
    def __init__(self, place: Place) -> None:
        self._place = place

    def node(self, tree: XPath) -> Node:
        match tree:
            case Literal(value):
                return Constant(value)
            case Reference(name):
                return self._reference(self._question(name))
            case Minus(operand):
                return Negative(self.node(operand))
            case Binary(operator, left, right):
                return self._binary(operator, left, right)
            case Function(name, arguments):
                return self._function(name, arguments)

    def _question(self, name: str) -> Question:
        if not name:
            return self._place.own
        found = self._place.questions.get(name)
        if found is None:
            raise XPathRefused(_("Die Frage „{name}“ gibt es nicht.").format(name=name))
        if found.kind == "none":
            raise XPathRefused(
                _("„{name}“ hat hier keine Antwort oder wurde nicht übernommen.").format(name=name)
            )
        return found

    def _reference(self, question: Question) -> Node:
        """Name a single value as seen from the place of the rule."""
        if not question.groups:
            return Name(question.key)
        here = self._place.own.groups
        levels = len(here) - len(question.groups)
        if here[: len(question.groups)] == question.groups:
            prefix = (ROW,) if not levels else (OUTER,) * levels
            return Path((*prefix, question.key))
        raise XPathRefused(
            _("„{name}“ steht in einer Wiederholgruppe und hat dort viele Antworten.").format(
                name=question.key
            )
        )

    def _column(self, tree: XPath) -> Node | None:
        """Name all answers of a question in a group further in; None for anything else."""
        if not isinstance(tree, Reference):
            return None
        question = self._question(tree.name)
        here = self._place.own.groups
        path = (*question.groups, question.key)
        if question.kind == "repeat" and not question.groups:
            return Name(question.key)
        if question.groups and here[: len(question.groups)] != question.groups:
            if here and question.groups[: len(here)] == here:
                return Path((ROW, *path[len(here) :]))
            return Path(path)
        if question.kind == "repeat":
            return Path((ROW, question.key))
        return None

    def _binary(self, operator: str, left: XPath, right: XPath) -> Node:
        if operator in _ORDER:
            return self._comparison(operator, left, right)
        if operator in ("and", "or"):
            parts = (*self._flat(operator, left), *self._flat(operator, right))
            return Logic(operator, tuple(self.node(part) for part in parts))
        if operator == "mod":
            raise _refused("mod")
        kind = "sum" if operator in "+-" else "product"
        name = {"+": "add", "-": "sub", "*": "mul", "div": "div"}[operator]
        first, second = self.node(left), self.node(right)
        if isinstance(first, Chain) and first.kind == kind:
            return Chain(kind, first.first, (*first.rest, (name, second)))
        return Chain(kind, first, ((name, second),))

    def _flat(self, operator: str, tree: XPath) -> tuple[XPath, ...]:
        if isinstance(tree, Binary) and tree.operator == operator:
            return (*self._flat(operator, tree.left), *self._flat(operator, tree.right))
        return (tree,)

    def _comparison(self, operator: str, left: XPath, right: XPath) -> Node:
        if isinstance(left, Literal) and not isinstance(right, Literal):
            turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            return self._comparison(turned.get(operator, operator), right, left)
        if isinstance(right, Literal) and right.value == "" and operator in ("=", "!="):
            empty = Call("leer", (self._value_or_column(left),))
            return empty if operator == "=" else Not(empty)
        question = self._question(left.name) if isinstance(left, Reference) else None
        first = self.node(left)
        if question is not None and isinstance(right, Literal):
            second: Node = Constant(_fitting(question, right.value))
        else:
            second = self.node(right)
        if question is not None and question.kind == "choices":
            raise XPathRefused(
                _("„{name}“ erlaubt mehrere Antworten; vergleichen lässt es sich nur mit "
                  "selected().").format(name=question.key)
            )  # fmt: skip
        return Chain("comparison", first, ((_ORDER[operator], second),))

    def _value_or_column(self, tree: XPath) -> Node:
        return self._column(tree) or self.node(tree)

    def _function(self, name: str, arguments: tuple[XPath, ...]) -> Node:
        reader = _FUNCTIONS.get((name, len(arguments))) or _FUNCTIONS.get((name, -1))
        if reader is None:
            raise _refused(name)
        return reader(self, arguments)

    def aggregate(self, name: str, arguments: tuple[XPath, ...]) -> Node:
        return Call(name, tuple(self._value_or_column(argument) for argument in arguments))

    def call(self, name: str, arguments: tuple[XPath, ...]) -> Node:
        return Call(name, tuple(self.node(argument) for argument in arguments))

    def condition(self, arguments: tuple[XPath, ...]) -> Node:
        test, then, otherwise = arguments
        return Conditional(self.node(test), self.or_null(then), self.or_null(otherwise))

    def coalesce(self, arguments: tuple[XPath, ...]) -> Node:
        first, second = (self.node(argument) for argument in arguments)
        return Conditional(Call("leer", (first,)), second, first)

    def or_null(self, tree: XPath) -> Node:
        return Constant(None) if tree == Literal("") else self.node(tree)

    def concatenation(self, arguments: tuple[XPath, ...]) -> Node:
        if len(arguments) < 2:
            raise _refused("concat")
        return Join(tuple(self._text(argument) for argument in arguments))

    def _text(self, tree: XPath) -> Node:
        """Return a part of a joined text: what is unanswered adds nothing to it."""
        node = self.node(tree)
        if isinstance(tree, Literal):
            return Constant(str(tree.value))
        return Conditional(Call("leer", (node,)), Constant(""), node)

    def selected(self, arguments: tuple[XPath, ...]) -> Node:
        tree, wanted = arguments
        if not isinstance(tree, Reference) or not isinstance(wanted, Literal):
            raise XPathRefused(_("selected() braucht eine Frage und einen festen Wert."))
        question = self._question(tree.name)
        value = _fitting(question, str(wanted.value))
        node = self._reference(question)
        if question.kind == "choices":
            return Chain("comparison", Constant(value), (("in", node),))
        return Chain("comparison", node, (("eq", Constant(value)),))


def _fitting(question: Question, value: Decimal | str) -> Decimal | str | bool:
    """Return the constant in the kind of the question it is compared with."""
    match question.kind:
        case "yes_no":
            text = str(value)
            if text not in (question.yes, question.no):
                raise XPathRefused(_("„{value}“ ist keine der Antworten.").format(value=value))
            return text == question.yes
        case "choice" | "choices" | "text":
            return str(value)
        case "number" if isinstance(value, str):
            try:
                return Decimal(value)
            except ArithmeticError as error:
                raise XPathRefused(_("„{value}“ ist keine Zahl.").format(value=value)) from error
        case "date":
            raise _refused("date")
    return value


def _refused(name: str) -> XPathRefused:
    reason = _REASONS.get(name)
    if reason is None:
        return XPathRefused(_("{name}() hat hier keine Entsprechung.").format(name=name))
    return XPathRefused(_("{name}: {reason}.").format(name=name, reason=reason))


_Reader = Callable[[_Translator, tuple[XPath, ...]], Node]


def _calling(name: str) -> _Reader:
    return lambda translator, arguments: translator.call(name, arguments)


def _aggregating(name: str) -> _Reader:
    return lambda translator, arguments: translator.aggregate(name, arguments)


# By name and number of arguments; -1 stands for any number.
_FUNCTIONS: dict[tuple[str, int], _Reader] = {
    ("true", 0): lambda _translator, _arguments: Constant(True),
    ("false", 0): lambda _translator, _arguments: Constant(False),
    ("today", 0): lambda _translator, _arguments: Call("heute", ()),
    ("not", 1): lambda translator, arguments: Not(translator.node(arguments[0])),
    ("number", 1): lambda translator, arguments: translator.node(arguments[0]),
    ("if", 3): lambda translator, arguments: translator.condition(arguments),
    ("coalesce", 2): lambda translator, arguments: translator.coalesce(arguments),
    ("selected", 2): lambda translator, arguments: translator.selected(arguments),
    ("concat", -1): lambda translator, arguments: translator.concatenation(arguments),
    ("count", 1): _aggregating("anzahl"),
    ("count-selected", 1): _calling("anzahl"),
    ("sum", 1): _aggregating("summe"),
    ("min", -1): _aggregating("minimum"),
    ("max", -1): _aggregating("maximum"),
    ("string-length", 0): lambda translator, _arguments: Call(
        "laenge", (translator.node(Reference("")),)
    ),
    ("string-length", 1): _calling("laenge"),
    ("contains", 2): _calling("enthaelt"),
    ("round", 1): _calling("runden"),
    ("round", 2): _calling("runden"),
    ("abs", 1): _calling("absolut"),
}
