"""How parties signed the last time: what a new request starts from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from document_templates.signing.models import Signing, SigningParty
from document_templates.signing.rules import Rule


@dataclass(frozen=True, slots=True)
class FormerWay:
    """The rule of a party and the people who were asked."""

    rule: Rule
    signatory_ids: tuple[str, ...]


def former_ways(session: Session) -> dict[str | None, FormerWay]:
    """Return the last way of each party, by its organisation; None is the tenant itself."""
    latest = session.scalars(
        select(SigningParty)
        .join(
            Signing,
            (Signing.tenant_id == SigningParty.tenant_id) & (Signing.id == SigningParty.signing_id),
        )
        .ext(distinct_on(SigningParty.party_organisation_id))
        .order_by(
            SigningParty.party_organisation_id, Signing.requested_at.desc(), SigningParty.position
        )
    )
    return {
        party.party_organisation_id: FormerWay(
            Rule(party.rule, party.required),
            tuple(dict.fromkeys(one.signatory_id for one in party.signatures)),
        )
        for party in latest
    }
