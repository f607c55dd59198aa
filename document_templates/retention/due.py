"""What is due to be erased, and what people say of a document: its begin, and holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.archive_offers.models import ArchiveOffer, ArchiveOfferItem
from document_templates.models import Document, DocumentVersion
from document_templates.retention.amendments import amendments
from document_templates.retention.classes import RetentionClass, erasable_on, start_of
from document_templates.retention.due_submissions import started_submissions, with_event
from document_templates.retention.keeping import retention_classes
from document_templates.retention.models import DocumentRetention
from tenants.audit import record
from tenants.database import now
from tenants.language import _


class HoldRefused(ValueError):
    """A document cannot be held like this; the message is German."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How it stands with a document: its class, when its time began, and when it may go."""

    document: Document
    kept: RetentionClass | None
    retention: DocumentRetention | None
    submission_start: date | None = None
    """When its time began by what its submission says, None where no event of it counts."""

    @property
    def starts_on(self) -> date | None:
        """When its time began: what a person noted, else what the submission says."""
        noted = self.retention.starts_on if self.retention is not None else None
        return noted or self.submission_start

    @property
    def erasable_on(self) -> date | None:
        """The first day on which it may be erased, None while that is not known."""
        start = self.starts_on
        return erasable_on(self.kept, start) if self.kept is not None and start else None

    @property
    def is_held(self) -> bool:
        """Whether it stays until somebody lifts the hold, however long its time is over."""
        return self.retention is not None and self.retention.held_at is not None

    def is_due(self, day: date) -> bool:
        """Say whether it may be erased on ``day``."""
        until = self.erasable_on
        return not self.is_held and until is not None and until <= day


def kept_document(session: Session, document: Document) -> Kept:
    """Return how it stands with a document; its class is that of its latest version."""
    key = session.scalars(
        select(DocumentVersion.retention_class)
        .where(DocumentVersion.document_id == document.id)
        .order_by(DocumentVersion.number.desc())
        .limit(1)
    ).first()
    only = [document.submission_id] if document.submission_id is not None else []
    starts = [one.start for one in started_submissions(session, only)]
    return Kept(
        document,
        retention_classes(session).get(key or ""),
        _retention(session, document.id),
        starts[0] if starts else None,
    )


def due_documents(session: Session, day: date) -> list[Kept]:
    """Return every document of the tenant in scope that may be erased on ``day``, oldest first.

    What the archive has to be offered is due when it does not want it, or has it.
    """
    done = archive_is_done(session)
    return [one for one in over_documents(session, day) if _may_go(one, done)]


def may_be_erased(session: Session, kept: Kept, day: date) -> bool:
    """Say of one document what `due_documents` says of all."""
    if not kept.is_due(day) or not _may_go(kept, archive_is_done(session, kept.document.id)):
        return False
    return all(
        kept_document(session, session.get_one(Document, (kept.document.tenant_id, by))).is_due(day)
        for _amended, by in amendments(session, kept.document.id)
    )


def _may_go(kept: Kept, done: frozenset[str]) -> bool:
    asks = kept.kept is not None and kept.kept.offers_archive
    return not asks or kept.document.id in done


def archive_is_done(session: Session, document_id: str | None = None) -> frozenset[str]:
    """Return the documents with which the archive is through, of ``document_id`` this one."""
    query = (
        select(ArchiveOfferItem.document_id)
        .join(
            ArchiveOffer,
            (ArchiveOffer.tenant_id == ArchiveOfferItem.tenant_id)
            & (ArchiveOffer.id == ArchiveOfferItem.offer_id),
        )
        .where(
            (ArchiveOffer.state == "closed")
            | (ArchiveOffer.state.in_(("packing", "packed")) & ~ArchiveOfferItem.is_taken)
        )
    )
    if document_id is not None:
        query = query.where(ArchiveOfferItem.document_id == document_id)
    return frozenset(session.scalars(query))


def over_documents(session: Session, day: date) -> list[Kept]:
    """Return every document whose time is over on ``day`` and that nobody holds, oldest first.

    The time of an agreement is not over before that of every Nachtrag to it.
    """
    classes = retention_classes(session)
    starts = {one.submission_id: one.start for one in started_submissions(session)}
    rows = session.execute(
        select(Document, DocumentRetention, DocumentVersion.retention_class)
        .outerjoin(
            DocumentRetention,
            (DocumentRetention.tenant_id == Document.tenant_id)
            & (DocumentRetention.document_id == Document.id),
        )
        .join(
            DocumentVersion,
            (DocumentVersion.tenant_id == Document.tenant_id)
            & (DocumentVersion.document_id == Document.id),
        )
        .where(
            Document.erased_at.is_(None),
            DocumentRetention.held_at.is_(None),
            DocumentRetention.starts_on.is_not(None) | Document.submission_id.in_(with_event()),
        )
        .order_by(Document.created_at, Document.id, DocumentVersion.number)
    )
    # The last version of each document counts.
    latest = {document.id: (document, retention, key) for document, retention, key in rows}
    found = [
        Kept(document, classes.get(key), retention, starts.get(document.submission_id or ""))
        for document, retention, key in latest.values()
    ]
    over = [one for one in found if one.is_due(day)]
    ids = {one.document.id for one in over}
    waiting = {amended for amended, by in amendments(session) if by not in ids}
    return [one for one in over if one.document.id not in waiting]


def set_start(session: Session, kept: Kept, event: date) -> None:
    """Note when the time of a document began; of an age ``event`` is the birth, which is not kept.

    The document must have a class.
    """
    if kept.kept is None:
        raise HoldRefused(_("Der Vordruck dieses Dokuments hat noch keine Löschklasse."))
    retention = _own(session, kept)
    retention.starts_on = start_of(kept.kept, event)
    session.flush()
    record(session, "retention.started", "document", kept.document.id)


def hold(session: Session, kept: Kept, *, reason: str, person_name: str) -> None:
    """Keep a document from being erased until the hold is lifted. Raises `HoldRefused`."""
    if not reason.strip():
        raise HoldRefused(_("Geben Sie an, weshalb das Dokument nicht gelöscht werden darf."))
    retention = _own(session, kept)
    retention.held_at, retention.held_name = now(), person_name[:200]
    retention.hold_reason = reason.strip()[:500]
    session.flush()
    record(session, "retention.held", "document", kept.document.id)


def lift_hold(session: Session, kept: Kept) -> None:
    """Let the time of a document count again."""
    retention = _own(session, kept)
    retention.held_at, retention.held_name, retention.hold_reason = None, "", ""
    session.flush()
    record(session, "retention.hold_lifted", "document", kept.document.id)


def _retention(session: Session, document_id: str) -> DocumentRetention | None:
    return session.scalars(
        select(DocumentRetention).where(DocumentRetention.document_id == document_id)
    ).first()


def _own(session: Session, kept: Kept) -> DocumentRetention:
    found = _retention(session, kept.document.id)
    if found is None:
        found = DocumentRetention(document_id=kept.document.id)
        session.add(found)
        session.flush()
    return found
