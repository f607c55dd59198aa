"""The nodes an expression consists of, and their form as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, yes/no or null written in the expression."""

    value: Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """The value of a field, or the rows of a repeat group."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """``zeile.betrag``, ``kosten.betrag`` (a column), ``faelle.einsaetze.minuten`` (a column of a
    group in a group), ``uebergeordnet.satz`` or ``matrix.zeile.spalte``."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Logical negation."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Negative:
    """Arithmetical negation."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two and more operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A comparison, sum or product: a first operand, then operators with their operands.

    ``kind`` is ``comparison`` (eq ne lt lteq gt gteq in notin), ``sum`` (add sub) or
    ``product`` (mul div). Chains keep long sums flat, so that forty addends are not forty deep.
    """

    kind: str
    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Texts joined by ``~``."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """``then if test else otherwise``; without ``else`` the other value is null."""

    test: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list written in the expression."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one of the named functions."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over the rows of the group ``source``, in which ``zeile`` is each row in turn.

    ``value`` is what is taken of a row, None to count the rows themselves; ``only`` says which
    rows count. Without ``only`` it may turn out that ``source`` is a single value: then it is a
    call with two arguments, and ``value`` stands in the row of the rule.
    """

    function: str
    source: Name | Path
    value: Node | None
    only: Node | None


Node: TypeAlias = (
    Constant
    | Name
    | Path
    | Not
    | Negative
    | Logic
    | Chain
    | Join
    | Conditional
    | ListOf
    | Call
    | Aggregate
)

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq", "in", "notin"})
CHAIN_OPERATORS = {
    "comparison": COMPARISONS,
    "sum": frozenset({"add", "sub"}),
    "product": frozenset({"mul", "div"}),
}


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct operands of ``node`` in source order (``if``: test, then, otherwise)."""
    match node:
        case Not(operand) | Negative(operand):
            return (operand,)
        case Logic(_, operands) | Join(operands) | ListOf(operands) | Call(_, operands):
            return operands
        case Chain(_, first, rest):
            return (first, *(operand for _, operand in rest))
        case Conditional(test, then, otherwise):
            return (test, then, otherwise)
        case Aggregate(_, source, value, only):
            return tuple(part for part in (source, value, only) if part is not None)
        case _:
            return ()


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Yield every node with its depth (the root has depth 1), without recursion."""
    waiting = [(node, 1)]
    while waiting:
        current, depth = waiting.pop()
        yield current, depth
        waiting.extend((child, depth + 1) for child in reversed(children(current)))


def node_to_json(node: Node) -> dict[str, Json]:
    """Return ``node`` as a JSON object; :func:`node_from_json` reads it back unchanged."""
    match node:
        case Constant(value):
            if isinstance(value, Decimal):
                return {"node": "number", "value": str(value)}
            return {"node": "constant", "value": value}
        case Name(name):
            return {"node": "name", "name": name}
        case Path(parts):
            return {"node": "path", "parts": list(parts)}
        case Aggregate(function, source, value, only):
            return {
                "node": "aggregate",
                "function": function,
                "source": node_to_json(source),
                "value": None if value is None else node_to_json(value),
                "only": None if only is None else node_to_json(only),
            }
        case Chain(kind, first, rest):
            return {
                "node": kind,
                "first": node_to_json(first),
                "rest": [[operator, node_to_json(operand)] for operator, operand in rest],
            }
        case _:
            return _composite_to_json(node)


def _composite_to_json(
    node: Not | Negative | Logic | Join | Conditional | ListOf | Call,
) -> dict[str, Json]:
    operands: list[Json] = [node_to_json(child) for child in children(node)]
    match node:
        case Not():
            name = "not"
        case Negative():
            name = "negative"
        case Logic(operator, _):
            name = operator
        case Join():
            name = "join"
        case Conditional():
            name = "conditional"
        case ListOf():
            name = "list"
        case Call(function, _):
            return {"node": "call", "function": function, "operands": operands}
    return {"node": name, "operands": operands}


class NodeDocumentError(ValueError):
    """A stored expression tree does not have the shape that :func:`node_to_json` writes."""


def node_from_json(document: Json) -> Node:
    """Read a node that :func:`node_to_json` wrote.

    Raises :class:`NodeDocumentError` for any other document. The limits of size are not checked
    here but by :func:`forms.expressions.parsing.read_expression`.
    """
    if not isinstance(document, dict):
        raise NodeDocumentError("An expression node is an object.")
    match document:
        case {"node": "number", "value": str(value)}:
            return Constant(_read_number(value))
        case {"node": "constant", "value": str() | bool() | None as constant}:
            return Constant(constant)
        case {"node": "name", "name": str(name)}:
            return Name(name)
        case {"node": "path", "parts": list(parts)}:
            return Path(tuple(_read_text(part) for part in parts))
        case {"node": str(kind), "first": first, "rest": list(rest)} if kind in CHAIN_OPERATORS:
            return Chain(
                kind, node_from_json(first), tuple(_read_link(kind, item) for item in rest)
            )
        case {"node": "aggregate", "function": str(function), "source": source, **inner}:
            return _read_aggregate(function, source, inner)
        case {"node": "call", "function": str(function), "operands": list(operands)}:
            return Call(function, tuple(node_from_json(operand) for operand in operands))
        case {"node": str(name), "operands": list(operands)}:
            return _read_composite(name, tuple(node_from_json(operand) for operand in operands))
    raise NodeDocumentError(f"Unknown expression node: {document.get('node')!r}.")


def _read_aggregate(function: str, source: Json, parts: dict[str, Json]) -> Aggregate:
    group = node_from_json(source)
    if not isinstance(group, Name | Path):
        raise NodeDocumentError("What is aggregated is a name or a path.")
    value, only = parts.get("value"), parts.get("only")
    return Aggregate(
        function,
        group,
        None if value is None else node_from_json(value),
        None if only is None else node_from_json(only),
    )


def _read_composite(name: str, operands: tuple[Node, ...]) -> Node:
    match name, operands:
        case "not", (operand,):
            return Not(operand)
        case "negative", (operand,):
            return Negative(operand)
        case (("and" | "or"), (_, _, *_)):
            return Logic(name, operands)
        case "join", (_, _, *_):
            return Join(operands)
        case "conditional", (test, then, otherwise):
            return Conditional(test, then, otherwise)
        case "list", _:
            return ListOf(operands)
    raise NodeDocumentError(f"Unknown expression node: {name!r} with {len(operands)} operands.")


def _read_link(kind: str, item: Json) -> tuple[str, Node]:
    match item:
        case [str(operator), operand] if operator in CHAIN_OPERATORS[kind]:
            return operator, node_from_json(operand)
    raise NodeDocumentError("A link of a chain is an operator and a node.")


def _read_text(value: Json) -> str:
    if not isinstance(value, str):
        raise NodeDocumentError("A part of a path is a text.")
    return value


def _read_number(value: str) -> Decimal:
    if not value.replace(".", "", 1).replace("E-", "", 1).replace("-", "").isdecimal():
        raise NodeDocumentError(f"Not a number: {value!r}.")
    return Decimal(value)
