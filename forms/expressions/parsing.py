"""Reads an expression: Jinja's parser first, then our allow-list."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

from forms.expressions.calls import FILTER, check_aggregate, check_call, filtered, function_named
from forms.expressions.dependencies import mentions_row
from forms.expressions.limits import (
    MAXIMUM_DEPTH,
    MAXIMUM_NODES,
    MAXIMUM_PATH,
    MAXIMUM_SOURCE,
    ExpressionSyntaxError,
    check_name,
    check_number,
    check_text,
    too_deep,
)
from forms.expressions.nodes import (
    Aggregate,
    Call,
    Chain,
    Conditional,
    Constant,
    Join,
    Json,
    ListOf,
    Logic,
    Name,
    Negative,
    Node,
    NodeDocumentError,
    Not,
    Path,
    node_from_json,
    walk,
)
from tenants.language import _

_environment = Environment()  # noqa: S701 - parses only, renders nothing


def parse_expression(source: str) -> Node:
    """Parse ``source`` into an allow-listed tree.

    Raises :class:`ExpressionSyntaxError` with a German message for wrong syntax, for anything
    that is not in the language and for an expression beyond the limits.
    """
    if not source.strip():
        raise ExpressionSyntaxError(_("Der Ausdruck ist leer."))
    if len(source) > MAXIMUM_SOURCE:
        raise ExpressionSyntaxError(
            _("Der Ausdruck ist länger als {limit} Zeichen.").format(limit=MAXIMUM_SOURCE)
        )
    try:
        _check_tokens(source)
        parser = Parser(_environment, source, state="variable")
        tree = parser.parse_expression()
        rest = parser.stream.current
    except TemplateSyntaxError as error:
        raise ExpressionSyntaxError(
            _(
                "Der Ausdruck ist nicht lesbar. Bitte Klammern, Anführungszeichen und "
                "Rechenzeichen prüfen (Jinja meldet: {reason})."
            ).format(reason=error.message or "")
        ) from error
    except RecursionError as error:
        raise too_deep() from error
    if rest.type != "eof":
        raise ExpressionSyntaxError(
            _("Nach dem Ausdruck steht noch „{text}“.").format(text=rest.value)
        )
    return check_size(_convert(tree, 1))


def read_expression(document: Json) -> Node:
    """Read a stored tree (:func:`forms.expressions.nodes.node_to_json`) under the same limits.

    Raises :class:`ExpressionSyntaxError` when the document is no expression of this language.
    """
    try:
        node = check_size(node_from_json(document))
    except (NodeDocumentError, RecursionError) as error:
        raise ExpressionSyntaxError(_("Der gespeicherte Ausdruck ist nicht lesbar.")) from error
    for part, _depth in walk(node):
        if isinstance(part, Call):
            check_call(part)
        elif isinstance(part, Aggregate):
            check_aggregate(part)
        elif isinstance(part, Name):
            check_name(part.name)
        elif isinstance(part, Path):
            for name in part.parts:
                check_name(name)
        elif isinstance(part, Constant) and isinstance(part.value, str):
            check_text(part.value)
    return node


def check_size(node: Node) -> Node:
    """Return ``node`` if it keeps the limits, else raise :class:`ExpressionSyntaxError`."""
    for count, (_node, depth) in enumerate(walk(node), start=1):
        if depth > MAXIMUM_DEPTH:
            raise too_deep()
        if count > MAXIMUM_NODES:
            raise ExpressionSyntaxError(
                _("Der Ausdruck hat mehr als {limit} Teile. Teilen Sie ihn auf.").format(
                    limit=MAXIMUM_NODES
                )
            )
    return node


def _check_tokens(source: str) -> None:
    """Refuse what Jinja would misread (floats) or what makes its parser recurse without end."""
    depth = 0
    for _line, kind, text in _environment.lexer.tokeniter(source, None, state="variable"):
        if kind in ("integer", "float"):
            check_number(text)
        elif kind == "operator" and text in "([{":
            depth += 1
            if depth > MAXIMUM_DEPTH:
                raise too_deep()
        elif kind == "operator" and text in ")]}":
            depth -= 1
        elif kind == "name" and len(text) > 64:
            raise ExpressionSyntaxError(_("Ein Name ist länger als 64 Zeichen."))


def _convert(node: nodes.Expr, depth: int) -> Node:
    if depth > 4 * MAXIMUM_DEPTH:
        raise too_deep()
    converter = _CONVERTERS.get(type(node))
    if converter is None:
        raise ExpressionSyntaxError(
            _("„{what}“ gehört nicht zur Regelsprache.{hint}").format(
                what=_FOREIGN.get(type(node), type(node).__name__), hint=_hint(node)
            )
        )
    return converter(node, depth + 1)


_FOREIGN: dict[type, str] = {
    nodes.Pow: "**",
    nodes.Mod: "%",
    nodes.FloorDiv: "//",
    nodes.Getitem: "[…]",
    nodes.Filter: "|",
    nodes.Test: "is",
    nodes.Tuple: "(a, b)",
    nodes.Dict: "{…}",
}


def _hint(node: nodes.Expr) -> str:
    match node:
        case nodes.Test(name="none" | "defined" | "undefined"):
            return " " + _("Ob etwas beantwortet ist, sagt leer(…).")
        case nodes.Filter(name=name):
            return " " + _(
                "Schreiben Sie statt „| {name}“ eine Funktion, z. B. runden(x, 2)."
            ).format(name=name)
        case nodes.Getitem() | nodes.Slice():
            return " " + _("Spalten heißen z. B. kosten.betrag.")
    return ""


def _constant(node: nodes.Const, _depth: int) -> Node:
    value = node.value
    if value is None or isinstance(value, bool):
        return Constant(value)
    if isinstance(value, str):
        check_text(value)
        return Constant(value)
    return Constant(Decimal(repr(value)))


def _name(node: nodes.Name, _depth: int) -> Node:
    check_name(node.name)
    return Name(node.name)


def _path(node: nodes.Getattr, _depth: int) -> Node:
    parts: list[str] = []
    current: nodes.Expr = node
    while isinstance(current, nodes.Getattr):
        check_name(current.attr)
        parts.append(current.attr)
        current = current.node
    if not isinstance(current, nodes.Name):
        raise ExpressionSyntaxError(
            _("Ein Punkt steht nur zwischen Namen, z. B. zeile.betrag oder kosten.betrag.")
        )
    check_name(current.name)
    parts.append(current.name)
    if len(parts) > MAXIMUM_PATH:
        raise ExpressionSyntaxError(
            _("„{path}“ hat zu viele Teile.").format(path=".".join(reversed(parts)))
        )
    return Path(tuple(reversed(parts)))


def _logic(node: nodes.And | nodes.Or, depth: int) -> Node:
    kind = type(node)
    operands: list[nodes.Expr] = []
    current: nodes.Expr = node
    while isinstance(current, kind):
        operands.append(current.right)
        current = current.left
    operands.append(current)
    return Logic(
        "and" if kind is nodes.And else "or",
        tuple(_convert(operand, depth) for operand in reversed(operands)),
    )


_SUM: dict[type, str] = {nodes.Add: "add", nodes.Sub: "sub"}
_PRODUCT: dict[type, str] = {nodes.Mul: "mul", nodes.Div: "div"}


def _arithmetic(kind: str, operators: dict[type, str]) -> Callable[[nodes.BinExpr, int], Node]:
    def convert(node: nodes.BinExpr, depth: int) -> Node:
        rest: list[tuple[str, nodes.Expr]] = []
        current: nodes.Expr = node
        while isinstance(current, nodes.BinExpr) and type(current) in operators:
            rest.append((operators[type(current)], current.right))
            current = current.left
        first = _convert(current, depth)
        return Chain(
            kind,
            first,
            tuple((operator, _convert(operand, depth)) for operator, operand in reversed(rest)),
        )

    return convert


def _comparison(node: nodes.Compare, depth: int) -> Node:
    return Chain(
        "comparison",
        _convert(node.expr, depth),
        tuple((operand.op, _convert(operand.expr, depth)) for operand in node.ops),
    )


def _conditional(node: nodes.CondExpr, depth: int) -> Node:
    otherwise = Constant(None) if node.expr2 is None else _convert(node.expr2, depth)
    return Conditional(_convert(node.test, depth), _convert(node.expr1, depth), otherwise)


def _call(node: nodes.Call, depth: int) -> Node:
    if not isinstance(node.node, nodes.Name):
        raise ExpressionSyntaxError(_("Nur die benannten Funktionen lassen sich aufrufen."))
    name = SHORT_NAMES.get(node.node.name, node.node.name)
    keywords = [keyword.key for keyword in node.kwargs]
    if node.dyn_args or node.dyn_kwargs or keywords not in ([], [FILTER]):
        raise ExpressionSyntaxError(
            _(
                "Angaben einer Funktion werden nur mit Komma getrennt, ohne „=“ und „*“;"
                " benannt wird allein „nur“, z. B. summe(kosten.betrag, nur=zeile.art == 'a')."
            )
        )
    arguments = tuple(_convert(argument, depth) for argument in node.args)
    if keywords:
        return filtered(name, arguments, _convert(node.kwargs[0].value, depth))
    if function_named(name).is_aggregate and len(arguments) == 2:
        source, value = arguments
        if isinstance(source, Name | Path) and mentions_row(value):
            return Aggregate(name, source, value, None)
    return check_call(Call(name, arguments))


SHORT_NAMES = {"min": "minimum", "max": "maximum"}
"""What people write in spreadsheets; read as the function, which keeps its one name."""

_CONVERTERS: dict[type, Callable[..., Node]] = {
    nodes.Const: _constant,
    nodes.Name: _name,
    nodes.Getattr: _path,
    nodes.And: _logic,
    nodes.Or: _logic,
    nodes.Not: lambda node, depth: Not(_convert(node.node, depth)),
    nodes.Neg: lambda node, depth: Negative(_convert(node.node, depth)),
    nodes.Pos: lambda node, depth: _convert(node.node, depth),
    nodes.Compare: _comparison,
    nodes.CondExpr: _conditional,
    nodes.Call: _call,
    nodes.Concat: lambda node, depth: Join(tuple(_convert(part, depth) for part in node.nodes)),
    nodes.List: lambda node, depth: ListOf(tuple(_convert(item, depth) for item in node.items)),
    **{kind: _arithmetic("sum", _SUM) for kind in _SUM},
    **{kind: _arithmetic("product", _PRODUCT) for kind in _PRODUCT},
}
