"""What erasing takes away: every object version, the key, and what the database holds of persons.

Each subject is erased in the same order: files, journal, database. An attempt that is cut off is
done again by the run that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from document_templates.archive.models import StampedFile
from document_templates.bulk_runs.copies import cases_with
from document_templates.bulk_runs.models import BulkItem
from document_templates.models import Document, DocumentRequest, DocumentVersion
from document_templates.printed_files import forget_prints
from document_templates.retention.journal import DOCUMENT, SUBMISSION, Erasure
from document_templates.retention.models import ErasureEntry
from document_templates.signing.models import Signature, Signing, SigningParty
from forms.attachments.keeping import ERASE_OBJECT
from forms.erasing import erase_submission, traces_of
from forms.exports.withdrawing import withdraw_exports
from tenants.audit import record
from tenants.case_keys import destroy_case_key, document_case
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.outbox import Task
from tenants.storage.object_keys import CASES, case_of
from tenants.storage.objects import ObjectLocked
from tenants.storage.tenant_store import TenantStore


def delete_files(store: TenantStore, files: Iterable[str]) -> bool:
    """Delete all versions of ``files``; say False when one is locked that can still be read.

    A locked file of a case stays, but nobody reads it once the key of the case is destroyed.
    """
    for key in files:
        try:
            for stored in store.versions(key):
                store.delete(stored.key, stored.version_id)
        except ObjectLocked:
            if case_of(key) is None:
                return False
    return True


def erasure_of_document(session: Session, document: Document, key: str) -> Erasure:
    """Return what is to be erased of a document under the class ``key``."""
    versions = _versions(session, document.id)
    files = {file for one in versions for file in (one.pdf_key, one.docx_key)}
    ids = [one.id for one in versions]
    files |= set(
        session.scalars(
            select(StampedFile.object_key).where(StampedFile.document_version_id.in_(ids))
        )
    )
    for signing in session.scalars(select(Signing).where(Signing.document_id == document.id)):
        files |= {signing.pdf_key, signing.signed_pdf_key, signing.scan_key}
    return Erasure(
        DOCUMENT,
        document.id,
        key,
        (document_case(current_tenant_id(), document.number),),
        tuple(sorted(files - {""})),
        tuple({"id": one.id, "pdf": one.pdf_sha256, "docx": one.docx_sha256} for one in versions),
    )


def erasure_of_submission(
    session: Session, submission_id: str, form_id: str, key: str, received_in: int | None
) -> Erasure:
    """Return what is to be erased of a submission under the class ``key``."""
    traces = traces_of(session, submission_id)
    return Erasure(
        SUBMISSION,
        submission_id,
        key,
        (submission_id,),
        traces.files,
        tuple({"content": one} for one in traces.hashes),
        form_id,
        received_in,
    )


def last_position(session: Session) -> int:
    """Return the last place in the journal that the database knows of, 0 for none."""
    return session.scalar(select(func.max(ErasureEntry.journal_position))) or 0


def forget(session: Session, run_id: str, erasure: Erasure, position: int) -> bool:
    """Take the subject out of the database and write the record; say whether it was there.

    Nothing is committed. A subject that is erased already is left as it is.
    """
    of_document = erasure.subject == DOCUMENT
    subject = ErasureEntry.document_id if of_document else ErasureEntry.submission_id
    if session.scalars(select(ErasureEntry.id).where(subject == erasure.subject_id)).first():
        return False
    for case_id in erasure.cases:
        _destroy(session, case_id)
    if erasure.form_id is not None:
        withdraw_exports(session, erasure.form_id)
    if of_document:
        found = _forget_document(session, erasure.subject_id)
    else:
        _loosen_submission(session, erasure.subject_id)
        found = erase_submission(session, erasure.subject_id)
    if not found:
        return False
    session.add(
        ErasureEntry(
            run_id=run_id,
            document_id=erasure.subject_id if of_document else None,
            submission_id=None if of_document else erasure.subject_id,
            form_id=erasure.form_id,
            received_in=erasure.received_in,
            key=erasure.key,
            versions=list(erasure.versions),
            journal_position=position,
        )
    )
    session.flush()
    record(session, f"{erasure.subject}.erased", erasure.subject, erasure.subject_id)
    return True


def _destroy(session: Session, case_id: str) -> None:
    """Destroy the key of a case; what would lie for a day still, nobody reads now, and it goes."""
    destroy_case_key(session, case_id)
    forget_prints(session, case_id)
    session.execute(
        update(Task)
        .where(
            Task.state == "ready",
            Task.available_at > now(),
            Task.kind == ERASE_OBJECT,
            Task.payload["key"].astext.contains(f"/{CASES}/{case_id}/"),
        )
        .values(available_at=now())
        .execution_options(synchronize_session=False)
    )


def _versions(session: Session, document_id: str) -> Sequence[DocumentVersion]:
    return session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .order_by(DocumentVersion.number)
    ).all()


def _forget_document(session: Session, document_id: str) -> bool:
    document = session.scalars(
        select(Document).where(Document.id == document_id).with_for_update()
    ).first()
    if document is None:
        return False
    for case_id in cases_with(session, document.number):
        _destroy(session, case_id)
    document.erased_at = now()
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
    return True


def _loosen_submission(session: Session, submission_id: str) -> None:
    """Let go what refers to a submission and stays: documents, requests, recipients of runs."""
    session.execute(
        update(DocumentRequest)
        .where(
            DocumentRequest.submission_id == submission_id,
            DocumentRequest.state.in_(("waiting", "working", "failed")),
        )
        .values(state="cancelled", failure="", lease_until=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(BulkItem)
        .where(BulkItem.submission_id == submission_id)
        .values(label="", cells={}, answers={}, formulas=[], problems=[])
        .execution_options(synchronize_session=False)
    )
    for table in (DocumentRequest, Document, BulkItem):
        session.execute(
            update(table)
            .where(table.submission_id == submission_id)
            .values(submission_id=None)
            .execution_options(synchronize_session=False)
        )
