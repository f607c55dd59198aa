"""Erasing a submission for good: its answers, hand-overs, Rückfragen, drafts and uploads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Uuid, cast, func, select, update
from sqlalchemy.orm import Session

from forms.attachments.models import Attachment
from forms.models import Submission
from forms.procedure.models import Handover, ReportRequest
from tenants.case_keys import destroy_case_key


@dataclass(frozen=True, slots=True)
class SubmissionTraces:
    """What is known of a submission before it goes: its files, and hashes for the record."""

    files: tuple[str, ...]
    """Object keys of its uploads, those of its drafts too as far as they are seen."""
    hashes: tuple[str, ...]
    """SHA-256 of every hand-over and every upload."""


def traces_of(session: Session, submission_id: str) -> SubmissionTraces:
    """Return what the object store holds of a submission and how its content is proved."""
    unseen = func.files_of_draft(cast(submission_id, Uuid(as_uuid=False))).table_valued(
        "object_key", "sha256"
    )
    # Of a Träger's draft nothing else is seen.
    files = {key: sha256 for key, sha256 in session.execute(select(unseen))}
    drafts = select(Submission.id).where(Submission.continues_id == submission_id)
    uploads = session.scalars(
        select(Attachment).where(
            (Attachment.submission_id == submission_id) | Attachment.submission_id.in_(drafts)
        )
    ).all()
    handovers = session.scalars(
        select(Handover.content_sha256)
        .where(Handover.submission_id == submission_id)
        .order_by(Handover.number)
    )
    files |= {one.object_key: one.sha256 for one in uploads}
    return SubmissionTraces(tuple(sorted(files)), (*handovers, *sorted(files.values())))


def erase_submission(session: Session, submission_id: str) -> bool:
    """Delete a submission with all that belongs to it alone, and destroy the key of its files.

    Say whether it was there; the draft of a Träger goes unseen. The objects themselves are the
    caller's to delete; what else refers to the submission must have been loosened before. That a
    Träger answered a request for a report, and when, stays: it is counted, and says nothing of a
    person.
    """
    destroy_case_key(session, submission_id)
    submission = session.scalars(
        select(Submission).where(Submission.id == submission_id).with_for_update(of=Submission)
    ).first()
    if submission is None:
        erase_draft = func.erase_draft(cast(submission_id, Uuid(as_uuid=False)))
        return bool(session.scalar(select(erase_draft)))
    session.execute(
        update(ReportRequest)
        .where(ReportRequest.submission_id == submission_id)
        .values(submission_id=None)
        .execution_options(synchronize_session=False)
    )
    # Drafts, hand-overs, Rückfragen, claims and the rows of uploads go with it (ON DELETE CASCADE).
    session.delete(submission)
    session.flush()
    return True
