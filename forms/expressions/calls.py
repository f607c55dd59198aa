"""Checks the calls of an expression against the functions that there are."""

from __future__ import annotations

from forms.expressions.arguments import Function
from forms.expressions.dependencies import OUTER, ROW
from forms.expressions.functions import FUNCTIONS
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.nodes import Aggregate, Call, Constant, Name, Node, Path
from tenants.language import _

FILTER = "nur"
"""The one named argument: which rows an aggregate takes."""


def function_named(name: str) -> Function:
    """Return a function by name. Raises :class:`ExpressionSyntaxError`."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise ExpressionSyntaxError(
            _("Die Funktion „{name}“ gibt es nicht. Es gibt: {names}.").format(
                name=name, names=", ".join(sorted(FUNCTIONS))
            )
        )
    return function


def check_call(call: Call) -> Call:
    """Return ``call`` if its function takes it. Raises :class:`ExpressionSyntaxError`."""
    function = function_named(call.function)
    count = len(call.arguments)
    if count < function.least or (function.most is not None and count > function.most):
        raise ExpressionSyntaxError(
            _("{signature}: {count} Angaben sind hier nicht richtig.").format(
                signature=function.signature, count=count
            )
        )
    if function.key_first:
        key = call.arguments[0]
        if not isinstance(key, Constant) or not isinstance(key.value, str):
            raise ExpressionSyntaxError(
                _("{signature}: Der Schlüssel steht als Text in der Regel.").format(
                    signature=function.signature
                )
            )
    return call


def check_aggregate(aggregate: Aggregate) -> Aggregate:
    """Return ``aggregate`` if its function runs over rows. Raises ExpressionSyntaxError."""
    function = function_named(aggregate.function)
    if not function.is_aggregate or (aggregate.value is None and aggregate.only is None):
        raise ExpressionSyntaxError(
            _("{signature} wertet keine Zeilen aus.").format(signature=function.signature)
        )
    return aggregate


def filtered(name: str, arguments: tuple[Node, ...], only: Node) -> Aggregate:
    """Return the aggregate that takes only the rows of which ``only`` is true.

    ``arguments`` are a group to count, a group with a row expression, or a column. Raises
    :class:`ExpressionSyntaxError`.
    """
    check_aggregate(Aggregate(name, Name(name), None, only))
    source = arguments[0] if arguments else None
    value = arguments[1] if len(arguments) == 2 else None
    if len(arguments) == 1 and name != "anzahl" and isinstance(source, Path):
        *group, column = source.parts
        if group not in ([ROW], [OUTER]):
            source = Name(group[0]) if len(group) == 1 else Path(tuple(group))
            value = Path((ROW, column))
    is_whole = value is not None or name == "anzahl"
    if not isinstance(source, Name | Path) or len(arguments) > 2 or not is_whole:
        raise ExpressionSyntaxError(
            _(
                "Mit „nur“ steht in {name}(…) eine Spalte, z. B. kosten.betrag, oder eine Gruppe"
                " und was je Zeile zählt; anzahl(…) nimmt die Gruppe allein."
            ).format(name=name)
        )
    return Aggregate(name, source, value, only)
