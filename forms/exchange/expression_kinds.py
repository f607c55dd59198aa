"""What kind of value an expression gives, as far as its text says."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from forms.exchange.xpath_reading import Question
from forms.expressions.nodes import (
    Call,
    Chain,
    Conditional,
    Constant,
    Join,
    Logic,
    Name,
    Node,
    Not,
    Path,
)

_OF_FUNCTIONS = {"leer": "yes_no", "enthaelt": "yes_no", "monate_spaeter": "date", "heute": "date"}
_OF_KINDS = {"text": "text", "choice": "text", "date": "date", "yes_no": "yes_no"}


def result_of(node: Node, questions: Iterable[Question]) -> str:
    """Return the ``result`` a calculated field with this value has to declare."""
    kinds = {question.key: _OF_KINDS.get(question.kind, "decimal") for question in questions}
    return _result(node, kinds)


def _result(node: Node, kinds: dict[str, str]) -> str:
    match node:
        case Constant(value):
            return _constant(value)
        case Name(name):
            return kinds.get(name, "decimal")
        case Path(parts):
            return kinds.get(parts[-1], "decimal")
        case Not() | Logic() | Chain("comparison"):
            return "yes_no"
        case Join():
            return "text"
        case Conditional(_, then, otherwise):
            return _result(otherwise if then == Constant(None) else then, kinds)
        case Call(function, arguments):
            if function in ("minimum", "maximum"):
                return _result(arguments[0], kinds)
            return _OF_FUNCTIONS.get(function, "decimal")
    return "decimal"


def _constant(value: Decimal | str | bool | None) -> str:
    if isinstance(value, bool):
        return "yes_no"
    return "text" if isinstance(value, str) else "decimal"
