"""Compiles an expression tree to closures and runs them under a budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException, localcontext
from functools import lru_cache

from forms.expressions.dependencies import names_used
from forms.expressions.functions import FUNCTIONS
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
    walk,
)
from forms.expressions.operands import (
    ARITHMETIC,
    MAXIMUM_JOINED_TEXT,
    MAXIMUM_LIST,
    Cells,
    ExpressionError,
    Operand,
    Rows,
    Scalar,
    Scope,
    describe,
)
from forms.expressions.operators import ARITHMETIC_OPERATORS, COMPARISON_OPERATORS
from forms.expressions.parsing import parse_expression
from tenants.language import _

Program = Callable[[Scope], Operand]
ROW = "zeile"


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed and compiled expression; immutable and safe to share between threads."""

    source: str
    node: Node
    names: frozenset[str]
    """Names used: ``betrag``, ``zeile.x``, ``kosten.betrag``, ``matrix.zeile.spalte``."""
    steps: int
    program: Program = field(compare=False, repr=False)

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
    return Expression(source, node, names_used(node), sum(1 for _part in walk(node)), _build(node))


def evaluate_expression(expression: Expression, scope: Scope) -> Operand:
    """Evaluate one expression on its own, in the arithmetic of the language.

    Raises :class:`ExpressionError` with a German message when operands do not fit.
    """
    with localcontext(ARITHMETIC):
        return expression.run(scope)


def is_true(value: Operand) -> bool:
    """Read a condition: null is no. Raises :class:`ExpressionError` for any non-boolean."""
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise ExpressionError(
        _("Als Bedingung steht hier {kind}; nötig ist ein Ja/Nein oder ein Vergleich.").format(
            kind=describe(value)
        )
    )


def _build(node: Node) -> Program:
    return _BUILDERS[type(node)](node)


def _constant(node: Constant) -> Program:
    value = node.value
    return lambda scope: value


def _name(node: Name) -> Program:
    name = node.name
    return lambda scope: scope.names.get(name)


def _path(node: Path) -> Program:
    first, second = node.parts[0], node.parts[1]
    if first == ROW:
        return lambda scope: None if scope.row is None else scope.row.get(second)
    third = node.parts[2] if len(node.parts) > 2 else None

    def run(scope: Scope) -> Operand:
        value = scope.names.get(first)
        if isinstance(value, Rows):
            scope.charge(len(value.rows))
            return tuple(_scalar(row.get(second)) for row in value.rows)
        if isinstance(value, Cells) and third is not None:
            return value.cells.get(second, {}).get(third)
        if value is None:
            return None
        raise ExpressionError(
            _("„{path}“: {first} ist keine Wiederholgruppe.").format(
                path=".".join(node.parts), first=first
            )
        )

    return run


def _scalar(value: Operand) -> Scalar:
    if isinstance(value, tuple | Rows | Cells):
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
    if isinstance(value, tuple | Rows | Cells):
        raise ExpressionError(_("In einer Liste stehen nur einzelne Werte, keine Listen."))
    return value


def _call(node: Call) -> Program:
    run_function = FUNCTIONS[node.function].run
    arguments = [_build(argument) for argument in node.arguments]

    def run(scope: Scope) -> Operand:
        values = [argument(scope) for argument in arguments]
        for value in values:
            if isinstance(value, tuple) and len(value) > MAXIMUM_LIST:
                raise ExpressionError(_("Eine Liste ist zu lang."))
        return run_function(scope, values)

    return run


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
}
