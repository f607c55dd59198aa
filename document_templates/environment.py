"""The closed Jinja environment in which every template runs.

Plain data only: attributes of mappings, no calls, no globals, filters and operators from
lists. The AST is checked when code is generated, so nothing else can ever be compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, Undefined, nodes, pass_eval_context
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from document_templates.filters import FILTERS
from document_templates.forbidden_constructs import TESTS, forbidden_constructs
from document_templates.operations import calculate, compare, item_of, negate
from document_templates.values import (
    MissingValue,
    UnfitValue,
    as_list,
    as_number,
    missing_message,
    require_value,
)
from document_templates.written_values import (
    write_colour,
    write_columns,
    write_property,
    write_runs,
    write_value,
)
from tenants.language import _

MAX_TURNS = 200_000
SPAN_ATTRIBUTE = '<w:gridSpan w:val="'
COLOUR_ATTRIBUTE = '<w:shd w:val="clear" w:color="auto" w:fill="'
RUN_MARK = "\x01"
"""Stands in prepared source before a tag that writes whole runs; no XML can hold it."""

LOOP_NAMES = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})


@dataclass(slots=True)
class LoopBudget:
    """How many turns all loops of one document may still take together."""

    turns: int = MAX_TURNS


loop_budget: ContextVar[LoopBudget | None] = ContextVar("loop_budget", default=None)


# Given a context, Jinja cannot write constants while compiling: it would escape them first.
@pass_eval_context
def _finalize_text(_context: nodes.EvalContext, value: object) -> str:
    return write_value(value)


@pass_eval_context
def _finalize_property(_context: nodes.EvalContext, value: object) -> str:
    return write_property(value)


def _turns(value: object) -> Sequence[object]:
    """Return what a loop runs over and take its turns from the document's budget."""
    require_value(value)
    if isinstance(value, (str, dict)) or value is False or value is True:
        raise UnfitValue(_("Eine Schleife braucht eine Liste oder Tabelle."))
    items = as_list(value)
    budget = loop_budget.get()
    if budget is not None:
        budget.turns -= len(items)
        if budget.turns < 0:
            raise UnfitValue(
                _("Die Schleifen haben zusammen mehr als {count} Durchläufe.").format(
                    count=MAX_TURNS
                )
            )
    return items


# Names that no author can write: the check knows only those in FILTERS.
_INNER_FILTERS = {
    "_compare": compare,
    "_turns": _turns,
    "_columns": write_columns,
    "_colour": write_colour,
    "_runs": write_runs,
}


class ClosedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja reduced to what a document needs; see the module."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self, *, properties: bool = False) -> None:
        """``properties`` chooses `write_property`, for parts without paragraphs."""
        super().__init__(
            autoescape=True,
            undefined=MissingValue,
            finalize=_finalize_property if properties else _finalize_text,
        )
        self.globals.clear()
        self.filters = {**FILTERS, **_INNER_FILTERS}
        self.tests = {name: self.tests[name] for name in TESTS}

    def getattr(self, obj: object, attribute: str) -> object:
        """Return a value of a mapping or of the loop; attributes of objects do not exist."""
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else MissingValue(obj=obj, name=attribute)
        if isinstance(obj, LoopContext) and attribute in LOOP_NAMES:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            raise UnfitValue(missing_message(obj))
        return MissingValue(obj=obj, name=attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Return an item of a list or mapping."""
        return item_of(obj, argument)

    def is_safe_callable(self, obj: object) -> bool:
        """Nothing may be called."""
        return False

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        """Calculate in decimals; other operators than + − * / are refused."""
        return calculate(operator, left, right)

    def call_unop(self, context: object, operator: str, arg: object) -> object:
        """Return plus or minus a number."""
        return negate(arg) if operator == "-" else as_number(require_value(arg))

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        problems = forbidden_constructs(source)
        if problems:
            raise TemplateSyntaxError(problems[0].message, problems[0].line)
        _TypedOperations().visit(source)
        source.set_environment(self)
        return super()._generate(source, name, filename, defer_init)


class _TypedOperations(NodeTransformer):
    """Replace comparisons and loops by our own typed and counted ones.

    A value in the width or the colour of a cell, the only attributes that may hold one, becomes
    a small whole number or a colour; one behind a `RUN_MARK` becomes runs.
    """

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        self.generic_visit(node)
        for at in range(1, len(node.nodes)):
            before = node.nodes[at - 1]
            if not isinstance(before, nodes.TemplateData):
                continue
            text, mark, look = before.data.rpartition(RUN_MARK)
            if before.data.endswith(SPAN_ATTRIBUTE):
                node.nodes[at] = _inner(node.nodes[at], "_columns", [], node.lineno)
            elif before.data.endswith(COLOUR_ATTRIBUTE):
                node.nodes[at] = _inner(node.nodes[at], "_colour", [], node.lineno)
            elif mark:
                before.data = text
                node.nodes[at] = _inner(node.nodes[at], "_runs", [nodes.Const(look)], node.lineno)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Filter:
        self.generic_visit(node)
        operand = node.ops[0]
        arguments: list[nodes.Expr] = [nodes.Const(operand.op), operand.expr]
        return _inner(node.expr, "_compare", arguments, node.lineno)

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _inner(node.iter, "_turns", [], node.lineno)
        return node


def _inner(value: nodes.Node, name: str, arguments: list[nodes.Expr], line: int) -> nodes.Filter:
    # `set_lineno` also reaches the new constants, which the parser has never seen.
    node = nodes.Filter(value, name, arguments, [], None, None)
    node.set_lineno(line)
    return node
