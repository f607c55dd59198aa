"""Conditions as rows of field, operator and value, and back as expressions.

Not every condition can be shown so; :func:`rule_of` then returns None, and the expression is
edited as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from forms.building.operands import Operand, OperandKind
from forms.expressions.interpreting import compile_expression
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.nodes import (
    Call,
    Chain,
    Constant,
    ListOf,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Path,
)
from forms.expressions.parsing import parse_expression
from forms.german import read_decimal
from tenants.language import _

Mode: TypeAlias = Literal["all", "any"]
MAXIMUM_LEVELS = 2
"""Groups within groups that the rows can show."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One row. ``values`` are constants as the expression writes them, ``other`` an operand."""

    operand: str
    operator: str
    values: tuple[str, ...] = ()
    other: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of which all, or any, must hold."""

    mode: Mode
    items: tuple[Condition | Group, ...]


class RuleIncomplete(ValueError):
    """A row lacks a field or a value, or the value does not fit (German message)."""


_COMPARED = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
}

_EMPTY = (("empty", _("ist nicht beantwortet")), ("filled", _("ist beantwortet")))
OPERATORS: dict[OperandKind, tuple[tuple[str, str], ...]] = {
    "text": (
        ("eq", _("ist")),
        ("ne", _("ist nicht")),
        ("has", _("enthält")),
        ("hasnot", _("enthält nicht")),
        *_EMPTY,
    ),
    "number": (
        ("eq", _("gleich")),
        ("ne", _("nicht gleich")),
        ("gt", _("größer als")),
        ("gteq", _("mindestens")),
        ("lt", _("kleiner als")),
        ("lteq", _("höchstens")),
        *_EMPTY,
    ),
    "date": (
        ("eq", _("ist der Tag von")),
        ("ne", _("ist nicht der Tag von")),
        ("gt", _("liegt nach")),
        ("gteq", _("liegt nicht vor")),
        ("lt", _("liegt vor")),
        ("lteq", _("liegt nicht nach")),
        *_EMPTY,
    ),
    "yes_no": (
        ("yes", _("ist Ja")),
        ("no", _("ist Nein")),
        ("notyes", _("ist nicht Ja")),
        *_EMPTY,
    ),
    "choice": (
        ("eq", _("ist")),
        ("ne", _("ist nicht")),
        ("in", _("ist eines von")),
        ("notin", _("ist keines von")),
        *_EMPTY,
    ),
    "choices": (("has", _("enthält")), ("hasnot", _("enthält nicht")), *_EMPTY),
    "rows": _EMPTY,
    "": _EMPTY,
}
WITHOUT_VALUE = frozenset({"empty", "filled", "yes", "no", "notyes"})
SEVERAL_VALUES = frozenset({"in", "notin"})


def operator_label(kind: OperandKind, operator: str) -> str:
    """Return the German words of an operator."""
    return next((label for name, label in OPERATORS[kind] if name == operator), operator)


# ---------------------------------------------------------------- expression → rows


def rule_of(source: str, operands: Mapping[str, Operand]) -> Group | None:
    """Return the rows that say the same as ``source``, None when rows cannot say it."""
    if not source.strip():
        return Group("all", ())
    try:
        node = compile_expression(source).node
    except ExpressionSyntaxError:
        return None
    return _group(node, operands, 1)


def _group(node: Node, operands: Mapping[str, Operand], level: int) -> Group | None:
    if not isinstance(node, Logic):
        single = _condition(node, operands)
        return None if single is None else Group("all", (single,))
    items: list[Condition | Group] = []
    for part in node.operands:
        item: Condition | Group | None
        if isinstance(part, Logic):
            item = _group(part, operands, level + 1) if level < MAXIMUM_LEVELS else None
        else:
            item = _condition(part, operands)
        if item is None:
            return None
        items.append(item)
    return Group("all" if node.operator == "and" else "any", tuple(items))


def _condition(node: Node, operands: Mapping[str, Operand]) -> Condition | None:
    match node:
        case Chain("comparison", first, ((operator, second),)):
            return _comparison(first, operator, second, operands)
        case Not(Call("enthaelt", (first, Constant(value)))):
            return _containing(first, "hasnot", value, operands)
        case Call("enthaelt", (first, Constant(value))):
            return _containing(first, "has", value, operands)
        case Not(Call("leer", (first,))):
            return _plain(first, "filled", operands)
        case Call("leer", (first,)):
            return _plain(first, "empty", operands)
        case Not(inner):
            return _plain(inner, "notyes", operands)
    return _plain(node, "yes", operands)


def _plain(node: Node, operator: str, operands: Mapping[str, Operand]) -> Condition | None:
    operand = operands.get(source_of(node))
    if operand is None or operator not in dict(OPERATORS[operand.kind]):
        return None
    return Condition(operand.source, operator)


def _containing(
    node: Node, operator: str, value: Decimal | str | bool | None, operands: Mapping[str, Operand]
) -> Condition | None:
    found = _plain(node, operator, operands)
    if found is None or not isinstance(value, str):
        return None
    return Condition(found.operand, operator, (_literal(value),))


def _comparison(
    first: Node, operator: str, second: Node, operands: Mapping[str, Operand]
) -> Condition | None:
    if operator in ("in", "notin") and isinstance(first, Constant):
        name = "has" if operator == "in" else "hasnot"
        found = _containing(second, name, first.value, operands)
        # A text „contains“ by the function alone; here the list stands on the right.
        return found if found and operands[found.operand].kind == "choices" else None
    operand = operands.get(source_of(first))
    if operand is None:
        return None
    if operand.kind == "yes_no":
        is_no = operator == "eq" and second == Constant(False)
        return Condition(operand.source, "no") if is_no else None
    if operator not in dict(OPERATORS[operand.kind]):
        return None
    other = operands.get(source_of(second))
    if other is not None:
        fits = other.kind == operand.kind and operator not in SEVERAL_VALUES
        return Condition(operand.source, operator, other=other.source) if fits else None
    values = _constants(second, several=operator in SEVERAL_VALUES)
    if not values or not all(_fits(value, operand.kind) for value in values):
        return None
    return Condition(operand.source, operator, tuple(_literal(value) for value in values))


Constants: TypeAlias = tuple[Decimal | str, ...]


def _constants(node: Node, *, several: bool) -> Constants:
    nodes = node.items if several and isinstance(node, ListOf) else () if several else (node,)
    found: list[Decimal | str] = []
    for one in nodes:
        match one:
            case Constant(Decimal() | str() as value):
                found.append(value)
            case Negative(Constant(Decimal() as value)):
                found.append(-value)
            case _:
                return ()
    return tuple(found)


def _fits(value: Decimal | str, kind: OperandKind) -> bool:
    return isinstance(value, Decimal) == (kind == "number")


def source_of(node: Node) -> str:
    """Return how an operand is written, empty for anything that is none."""
    match node:
        case Name(name):
            return name
        case Path(parts):
            return ".".join(parts)
        case Call("anzahl" | "summe" as function, (Name() | Path() as inner,)):
            return f"{function}({source_of(inner)})"
    return ""


def _literal(value: Decimal | str) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


# ---------------------------------------------------------------- rows → expression


def expression_of(group: Group, operands: Mapping[str, Operand]) -> str:
    """Return the expression that ``group`` stands for, empty without any row.

    Raises `RuleIncomplete` for a row that names no field of ``operands`` or lacks a value.
    """
    return _written(group, operands, outer=True)


def _written(item: Condition | Group, operands: Mapping[str, Operand], *, outer: bool) -> str:
    if isinstance(item, Condition):
        return _written_condition(item, operands)
    parts = [_written(one, operands, outer=False) for one in item.items]
    parts = [part for part in parts if part]
    text = (" and " if item.mode == "all" else " or ").join(parts)
    return text if outer or len(parts) < 2 else f"({text})"


def _written_condition(condition: Condition, operands: Mapping[str, Operand]) -> str:
    operand = operands.get(condition.operand)
    if operand is None:
        raise RuleIncomplete(_("Wählen Sie in jeder Bedingung ein Feld."))
    if condition.operator not in dict(OPERATORS[operand.kind]):
        raise RuleIncomplete(
            _("„{label}“: Wählen Sie einen Vergleich, der zu diesem Feld passt.").format(
                label=operand.label
            )
        )
    plain = {
        "yes": "{0}",
        "no": "{0} == false",
        "notyes": "not {0}",
        "empty": "leer({0})",
        "filled": "not leer({0})",
        "has": "enthaelt({0}, {1})",
        "hasnot": "not enthaelt({0}, {1})",
        "in": "{0} in [{1}]",
        "notin": "{0} not in [{1}]",
    }
    value = "" if condition.operator in WITHOUT_VALUE else _value(condition, operand)
    if condition.operator in plain:
        return plain[condition.operator].format(operand.source, value)
    return f"{operand.source} {_COMPARED[condition.operator]} {value}"


def _value(condition: Condition, operand: Operand) -> str:
    if condition.other:
        return condition.other
    if not condition.values:
        raise RuleIncomplete(
            _("„{label}“: Geben Sie an, womit verglichen wird.").format(label=operand.label)
        )
    for literal in condition.values:
        if not _is_literal(literal, operand.kind):
            raise RuleIncomplete(
                _("„{label}“: „{text}“ passt hier nicht.").format(
                    label=operand.label, text=literal[:40]
                )
            )
    return ", ".join(condition.values)


def _is_literal(text: str, kind: OperandKind) -> bool:
    try:
        node = parse_expression(text)
    except ExpressionSyntaxError:
        return False
    return any(_fits(value, kind) for value in _constants(node, several=False))


def entered_value(text: str, operand: Operand) -> str:
    """Return the literal for what a person typed or chose, empty for nothing.

    Raises `RuleIncomplete` for a text that is no number where one is needed.
    """
    if not text.strip():
        return ""
    if operand.kind != "number":
        return _literal(text if operand.options else text.strip())
    number = read_decimal(text)
    if number is None:
        raise RuleIncomplete(
            _("„{label}“: „{text}“ ist keine Zahl.").format(label=operand.label, text=text[:40])
        )
    return _literal(number)


def shown_value(literal: str, operand: Operand) -> str:
    """Return a literal as a person reads and types it."""
    try:
        node = parse_expression(literal)
    except ExpressionSyntaxError:
        return literal
    for value in _constants(node, several=False):
        return str(value).replace(".", ",") if isinstance(value, Decimal) else value
    return literal
