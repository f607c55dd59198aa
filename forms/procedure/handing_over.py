"""Handing over: what was answered is frozen, kept as it was, and the next one's turn begins."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.attachments.keeping import settle_attachments
from forms.definition import content_sha256
from forms.evaluation import Evaluation, evaluate
from forms.models import Submission
from forms.procedure.models import Handover
from forms.procedure.worksheet import Worksheet
from forms.publishing import definition_of
from forms.surroundings import read_surroundings, surroundings_document
from forms.tenant_surroundings import surroundings_of
from tenants.context import current_scope
from tenants.language import _

_FORWARD = frozenset({"submit", "step"})


class HandoverUnknown(LookupError):
    """The submission has no such hand-over."""


def keep_handover(session: Session, sheet: Worksheet, *, reason: str, person_name: str) -> Handover:
    """Freeze the answers of the worksheet in its submission and keep them as a hand-over.

    The submission's row must be locked; its state is the caller's business. Calculated values
    are the server's; hidden answers are dropped.
    """
    submission, scope = sheet.subject, current_scope()
    settle_attachments(session, sheet.definition, sheet.draft, submission, sheet.whole.values)
    submission.answers = sheet.frozen_answers()
    submission.invalid = {}
    submission.acknowledged = [warning.path for warning in sheet.whole.warnings]
    submission.content_sha256 = content_sha256(submission.answers)
    submission.surroundings = surroundings_document(sheet.whole.surroundings)
    submission.handover_number += 1
    handover = Handover(
        submission_id=submission.id,
        organisation_id=submission.organisation_id,
        number=submission.handover_number,
        reason=reason,
        step=submission.step,
        answers=submission.answers,
        surroundings=submission.surroundings,
        content_sha256=submission.content_sha256,
        account_id=scope.account_id,
        person_name=person_name,
        by_office=scope.organisation_id is None,
    )
    if reason in _FORWARD:
        submission.step += 1
    session.add(handover)
    session.flush()
    return handover


def steps_done(submission: Submission) -> bool:
    """Say whether every step of the form was handed over."""
    procedure = definition_of(submission.form_version).procedure
    return submission.step > procedure.last


def list_handovers(session: Session, submission: Submission) -> list[Handover]:
    """Return the hand-overs of a submission in their order."""
    return list(
        session.scalars(
            select(Handover)
            .where(Handover.submission_id == submission.id)
            .order_by(Handover.number)
        )
    )


def find_handover(session: Session, submission: Submission, number: int) -> Handover:
    """Return the hand-over ``number`` of a submission. Raises `HandoverUnknown`."""
    found = session.scalars(
        select(Handover).where(Handover.submission_id == submission.id, Handover.number == number)
    ).first()
    if found is None:
        raise HandoverUnknown(_("Diesen Stand der Einreichung gibt es nicht."))
    return found


def evaluate_handover(session: Session, submission: Submission, handover: Handover) -> Evaluation:
    """Return what the submission meant when it was handed over, in the surroundings of then."""
    kept = handover.surroundings
    return evaluate(
        definition_of(submission.form_version),
        handover.answers,
        stage="submission",
        surroundings=read_surroundings(kept) if kept else surroundings_of(session, submission),
    )
