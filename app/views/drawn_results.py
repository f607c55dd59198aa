"""Results of evaluations as their template draws them."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from forms.statistics.charts import chart, has_places, number_text
from forms.statistics.settings import TIMES
from forms.statistics.tables import DOT, ResultTable, Shown


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
