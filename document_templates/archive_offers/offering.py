"""Offering to the archive: what is due is listed, the archive decides, a second person agrees."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from document_templates.archive_offers.models import ArchiveOffer, ArchiveOfferItem
from document_templates.retention.classes import months_after
from document_templates.retention.due import Kept, over_documents
from tenants.audit import record
from tenants.case_keys import destroy_case_key
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import enqueue
from tenants.storage.objects import ObjectStore
from tenants.storage.tenant_store import TenantStore

PACK_TRANSFER: Final = "pack_transfer"
ANSWER_MONTHS: Final = 6
"""How long the archive has to answer; after that what it did not answer may be erased."""


class OfferRefused(ValueError):
    """An offer cannot be made or go on like this; the message is German."""


class OfferUnknown(LookupError):
    """There is no such offer that the acting person may see."""


def waiting_documents(session: Session, day: date) -> list[Kept]:
    """Return what may be erased on ``day`` but for the archive, which was not asked yet."""
    asked = frozenset(session.scalars(select(ArchiveOfferItem.document_id)))
    return [
        one
        for one in over_documents(session, day)
        if one.kept is not None and one.kept.offers_archive and one.document.id not in asked
    ]


def make_offer(session: Session, day: date, *, person_name: str) -> ArchiveOffer:
    """Offer the archive all that waits for it. Raises `OfferRefused` when nothing does."""
    waiting = waiting_documents(session, day)
    if not waiting:
        raise OfferRefused(_("Heute ist dem Archiv nichts anzubieten."))
    offer = ArchiveOffer(
        id=new_id(),
        offered_name=person_name[:200],
        answer_by=months_after(day, ANSWER_MONTHS),
        needs_two=session.get_one(Tenant, current_tenant_id()).four_eyes,
    )
    session.add(offer)
    session.flush()
    session.add_all(
        ArchiveOfferItem(offer_id=offer.id, document_id=one.document.id) for one in waiting
    )
    session.flush()
    record(session, "archive.offered", "archive_offer", offer.id, documents=len(waiting))
    return offer


def note_decision(
    session: Session, offer_id: str, taken: Collection[str], *, person_name: str
) -> ArchiveOffer:
    """Note which documents (ids) the archive takes; the others it does not want.

    It may be noted anew until a second person agrees. Raises `OfferUnknown` and `OfferRefused`.
    """
    offer = find_offer(session, offer_id, lock=True)
    if offer.state not in ("offered", "decided"):
        raise OfferRefused(_("Über dieses Angebot ist schon entschieden."))
    for item in offer.items:
        item.is_taken = item.document_id in taken
    offer.state, offer.decided_at = "decided", now()
    offer.decided_by, offer.decided_name = current_scope().account_id, person_name[:200]
    session.flush()
    count = sum(item.is_taken for item in offer.items)
    record(session, "archive.decided", "archive_offer", offer.id, taken=count)
    return offer


def release_offer(session: Session, offer_id: str, *, person_name: str) -> ArchiveOffer:
    """Let the decision count: what is taken is packed, what is not may be erased.

    Raises `OfferUnknown`, `OfferRefused` also for who noted the decision.
    """
    offer = find_offer(session, offer_id, lock=True)
    if offer.state != "decided":
        raise OfferRefused(_("Über dieses Angebot hat gerade jemand anderes entschieden."))
    if offer.needs_two and offer.decided_by == current_scope().account_id:
        raise OfferRefused(
            _("Diese Entscheidung gibt eine zweite Person frei: Vier Augen sehen mehr als zwei.")
        )
    offer.released_at, offer.released_name = now(), person_name[:200]
    if any(item.is_taken for item in offer.items):
        _pack(session, offer)
    else:
        offer.state = "closed"
    session.flush()
    record(session, "archive.released", "archive_offer", offer.id)
    return offer


def pack_again(session: Session, offer_id: str) -> None:
    """Try again to make a package that failed. Raises `OfferUnknown` and `OfferRefused`."""
    offer = find_offer(session, offer_id, lock=True)
    if offer.state != "packing" or not offer.failure:
        raise OfferRefused(_("Das Paket ist fertig oder entsteht gerade."))
    _pack(session, offer)


def confirm_receipt(
    session: Session, store: ObjectStore, offer_id: str, *, person_name: str
) -> ArchiveOffer:
    """Note that the archive has the package, which is erased here; its documents may be as well.

    Raises `OfferUnknown`, `OfferRefused` and the errors of the object store.
    """
    offer = find_offer(session, offer_id, lock=True)
    if offer.state != "packed":
        raise OfferRefused(_("Es gibt noch kein Paket, dessen Empfang zu bestätigen wäre."))
    TenantStore(store, current_tenant_id()).delete(offer.package_key, offer.package_version)
    destroy_case_key(session, offer.id)
    offer.state, offer.received_at, offer.received_name = "closed", now(), person_name[:200]
    session.flush()
    record(session, "archive.received", "archive_offer", offer.id)
    return offer


def find_offer(session: Session, offer_id: str, *, lock: bool = False) -> ArchiveOffer:
    """Return an offer with its items. Raises `OfferUnknown`."""
    query = (
        select(ArchiveOffer)
        .where(ArchiveOffer.id == offer_id)
        .options(selectinload(ArchiveOffer.items))
    )
    found = session.scalars(query.with_for_update() if lock else query).first()
    if found is None:
        raise OfferUnknown(offer_id)
    return found


def list_offers(session: Session, limit: int = 50) -> list[ArchiveOffer]:
    """Return the offers of the tenant in scope, the latest first."""
    return list(
        session.scalars(
            select(ArchiveOffer)
            .options(selectinload(ArchiveOffer.items))
            .order_by(ArchiveOffer.offered_at.desc())
            .limit(limit)
        )
    )


def _pack(session: Session, offer: ArchiveOffer) -> None:
    offer.state, offer.failure = "packing", ""
    session.flush()
    enqueue(session, PACK_TRANSFER, {"offer_id": offer.id})
