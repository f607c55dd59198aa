"""Results of evaluations as their template draws them."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from forms.german import format_decimal, format_integer
from forms.statistics.charts import chart, has_places, number_text
from forms.statistics.settings import TIMES
from forms.statistics.tables import DOT, ResultTable, Shown
from forms.surveys.counting import AnswerRow, ItemResult, Range
from forms.surveys.items import Item


def drawn_result(
    table: ResultTable, rows: str = "", *, identity: str = "bild"
) -> dict[str, object]:
    """Return a result as components/result.html draws it.

    ``rows`` names what the rows are, so that time is drawn from left to right; ``identity`` tells
    the pictures of one page apart.
    """

    with_places = has_places(table)

    def cell(shown: Shown) -> dict[str, str]:
        if shown.submissions is None:
            return {"count": DOT, "total": DOT, "mean": DOT}
        return {
            "count": number_text(Decimal(shown.submissions)),
            "total": "–"
            if shown.total is None
            else number_text(shown.total, with_places=with_places),
            "mean": "–" if shown.mean is None else number_text(shown.mean, with_places=True),
        }

    # Every part of it was escaped where it was drawn.
    picture = Markup(chart(table, identity=identity, is_series=rows in TIMES))  # noqa: S704
    return {
        "table": table,
        "chart": picture,
        "rows": [
            {
                "label": label,
                "cells": [cell(one) for one in table.cells[place]] if table.cells else [],
                "total": cell(table.row_totals[place]),
            }
            for place, label in enumerate(table.rows)
        ],
        "column_totals": [cell(one) for one in table.column_totals],
        "total": cell(table.total),
        "is_empty": table.total.submissions is None and not table.rows,
        "hides": table.hides_something,
    }


def drawn_question(
    item: Item, said: ItemResult, number: int, median: Decimal | None = None
) -> dict[str, object]:
    """Return the result of a question as components/question.html draws it."""
    table = ResultTable(
        row_heading=item.label,
        column_heading="",
        measure="",
        rows=tuple(row.label for row in said.rows),
        columns=(),
        cells=(),
        row_totals=tuple(Shown(row.count) for row in said.rows),
        column_totals=(),
        total=Shown(said.answered),
        is_withheld=False,
        threshold=0,
    )
    return {
        "number": number + 1,
        "label": item.label,
        "section": item.section,
        "takes_several": item.takes_several,
        # Made by our own code from escaped labels.
        "chart": Markup(chart(table, identity=f"frage-{number}")),  # noqa: S704
        "rows": [
            {
                "label": row.label,
                "count": count_text(row.count),
                "share": share_text(row),
            }
            for row in said.rows
        ],
        "no_answer": count_text(said.no_answer),
        "answered": count_text(said.answered),
        "mean": mean_text(said),
        "median": format_decimal(median, places_of(median)) if median is not None else "",
        "hides": said.hides_something,
        "has_range": bool(said.mean_range or any(row.share_range for row in said.rows)),
        "is_hidden": all(row.count is None for row in said.rows) and not mean_text(said),
    }


def count_text(count: int | None) -> str:
    """Return a count as a German reads it, a dot for a hidden one."""
    return DOT if count is None else format_integer(count)


def places_of(number: Decimal) -> int:
    """Return how many places a number was rounded to."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def share_text(row: AnswerRow) -> str:
    """Return the share of an answer, or between what it lies where it would tell too much."""
    if row.share_range is not None:
        return f"{_between(row.share_range)} %"
    return "–" if row.share is None else f"{format_decimal(row.share, places_of(row.share))} %"


def mean_text(said: ItemResult) -> str:
    """Return the mean likewise, empty where there is none."""
    if said.mean_range is not None:
        return _between(said.mean_range)
    return "" if said.mean is None else format_decimal(said.mean, places_of(said.mean))


def _between(ends: Range) -> str:
    lowest, highest = (format_decimal(end, places_of(end)) for end in ends)
    return lowest if lowest == highest else f"{lowest}–{highest}"
