"""Compiles an expression tree to closures and runs them under a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException, localcontext
from functools import lru_cache

from forms.expressions.arguments import check_length
from forms.expressions.dependencies import OUTER, OWN, ROW, IsGroup, names_used, rate_keys
from forms.expressions.functions import FUNCTIONS
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
    walk,
)
from forms.expressions.operands import (
    ARITHMETIC,
    MAXIMUM_JOINED_TEXT,
    Cells,
    Compound,
    ExpressionError,
    Operand,
    Rows,
    Scalar,
    Scope,
    describe,
    is_true,
    outer_row,
)
from forms.expressions.operators import ARITHMETIC_OPERATORS, COMPARISON_OPERATORS
from forms.expressions.over_rows import Program, over_rows
from forms.expressions.parsing import parse_expression
from tenants.language import _


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed and compiled expression; immutable and safe to share between threads."""

    source: str
    node: Node
    names: frozenset[str]
    """Names used: ``betrag``, ``kosten.betrag``, ``zeile.x``, ``matrix.zeile.spalte`` …"""
    rate_keys: frozenset[str]
    """Keys of the rate tables that ``satz(…)`` asks for."""
    steps: int
    program: Program = field(compare=False, repr=False)

    def names_with(self, is_group: IsGroup) -> frozenset[str]:
        """Return the names used, knowing which of them are repeat groups."""
        return names_used(self.node, is_group)

    def run(self, scope: Scope) -> Operand:
        """Evaluate in ``scope``; the caller has set the context :data:`ARITHMETIC`.

        Raises :class:`ExpressionError` with a German message when operands do not fit.
        """
        scope.charge(self.steps)
        try:
            return self.program(scope)
        except DecimalException as error:
            raise ExpressionError(_("Das Ergebnis ist eine zu große Zahl.")) from error


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Parse and compile ``source``; the same source gives the same, immutable expression.

    Raises :class:`forms.expressions.parsing.ExpressionSyntaxError`.
    """
    return compile_tree(source, parse_expression(source))


def compile_tree(source: str, node: Node) -> Expression:
    """Compile a tree that was parsed or read from storage; ``source`` is kept beside it."""
    return Expression(source, node, names_used(node), rate_keys(node), _size(node), _build(node))


def _size(node: Node) -> int:
    return sum(1 for _part in walk(node))


def evaluate_expression(expression: Expression, scope: Scope) -> Operand:
    """Evaluate one expression on its own, in the arithmetic of the language.

    Raises :class:`ExpressionError` with a German message when operands do not fit.
    """
    with localcontext(ARITHMETIC):
        return expression.run(scope)


def _build(node: Node) -> Program:
    return _BUILDERS[type(node)](node)


def _constant(node: Constant) -> Program:
    value = node.value
    return lambda scope: value


def _name(node: Name) -> Program:
    name = node.name
    return lambda scope: scope.names.get(name)


def _path(node: Path) -> Program:
    first, *rest = node.parts
    if first == OUTER:
        return _outer_path(node.parts)
    if first == OWN:
        return lambda scope: _descend(scope, _own_value(scope, rest[0]), rest[1:], node.parts)
    if first == ROW:
        key, *deeper = rest
        if not deeper:
            return lambda scope: None if scope.row is None else scope.row.get(key)
        return lambda scope: _descend(
            scope, None if scope.row is None else scope.row.get(key), deeper, node.parts
        )
    return lambda scope: _descend(scope, scope.names.get(first), rest, node.parts)


def _own_value(scope: Scope, key: str) -> Operand:
    return None if scope.own_row is None else scope.own_row.get(key)


def _outer_path(parts: tuple[str, ...]) -> Program:
    """Read ``uebergeordnet.satz``; the word may stand several times, once for each level."""
    levels = next((number for number, part in enumerate(parts) if part != OUTER), len(parts))
    key, *deeper = parts[levels:] or [OUTER]

    def run(scope: Scope) -> Operand:
        row = scope.row
        for _level in range(levels):
            row = outer_row(row)
        return None if row is None else _descend(scope, row.get(key), deeper, parts)

    return run


def _descend(scope: Scope, value: Operand, keys: Sequence[str], parts: tuple[str, ...]) -> Operand:
    """Follow ``keys`` from ``value``: to a column, to the column of a group in a group, to a cell.

    Rows of groups inside the rows are read one after the other, as if they stood in one group.
    """
    for number, key in enumerate(keys):
        if isinstance(value, Rows):
            value = _column(scope, value, key, is_last=number == len(keys) - 1)
        elif isinstance(value, Cells) and number == len(keys) - 2:
            return value.cells.get(key, {}).get(keys[-1])
        elif isinstance(value, Compound):
            value = value.parts.get(key)
        elif value is None:
            return None
        else:
            raise ExpressionError(
                _("„{path}“: {first} ist keine Wiederholgruppe.").format(
                    path=".".join(parts), first=".".join(parts[: len(parts) - len(keys) + number])
                )
            )
    return value


def _column(scope: Scope, group: Rows, key: str, *, is_last: bool) -> Operand:
    scope.charge(len(group.rows))
    values = [row.get(key) for row in group.rows]
    compounds = [value for value in values if isinstance(value, Compound)]
    if compounds and not is_last:
        return Rows([dict(compound.parts) for compound in compounds])
    inner = [value for value in values if isinstance(value, Rows)]
    if inner or not is_last:
        rows = [row for value in inner for row in value.rows]
        scope.charge(len(rows))
        return Rows(rows)
    return tuple(_scalar(value) for value in values)


def _scalar(value: Operand) -> Scalar:
    if isinstance(value, tuple | Rows | Cells | Compound):
        raise ExpressionError(_("Eine Spalte mit Mehrfachauswahl lässt sich nicht auswerten."))
    return value


def _not(node: Not) -> Program:
    operand = _build(node.operand)
    return lambda scope: not is_true(operand(scope))


def _negative(node: Negative) -> Program:
    operand = _build(node.operand)

    def run(scope: Scope) -> Operand:
        value = operand(scope)
        if isinstance(value, Decimal):
            return -value
        if value is None:
            return None
        raise ExpressionError(
            _("„-“ erwartet eine Zahl, nicht {kind}.").format(kind=describe(value))
        )

    return run


def _logic(node: Logic) -> Program:
    operands = [_build(operand) for operand in node.operands]
    if node.operator == "and":
        return lambda scope: all(is_true(operand(scope)) for operand in operands)
    return lambda scope: any(is_true(operand(scope)) for operand in operands)


def _chain(node: Chain) -> Program:
    if node.kind == "comparison":
        return _comparison(node)
    first = _build(node.first)
    rest = [(ARITHMETIC_OPERATORS[name], _build(operand)) for name, operand in node.rest]

    def run(scope: Scope) -> Operand:
        value = first(scope)
        for apply, operand in rest:
            value = apply(value, operand(scope))
        return value

    return run


def _comparison(node: Chain) -> Program:
    first = _build(node.first)
    rest = [(COMPARISON_OPERATORS[name], _build(operand)) for name, operand in node.rest]
    if len(rest) == 1:
        compare, second = rest[0]
        return lambda scope: compare(scope, first(scope), second(scope))

    def run(scope: Scope) -> Operand:
        left = first(scope)
        for compare, operand in rest:
            right = operand(scope)
            if not compare(scope, left, right):
                return False
            left = right
        return True

    return run


def _join(node: Join) -> Program:
    operands = [_build(operand) for operand in node.operands]

    def run(scope: Scope) -> Operand:
        texts: list[str] = []
        for operand in operands:
            value = operand(scope)
            if value is None:
                return None
            if not isinstance(value, str):
                raise ExpressionError(
                    _("„~“ verbindet nur Texte, nicht {kind}.").format(kind=describe(value))
                )
            texts.append(value)
        if sum(map(len, texts)) > MAXIMUM_JOINED_TEXT:
            raise ExpressionError(
                _("Der verbundene Text ist länger als {limit} Zeichen.").format(
                    limit=MAXIMUM_JOINED_TEXT
                )
            )
        return "".join(texts)

    return run


def _conditional(node: Conditional) -> Program:
    test, then, otherwise = _build(node.test), _build(node.then), _build(node.otherwise)
    return lambda scope: then(scope) if is_true(test(scope)) else otherwise(scope)


def _list(node: ListOf) -> Program:
    if all(isinstance(item, Constant) for item in node.items):
        constants = tuple(item.value for item in node.items if isinstance(item, Constant))
        return lambda scope: constants
    items = [_build(item) for item in node.items]

    def run(scope: Scope) -> Operand:
        return tuple(_item(item(scope)) for item in items)

    return run


def _item(value: Operand) -> Scalar:
    if isinstance(value, tuple | Rows | Cells | Compound):
        raise ExpressionError(_("In einer Liste stehen nur einzelne Werte, keine Listen."))
    return value


def _call(node: Call) -> Program:
    run_function = FUNCTIONS[node.function].run
    arguments = [_build(argument) for argument in node.arguments]

    def run(scope: Scope) -> Operand:
        values = [argument(scope) for argument in arguments]
        check_length(values)
        return run_function(scope, values)

    return run


def _aggregate(node: Aggregate) -> Program:
    parts = [part for part in (node.value, node.only) if part is not None]
    return over_rows(
        node.function,
        _build(node.source),
        None if node.value is None else _build(node.value),
        None if node.only is None else _build(node.only),
        sum(_size(part) for part in parts),
    )


_BUILDERS: dict[type, Callable[..., Program]] = {
    Constant: _constant,
    Name: _name,
    Path: _path,
    Not: _not,
    Negative: _negative,
    Logic: _logic,
    Chain: _chain,
    Join: _join,
    Conditional: _conditional,
    ListOf: _list,
    Call: _call,
    Aggregate: _aggregate,
}
