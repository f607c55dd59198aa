"""Writes an expression tree back as text that the parser reads as the same tree."""

from __future__ import annotations

from decimal import Decimal

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

_OPERATORS = {
    "eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in",
    "notin": "not in", "add": "+", "sub": "-", "mul": "*", "div": "/",
}  # fmt: skip
# How tightly each kind binds; an operand that binds less is put in brackets.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _JOIN, _PRODUCT, _NEGATIVE, _ATOM = range(10)
_CHAINS = {"comparison": _COMPARISON, "sum": _SUM, "product": _PRODUCT}


def expression_source(node: Node) -> str:
    """Return ``node`` as source of the rule language."""
    return _write(node)[0]


def _write(node: Node) -> tuple[str, int]:
    match node:
        case Constant(value):
            return _constant(value), _ATOM
        case Name(name):
            return name, _ATOM
        case Path(parts):
            return ".".join(parts), _ATOM
        case Chain(kind, first, rest):
            return _chain(_CHAINS[kind], first, rest)
        case Logic(operator, operands):
            level = _AND if operator == "and" else _OR
            return f" {operator} ".join(_within(part, level + 1) for part in operands), level
        case Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case Negative(operand):
            return f"-{_within(operand, _ATOM)}", _NEGATIVE
        case _:
            return _composite(node)


def _composite(node: Join | Conditional | ListOf | Call | Aggregate) -> tuple[str, int]:
    match node:
        case Join(operands):
            return " ~ ".join(_within(part, _JOIN + 1) for part in operands), _JOIN
        case Conditional(test, then, otherwise):
            text = f"{_within(then, _OR)} if {_within(test, _OR)}"
            if otherwise != Constant(None):
                text += f" else {_within(otherwise, _OR)}"
            return text, _CONDITIONAL
        case ListOf(items):
            return "[" + ", ".join(_write(item)[0] for item in items) + "]", _ATOM
        case Call(function, arguments):
            inner = ", ".join(_write(argument)[0] for argument in arguments)
            return f"{function}({inner})", _ATOM
        case Aggregate(function, source, value, only):
            parts = [_write(part)[0] for part in (source, value) if part is not None]
            parts += [] if only is None else [f"nur={_write(only)[0]}"]
            return f"{function}({', '.join(parts)})", _ATOM


def _chain(level: int, first: Node, rest: tuple[tuple[str, Node], ...]) -> tuple[str, int]:
    text = _within(first, level + 1)
    for operator, operand in rest:
        text += f" {_OPERATORS[operator]} {_within(operand, level + 1)}"
    return text, level


def _within(node: Node, level: int) -> str:
    text, found = _write(node)
    return text if found >= level else f"({text})"


def _constant(value: Decimal | str | bool | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
