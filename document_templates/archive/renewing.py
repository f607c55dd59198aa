"""The job of time stamps: files that have none get one, and others a new one before theirs ends.

A new time stamp covers everything before it, so what the old one proves stays provable when its
certificate has ended or its algorithms are weak (RFC 4998; ETSI EN 319 142-1, 5.4). The registered
file is left as it is: its copy with the stamp appended is a stored object of its own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.archive.models import StampedFile
from document_templates.archive.stamped_files import newest_stamped
from document_templates.archive.stamping import Stamping, add_timestamp
from document_templates.baseline_levels import file_levels
from document_templates.models import Document, DocumentVersion, Proof
from document_templates.pdfa import check_pdfa
from document_templates.production import PDF_TYPE, Workshop
from document_templates.retention.keeping import class_of_template, lock_until
from document_templates.signature_reading import UNREADABLE, PdfRejected, read_signed_file
from document_templates.signature_validation import validate_signatures
from document_templates.signing.trusting import known_authorities
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.outbox import Task, continue_task, finish_task
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectMissing,
    StoredObject,
    content_hash,
)
from tenants.storage.tenant_store import TenantStore

log = structlog.get_logger()

STAMP_FILES: Final = "stamp_files"
RENEWED_BEFORE: Final = timedelta(days=90)
"""So long before the end of a time stamp the next one is fetched: time enough to notice faults."""
SLICE_SECONDS: Final = 20.0


class StampRefused(RuntimeError):
    """The file with the new stamp is not what it has to be; the registered one stays alone."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A version whose file needs a time stamp: its newest state, and how the next is stored."""

    version: DocumentVersion
    number: int
    key: str
    object_version: str
    sha256: str
    locked_until: datetime | None


def stamp_files(workshop: Workshop, task_id: str) -> None:
    """Stamp what needs it of the tenant in scope, in slices; finish the task after the last.

    Harmless to repeat: what an interrupted attempt stored is adopted. A file that is lost or broken
    is passed over, for the integrity job raises an alarm for it. Raises `TimestampUnavailable` and
    the errors of the object store.
    """
    began = time.monotonic()
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        after = (
            session.scalars(select(Task).where(Task.id == task_id)).one().payload.get("after", "")
        )
        stamping = workshop.stamping(known_authorities(session))
    while stamping is not None:
        with workshop.sessions() as session:
            wanted = _next(session, store, after, workshop.locks_files)
        if wanted is None:
            break
        after = wanted.version.id
        _stamp(workshop, store, wanted, stamping)
        if time.monotonic() - began > SLICE_SECONDS:
            _continue(workshop, task_id, after)
            return
    with workshop.sessions.begin() as session:
        finish_task(_task(session, task_id))


def _task(session: Session, task_id: str) -> Task:
    return session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()


def _continue(workshop: Workshop, task_id: str, after: str) -> None:
    with workshop.sessions.begin() as session:
        continue_task(_task(session, task_id), {"after": after}, now())


def _next(session: Session, store: TenantStore, after: str, locks_files: bool) -> _Wanted | None:
    """Return the next version in need of a stamp behind the id ``after``."""
    ends = now() + RENEWED_BEFORE
    renewed = select(StampedFile.document_version_id).where(StampedFile.stamped_until > ends)
    query = (
        select(DocumentVersion)
        .where(
            DocumentVersion.document.has(Document.erased_at.is_(None)),
            DocumentVersion.stamped_until.is_(None) | (DocumentVersion.stamped_until <= ends),
            DocumentVersion.id.not_in(renewed),
        )
        .order_by(DocumentVersion.id)
        .limit(1)
    )
    if after:
        query = query.where(DocumentVersion.id > after)
    version = session.scalars(query).first()
    if version is None:
        return None
    newest = newest_stamped(session, version.id)
    number = newest.number + 1 if newest else 1
    locked_until = None
    if locks_files:
        # As long as the registered file, counted from its storing: no lock outlasts its erasure.
        kept = class_of_template(session, version.template_version_id)
        locked_until = lock_until(kept, version.document.data_class, version.created_at)
    if newest is None:
        return _Wanted(
            version, number, version.pdf_key, version.pdf_object_version, version.pdf_sha256,
            locked_until,
        )  # fmt: skip
    return _Wanted(
        version, number, newest.object_key, newest.object_version, newest.sha256, locked_until
    )


def _stamp(workshop: Workshop, store: TenantStore, wanted: _Wanted, stamping: Stamping) -> None:
    try:
        former = store.get(wanted.key, wanted.object_version, wanted.sha256)
        stored = _stored(store, wanted, former, stamping)
        stamped = store.get(stored.key, stored.version_id, stored.sha256)
        level, until = _examined(former, stamped, stamping)
    except (ObjectMissing, ObjectCorrupted, StampRefused, PdfRejected) as problem:
        log.error("stamp.refused", version=wanted.version.id, fault=type(problem).__name__)
        return
    with workshop.sessions.begin() as session:
        _register(session, wanted, stored, level, until)


def _stored(store: TenantStore, wanted: _Wanted, former: bytes, stamping: Stamping) -> StoredObject:
    # Beside the registered file, and erased with it.
    key = f"{wanted.version.pdf_key.removesuffix('.pdf')}-zeitstempel-{wanted.number}.pdf"
    stored = store.stat(key)
    if stored is not None:
        return stored
    try:
        stamped = add_timestamp(former, stamping)
    except UNREADABLE as problem:
        raise StampRefused(str(problem)) from problem
    _examined(former, stamped, stamping)
    locked_until = wanted.locked_until
    try:
        return store.put(
            key,
            stamped,
            content_type=PDF_TYPE,
            sha256=content_hash(stamped),
            retain_until=locked_until if locked_until and locked_until > now() else None,
        )
    except ObjectExists as taken:
        return taken.existing


def _examined(former: bytes, stamped: bytes, stamping: Stamping) -> tuple[str, datetime]:
    """Return the level of the first seal and the end of the new stamp. Raises `StampRefused`."""
    # What a person's own program did to the metadata when it signed is not undone by a stamp.
    spoilt = bool(check_pdfa(stamped)) and not check_pdfa(former)
    if spoilt or not stamped.startswith(former):
        raise StampRefused("the file is not the former one, or no PDF/A any more")
    file = read_signed_file(stamped)
    reports = validate_signatures(file, stamping.roots)
    if not all(one.intact and one.valid and one.changes_permitted for one in reports):
        raise StampRefused("a signature does not hold any more")
    found = file_levels(file)
    if found.stamped_until is None or not reports[-1].is_timestamp:
        raise StampRefused("there is no new time stamp")
    return found.levels.get(reports[0].field, ""), found.stamped_until


def _register(
    session: Session, wanted: _Wanted, stored: StoredObject, level: str, until: datetime
) -> None:
    version = wanted.version
    document = session.scalars(
        select(Document).where(Document.id == version.document_id).with_for_update()
    ).one()
    known = session.scalars(
        select(StampedFile.id).where(
            StampedFile.document_version_id == version.id, StampedFile.number == wanted.number
        )
    ).first()
    if known is not None or document.erased_at is not None:
        # Another worker was faster, or the document was erased meanwhile.
        return
    stamped_at = now()
    session.add(
        StampedFile(
            id=new_id(),
            document_version_id=version.id,
            organisation_id=version.organisation_id,
            number=wanted.number,
            level=level,
            stamped_until=until,
            object_key=stored.key,
            object_version=stored.version_id,
            sha256=stored.sha256,
            size=stored.size,
            stamped_at=stamped_at,
        )
    )
    proof = session.scalars(
        select(Proof).where(Proof.document_version_id == version.id).with_for_update()
    ).one()
    proof.stamps = [
        *proof.stamps,
        {
            "sha256": stored.sha256,
            "level": level,
            "stamped_at": stamped_at.isoformat(),
            "stamped_until": until.isoformat(),
        },
    ]
    record(session, "document.stamped", "document_version", version.id, number=wanted.number)
