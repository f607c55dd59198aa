"""Runs an aggregate over the rows of a group: what is taken of each row, and which rows count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from forms.expressions.arguments import check_length
from forms.expressions.functions import FUNCTIONS
from forms.expressions.operands import (
    Cells,
    Compound,
    ExpressionError,
    Operand,
    Rows,
    Scalar,
    Scope,
    describe,
    is_true,
)
from tenants.language import _

Program = Callable[[Scope], Operand]

_NO_ROW: Mapping[str, Operand] = {}


def over_rows(
    function: str, source: Program, value: Program | None, only: Program | None, steps: int
) -> Program:
    """Return the program of an aggregate; ``steps`` are charged for each row.

    A hidden group (null) has no rows. Where ``source`` is no group and nothing is filtered, the
    function is called with both values, as in ``maximum(grenze, zeile.betrag)``.
    """
    run_function = FUNCTIONS[function].run
    takes_several = FUNCTIONS[function].most != 1

    def run(scope: Scope) -> Operand:
        group = source(scope)
        if isinstance(group, Rows):
            values = [_taken(scope, group, value, only, steps)]
        elif group is None and only is not None:
            values = [None if value is None else ()]
        elif only is None and value is not None and (takes_several or group is None):
            values = [group, value(scope)]
        else:
            raise ExpressionError(
                _("{name}(…) erwartet hier eine Wiederholgruppe, nicht {kind}.").format(
                    name=function, kind=describe(group)
                )
            )
        check_length(values)
        return run_function(scope, values)

    return run


def _taken(
    scope: Scope, group: Rows, value: Program | None, only: Program | None, steps: int
) -> Operand:
    scope.charge(len(group.rows) * (steps + 1))
    rows: list[dict[str, Operand]] = []
    taken: list[Scalar] = []
    with _within_rows(scope):
        for row in group.rows:
            scope.row = row
            if only is not None and not is_true(only(scope)):
                continue
            rows.append(row)
            if value is not None:
                taken.append(_single(value(scope)))
    return Rows(rows) if value is None else tuple(taken)


@contextmanager
def _within_rows(scope: Scope) -> Iterator[None]:
    """Remember the row of the rule as ``diese``, and put everything back afterwards."""
    row, own_row = scope.row, scope.own_row
    if own_row is None:
        scope.own_row = _NO_ROW if row is None else row
    try:
        yield
    finally:
        scope.row, scope.own_row = row, own_row


def _single(value: Operand) -> Scalar:
    if isinstance(value, tuple | Rows | Cells | Compound):
        raise ExpressionError(
            _("Je Zeile zählt ein einzelner Wert, nicht {kind}.").format(kind=describe(value))
        )
    return value
