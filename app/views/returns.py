"""The Rücklauf by Träger: what was asked for, what came in, what is open, what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup

from app import database
from app.security.access import requires
from app.views.report_rows import filter_options
from forms.german import format_date
from forms.procedure.report_requests import list_requests, requested_facts
from forms.procedure.return_rate import (
    PartyRequest,
    PartyReturns,
    ReturnRate,
    return_rate,
    returns_by_party,
)
from forms.statistics.charts import chart
from forms.statistics.tables import ResultTable, Shown
from forms.surroundings import today_in_berlin
from tenants.language import _

returns = Blueprint("returns", __name__, url_prefix="/anforderungen")

MOST_REQUESTS = 5000

MOST_DRAWN = 40
"""More Träger are a table that can be read, but no picture."""


@returns.get("/ruecklauf")
@requires("can_request", "Reports")
def show() -> str:
    """Show for each Träger what was asked for, what came in, what is open and what is overdue."""
    session = database.session()
    form_id, period = request.args.get("vordruck", "")[:40], request.args.get("zeitraum", "")[:20]
    every = list_requests(session, limit=MOST_REQUESTS)
    found = [one for one in every if form_id in ("", one.form_id) and period in ("", one.period)]
    facts = requested_facts(session, found)
    day = today_in_berlin()
    parties = returns_by_party(
        [
            PartyRequest(party=one.organisation_name, requested=fact, due_on=one.due_on)
            for one, fact in zip(found, facts, strict=True)
        ],
        day,
    )
    return render_template(
        "reports/returns.html",
        day=format_date(day),
        parties=parties,
        total=returns_in_all(parties, return_rate(facts, day)),
        chart=returns_chart(parties),
        filter={
            "forms": filter_options({one.form_id: one.form.title for one in every}, form_id,
                              _("Alle Vordrucke")),
            "periods": filter_options({one.period: one.period for one in every}, period,
                                _("Jeder Zeitraum")),
        },
        is_filtered=bool(form_id or period),
        urls={"list": url_for("reports.index"), "returns": url_for("returns.show")},
    )  # fmt: skip


def returns_in_all(parties: Sequence[PartyReturns], rate: ReturnRate) -> PartyReturns:
    """Return the sums of all Träger."""
    return PartyReturns(
        party=_("Gesamt"),
        received=sum(one.received for one in parties),
        open=sum(one.open for one in parties),
        overdue=sum(one.overdue for one in parties),
        rate=rate,
    )


def returns_chart(parties: Sequence[PartyReturns]) -> Markup:
    """Return the chart, empty for none or too many Träger.

    Nothing is hidden in it: who may ask for reports sees each single one in the list.
    """
    if not parties or len(parties) > MOST_DRAWN:
        return Markup()
    table = ResultTable(
        row_heading=_("Träger"),
        column_heading=_("Stand"),
        measure=_("Anforderungen"),
        rows=tuple(one.party for one in parties),
        columns=(_("eingegangen"), _("offen"), _("überfällig")),
        cells=tuple(
            tuple(Shown(count, Decimal(count)) for count in (one.received, one.open, one.overdue))
            for one in parties
        ),
        row_totals=(),
        column_totals=(),
        total=Shown(),
        is_withheld=False,
        threshold=0,
    )
    # Made by our own code from escaped labels.
    return Markup(chart(table, identity="ruecklauf"))  # noqa: S704
