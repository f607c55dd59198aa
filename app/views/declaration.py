"""The declaration as a whole: reviewed, submitted, confirmed, and kept as a copy."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.filling_context import (
    after_submitting,
    base_revision,
    open_draft,
    page_keys,
    page_rows,
    page_url,
    purpose_text,
    worksheet,
)
from app.views.new_version import lead_to_version_in_use, refused_by_version, version_offer
from app.views.presenting import asked_fields, inquiry_view, moment, request_status
from document_templates.clauses.documents import wanted_clauses
from document_templates.clauses.optional import keep_choice, offered_clauses
from document_templates.register import list_unfinished, version_of_submission
from document_templates.requesting import request_documents
from forms.attachments.drawing import file_rows
from forms.attachments.states import answered_files
from forms.constraints import Message
from forms.models import Submission
from forms.procedure.claiming import AlreadySubmitted, known_duplicates
from forms.procedure.comparing import ComparedPage, compare
from forms.procedure.reading import read_submission
from forms.procedure.states import TransitionRefused
from forms.procedure.working import MAXIMUM_REMARK, WorkIncomplete, hand_over_work
from forms.procedure.worksheet import Worksheet
from forms.review import review as review_pages
from forms.submitting import (
    SubmissionIncomplete,
    WarningsOpen,
    find_submission,
    submit_answers,
)
from forms.versions.upgrading import open_notices, removed_answers
from forms.versions.validities import VersionNotInUse, edition_of
from tenants.language import _

declaration = Blueprint("declaration", __name__, url_prefix="/ausfuellen")


Page = str | BaseResponse | tuple[str, int]


@declaration.route("/<uuid:submission_id>/pruefen", methods=["GET", "POST"])
@requires("can_fill", "Submissions")
def review(submission_id: object) -> Page:
    """Show the whole declaration (§ 36a Abs. 2b SGB I) and, on POST, submit it."""
    submission = open_draft(submission_id, lock=request.method == "POST")
    if submission.state != "draft":
        return after_submitting(submission)
    if request.method == "GET":
        return lead_to_version_in_use(submission) or _review_page(submission)
    if base_revision(submission) != submission.revision:
        flash(
            _("Die Angaben wurden inzwischen geändert. Bitte prüfen Sie sie noch einmal."),
            "warning",
        )
        return _review_page(submission), 409
    try:
        handed_over = _hand_over(submission)
        keep_choice(database.session(), handed_over, request.form.getlist("__baustein"))
        request_documents(database.session(), handed_over)
    except VersionNotInUse as error:
        database.session.rollback()
        return refused_by_version(open_draft(submission_id), error)
    except AlreadySubmitted as error:
        database.session.rollback()
        return _review_page(open_draft(submission_id), has_errors=True, refused=error.errors), 422
    except (SubmissionIncomplete, WarningsOpen, WorkIncomplete, TransitionRefused) as error:
        database.session.rollback()
        if isinstance(error, WarningsOpen | TransitionRefused):
            flash(str(error), "warning")
        if isinstance(error, WorkIncomplete) and not error.evaluation.errors:
            flash(_("Bitte bestätigen Sie, dass Sie die Hinweise gelesen haben."), "warning")
        return _review_page(open_draft(submission_id), has_errors=True), 422
    database.session.commit()
    if handed_over is submission:
        return after_submitting(submission)
    flash(_("Ihre Angaben sind übergeben. Der vorige Stand bleibt erhalten."), "success")
    return redirect(url_for("submissions.show", submission_id=handed_over.id))


def _hand_over(draft: Submission) -> Submission:
    """Submit a draft, or join it with the submission it continues; return what came of it."""
    session, actor = database.session(), current_actor()
    confirmed = request.form.get("__acknowledged") == "1"
    if draft.continues_id is None:
        return submit_answers(session, draft, warnings_confirmed=confirmed, viewer=actor.viewer)
    subject = find_submission(session, draft.continues_id, lock=True)
    hand_over_work(
        session,
        draft,
        subject,
        viewer=actor.viewer,
        person_name=actor.name,
        warnings_confirmed=confirmed,
        remark=request.form.get("__remark", "")[:MAXIMUM_REMARK],
    )
    return subject


def _review_page(
    submission: Submission, *, has_errors: bool = False, refused: Sequence[Message] = ()
) -> str:
    sheet = worksheet(submission)
    evaluation = sheet.all_readable()
    actor = current_actor()
    pages = page_keys(sheet, evaluation)
    doubled = refused or known_duplicates(
        database.session(), submission, sheet.subject, sheet.frozen_answers()
    )

    def links(messages: Sequence[Message]) -> list[dict[str, str]]:
        return [
            {
                "text": message.text,
                # What concerns the whole declaration belongs to no page.
                "url": page_url(submission, message.page_key) + "?pruefen=1"
                if message.page_key in pages
                else "",
            }
            for message in messages
        ]

    return render_template(
        "filling/review.html",
        form={"title": sheet.definition.title, "purpose": purpose_text(sheet)},
        review=[
            {"page": one, "url": page_url(submission, one.key) if one.key in pages else ""}
            for one in review_pages(sheet.reviewed, evaluation, submission.invalid)
        ],
        pages=page_rows(sheet, evaluation, ""),
        errors=links([*evaluation.errors, *doubled]),
        warnings=links(evaluation.warnings),
        declaration=[
            _(
                "Mit dem Absenden erklären Sie, dass die Angaben vollständig und richtig sind."
                " Eine Unterschrift ist nicht nötig (§ 36a Abs. 2c SGB I)."
            )
        ]
        if submission.purpose != "step"
        else [
            _("Mit der Übergabe ist dieser Schritt erledigt. Danach ist er nicht mehr zu ändern.")
        ],
        submit_label=_("Schritt übergeben")
        if submission.purpose == "step"
        else _("Verbindlich absenden"),
        inquiry={
            **inquiry_view(sheet.inquiry),
            "asked": asked_fields(sheet.inquiry, sheet.definition),
        }
        if sheet.inquiry
        else None,
        compared=_changes(sheet),
        optional_clauses=_optional_clauses(sheet),
        remark=request.form.get("__remark", ""),
        submitter={"name": actor.name, "organisation": actor.capacity.organisation_name},
        draft={"id": submission.id, "revision": submission.revision},
        submit_token=submission.id,
        urls={
            "submit": url_for("declaration.review", submission_id=submission.id),
            "back": page_url(submission, pages[-1])
            if pages
            else url_for("submissions.show", submission_id=sheet.subject.id),
        },
        receiver=f"{actor.tenant.name}, {actor.tenant.office}".rstrip(", "),
        has_errors=has_errors,
        notices=[
            {"text": notice["text"], "url": page_url(submission, notice["page_key"])}
            for notice in open_notices(database.session(), submission)
        ],
        files=file_rows(
            sheet.reviewed, answered_files(sheet.reviewed, evaluation.values), sheet.attachments
        ),
        removed=removed_answers(database.session(), submission),
        new_version=version_offer(submission),
    )


def _optional_clauses(sheet: Worksheet) -> list[dict[str, object]]:
    """Return the clauses that may stand in the document, with what was chosen so far."""
    session = database.session()
    chosen = (
        frozenset(request.form.getlist("__baustein"))
        if request.method == "POST"
        else wanted_clauses(session, sheet.subject.id)
    )
    return [
        {
            "key": one.key,
            "title": one.title,
            "chosen": one.key in chosen,
            "text": one.texts,
        }
        for one in offered_clauses(session, sheet.subject)
    ]


def _changes(sheet: Worksheet) -> tuple[ComparedPage, ...]:
    """Return what a correction changes, original beside new."""
    if sheet.draft.purpose in ("", "step"):
        return ()
    before = read_submission(database.session(), sheet.subject, sheet.viewer).evaluation
    return compare(sheet.reviewed, before, sheet.all_readable())


@declaration.get("/<uuid:submission_id>/eingang")
@requires("can_fill", "Submissions")
def receipt(submission_id: object) -> Page:
    """Confirm the receipt with number and time, and offer a copy."""
    submission = open_draft(submission_id)
    if submission.state == "draft":
        return redirect(url_for("filling.resume", submission_id=submission.id))
    actor = current_actor()
    document = _document_state(submission) if allowed("can_list", "Documents") else None
    return render_template(
        "filling/receipt.html",
        form={"title": submission.form_version.form.title},
        submission={
            "number": submission.number,
            "received_at": moment(submission.submitted_at),
            "organisation": submission.organisation_name,
            "person": submission.person_name,
        },
        receiver={
            "name": f"{actor.tenant.name}, {actor.tenant.office}".rstrip(", "),
            "telephone": actor.tenant.telephone,
            "email": actor.tenant.email,
        },
        next_steps=_next_steps(has_document=document is not None),
        urls={
            "declaration": url_for("declaration.copy", submission_id=submission.id),
            "show": url_for("submissions.show", submission_id=submission.id)
            if allowed("can_list", "Submissions")
            else "",
            "overview": url_for("forms.index"),
        },
        document=document,
    )


def _next_steps(*, has_document: bool) -> list[str]:
    if not has_document:
        return [
            _("Das Jugendamt prüft Ihre Angaben. Bei Rückfragen nennt es die Felder."),
            _("Sie finden den Stand unter „Einreichungen“ und neue Aufgaben in der Übersicht."),
        ]
    return [
        _("Das Dokument wird erstellt, gesiegelt und im Register abgelegt."),
        _("Sie finden es unter „Dokumente“, sobald es fertig ist."),
    ]


def _document_state(submission: Submission) -> dict[str, object] | None:
    open_ = list_unfinished(database.session(), own_only=False, submission_id=submission.id)
    if open_:
        return {
            "status": request_status(open_[0]),
            "url": url_for("documents.progress", request_id=open_[0].id),
        }
    made = version_of_submission(database.session(), submission.id)
    if made is None:
        return None
    return {
        "status": {"kind": "success", "text": _("Gesiegelt")},
        "url": url_for("documents.show", document_id=made.document_id),
    }


@declaration.get("/<uuid:submission_id>/kopie")
@requires("can_fill", "Submissions")
def copy(submission_id: object) -> Page:
    """Hand out the submitted declaration as a file to keep (§ 36a Abs. 2b SGB I)."""
    submission = open_draft(submission_id)
    if submission.state == "draft":
        return redirect(url_for("filling.resume", submission_id=submission.id))
    reading = read_submission(database.session(), submission, current_actor().viewer)
    page = render_template(
        "filling/copy.html",
        form={
            "title": reading.form.title,
            "version": edition_of(database.session(), submission.form_version),
        },
        submission={
            "number": submission.number,
            "received_at": moment(submission.submitted_at),
            "organisation": submission.organisation_name,
            "person": submission.person_name,
            "sha256": submission.content_sha256,
        },
        review=review_pages(reading.form, reading.evaluation),
    )
    response = Response(page, mimetype="text/html")
    name = f"Erklaerung-{(submission.number or '').replace('/', '-')}.html"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
