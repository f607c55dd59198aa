"""What is done with a submission after it came in: decisions, Rückfragen, later steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.presenting import day, moment
from document_templates.requesting import withdraw_documents
from forms.definition import FormDefinition
from forms.german import format_date, read_date
from forms.models import Submission
from forms.procedure.deciding import DECISIONS, decide
from forms.procedure.handing_over import HandoverUnknown, find_handover, list_handovers
from forms.procedure.inquiries import (
    AskableStep,
    InquiryRefused,
    ask,
    askable_steps,
    list_inquiries,
)
from forms.procedure.models import HANDOVER_REASONS, INQUIRY_KINDS, Handover
from forms.procedure.reading import Reading, compare_handovers, read_submission
from forms.procedure.states import TransitionRefused
from forms.procedure.working import begin_work
from forms.publishing import definition_of
from forms.review import review as review_pages
from forms.submitting import SubmissionUnknown, find_submission
from forms.surroundings import today_in_berlin
from forms.tenant_surroundings import current_surroundings
from forms.viewer import PARTICIPANTS, SENDING
from forms.working_days import next_working_day
from tenants.language import _

procedure = Blueprint("procedure", __name__, url_prefix="/einreichungen")

DAYS_TO_ANSWER = 14
_DONE = {
    "check": _("Sie prüfen die Einreichung jetzt. Der Träger kann sie nicht mehr zurücknehmen."),
    "recall": _("Die Rückfrage ist zurückgenommen."),
    "review": _("Die Einreichung ist fachlich geprüft."),
    "accept": _("Die Einreichung ist abgenommen."),
    "reject": _("Die Einreichung ist abgelehnt."),
    "evaluate": _("Die Einreichung ist als ausgewertet vermerkt."),
    "cancel": _("Die Einreichung ist storniert; ihre Dokumente gelten nicht mehr."),
    "withdraw": _("Die Einreichung ist zurückgenommen. Sie können sie überarbeiten."),
}

Page = str | Response | tuple[str, int]


def received_submission(submission_id: object, *, lock: bool = False) -> Submission:
    """Return a submission that was handed in and that the person may see, else 404."""
    actor = current_actor()
    try:
        submission = find_submission(
            database.session(), str(submission_id), own_only=actor.sees_own_only, lock=lock
        )
    except SubmissionUnknown:
        abort(404)
    if submission.state == "draft":
        abort(404)
    return submission


def _back(submission: Submission) -> Response:
    return redirect(url_for("submissions.show", submission_id=submission.id))


@procedure.post("/<uuid:submission_id>/entscheidung/<action>")
@requires("can_list", "Submissions")
def decision(submission_id: object, action: str) -> Response:
    """Carry out a decision that needs nothing else."""
    if action not in DECISIONS:
        abort(404)
    submission = received_submission(submission_id, lock=True)
    session = database.session()
    try:
        decide(session, submission, action, viewer=current_actor().viewer)
    except TransitionRefused as error:
        session.rollback()
        flash(str(error), "warning")
        return redirect(url_for("submissions.show", submission_id=str(submission_id)))
    if action in ("withdraw", "cancel"):
        withdraw_documents(session, submission)
    session.commit()
    flash(_DONE[action], "success")
    return _back(submission)


@procedure.post("/<uuid:submission_id>/bearbeiten")
@requires("can_fill", "Submissions")
def work(submission_id: object) -> Response:
    """Open the draft for what the person has to do: a step, an answer, a correction."""
    submission = received_submission(submission_id, lock=True)
    actor, session = current_actor(), database.session()
    try:
        draft = begin_work(session, submission, viewer=actor.viewer, person_name=actor.name)
    except TransitionRefused as error:
        session.rollback()
        flash(str(error), "warning")
        return redirect(url_for("submissions.show", submission_id=str(submission_id)))
    session.commit()
    return redirect(url_for("filling.resume", submission_id=draft.id))


@dataclass
class InquiryEntry:
    """A Rückfrage as it is being written."""

    kind: str = "inquiry"
    field_ids: list[str] = field(default_factory=list)
    text: str = ""
    due: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls, form: Mapping[str, str], field_ids: list[str]) -> InquiryEntry:
        """Read what was sent."""
        kind = form.get("kind", "")
        return cls(
            kind=kind if kind in INQUIRY_KINDS else "inquiry",
            field_ids=[identity[:40] for identity in field_ids[:1000]],
            text=form.get("text", ""),
            due=form.get("due_on", ""),
        )

    def due_on(self) -> date | None:
        """Return the deadline, None after noting that it cannot be read."""
        found = read_date(self.due)
        if found is None:
            self.errors["due_on"] = _("Geben Sie die Frist als Datum an, etwa 14.04.2027.")
        return found


@procedure.route("/<uuid:submission_id>/rueckfrage", methods=["GET", "POST"])
@requires("can_review", "Submissions")
def inquire(submission_id: object) -> Page:
    """Write a Rückfrage: tick fields on the declaration, say what about, until when."""
    submission = received_submission(submission_id, lock=request.method == "POST")
    holidays_in = current_surroundings(database.session()).holidays_in
    if request.method == "GET":
        due = next_working_day(today_in_berlin() + timedelta(days=DAYS_TO_ANSWER), holidays_in)
        return _inquiry_page(submission, InquiryEntry(due=format_date(due)))
    entry = InquiryEntry.posted(request.form, request.form.getlist("field"))
    due_on = entry.due_on()
    if due_on is not None:
        ends = next_working_day(due_on, holidays_in)
        asked = _ask(submission, entry, ends)
        if asked is not None:
            return asked
    database.session.rollback()
    return _inquiry_page(received_submission(submission_id), entry), 422


def _ask(submission: Submission, entry: InquiryEntry, due_on: date) -> Response | None:
    """Put the Rückfrage; None when an entry has to be corrected first."""
    actor, session = current_actor(), database.session()
    try:
        ask(
            session,
            submission,
            kind=entry.kind,
            field_ids=entry.field_ids,
            text=entry.text,
            due_on=due_on,
            viewer=actor.viewer,
            person_name=actor.name,
        )
    except InquiryRefused as error:
        entry.errors |= error.errors
        return None
    except TransitionRefused as error:
        session.rollback()
        flash(str(error), "warning")
        return redirect(url_for("submissions.show", submission_id=submission.id))
    session.commit()
    flash(
        _("Die Rückfrage ist gestellt. Sie endet am {day}.").format(day=format_date(due_on)),
        "success",
    )
    return _back(submission)


def _inquiry_page(submission: Submission, entry: InquiryEntry) -> str:
    viewer = current_actor().viewer
    reading = read_submission(database.session(), submission, viewer)
    definition = definition_of(submission.form_version)
    steps = askable_steps(definition, submission, viewer)
    return render_template(
        "procedure/inquiry.html",
        submission=_head(submission),
        entry=entry,
        kinds=[
            {"value": kind, "label": label, "checked": kind == entry.kind}
            for kind, label in INQUIRY_KINDS.items()
        ],
        steps=[
            {
                "number": step.number,
                "title": step.title,
                "whom": whom_text(submission, step.role),
                "pages": _askable_pages(reading, step, set(entry.field_ids)),
            }
            for step in steps
        ],
        errors=[
            {"html_id": {"fields": "felder"}.get(name, name), "text": text}
            for name, text in entry.errors.items()
        ],
        has_errors=bool(entry.errors),
        urls={
            "ask": url_for("procedure.inquire", submission_id=submission.id),
            "back": url_for("submissions.show", submission_id=submission.id),
            "overview": url_for("submissions.index"),
        },
    )


def _askable_pages(
    reading: Reading, step: AskableStep, ticked: set[str]
) -> list[dict[str, object]]:
    """Return what was declared in a step with a box for each field that may be asked about."""
    ids = {key: identity for identity, key in step.keys.items()}
    pages: list[dict[str, object]] = []
    for page in review_pages(reading.form, reading.evaluation):
        entries = [
            {"entry": one, "id": ids[one.path], "ticked": ids[one.path] in ticked}
            for section in page.sections
            for one in section.entries
            if one.path in ids
        ]
        if entries:
            pages.append({"key": page.key, "title": page.title, "entries": entries})
    return pages


def whom_text(submission: Submission, role: str) -> str:
    """Return who is asked by a Rückfrage to a step of ``role``; without steps the sender."""
    if role in ("", SENDING):
        return submission.organisation_name or _("Eigenes Amt")
    return PARTICIPANTS[role]


def _head(submission: Submission) -> dict[str, object]:
    return {
        "title": submission.form_version.form.title,
        "number": submission.number,
        "party": submission.organisation_name or _("Eigenes Amt"),
    }


@procedure.get("/<uuid:submission_id>/vergleich")
@requires("can_list", "Submissions")
def comparison(submission_id: object) -> str:
    """Show two states of a submission side by side: what was, what is."""
    submission = received_submission(submission_id)
    session, viewer = database.session(), current_actor().viewer
    handovers = list_handovers(session, submission)
    old_number = _number("von", submission.handover_number - 1)
    new_number = _number("bis", submission.handover_number)
    try:
        old = find_handover(session, submission, old_number)
        new = find_handover(session, submission, new_number)
    except HandoverUnknown:
        abort(404)
    return render_template(
        "procedure/comparison.html",
        submission=_head(submission),
        old=handover_row(old),
        new=handover_row(new),
        old_options=_options(handovers, old_number),
        new_options=_options(handovers, new_number),
        compared=compare_handovers(session, submission, old, new, viewer),
        remarks=[
            {"number": one.number, "text": one.remark}
            for one in list_inquiries(session, submission)
            if one.handover_number is not None
            and old.number < one.handover_number <= new.number
            and one.remark
        ],
        urls={
            "compare": url_for("procedure.comparison", submission_id=submission.id),
            "back": url_for("submissions.show", submission_id=submission.id),
            "overview": url_for("submissions.index"),
        },
    )


def _number(name: str, otherwise: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else otherwise


def _options(handovers: list[Handover], selected: int) -> list[dict[str, object]]:
    return [
        {
            "value": one.number,
            "label": f"{one.number}: {HANDOVER_REASONS[one.reason]}, {day(one.handed_over_at)}",
            "selected": one.number == selected,
        }
        for one in handovers
    ]


def handover_row(handover: Handover) -> dict[str, object]:
    """Return a hand-over as a line of the history."""
    return {
        "number": handover.number,
        "reason": HANDOVER_REASONS[handover.reason],
        "when": moment(handover.handed_over_at),
        "who": handover.person_name,
    }


def step_rows(submission: Submission, definition: FormDefinition) -> list[dict[str, object]]:
    """Return the steps of the form with what is done, empty for a form without steps."""
    return [
        {
            "title": step.title,
            "is_done": number < submission.step,
            "is_current": number == submission.step,
        }
        for number, step in enumerate(definition.procedure.steps)
    ]
