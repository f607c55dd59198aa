"""Reads the part of XPath that XLSForm rules are written in, into a small tree of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from tenants.language import _

LONGEST_XPATH = 2000
DEEPEST_XPATH = 32


class XPathRefused(ValueError):
    """A rule uses what has no counterpart here; the message names it, in German."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or text."""

    value: Decimal | str


@dataclass(frozen=True, slots=True)
class Reference:
    """``${name}``; the empty name is ``.``, the question itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A call of a function."""

    name: str
    arguments: tuple[XPath, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and the operator between them."""

    operator: str
    left: XPath
    right: XPath


@dataclass(frozen=True, slots=True)
class Minus:
    """An operand with a minus before it."""

    operand: XPath


XPath: TypeAlias = Literal | Reference | Function | Binary | Minus

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
    | (?P<text>"[^"]*"|'[^']*')
    | \$\{\s*(?P<reference>[^{}]*?)\s*\}
    | (?P<path>\.\.|//|/|\[|\]|@|::|\|)
    | (?P<dot>\.)
    | (?P<name>[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)
    | (?P<operator><=|>=|!=|=|<|>|\+|-|\*)
    | (?P<bracket>[(),])
    )""",
    re.VERBOSE,
)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"=", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "div", "mod"}),
)
_WORDS = frozenset({"or", "and", "div", "mod"})


def parse_xpath(source: str) -> XPath:
    """Return the tree of ``source``. Raises `XPathRefused` naming what cannot be read."""
    # Excel replaces straight quotation marks by curly ones while people type.
    for curly in "‘’‚‛":
        source = source.replace(curly, "'")
    for curly in "“”„":
        source = source.replace(curly, '"')
    if len(source) > LONGEST_XPATH:
        raise XPathRefused(
            _("Die Regel ist länger als {limit} Zeichen.").format(limit=LONGEST_XPATH)
        )
    parser = _Parser(_tokens(source))
    tree = parser.expression()
    parser.expect_end()
    return tree


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    source = source.rstrip()
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise XPathRefused(
                _("Bei „{text}“ ist die Regel nicht lesbar.").format(
                    text=source[position : position + 20].strip()
                )
            )
        kind = str(match.lastgroup)
        text = match[kind]
        if kind == "path":
            raise XPathRefused(
                _("Pfade („{text}“) haben hier keine Entsprechung.").format(text=text)
            )
        tokens.append((kind, text))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def expression(self) -> XPath:
        self._depth += 1
        if self._depth > DEEPEST_XPATH:
            raise XPathRefused(
                _("Die Regel ist tiefer als {limit} Ebenen verschachtelt.").format(
                    limit=DEEPEST_XPATH
                )
            )
        tree = self._level(0)
        self._depth -= 1
        return tree

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise XPathRefused(
                _("Vor „{text}“ fehlt etwas in der Regel.").format(text=self._tokens[self._at][1])
            )

    def _level(self, level: int) -> XPath:
        if level == len(_LEVELS):
            return self._unary()
        operands = _LEVELS[level]
        tree = self._level(level + 1)
        while (operator := self._peek_operator()) in operands:
            self._at += 1
            tree = Binary(operator, tree, self._level(level + 1))
        return tree

    def _peek_operator(self) -> str:
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text if kind == "operator" or (kind == "name" and text in _WORDS) else ""

    def _unary(self) -> XPath:
        count = 0
        while self._peek_operator() == "-":
            self._at += 1
            count += 1
        operand = self._primary()
        return Minus(operand) if count % 2 else operand

    def _primary(self) -> XPath:
        kind, text = self._next()
        readers: dict[str, Callable[[str], XPath]] = {
            "number": lambda found: Literal(Decimal(found.rstrip("."))),
            "text": lambda found: Literal(found[1:-1]),
            "reference": Reference,
            "dot": lambda _found: Reference(""),
            "name": self._call,
        }
        if kind in readers:
            return readers[kind](text)
        if text == "(":
            tree = self.expression()
            self._expect(")")
            return tree
        raise XPathRefused(_("Bei „{text}“ ist die Regel nicht lesbar.").format(text=text))

    def _call(self, name: str) -> XPath:
        if self._at >= len(self._tokens) or self._tokens[self._at][1] != "(":
            raise XPathRefused(
                _("„{name}“ ist keine Funktion; Fragen heißen ${{name}}.").format(name=name)
            )
        self._at += 1
        arguments: list[XPath] = []
        if self._tokens[self._at : self._at + 1] == [("bracket", ")")]:
            self._at += 1
            return Function(name, ())
        while True:
            arguments.append(self.expression())
            _kind, text = self._next()
            if text == ")":
                return Function(name, tuple(arguments))
            if text != ",":
                raise XPathRefused(
                    _("In den Klammern von {name}() fehlt ein Komma.").format(name=name)
                )

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise XPathRefused(_("Die Regel hört mittendrin auf."))
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        if self._next()[1] != text:
            raise XPathRefused(_("In der Regel fehlt eine Klammer."))
