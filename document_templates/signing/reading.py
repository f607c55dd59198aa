"""Reading signings: for lists and pages, and what a version says of its signatures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from document_templates.signing.models import Signature, Signing, SigningParty
from document_templates.signing.progress import Party, Progress, Slot
from document_templates.signing.rules import CAPACITIES, Rule, Signer
from tenants.context import current_scope
from tenants.language import _
from tenants.outbox import Task

COMPLETE_SIGNING = "complete_signing"
PREPARE_SIGNING = "prepare_signing"


class SigningUnknown(LookupError):
    """There is no such signing that the acting person may see."""


def progress_of(signing: Signing) -> Progress:
    """Return how far a signing is; the signers bear the ids of their `Signature` rows."""
    return Progress(tuple(_party(one) for one in signing.parties), signing.in_order)


def _party(party: SigningParty) -> Party:
    slots = (Slot(Signer(one.id, one.capacity), one.state) for one in party.signatures)
    return Party(Rule(party.rule, party.required), tuple(slots))


def in_turn(signing: Signing) -> set[str]:
    """Return the ids of the signatures that may be given now."""
    if signing.state != "open":
        return set()
    return {slot.signer.id for slot in progress_of(signing).turn()}


def find_signing(
    session: Session, signing_id: str, *, everything: bool, lock: bool = False
) -> Signing:
    """Return a signing. Raises `SigningUnknown`.

    Without ``everything`` it must be one that the person asked for or is asked to sign.
    """
    query = select(Signing).where(Signing.id == signing_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    signing = session.scalars(query).first()
    if signing is None or not (everything or _concerns_me(signing)):
        raise SigningUnknown(_("Diese Zeichnung gibt es nicht."))
    return signing


def _concerns_me(signing: Signing) -> bool:
    account_id = current_scope().account_id
    return account_id is not None and (
        signing.requested_by == account_id
        or any(one.account_id == account_id for one in _signatures(signing.parties))
    )


def _signatures(parties: Iterable[SigningParty]) -> Iterable[Signature]:
    return (one for party in parties for one in party.signatures)


def own_signature(signing: Signing) -> Signature | None:
    """Return the signature that is asked of the acting person, None if there is none.

    Somebody who signs for several parties gives them one after the other.
    """
    account_id = current_scope().account_id
    mine = [
        one
        for party in signing.parties
        if party.party_organisation_id == current_scope().organisation_id
        for one in party.signatures
        if account_id is not None and one.account_id == account_id
    ]
    waiting = [one for one in mine if one.state == "waiting"]
    return next(iter(waiting or mine), None)


def list_signings(session: Session, *, everything: bool, limit: int, offset: int) -> list[Signing]:
    """Return signings, newest first; without ``everything`` those that concern the person."""
    query = select(Signing).order_by(Signing.requested_at.desc(), Signing.id)
    if not everything:
        account_id = current_scope().account_id
        asked = select(Signature.signing_id).where(Signature.account_id == account_id)
        query = query.where(or_(Signing.requested_by == account_id, Signing.id.in_(asked)))
    return list(session.scalars(query.limit(limit).offset(offset)))


def waiting_for_me(session: Session, *, limit: int = 50) -> list[Signing]:
    """Return the open signings that wait for the acting person now, oldest first."""
    found = session.scalars(
        select(Signing)
        .where(
            Signing.state == "open",
            # Nobody signs paper here.
            Signing.level != "L3p",
            Signing.id.in_(
                select(Signature.signing_id).where(
                    Signature.account_id == current_scope().account_id,
                    Signature.state == "waiting",
                )
            ),
        )
        .order_by(Signing.requested_at)
        .limit(limit)
    )
    rows = []
    for signing in found:
        mine = own_signature(signing)
        if mine is not None and mine.id in in_turn(signing):
            rows.append(signing)
    return rows


def signings_of(session: Session, document_id: str) -> list[Signing]:
    """Return the signings of a document, newest first."""
    return list(
        session.scalars(
            select(Signing)
            .where(Signing.document_id == document_id)
            .order_by(Signing.requested_at.desc())
        )
    )


def completion_failure(session: Session, signing: Signing) -> str:
    """Return why the file could not be made the last time, empty if it did not fail."""
    kinds = {"completing": COMPLETE_SIGNING, "preparing": PREPARE_SIGNING}
    if signing.state not in kinds:
        return ""
    task = session.scalars(
        select(Task)
        .where(Task.kind == kinds[signing.state], Task.payload == {"signing_id": signing.id})
        .order_by(Task.created_at.desc())
        .limit(1)
    ).first()
    return task.failure if task is not None and task.state == "failed" else ""


@dataclass(frozen=True, slots=True)
class GivenSignature:
    """A signature as it may be told to anybody: no name, but as what, for whom, how and when."""

    level: str
    party: str
    role: str
    signed_at: datetime


def given_signatures(session: Session, signing_id: str) -> list[GivenSignature]:
    """Return the signatures of a signing, in the order in which they were given.

    Without names of people: parties are the tenant and organisations, roles those of
    `rules.CAPACITIES`.
    """
    rows = session.execute(
        select(Signature, SigningParty.name, Signing.level)
        .join(
            SigningParty,
            (SigningParty.tenant_id == Signature.tenant_id)
            & (SigningParty.id == Signature.party_id),
        )
        .join(
            Signing,
            (Signing.tenant_id == Signature.tenant_id) & (Signing.id == Signature.signing_id),
        )
        .where(Signature.signing_id == signing_id, Signature.state == "signed")
        .order_by(Signature.signed_at, Signature.id)
    )
    return [
        GivenSignature(level, party, CAPACITIES[signature.capacity], signature.signed_at)
        for signature, party, level in rows
        if signature.signed_at is not None
    ]
