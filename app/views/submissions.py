"""Submitted declarations, as the office and their Träger see them."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.paging import turning, wanted_turn
from app.views.presenting import (
    document_rows,
    moment,
    request_rows,
    submission_rows,
    submission_status,
)
from document_templates.register import list_documents, list_unfinished
from forms.lists.overview import find_submissions
from forms.publishing import definition_of, published_forms
from forms.review import review as review_pages
from forms.submitting import (
    SubmissionUnknown,
    evaluate_submission,
    find_submission,
)
from forms.versions.upgrading import removed_answers
from tenants.audit import AuditEntry
from tenants.language import _

submissions = Blueprint("submissions", __name__, url_prefix="/einreichungen")

PAGE_SIZE = 50
_FILTER = "filter_submissions"
EVENTS = {
    "submission.started": _("Entwurf begonnen"),
    "submission.submitted": _("Eingereicht"),
    "submission.carried": _("Entwurf in eine neue Fassung übernommen"),
    "submission.discarded": _("Entwurf verworfen"),
}


@submissions.get("/")
@requires("can_list", "Submissions")
def index() -> str:
    """List submissions, newest first."""
    actor = current_actor()
    wanted = session.get(_FILTER, {}).get(actor.tenant.id, {})
    found = find_submissions(
        database.session(),
        own_only=actor.sees_own_only,
        form_id=wanted.get("form") or None,
        text=wanted.get("text", ""),
        turn=wanted_turn(),
        size=PAGE_SIZE,
    )
    return render_template(
        "submissions/list.html",
        submissions=submission_rows(found.submissions),
        filter={
            "form_options": _form_options(wanted.get("form", "")),
            "status_options": [],
            "text": wanted.get("text", ""),
        },
        is_filtered=any(wanted.values()),
        paging=turning("submissions.index", [one.id for one in found.submissions], found),
        tables=_tables(),
        urls={
            "search": url_for("submissions.search"),
            "reset": url_for("submissions.reset"),
        },
    )


def _form_options(selected: str) -> list[dict[str, object]]:
    every: list[dict[str, object]] = [
        {"value": "", "label": _("Alle Vordrucke"), "selected": not selected}
    ]
    return every + [
        {
            "value": version.form_id,
            "label": version.form.title,
            "selected": version.form_id == selected,
        }
        for version in published_forms(database.session())
    ]


def _tables() -> list[dict[str, str]]:
    return [
        {
            "label": version.form.title,
            "url": url_for("submission_table.show", form_key=version.form.key),
        }
        for version in published_forms(database.session())
    ]


@submissions.post("/suche")
@requires("can_list", "Submissions")
def search() -> Response:
    """Keep the filter in the session: names never stand in an address."""
    tenant_id = current_actor().tenant.id
    wanted = {
        "form": request.form.get("form", "")[:40],
        "text": request.form.get("text", "").strip()[:80],
    }
    session[_FILTER] = {**session.get(_FILTER, {}), tenant_id: wanted}
    return redirect(url_for("submissions.index"))


@submissions.get("/suche/zuruecksetzen")
@requires("can_list", "Submissions")
def reset() -> Response:
    """Forget the filter."""
    session[_FILTER] = {**session.get(_FILTER, {}), current_actor().tenant.id: {}}
    return redirect(url_for("submissions.index"))


@submissions.get("/<uuid:submission_id>")
@requires("can_list", "Submissions")
def show(submission_id: object) -> str | Response:
    """Show a declaration with its documents."""
    actor = current_actor()
    own_only = actor.sees_own_only
    try:
        submission = find_submission(database.session(), str(submission_id), own_only=own_only)
    except SubmissionUnknown:
        abort(404)
    if submission.state == "draft":
        return redirect(url_for("filling.resume", submission_id=submission.id))
    made = list_documents(database.session(), own_only=own_only, submission_id=submission.id)
    open_ = list_unfinished(database.session(), own_only=own_only, submission_id=submission.id)
    return render_template(
        "submissions/show.html",
        submission={
            "title": submission.form_version.form.title,
            "number": submission.number,
            "party": submission.organisation_name or _("Eigenes Amt"),
            "person": submission.person_name,
            "received_at": moment(submission.submitted_at),
            "form_version": submission.form_version.number,
            "status": submission_status(submission),
        },
        review=review_pages(
            definition_of(submission.form_version),
            evaluate_submission(database.session(), submission),
        ),
        removed=removed_answers(database.session(), submission),
        documents=request_rows(open_) + document_rows(made),
        events=_events(submission.id),
        actions=[],
        urls={
            "overview": url_for("submissions.index"),
            "declaration": url_for("declaration.copy", submission_id=submission.id),
        },
    )


def _events(submission_id: str) -> list[dict[str, str]]:
    entries = database.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "submission", AuditEntry.subject_id == submission_id)
        .order_by(AuditEntry.at.desc())
        .limit(50)
    )
    return [
        {"when": moment(entry.at), "who": "", "text": EVENTS.get(entry.action, entry.action)}
        for entry in entries
    ]
