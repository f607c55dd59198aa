"""Writes an expression of our language as XPath for XLSForm, where it has the same meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from forms.expressions.dependencies import OUTER, ROW
from forms.expressions.nodes import (
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
from tenants.language import _

_SYMBOLS = {
    "eq": "=", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=",
    "add": "+", "sub": "-", "mul": "*", "div": "div",
}  # fmt: skip
_TRUE_VALUES = {"yes_no": "ja", "declaration": "OK"}


class NotExpressible(ValueError):
    """XPath has no words for a part of an expression; the message names it, in German."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an XLSForm calls a field, and of which type the field is here."""

    name: str
    type: str
    choices: Mapping[str, str] = field(default_factory=dict)
    """Names of the choices by value."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where an expression stands: the targets by path, its repeat group, its own field."""

    targets: Mapping[str, Target]
    repeat: str = ""
    own: str = ""
    """Path of the field itself, which is written as ``.`` in a constraint."""


def xpath_from_expression(node: Node, room: Room) -> str:
    """Return ``node``, a condition, as XPath. Raises `NotExpressible`."""
    return _Writer(room).condition(node)


def xpath_value(node: Node, room: Room) -> str:
    """Return ``node``, a calculation, as XPath. Raises `NotExpressible`."""
    return _Writer(room).value(node)


class _Writer:
    def __init__(self, room: Room) -> None:
        self._room = room

    def condition(self, node: Node) -> str:
        """Write what is true or not."""
        match node:
            case Constant(bool() as value):
                return "true()" if value else "false()"
            case Not(operand):
                return f"not({self.condition(operand)})"
            case Logic(operator, operands):
                parts = [self.condition(operand) for operand in operands]
                inner = [
                    f"({part})" if isinstance(operand, Logic) else part
                    for part, operand in zip(parts, operands, strict=True)
                ]
                return f" {operator} ".join(inner)
            case Chain("comparison", first, rest):
                return self._comparison(first, rest)
            case Name() | Path():
                return self._truth(node)
            case Call("leer", (argument,)):
                return self._empty(argument)
            case Call("enthaelt", (container, value)):
                return self._inside(value, container)
            case Conditional():
                return self.value(node)
        raise NotExpressible(_("Eine Bedingung dieser Art hat in XLSForm keine Entsprechung."))

    def value(self, node: Node) -> str:
        """Write what has a value."""
        match node:
            case Constant(value):
                return _literal(value)
            case Name() | Path():
                return self._reference(self._path(node))
            case Negative(operand):
                return f"-({self.value(operand)})"
            case Chain("sum" | "product", first, rest):
                text = self._operand(first)
                for operator, operand in rest:
                    text += f" {_SYMBOLS[operator]} {self._operand(operand)}"
                return text
            case Join(operands):
                return f"concat({', '.join(self.value(operand) for operand in operands)})"
            case Conditional(test, then, otherwise):
                parts = (self.condition(test), self.value(then), self.value(otherwise))
                return f"if({', '.join(parts)})"
            case Call(function, arguments):
                return self._call(function, arguments)
            case Logic() | Not() | Chain():
                return self.condition(node)
        raise NotExpressible(
            _("Listen und Auswertungen je Zeile haben in XLSForm hier keine Entsprechung.")
        )

    def _operand(self, node: Node) -> str:
        text = self.value(node)
        return f"({text})" if isinstance(node, Chain | Logic | Negative) else text

    def _path(self, node: Node) -> str:
        match node:
            case Name(name):
                return name
            case Path(parts) if parts[0] == ROW and self._room.repeat:
                return ".".join((self._room.repeat, *parts[1:]))
            case Path(parts) if parts[0] != OUTER:
                return ".".join(parts)
            case Path(parts):
                return self._outer_path(parts)
        raise NotExpressible(_("Nur Fragen lassen sich in XLSForm nennen."))

    def _outer_path(self, parts: tuple[str, ...]) -> str:
        """Name a question of the row around: XLSForm calls it by its name alone."""
        groups = self._room.repeat.split(".")
        levels = next((place for place, part in enumerate(parts) if part != OUTER), len(parts))
        return ".".join((*groups[: max(len(groups) - levels, 0)], *parts[levels:]))

    def _target(self, node: Node) -> Target | None:
        return self._room.targets.get(self._path(node)) if isinstance(node, Name | Path) else None

    def _reference(self, path: str) -> str:
        target = self._room.targets.get(path)
        if target is None:
            raise NotExpressible(_("„{path}“ ist in XLSForm keine Frage.").format(path=path))
        return "." if path == self._room.own else f"${{{target.name}}}"

    def _truth(self, node: Node) -> str:
        path = self._path(node)
        target = self._target(node)
        reference = self._reference(path)
        wanted = _TRUE_VALUES.get(target.type if target else "", "true")
        return f"{reference} = '{wanted}'"

    def _comparison(self, first: Node, rest: tuple[tuple[str, Node], ...]) -> str:
        parts = []
        left = first
        for operator, right in rest:
            parts.append(self._compared(operator, left, right))
            left = right
        return " and ".join(parts)

    def _compared(self, operator: str, left: Node, right: Node) -> str:
        if operator in ("in", "notin"):
            text = self._inside(left, right)
            return text if operator == "in" else f"not({text})"
        if isinstance(left, Constant) and not isinstance(right, Constant):
            turned = {"lt": "gt", "lteq": "gteq", "gt": "lt", "gteq": "lteq"}
            return self._compared(turned.get(operator, operator), right, left)
        if isinstance(right, Constant) and isinstance(right.value, bool):
            text = self.condition(left)
            return text if (operator == "eq") == right.value else f"not({text})"
        if right == Constant(None):
            return self._empty(left) if operator == "eq" else f"not({self._empty(left)})"
        target = self._target(left)
        second = self.value(right)
        if target is not None and isinstance(right, Constant) and isinstance(right.value, str):
            second = _literal(target.choices.get(right.value, right.value))
        return f"{self._operand(left)} {_SYMBOLS[operator]} {second}"

    def _inside(self, value: Node, container: Node) -> str:
        if isinstance(container, ListOf):
            if not container.items:
                return "false()"
            parts = [self._compared("eq", value, item) for item in container.items]
            return f"({' or '.join(parts)})"
        target = self._target(container)
        if target is not None and target.type == "checkboxes":
            if not isinstance(value, Constant):
                raise NotExpressible(_("In XLSForm sucht selected() nur nach festen Werten."))
            text = str(value.value)
            chosen = _literal(target.choices.get(text, text))
            return f"selected({self.value(container)}, {chosen})"
        return f"contains({self.value(container)}, {self.value(value)})"

    def _empty(self, node: Node) -> str:
        target = self._target(node)
        if target is not None and target.type == "repeat":
            return f"count({self.value(node)}) = 0"
        return f"{self.value(node)} = ''"

    def _call(self, function: str, arguments: tuple[Node, ...]) -> str:
        if function in ("leer", "enthaelt"):
            return self.condition(Call(function, arguments))
        if function == "anzahl":
            target = self._target(arguments[0])
            name = "count-selected" if target and target.type == "checkboxes" else "count"
            return f"{name}({self.value(arguments[0])})"
        writer = _FUNCTIONS.get(function)
        if writer is None:
            raise NotExpressible(
                _("{function}(…) hat in XLSForm keine Entsprechung.").format(function=function)
            )
        return writer([self.value(argument) for argument in arguments])


def _calling(name: str) -> Callable[[list[str]], str]:
    return lambda arguments: f"{name}({', '.join(arguments)})"


def _sum(arguments: list[str]) -> str:
    return " + ".join(f"sum({argument})" for argument in arguments)


def _round(arguments: list[str]) -> str:
    places = arguments[1] if len(arguments) > 1 else "0"
    return f"round({arguments[0]}, {places})"


_FUNCTIONS: dict[str, Callable[[list[str]], str]] = {
    "heute": _calling("today"),
    "summe": _sum,
    "minimum": _calling("min"),
    "maximum": _calling("max"),
    "runden": _round,
    "absolut": _calling("abs"),
    "laenge": _calling("string-length"),
}


def _literal(value: Decimal | str | bool | None) -> str:
    if value is None:
        return "''"
    if isinstance(value, bool):
        return "true()" if value else "false()"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value:
        return f'"{value}"'
    raise NotExpressible(_("Ein Text mit beiden Arten von Anführungszeichen."))
