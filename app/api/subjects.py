"""The submission that a call is about, found and shown."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.api.operations import Call, Parameter
from app.api.problems import Problem
from app.api.schemas import IDENTIFIER
from app.api.writing import writable_answers
from forms.expressions.nodes import Json
from forms.models import Answers, Submission
from forms.procedure.worksheet import Worksheet, open_worksheet
from forms.submitting import (
    StaleDraft,
    SubmissionUnknown,
    draft_at,
    find_submission,
    save_draft,
)
from tenants.language import _

ID = Parameter(
    name="id", description=_("Kennung der Einreichung."), schema=IDENTIFIER, where="path"
)


def found_submission(session: Session, call: Call, *, lock: bool = False) -> Submission:
    """Return the submission of the path; a draft is the business of its token's person alone."""
    try:
        submission = find_submission(session, call.path["id"], lock=lock)
        if submission.state == "draft":
            submission = find_submission(session, call.path["id"], own_only=True)
    except SubmissionUnknown:
        raise Problem(404) from None
    return submission


def draft_sheet(session: Session, call: Call, *, lock: bool = False) -> Worksheet:
    """Return the draft of the path as it is worked on. Raises `Problem`."""
    submission = found_submission(session, call, lock=lock)
    if submission.state != "draft":
        raise Problem(409, _("Diese Erklärung ist schon eingereicht."))
    return open_worksheet(session, submission, call.bearer.viewer)


def answers_document(sheet: Worksheet) -> dict[str, Json]:
    """Return what a program may replace in a draft."""
    return {"revision": sheet.draft.revision, "answers": writable_answers(sheet)}


def save_answers(
    session: Session, sheet: Worksheet, answers: Answers, *, page_paths: frozenset[str]
) -> None:
    """Store ``answers`` in the locked draft; unreadable texts at ``page_paths`` are gone then."""
    draft = sheet.draft
    saved = save_draft(
        session,
        draft,
        base=draft_at(session, draft, draft.revision),
        answers=answers,
        invalid={},
        page_paths=page_paths,
    )
    if isinstance(saved, StaleDraft):
        raise Problem(412)


def summary_of(submission: Submission) -> dict[str, Json]:
    """Return a submission without its answers."""
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
        "continues": submission.continues_id,
        "purpose": submission.purpose,
    }
