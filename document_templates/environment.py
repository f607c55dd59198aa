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
from jinja2.visitor import NodeTransformer, NodeVisitor

from document_templates.filters import FILTERS
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
TESTS = ("defined", "undefined", "none")

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not,
    nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Neg,
    nodes.Pos, nodes.List, nodes.Tuple, nodes.Filter, nodes.Test, nodes.Keyword,
)  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class ForbiddenConstruct:
    """Something that Jinja knows and templates may not use."""

    message: str
    line: int


def forbidden_constructs(tree: nodes.Node) -> list[ForbiddenConstruct]:
    """Return everything in a parsed template that is not on the lists of what is allowed."""
    guard = _Guard()
    guard.visit(tree)
    return guard.problems


class _Guard(NodeVisitor):
    def __init__(self) -> None:
        self.problems: list[ForbiddenConstruct] = []

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> None:
        message = _problem_of(node)
        if message:
            self.problems.append(ForbiddenConstruct(message, node.lineno))
            return
        super().generic_visit(node, *args, **kwargs)


def _problem_of(node: nodes.Node) -> str:
    if type(node) not in _ALLOWED:
        return _forbidden_message(node)
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        return _("Namen beginnen nicht mit einem Unterstrich („{name}“).").format(name=node.name)
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return _("Namen beginnen nicht mit einem Unterstrich („{name}“).").format(name=node.attr)
    if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
        return _("In eckigen Klammern darf nur eine feste Nummer oder ein fester Name stehen.")
    if isinstance(node, nodes.For) and (node.recursive or not isinstance(node.target, nodes.Name)):
        return _("Schleifen haben die Form „for zeile in tabelle“.")
    if isinstance(node, nodes.Filter):
        return _problem_of_filter(node)
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        return _("Die Prüfung „is {name}“ gibt es nicht.").format(name=node.name)
    if isinstance(node, nodes.Compare) and len(node.ops) != 1:
        return _("Vergleiche werden einzeln geschrieben, verbunden mit „and“.")
    return ""


def _problem_of_filter(node: nodes.Filter) -> str:
    if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
        return _("Filter stehen nur hinter einem Platzhalter.")
    if node.name not in FILTERS:
        return _("Unbekannter Filter „{name}“.").format(name=node.name)
    return ""


def _forbidden_message(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call):
        return _("Aufrufe mit Klammern wie „name()“ sind nicht erlaubt.")
    if isinstance(node, (nodes.Mod, nodes.FloorDiv, nodes.Pow)):
        return _("Erlaubt sind nur die Rechenarten +, -, * und /.")
    if isinstance(node, nodes.Concat):
        return _("Das Verketten mit „~“ ist nicht erlaubt; setzen Sie zwei Platzhalter.")
    if isinstance(node, nodes.Dict):
        return _("Geschweifte Klammern sind innerhalb eines Platzhalters nicht erlaubt.")
    if isinstance(node, (nodes.Assign, nodes.AssignBlock)):
        return _("Eigene Werte mit „set“ sind nicht erlaubt.")
    if isinstance(node, nodes.Slice):
        return _("Ausschnitte mit Doppelpunkt sind nicht erlaubt.")
    return _("Diese Anweisung ist nicht erlaubt ({name}).").format(name=type(node).__name__)


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
