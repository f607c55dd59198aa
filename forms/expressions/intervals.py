"""Whether times or days in the rows of a group overlap."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise

from forms.expressions.arguments import Function, column_of, wrong
from forms.expressions.operands import ExpressionError, Operand, Scalar, Scope
from tenants.language import _

Interval = tuple[Decimal, Decimal]


def _overlaps(scope: Scope, arguments: list[Operand]) -> Operand:
    """Look only at rows that are alike in all columns after the first two.

    A row in which one of the values is null is left out.
    """
    columns = [column_of(scope, "ueberschneidet", argument) for argument in arguments]
    if len({len(column) for column in columns}) > 1:
        raise ExpressionError(_("ueberschneidet(…) erwartet Spalten derselben Wiederholgruppe."))
    alike: defaultdict[tuple[Scalar, ...], list[Interval]] = defaultdict(list)
    for start, end, *same in zip(*columns, strict=True):
        if start is None or end is None or None in same:
            continue
        interval = _interval(start, end)
        if interval[0] < interval[1]:
            alike[tuple(same)].append(interval)
    return any(_any_overlap(intervals) for intervals in alike.values())


def _any_overlap(intervals: list[Interval]) -> bool:
    # The one that ends last so far need not be the direct predecessor, but if any two overlap
    # then so do two neighbours in the order of their beginning.
    return any(later[0] < earlier[1] for earlier, later in pairwise(sorted(intervals)))


def _interval(start: Scalar, end: Scalar) -> Interval:
    """Return the span as half-open numbers; the last day of a span of days belongs to it."""
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        return start, end
    if isinstance(start, date) and isinstance(end, date):
        return Decimal(start.toordinal()), Decimal(end.toordinal() + 1)
    unfit = end if isinstance(start, Decimal | date) else start
    raise wrong("ueberschneidet", _("zwei Uhrzeiten oder zwei Daten"), unfit)


INTERVAL_FUNCTIONS: dict[str, Function] = {
    "ueberschneidet": Function("ueberschneidet(von, bis, gleich, …)", 2, 6, _overlaps),
}
