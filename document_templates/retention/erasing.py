"""Deletion runs: planned with a preview, released by a second person, done by a worker.

A run covers documents and submissions. Ids and hashes of documents stay: they are the record, and
the chain of the register. Of submissions the record stays alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, sessionmaker

from document_templates.models import Document
from document_templates.retention.due import due_documents, kept_document, may_be_erased
from document_templates.retention.due_submissions import due_submissions
from document_templates.retention.forgetting import (
    delete_files,
    erasure_of_document,
    erasure_of_submission,
    forget,
    last_position,
)
from document_templates.retention.journal import Erasure, append
from document_templates.retention.models import ErasureRun
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import Task, enqueue, finish_task
from tenants.storage.objects import ObjectStore
from tenants.storage.tenant_store import TenantStore

log = structlog.get_logger()

ERASE_DUE: Final = "erase_documents"
SENSITIVE: Final = frozenset({"K4", "K5"})
"""Data classes of which a run always needs two persons."""


class ErasureRefused(ValueError):
    """A run cannot be planned or released; the message is German."""


class RunUnknown(LookupError):
    """There is no such run that the acting person may see."""


def plan_run(session: Session, day: date, *, person_name: str) -> ErasureRun:
    """Plan the erasure of what is due on ``day``; nothing is gone yet. Raises `ErasureRefused`."""
    due = due_documents(session, day)
    submissions = due_submissions(session, day, going={one.document.id for one in due})
    if not due and not submissions:
        raise ErasureRefused(_("Heute ist nichts zu löschen."))
    if session.scalars(select(ErasureRun.id).where(ErasureRun.state == "planned")).first():
        raise ErasureRefused(
            _("Ein Löschlauf wartet schon auf seine Freigabe. Geben Sie ihn frei oder verwerfen Sie"
              " ihn.")
        )  # fmt: skip
    four_eyes = session.get_one(Tenant, current_tenant_id()).four_eyes
    run = ErasureRun(
        id=new_id(),
        day=day,
        needs_two=four_eyes
        or any(one.document.data_class in SENSITIVE for one in due)
        or any(one.data_class in SENSITIVE for one in submissions),
        documents=[one.document.id for one in due],
        counts=dict(sorted(Counter(one.kept.key for one in due if one.kept).items())),
        submissions=[one.submission_id for one in submissions],
        submission_counts=dict(sorted(Counter(one.kept.key for one in submissions).items())),
        planned_by=current_scope().account_id,
        planned_name=person_name[:200],
    )
    session.add(run)
    session.flush()
    record(
        session, "erasure.planned", "erasure_run", run.id,
        documents=len(due), submissions=len(submissions),
    )  # fmt: skip
    return run


def release_run(session: Session, run_id: str, *, person_name: str) -> ErasureRun:
    """Let a planned run begin. Raises `RunUnknown`, `ErasureRefused` also for its planner."""
    run = _planned(session, run_id)
    if run.needs_two and run.planned_by == current_scope().account_id:
        raise ErasureRefused(
            _("Diesen Löschlauf gibt eine zweite Person frei: Vier Augen sehen mehr als zwei.")
        )
    run.state, run.released_by = "running", current_scope().account_id
    run.released_name = person_name[:200]
    session.flush()
    enqueue(session, ERASE_DUE, {"run_id": run.id}, is_bulk=True)
    record(session, "erasure.released", "erasure_run", run.id)
    return run


def discard_run(session: Session, run_id: str) -> None:
    """Give a planned run up: nothing is erased. Raises `RunUnknown` and `ErasureRefused`."""
    run = _planned(session, run_id)
    run.state = "cancelled"
    session.flush()
    record(session, "erasure.discarded", "erasure_run", run.id)


def find_run(session: Session, run_id: str) -> ErasureRun:
    """Return a run with its record. Raises `RunUnknown`."""
    run = session.scalars(
        select(ErasureRun).where(ErasureRun.id == run_id).options(selectinload(ErasureRun.entries))
    ).first()
    if run is None:
        raise RunUnknown(run_id)
    return run


def list_runs(session: Session, limit: int = 50) -> list[ErasureRun]:
    """Return the runs of the tenant in scope, the latest first."""
    return list(
        session.scalars(select(ErasureRun).order_by(ErasureRun.planned_at.desc()).limit(limit))
    )


def _planned(session: Session, run_id: str) -> ErasureRun:
    run = session.scalars(
        select(ErasureRun).where(ErasureRun.id == run_id).with_for_update()
    ).first()
    if run is None:
        raise RunUnknown(run_id)
    if run.state != "planned":
        raise ErasureRefused(_("Über diesen Löschlauf hat gerade jemand anderes entschieden."))
    return run


def erase_due(
    sessions: sessionmaker[Session],
    store: ObjectStore,
    *,
    task_id: str,
    run_id: str,
    locks_files: bool,
) -> None:
    """Erase what a released run names, one subject after the other, and finish its task.

    Documents go first: a submission goes when none of its documents stays. Harmless to repeat: what
    is erased already stays so. What is held, no longer due or still locked is left out and
    counted. With ``locks_files`` the object store keeps the journal locked. Raises the errors of
    the object store.
    """
    with sessions() as session:
        run = find_run(session, run_id)
        done = {entry.document_id or entry.submission_id for entry in run.entries}
    documents = [one for one in run.documents if one not in done]
    submissions = [one for one in run.submissions if one not in done]
    work = _Work(sessions, TenantStore(store, current_tenant_id()), run, locks_files)
    skipped = sum(not work.erase(_document_erasure, one) for one in documents)
    skipped += sum(not work.erase(_submission_erasure, one) for one in submissions)
    with sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        run = find_run(session, run_id)
        if run.state == "running":
            run.state, run.finished_at, run.skipped = "done", now(), skipped
            record(session, "erasure.finished", "erasure_run", run.id, skipped=skipped)
        finish_task(task)


@dataclass(frozen=True, slots=True)
class _Work:
    """What carrying out a run needs for each of its subjects."""

    sessions: sessionmaker[Session]
    store: TenantStore
    run: ErasureRun
    locks_files: bool

    def erase(self, find: Callable[[Session, str, date], Erasure | None], subject_id: str) -> bool:
        """Erase a subject; say False when it has to stay."""
        with self.sessions() as session:
            erasure = find(session, subject_id, self.run.day)
            after = last_position(session)
        if erasure is None:
            return False
        if not delete_files(self.store, erasure.files):
            log.warning("erasure.locked", tenant=current_tenant_id(), subject=subject_id)
            return False
        position = append(self.store, erasure, after, is_locked=self.locks_files)
        with self.sessions.begin() as session:
            forget(session, self.run.id, erasure, position)
        return True


def _document_erasure(session: Session, document_id: str, day: date) -> Erasure | None:
    document = session.get_one(Document, (current_tenant_id(), document_id))
    found = kept_document(session, document)
    if document.erased_at is not None or found.kept is None:
        return None
    if not may_be_erased(session, found, day):
        return None
    return erasure_of_document(session, document, found.kept.key)


def _submission_erasure(session: Session, submission_id: str, day: date) -> Erasure | None:
    for due in due_submissions(session, day, going=(), only=[submission_id]):
        received = today_in_berlin(due.submitted_at).year if due.submitted_at else None
        return erasure_of_submission(session, submission_id, due.form_id, due.kept.key, received)
    return None
