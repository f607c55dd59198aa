"""Which agreements in force lack a clause, on any day."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template, request, url_for

from app import database
from app.security.access import requires
from app.security.manager import allowed
from app.views.clauses.room import Row, clause_of, clauses, urls_of
from document_templates.clauses.gaps import AgreementInForce, gap_report
from document_templates.clauses.keeping import newest_version
from forms.german import format_date, read_date
from forms.surroundings import today_in_berlin
from tenants.language import _

_DAY = timedelta(days=1)


@clauses.get("/<uuid:clause_id>/vereinbarungen")
@requires("can_list", "Clauses")
def missing(clause_id: object) -> str | tuple[str, int]:
    """List the agreements in force without the clause, and how many have it."""
    clause = clause_of(clause_id)
    typed = request.args.get("stichtag", "").strip()[:20]
    day = read_date(typed) if typed else today_in_berlin()
    errors = []
    if day is None:
        errors = [{"html_id": "stichtag", "text": _("Schreiben Sie den Tag wie 01.07.2027.")}]
    report = gap_report(database.session(), clause, day or today_in_berlin())
    newest = newest_version(database.session(), clause)
    page = render_template(
        "clauses/missing.html",
        clause={"title": clause.title, "number": newest.number if newest else 0},
        day=format_date(report.day),
        typed=typed or format_date(report.day),
        count=report.count,
        lacking=[_row(one) for one in report.lacking],
        having=[_row(one) for one in report.having],
        older=sum(one.clause_version < newest.number for one in report.having) if newest else 0,
        stray=report.stray_amendments,
        errors=errors,
        has_errors=bool(errors),
        urls=urls_of(clause),
    )
    return (page, 422) if errors else page


def _row(one: AgreementInForce) -> Row:
    document = one.document
    sees = allowed("can_list", "Documents")
    return {
        "number": document.number,
        "title": document.title,
        "partner": document.organisation_name or document.recipient,
        "begins": format_date(one.begins_on),
        "last_day": format_date(one.ends_before - _DAY) if one.ends_before else "",
        "clause_version": one.clause_version,
        "amendments": one.amendments,
        "url": url_for("documents.show", document_id=document.id) if sees else "",
    }
