"""What Jinja knows and templates may not use, found in the parsed template. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jinja2 import nodes
from jinja2.visitor import NodeVisitor

from document_templates.filters import FILTERS
from tenants.language import _

MAX_DEPTH = 40
MAX_FILTERS = 10
TESTS = ("defined", "undefined", "none")

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not,
    nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Neg,
    nodes.Pos, nodes.List, nodes.Tuple, nodes.Filter, nodes.Test, nodes.Keyword,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ForbiddenConstruct:
    """Something that Jinja knows and templates may not use."""

    message: str
    line: int


def forbidden_constructs(tree: nodes.Node) -> list[ForbiddenConstruct]:
    """Return everything in a parsed template that is not on the lists of what is allowed."""
    deep = _first_deep(tree)
    if deep is not None:
        # Nobody looks further: whatever walks down such an expression takes long, or falls.
        return [ForbiddenConstruct(_("Der Ausdruck ist zu tief verschachtelt."), deep.lineno)]
    guard = _Guard()
    guard.visit(tree)
    return guard.problems


def _first_deep(tree: nodes.Node) -> nodes.Node | None:
    """Return an expression in more than 40 others or behind more than 10 filters, if any."""
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while waiting:
        node, depth, filters = waiting.pop()
        depth = depth + 1 if isinstance(node, nodes.Expr) else 0
        filters = filters + 1 if isinstance(node, nodes.Filter) else 0
        if depth > MAX_DEPTH or filters > MAX_FILTERS:
            return node
        waiting.extend((child, depth, filters) for child in node.iter_child_nodes())
    return None


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
    name = _name_in(node)
    if name.startswith("_"):
        return _("Namen beginnen nicht mit einem Unterstrich („{name}“).").format(name=name)
    if isinstance(node, nodes.Const) and node.value in (math.inf, -math.inf):
        return _("Eine Zahl ist zu groß.")
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


def _name_in(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return str(node.arg.value)
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
