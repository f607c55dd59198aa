"""Submissions for programs: read, begin, change, check, submit."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.api.conditions import check_match, etag_of
from app.api.forms import evaluation_document, fault_of, known_form, may_begin
from app.api.operations import Call, Operation, Parameter, Result
from app.api.paging import PAGING, cursor_of, read_cursor
from app.api.problems import Problem
from app.api.schemas import DAY, IDENTIFIER, STATES
from app.api.writing import read_answers, writable_answers
from document_templates.requesting import request_documents
from forms.answers import dump_value
from forms.elements import InfoField
from forms.exports.cells import readable_answers
from forms.expressions.nodes import Json
from forms.fields.registry import display_value
from forms.lists.intake import Place, Wanted, read_intake
from forms.lists.searching import SearchTooSlow
from forms.models import Form, Submission
from forms.procedure.claiming import AlreadySubmitted
from forms.procedure.reading import Reading, read_submission
from forms.procedure.worksheet import Worksheet, open_worksheet
from forms.submitting import (
    StaleDraft,
    SubmissionIncomplete,
    SubmissionUnknown,
    WarningsOpen,
    draft_at,
    find_submission,
    save_draft,
    start_submission,
    submit_answers,
)
from forms.versions.validities import VersionNotInUse
from tenants.language import _

ID = Parameter(
    name="id", description=_("Kennung der Einreichung."), schema=IDENTIFIER, where="path"
)
FILTERS = (
    Parameter(
        name="form",
        description=_("Schlüssel eines Vordrucks."),
        schema={"type": "string", "minLength": 1, "maxLength": 80},
    ),
    Parameter(
        name="state",
        description=_("Stand der Einreichung."),
        schema={"type": "string", "enum": [one for one in STATES if one != "draft"]},
    ),
    Parameter(
        name="submitted_from",
        description=_("Erster Tag des Eingangs, JJJJ-MM-TT."),
        schema=DAY,
    ),
    Parameter(
        name="submitted_until",
        description=_("Letzter Tag des Eingangs, JJJJ-MM-TT."),
        schema=DAY,
    ),
    Parameter(name="organisation", description=_("Kennung eines Trägers."), schema=IDENTIFIER),
)


def list_submissions(call: Call) -> Result:
    """List what came in, the oldest first."""
    session = database.session()
    wanted = _wanted(session, call)
    if wanted is None:
        return Result({"items": [], "next_cursor": None})
    try:
        found, has_more = read_intake(
            session, wanted, after=_place(call.text("cursor")), size=call.number("limit")
        )
    except SearchTooSlow as error:
        raise Problem(503, str(error)) from None
    items: list[Json] = [_summary(one) for one in found]
    following = _cursor(found[-1]) if has_more else None
    return Result({"items": items, "next_cursor": following})


def _wanted(session: Session, call: Call) -> Wanted | None:
    """Return what is looked for, None when it names a form that is not there."""
    form_id = None
    if call.text("form"):
        form_id = session.scalars(select(Form.id).where(Form.key == call.text("form"))).first()
        if form_id is None:
            return None
    return Wanted(
        form_id=form_id,
        state=call.text("state"),
        organisation_id=call.text("organisation"),
        submitted_from=_day(call.text("submitted_from")),
        submitted_until=_day(call.text("submitted_until")),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 9000:
        raise Problem(400, _("Der Tag {day} liegt zu weit weg.").format(day=text))
    return day


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    moment, submission_id = read_cursor(cursor, 2)
    try:
        at = datetime.fromisoformat(moment)
        return Place(datetime.fromtimestamp(at.timestamp(), at.tzinfo), str(UUID(submission_id)))
    except (ValueError, OverflowError, OSError):
        raise Problem(
            400, _("„cursor“ ist kein Wert, den eine vorige Seite genannt hat.")
        ) from None


def _cursor(submission: Submission) -> str:
    moment = submission.submitted_at
    return cursor_of(moment.isoformat() if moment else "", submission.id)


def show_submission(call: Call) -> Result:
    """Show a submission with its answers as the bearer may read them."""
    session = database.session()
    submission = _found(session, call)
    summary = _summary(submission)
    if submission.state == "draft":
        sheet = open_worksheet(session, submission, call.bearer.viewer)
        answers: dict[str, Json] = {"answers": writable_answers(sheet), "masked": {}}
        return Result(summary | answers)
    reading = read_submission(session, submission, call.bearer.viewer)
    return Result(summary | {"answers": _answers(reading), "masked": _masked(reading)})


def _answers(reading: Reading) -> dict[str, Json]:
    fields = reading.form.fields
    stored = {
        key: dump_value(fields[key], value)
        for key, value in reading.evaluation.values.items()
        if value is not None and key in fields and not isinstance(fields[key], InfoField)
    }
    return readable_answers(fields, stored)


def _masked(reading: Reading) -> dict[str, Json]:
    """Return by key, shortened, the answers that the bearer need not see in full."""
    shown: dict[str, Json] = {}
    for key, value in reading.evaluation.values.items():
        field = reading.form.fields.get(key)
        if field is not None and field.is_masked and not isinstance(value, list | dict):
            shown[key] = display_value(field, value)
    return shown


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
    return Result(_summary(submission), location=f"/submissions/{submission.id}")


def show_answers(call: Call) -> Result:
    """Show the answers of a draft that may be changed."""
    return Result(_answers_document(_draft_sheet(database.session(), call)))


def replace_answers(call: Call) -> Result:
    """Put other answers in the place of those that may be changed."""
    session = database.session()
    sheet = _draft_sheet(session, call, lock=True)
    check_match(call.if_match, etag_of(_answers_document(sheet)))
    answers = read_answers(sheet, call.body["answers"])
    draft = sheet.draft
    saved = save_draft(
        session,
        draft,
        base=draft_at(session, draft, draft.revision),
        answers=answers,
        invalid={},
        page_paths=sheet.editable,
    )
    if isinstance(saved, StaleDraft):
        raise Problem(412)
    return Result(_answers_document(open_worksheet(session, draft, call.bearer.viewer)))


def check_submission(call: Call) -> Result:
    """Say what submitting a draft would say."""
    sheet = _draft_sheet(database.session(), call)
    return Result(evaluation_document(sheet.reviewed, sheet.all_readable()))


def submit(call: Call) -> Result:
    """Submit a draft: from now on nobody changes it."""
    session = database.session()
    sheet = _draft_sheet(session, call, lock=True)
    check_match(call.if_match, etag_of(_answers_document(sheet)))
    try:
        submitted = submit_answers(
            session,
            sheet.draft,
            warnings_confirmed=call.body.get("confirm_warnings") is True,
            viewer=call.bearer.viewer,
        )
        request_documents(session, submitted)
    except (SubmissionIncomplete, AlreadySubmitted) as error:
        raise Problem(422, str(error), [fault_of(one) for one in error.errors]) from None
    except WarningsOpen as error:
        faults = [fault_of(one) for one in error.warnings]
        raise Problem(422, str(error), faults, members={"warnings_open": True}) from None
    except VersionNotInUse as error:
        raise Problem(409, str(error)) from None
    return Result(_summary(submitted))


def _found(session: Session, call: Call, *, lock: bool = False) -> Submission:
    """Return the submission of the path; a draft is the business of its token's person alone."""
    try:
        submission = find_submission(session, call.path["id"], lock=lock)
        if submission.state == "draft":
            submission = find_submission(session, call.path["id"], own_only=True)
    except SubmissionUnknown:
        raise Problem(404) from None
    return submission


def _draft_sheet(session: Session, call: Call, *, lock: bool = False) -> Worksheet:
    submission = _found(session, call, lock=lock)
    if submission.state != "draft":
        raise Problem(409, _("Diese Erklärung ist schon eingereicht."))
    if submission.continues_id is not None:
        raise Problem(409, _("Dieser Schritt wird auf den Seiten ausgefüllt, nicht hier."))
    return open_worksheet(session, submission, call.bearer.viewer)


def _answers_document(sheet: Worksheet) -> dict[str, Json]:
    return {"revision": sheet.draft.revision, "answers": writable_answers(sheet)}


def _summary(submission: Submission) -> dict[str, Json]:
    moment = submission.submitted_at
    return {
        "id": submission.id,
        "form": submission.form_version.form.key,
        "version": submission.form_version.number,
        "state": submission.state,
        "number": submission.number,
        "period": submission.period,
        "organisation_id": submission.organisation_id,
        "submitted_at": moment.isoformat() if moment else None,
        "revision": submission.revision,
    }


_TAG = _("Einreichungen")

SUBMISSION_OPERATIONS = (
    Operation(
        name="listSubmissions", method="GET", path="/submissions", scope="submissions:read",
        tag=_TAG, summary=_("Einreichungen auflisten, die älteste zuerst"), work=list_submissions,
        answer="SubmissionPage", parameters=(*FILTERS, *PAGING),
        description=_("Was während des Blätterns eingeht, steht auf einer späteren Seite. Entwürfe"
                      " stehen nicht in der Liste."),
    ),
    Operation(
        name="createSubmission", method="POST", path="/submissions", scope="submissions:write",
        tag=_TAG, summary=_("Entwurf beginnen"), work=begin_submission, status=201,
        answer="Submission", body="SubmissionEntry", is_kept=True, problems=frozenset({404}),
    ),
    Operation(
        name="getSubmission", method="GET", path="/submissions/{id}", scope="submissions:read",
        tag=_TAG, summary=_("Einreichung mit ihren Antworten lesen"), work=show_submission,
        answer="SubmissionDetail", parameters=(ID,),
        description=_("Was Ihr Token nur verkürzt sehen darf, steht nur verkürzt in „masked“."),
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
                      " Dateien werden nur auf den Seiten hochgeladen."),
    ),
    Operation(
        name="validateSubmission", method="GET", path="/submissions/{id}/validation",
        scope="submissions:write", tag=_TAG, summary=_("Entwurf prüfen wie beim Einreichen"),
        work=check_submission, answer="Evaluation", parameters=(ID,), problems=frozenset({409}),
    ),
    Operation(
        name="submitSubmission", method="POST", path="/submissions/{id}/submit",
        scope="submissions:write", tag=_TAG, summary=_("Entwurf verbindlich einreichen"),
        work=submit, answer="Submission", body="SubmitEntry", parameters=(ID,), needs_match=True,
        is_kept=True,
        description=_("„If-Match“ nennt das ETag der Antworten. Offene Hinweise bestätigt"
                      " „confirm_warnings“."),
    ),
)  # fmt: skip
