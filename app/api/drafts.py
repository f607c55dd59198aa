"""Drafts for programs: begin, change, check, hand over, discard."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import database
from app.api.conditions import check_match, etag_of
from app.api.forms import evaluation_document, fault_of, known_form, may_begin
from app.api.operations import Call, Operation, Result
from app.api.problems import Fault, Problem
from app.api.subjects import ID, answers_document, draft_sheet, save_answers, summary_of
from app.api.writing import read_answers
from document_templates.clauses.documents import wanted_clauses
from document_templates.clauses.optional import keep_choice, offered_clauses
from document_templates.requesting import request_documents
from forms.expressions.nodes import Json
from forms.models import Submission
from forms.procedure.claiming import AlreadySubmitted
from forms.procedure.states import TransitionRefused
from forms.procedure.working import WorkIncomplete, hand_over_work
from forms.procedure.worksheet import Worksheet, open_worksheet
from forms.submitting import (
    SubmissionIncomplete,
    WarningsOpen,
    delete_draft,
    find_submission,
    start_submission,
    submit_answers,
)
from forms.versions.validities import VersionNotInUse
from tenants.language import _


def begin_submission(call: Call) -> Result:
    """Begin a draft of the version in use."""
    session = database.session()
    form = known_form(session, call, str(call.body["form"]))
    if form.current is None:
        raise Problem(409, _("Dieser Vordruck kann zurzeit nicht begonnen werden."))
    if not may_begin(call.bearer, form.current.form_version):
        raise Problem(404)
    submission = start_submission(
        session,
        form.current.form_version,
        person_name=call.bearer.name,
        organisation_name=call.bearer.organisation_name,
        period=str(call.body.get("period") or ""),
        viewer=call.bearer.viewer,
    )
    return Result(summary_of(submission), location=f"/submissions/{submission.id}")


def discard(call: Call) -> Result:
    """Delete a draft for good."""
    session = database.session()
    sheet = draft_sheet(session, call, lock=True)
    check_match(call.if_match, etag_of(answers_document(sheet)))
    delete_draft(session, sheet.draft)
    return Result({})


def show_answers(call: Call) -> Result:
    """Show the answers of a draft that may be changed."""
    return Result(answers_document(draft_sheet(database.session(), call)))


def replace_answers(call: Call) -> Result:
    """Put other answers in the place of those that may be changed."""
    session = database.session()
    sheet = draft_sheet(session, call, lock=True)
    check_match(call.if_match, etag_of(answers_document(sheet)))
    answers = read_answers(sheet, call.body["answers"])
    save_answers(session, sheet, answers, page_paths=sheet.editable)
    return Result(answers_document(open_worksheet(session, sheet.draft, call.bearer.viewer)))


def check_submission(call: Call) -> Result:
    """Say what submitting a draft would say."""
    sheet = draft_sheet(database.session(), call)
    return Result(evaluation_document(sheet.reviewed, sheet.all_readable()))


def list_clauses(call: Call) -> Result:
    """List the optional clauses that the documents of a draft may have."""
    session = database.session()
    subject = draft_sheet(session, call).subject
    chosen = wanted_clauses(session, subject.id)
    items: list[Json] = [
        {
            "key": one.key,
            "title": one.title,
            "text": list(one.texts),
            "is_chosen": one.key in chosen,
        }
        for one in offered_clauses(session, subject)
    ]
    return Result({"items": items})


def _wanted_clauses(session: Session, sheet: Worksheet, call: Call) -> list[str] | None:
    """Return the optional clauses that are wished for, None if nothing is said of them."""
    wanted = call.body.get("clauses")
    if not isinstance(wanted, list):
        return None
    offered = {one.key for one in offered_clauses(session, sheet.subject)}
    faults = [
        Fault(
            f"/clauses/{place}",
            _("Einen freiwilligen Baustein „{key}“ gibt es hier nicht.").format(key=key),
        )
        for place, key in enumerate(wanted)
        if key not in offered
    ]
    if faults:
        raise Problem(422, faults=faults)
    return [str(key) for key in wanted]


def submit(call: Call) -> Result:
    """Hand a draft over: from now on nobody changes it."""
    session = database.session()
    sheet = draft_sheet(session, call, lock=True)
    check_match(call.if_match, etag_of(answers_document(sheet)))
    if call.body.get("remark") and sheet.inquiry is None:
        raise Problem(
            422,
            faults=[Fault("/remark", _("Eine Bemerkung gehört zur Antwort auf eine Rückfrage."))],
        )
    clauses = _wanted_clauses(session, sheet, call)
    try:
        handed_over = _hand_over(session, sheet, call)
        if clauses is not None:
            keep_choice(session, handed_over, clauses)
        request_documents(session, handed_over)
    except (SubmissionIncomplete, AlreadySubmitted) as error:
        raise Problem(422, str(error), [fault_of(one) for one in error.errors]) from None
    except WarningsOpen as error:
        faults = [fault_of(one) for one in error.warnings]
        raise Problem(422, str(error), faults, members={"warnings_open": True}) from None
    except (VersionNotInUse, TransitionRefused) as error:
        raise Problem(409, str(error)) from None
    return Result(summary_of(handed_over))


def _hand_over(session: Session, sheet: Worksheet, call: Call) -> Submission:
    """Submit a draft, or join it with the submission it continues; return what came of it."""
    confirmed = call.body.get("confirm_warnings") is True
    draft, viewer = sheet.draft, call.bearer.viewer
    if draft.continues_id is None:
        return submit_answers(session, draft, warnings_confirmed=confirmed, viewer=viewer)
    subject = find_submission(session, draft.continues_id, lock=True)
    try:
        hand_over_work(
            session,
            draft,
            subject,
            viewer=viewer,
            person_name=call.bearer.name,
            warnings_confirmed=confirmed,
            remark=str(call.body.get("remark") or ""),
        )
    except WorkIncomplete as error:
        found = error.evaluation
        if found.errors:
            raise SubmissionIncomplete(list(found.errors)) from None
        raise WarningsOpen(list(found.warnings)) from None
    return subject


_TAG = _("Entwürfe")

DRAFT_OPERATIONS = (
    Operation(
        name="createSubmission", method="POST", path="/submissions", scope="submissions:write",
        tag=_TAG, summary=_("Entwurf beginnen"), work=begin_submission, status=201,
        answer="Submission", body="SubmissionEntry", is_kept=True, problems=frozenset({404}),
    ),
    Operation(
        name="deleteDraft", method="DELETE", path="/submissions/{id}", scope="submissions:write",
        tag=_TAG, summary=_("Entwurf löschen"), work=discard, status=204, answer="",
        parameters=(ID,), needs_match=True, problems=frozenset({409}),
        description=_("Mit seinen Dateien und für immer. Was eingereicht ist, bleibt."),
    ),
    Operation(
        name="getAnswers", method="GET", path="/submissions/{id}/answers",
        scope="submissions:write", tag=_TAG, summary=_("Änderbare Antworten eines Entwurfs lesen"),
        work=show_answers, answer="DraftAnswers", parameters=(ID,), problems=frozenset({409}),
    ),
    Operation(
        name="putAnswers", method="PUT", path="/submissions/{id}/answers",
        scope="submissions:write", tag=_TAG, summary=_("Antworten eines Entwurfs ersetzen"),
        work=replace_answers, answer="DraftAnswers", body="AnswersEntry", parameters=(ID,),
        needs_match=True, problems=frozenset({409}),
        description=_("Alle änderbaren Antworten auf einmal: Was fehlt, ist danach unbeantwortet."
                      " Dateien gehören nicht dazu; die einer Zeile bleiben bei ihrer „_id“."),
    ),
    Operation(
        name="validateSubmission", method="GET", path="/submissions/{id}/validation",
        scope="submissions:write", tag=_TAG, summary=_("Entwurf prüfen wie beim Einreichen"),
        work=check_submission, answer="Evaluation", parameters=(ID,), problems=frozenset({409}),
    ),
    Operation(
        name="listClauses", method="GET", path="/submissions/{id}/clauses",
        scope="submissions:write", tag=_TAG,
        summary=_("Freiwillige Bausteine der Dokumente eines Entwurfs auflisten"),
        work=list_clauses, answer="ClauseList", parameters=(ID,), problems=frozenset({409}),
        description=_("Welche davon in den Dokumenten stehen, sagt „clauses“ beim Einreichen."),
    ),
    Operation(
        name="submitSubmission", method="POST", path="/submissions/{id}/submit",
        scope="submissions:write", tag=_TAG, summary=_("Entwurf verbindlich einreichen"),
        work=submit, answer="Submission", body="SubmitEntry", parameters=(ID,), needs_match=True,
        is_kept=True,
        description=_("„If-Match“ nennt das ETag der Antworten. Offene Hinweise bestätigt"
                      " „confirm_warnings“. Ein Entwurf, der eine Einreichung fortsetzt, geht in"
                      " ihr auf; die Antwort ist dann sie."),
    ),
)  # fmt: skip
