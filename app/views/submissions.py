"""Submitted declarations, as the office and their Träger see them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import database
from app.administration.formats import action_text
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.paging import turning, wanted_turn
from app.views.presenting import (
    asked_fields,
    document_rows,
    inquiry_view,
    moment,
    reminded_text,
    request_rows,
    submission_rows,
    submission_status,
)
from app.views.procedure import handover_row, step_rows, whom_text
from document_templates.register import list_documents, list_unfinished
from forms.attachments.drawing import file_rows
from forms.attachments.keeping import attachments_of
from forms.attachments.states import answered_files
from forms.lists.overview import find_submissions
from forms.models import FormVersion, Submission
from forms.procedure.deciding import decisions, may_inquire
from forms.procedure.handing_over import list_handovers
from forms.procedure.inquiries import list_inquiries
from forms.procedure.reading import Reading, read_submission
from forms.procedure.reminding import reminders_of
from forms.procedure.states import SUBMISSION_STATES
from forms.procedure.working import WORK_LABELS, find_work, possible_work
from forms.publishing import definition_of, published_forms
from forms.review import review as review_pages
from forms.submitting import SubmissionUnknown, find_submission
from forms.versions.upgrading import removed_answers
from forms.versions.validities import edition_of
from forms.viewer import Viewer
from tenants.audit import AuditEntry
from tenants.language import _

submissions = Blueprint("submissions", __name__, url_prefix="/einreichungen")

PAGE_SIZE = 50
_FILTER = "filter_submissions"


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
        state=wanted.get("status", ""),
        text=wanted.get("text", ""),
        turn=wanted_turn(),
        size=PAGE_SIZE,
    )
    published = published_forms(database.session())
    return render_template(
        "submissions/list.html",
        submissions=submission_rows(found.submissions),
        filter={
            "form_options": _form_options(published, wanted.get("form", "")),
            "status_options": _status_options(wanted.get("status", "")),
            "text": wanted.get("text", ""),
        },
        is_filtered=any(wanted.values()),
        paging=turning("submissions.index", [one.id for one in found.submissions], found),
        tables=_tables(published),
        urls={
            "search": url_for("submissions.search"),
            "reset": url_for("submissions.reset"),
        },
    )


def _form_options(published: Sequence[FormVersion], selected: str) -> list[dict[str, object]]:
    every: list[dict[str, object]] = [
        {"value": "", "label": _("Alle Vordrucke"), "selected": not selected}
    ]
    return every + [
        {
            "value": version.form_id,
            "label": version.form.title,
            "selected": version.form_id == selected,
        }
        for version in published
    ]


def _tables(published: Sequence[FormVersion]) -> list[dict[str, str]]:
    return [
        {
            "label": version.form.title,
            "url": url_for("submission_table.show", form_key=version.form.key),
        }
        for version in published
    ]


def _status_options(selected: str) -> list[dict[str, object]]:
    states = {"": _("Jeder Stand")} | {
        state: word for state, word in SUBMISSION_STATES.items() if state != "draft"
    }
    return [
        {"value": state, "label": word, "selected": state == selected}
        for state, word in states.items()
    ]


@submissions.post("/suche")
@requires("can_list", "Submissions")
def search() -> Response:
    """Keep the filter in the session: names never stand in an address."""
    tenant_id = current_actor().tenant.id
    wanted = {
        "form": request.form.get("form", "")[:40],
        "status": request.form.get("status", "")[:20],
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
    """Show a declaration with its documents, where it stands and what may be done with it."""
    actor, db = current_actor(), database.session()
    own_only = actor.sees_own_only
    try:
        submission = find_submission(db, str(submission_id), own_only=own_only)
    except SubmissionUnknown:
        abort(404)
    if submission.state == "draft":
        return redirect(url_for("filling.resume", submission_id=submission.id))
    documents = []
    if allowed("can_list", "Documents"):
        made = list_documents(db, own_only=own_only, submission_id=submission.id)
        open_ = list_unfinished(db, own_only=own_only, submission_id=submission.id)
        documents = request_rows(open_) + document_rows(made)
    reading = read_submission(db, submission, actor.viewer)
    definition = definition_of(submission.form_version)
    inquiries = list_inquiries(db, submission)
    reminders = reminders_of(db, inquiries=[one.id for one in inquiries]) if inquiries else {}
    return render_template(
        "submissions/show.html",
        submission={
            "title": submission.form_version.form.title,
            "number": submission.number,
            "party": submission.organisation_name or _("Eigenes Amt"),
            "person": submission.person_name,
            "period": submission.period,
            "received_at": moment(submission.submitted_at),
            "form_version": edition_of(db, submission.form_version),
            "status": submission_status(submission),
        },
        review=review_pages(reading.form, reading.evaluation),
        files=_files(submission, reading),
        removed=removed_answers(db, submission),
        documents=documents,
        shows_documents=allowed("can_list", "Documents"),
        events=_events(submission.id),
        steps=step_rows(submission, definition),
        inquiries=[
            {
                **inquiry_view(one),
                "asked": asked_fields(one, definition),
                "reminded": reminded_text(reminders.get(one.id, [])),
                "whom": whom_text(submission, definition.procedure.role_of(one.step)),
            }
            for one in reversed(inquiries)
        ],
        handovers=[handover_row(one) for one in list_handovers(db, submission)],
        actions=_actions(submission, actor.viewer),
        work=_work(submission, actor.viewer),
        urls={
            "overview": url_for("submissions.index"),
            "declaration": url_for("declaration.copy", submission_id=submission.id),
            "compare": url_for("procedure.comparison", submission_id=submission.id)
            if submission.handover_number > 1
            else "",
        },
    )


def _files(submission: Submission, reading: Reading) -> list[dict[str, object]]:
    """Return the uploaded files that the person may know of."""
    attachments = attachments_of(database.session(), reading.form, {submission.id})
    files = answered_files(reading.form, reading.evaluation.values)
    return file_rows(reading.form, files, attachments)


_ACTION_KINDS = {"check": "primary", "accept": "primary", "review": "primary"}


def _actions(submission: Submission, viewer: Viewer) -> list[dict[str, str]]:
    """Return the decisions of the moment; a Rückfrage is written on a page of its own."""
    actions = [
        {
            "label": str(one.label),
            "url": url_for("procedure.decision", submission_id=submission.id, action=one.action),
            "kind": _ACTION_KINDS.get(one.action, "secondary"),
            "method": "post",
            "question": _QUESTIONS.get(one.action, ""),
        }
        for one in decisions(submission, viewer)
    ]
    if may_inquire(submission, viewer) and allowed("can_review", "Submissions"):
        inquire = {
            "label": _("Rückfrage stellen"),
            "url": url_for("procedure.inquire", submission_id=submission.id),
            "kind": "secondary",
            "method": "get",
            "question": "",
        }
        actions.append(inquire)
    # What leads on comes first, what ends everything comes last.
    return sorted(actions, key=lambda one: (bool(one["question"]), one["kind"] != "primary"))


_QUESTIONS = {
    "withdraw": _(
        "Das Jugendamt bearbeitet die Einreichung dann nicht weiter. Sie können sie überarbeiten"
        " und wieder einreichen."
    ),
    "reject": _("Eine abgelehnte Einreichung kann nicht wieder geöffnet werden."),
}


def _work(submission: Submission, viewer: Viewer) -> dict[str, str] | None:
    """Return what the person may work on, None for nothing."""
    purpose = possible_work(submission, viewer)
    if not purpose or not allowed("can_fill", "Submissions"):
        return None
    label = WORK_LABELS[purpose]
    if purpose == "step":
        procedure = definition_of(submission.form_version).procedure
        label = _("Schritt „{title}“ bearbeiten").format(title=procedure.title_of(submission.step))
    draft = find_work(database.session(), submission, purpose)
    return {
        "label": str(label),
        "url": url_for("procedure.work", submission_id=submission.id),
        "kind": "secondary" if purpose == "correct" else "primary",
        "saved_at": moment(draft.updated_at) if draft and draft.revision else "",
    }


def _events(submission_id: str) -> list[dict[str, str]]:
    entries = database.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "submission", AuditEntry.subject_id == submission_id)
        .order_by(AuditEntry.at.desc())
        .limit(50)
    )
    return [
        {"when": moment(entry.at), "who": "", "text": action_text(entry.action)}
        for entry in entries
    ]
