"""What is done for uploaded files by themselves: scanned again, erased when nobody names them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from forms.attachments.keeping import (
    SCAN_ATTACHMENT,
    ask_for_scan,
    erase_attachments,
    stalled_scans,
)
from forms.attachments.models import Attachment
from forms.models import DraftRevision, Submission
from tenants.audit import record
from tenants.context import Scope, acting_as, current_tenant_id
from tenants.database import now
from tenants.models import Cooperation
from tenants.outbox import Task, finish_task, repeat_task

log = structlog.get_logger()

TEND_FILES: Final = "tend_files"
KEPT_FOR: Final = timedelta(days=1)
"""How long a file stays that no answer names: somebody may still send a page that does."""
_MOST = 500


class ScanNotStalled(RuntimeError):
    """The file is not waiting for another scan: it was scanned, or it will be by itself."""


def tend_files(sessions: sessionmaker[Session], *, task_id: str) -> None:
    """Have files scanned whose scan was given up, erase forgotten ones, and finish the task.

    Works through the drafts of each side in its own scope, which alone sees them. Harmless to
    repeat.
    """
    tenant_id = current_tenant_id()
    with sessions() as session:
        partners = session.scalars(
            select(Cooperation.organisation_id).where(Cooperation.tenant_id == tenant_id)
        ).all()
    for organisation_id in (None, *partners):
        scope = Scope(tenant_id=tenant_id, organisation_id=organisation_id)
        with acting_as(scope), sessions.begin() as session:
            erased = erase_forgotten_files(session)
        if erased:
            log.info("attachments.forgotten", erased=erased)
    with sessions.begin() as session:
        repeated = _repeat_scans(session)
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.state != "done":
            finish_task(task)
    if repeated:
        log.info("attachments.scanned_again", files=repeated)


def erase_forgotten_files(session: Session) -> int:
    """Erase files of drafts of the side in scope that no answer names; return how many.

    That is what is left of rows that were deleted. A file stays while it is younger than
    `KEPT_FOR`, or named by a state of the draft that is.
    """
    before = now() - KEPT_FOR
    rows = session.execute(
        select(Attachment, Submission)
        .join(
            Submission,
            (Submission.tenant_id == Attachment.tenant_id)
            & (Submission.id == Attachment.submission_id),
        )
        .where(Submission.state == "draft", Attachment.uploaded_at < before)
        .order_by(Attachment.uploaded_at)
        .limit(_MOST)
    ).all()
    by_draft: dict[str, tuple[Submission, list[str]]] = {}
    for attachment, draft in rows:
        by_draft.setdefault(draft.id, (draft, []))[1].append(attachment.id)
    erased = 0
    for draft, identities in by_draft.values():
        states = session.scalars(
            select(DraftRevision.answers).where(
                DraftRevision.submission_id == draft.id, DraftRevision.saved_at >= before
            )
        )
        named = json.dumps([draft.answers, *states])
        forgotten = {identity for identity in identities if identity not in named}
        erase_attachments(session, draft, only=forgotten)
        erased += len(forgotten)
    return erased


def _repeat_scans(session: Session) -> int:
    """Make scans ready again that were given up, those that wait longest first."""
    tasks = session.scalars(
        select(Task)
        .where(Task.kind == SCAN_ATTACHMENT, Task.state == "failed")
        .order_by(Task.finished_at)
        .limit(_MOST)
        .with_for_update(skip_locked=True)
    ).all()
    for task in tasks:
        repeat_task(task)
    return len(tasks)


def scan_again(session: Session, attachment: Attachment) -> None:
    """Ask for another scan of a file in quarantine („Erneut prüfen“).

    Raises `ScanNotStalled`. Permission: whoever may see the file.
    """
    if attachment.id not in stalled_scans(session, [attachment]):
        raise ScanNotStalled
    ask_for_scan(session, attachment)
    record(session, "attachment.scan_asked", "attachment", attachment.id)
