"""Deletion runs: planned with a preview, released by a second person, done by a worker.

What is erased of a document is every version in the object store, and whatever the database holds
of persons about it. Ids and hashes stay: they are the record, and the chain of the register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload, sessionmaker

from document_templates.bulk_runs.models import BulkItem
from document_templates.models import Document, DocumentRequest, DocumentVersion
from document_templates.retention.due import due_documents, kept_document
from document_templates.retention.models import ErasureEntry, ErasureRun
from document_templates.signing.models import Signature, Signing, SigningParty
from tenants.audit import record
from tenants.case_keys import destroy_case_key, document_case
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import Task, enqueue, finish_task
from tenants.storage.object_keys import case_of
from tenants.storage.objects import ObjectLocked, ObjectStore
from tenants.storage.tenant_store import TenantStore

log = structlog.get_logger()

ERASE_DOCUMENTS: Final = "erase_documents"
SENSITIVE: Final = frozenset({"K4", "K5"})
"""Data classes of which a run always needs two persons."""


class ErasureRefused(ValueError):
    """A run cannot be planned or released; the message is German."""


class RunUnknown(LookupError):
    """There is no such run that the acting person may see."""


def plan_run(session: Session, day: date, *, person_name: str) -> ErasureRun:
    """Plan the erasure of what is due on ``day``; nothing is gone yet. Raises `ErasureRefused`."""
    due = due_documents(session, day)
    if not due:
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
        needs_two=four_eyes or any(one.document.data_class in SENSITIVE for one in due),
        documents=[one.document.id for one in due],
        counts=dict(sorted(Counter(one.kept.key for one in due if one.kept).items())),
        planned_by=current_scope().account_id,
        planned_name=person_name[:200],
    )
    session.add(run)
    session.flush()
    record(session, "erasure.planned", "erasure_run", run.id, documents=len(due))
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
    enqueue(session, ERASE_DOCUMENTS, {"run_id": run.id}, is_bulk=True)
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


def erase_documents(
    sessions: sessionmaker[Session], store: ObjectStore, *, task_id: str, run_id: str
) -> None:
    """Erase what a released run names, one document after the other, and finish its task.

    Harmless to repeat: what is erased already stays so. A document that is held, no longer due or
    still locked is left out and counted. Raises the errors of the object store.
    """
    tenant_store = TenantStore(store, current_tenant_id())
    with sessions() as session:
        run = find_run(session, run_id)
        done = {entry.document_id for entry in run.entries}
        todo = [one for one in run.documents if one not in done]
        day = run.day
    skipped = sum(
        not _erase_document(sessions, tenant_store, run_id, document_id, day)
        for document_id in todo
    )
    with sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        run = find_run(session, run_id)
        if run.state == "running":
            run.state, run.finished_at, run.skipped = "done", now(), skipped
            record(session, "erasure.finished", "erasure_run", run.id, skipped=skipped)
        finish_task(task)


def _erase_document(
    sessions: sessionmaker[Session], store: TenantStore, run_id: str, document_id: str, day: date
) -> bool:
    with sessions() as session:
        document = session.get_one(Document, (current_tenant_id(), document_id))
        if document.erased_at is not None or not kept_document(session, document).is_due(day):
            return False
        files = _files(session, document_id)
    if not all(_delete(store, key) for key in files):
        log.warning("erasure.locked", tenant=current_tenant_id(), document=document_id)
        return False
    with sessions.begin() as session:
        _forget(session, run_id, document_id)
    return True


def _delete(store: TenantStore, key: str) -> bool:
    """Erase all versions under a key; say False for what is locked and can be read.

    A locked file of a case stays, but nobody reads it once the key of the case is destroyed.
    """
    try:
        for stored in store.versions(key):
            store.delete(stored.key, stored.version_id)
    except ObjectLocked:
        return case_of(key) is not None
    return True


def _files(session: Session, document_id: str) -> list[str]:
    keys: set[str] = set()
    for version in _versions(session, document_id):
        keys |= {version.pdf_key, version.docx_key}
    for signing in session.scalars(select(Signing).where(Signing.document_id == document_id)):
        keys |= {signing.pdf_key, signing.signed_pdf_key, signing.scan_key}
    return sorted(keys - {""})


def _versions(session: Session, document_id: str) -> Sequence[DocumentVersion]:
    return session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .order_by(DocumentVersion.number)
    ).all()


def _forget(session: Session, run_id: str, document_id: str) -> None:
    """Take out of the database what it holds of persons about a document, and write the record."""
    document = session.scalars(
        select(Document).where(Document.id == document_id).with_for_update()
    ).one()
    versions = _versions(session, document_id)
    kept = kept_document(session, document)
    document.erased_at = now()
    destroy_case_key(session, document_case(current_tenant_id(), document.number))
    document.recipient = document.organisation_name = ""
    items = select(DocumentRequest.bulk_item_id).where(DocumentRequest.number == document.number)
    session.execute(
        update(BulkItem)
        .where(BulkItem.id.in_(items))
        .values(label="", cells={}, answers={}, formulas=[], problems=[])
        .execution_options(synchronize_session=False)
    )
    signings = select(Signing.id).where(Signing.document_id == document_id)
    for table in (Signature, SigningParty):
        session.execute(
            delete(table)
            .where(table.signing_id.in_(signings))
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(Signing)
        .where(Signing.document_id == document_id)
        .values(note="", reason="", requested_by_name="", requested_by=None)
        .execution_options(synchronize_session=False)
    )
    session.add(
        ErasureEntry(
            run_id=run_id,
            document_id=document_id,
            key=kept.kept.key if kept.kept else "",
            versions=[
                {"id": one.id, "pdf": one.pdf_sha256, "docx": one.docx_sha256} for one in versions
            ],
        )
    )
    record(session, "document.erased", "document", document_id)
