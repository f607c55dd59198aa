"""The trust lists of the platform in the database: loaded by the operator, read by everybody."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from pyhanko.sign.validation.qualified.tsp import TSPRegistry
from pyhanko_certvalidator.authority import AuthorityWithCert
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from document_templates.seal_keys import trust_roots
from document_templates.signing.models import TrustList
from document_templates.signing.trust_lists import (
    TrustListRefused,
    check_trust_list,
    registry_of,
)
from tenants.language import _
from tenants.storage.objects import content_hash


def load_trust_list(
    session: Session,
    xml: bytes,
    *,
    signers: Sequence[x509.Certificate] = (),
    lotl: bytes = b"",
    lotl_signers: Sequence[x509.Certificate] = (),
) -> TrustList:
    """Keep a list whose signature holds, in place of an older one of the same country.

    Needs the operator's database role. Raises `TrustListRefused`, also for a list that is older
    than the one that is there: an old list could bring back who has lost its status.
    """
    facts, services = check_trust_list(xml, signers=signers, lotl=lotl, lotl_signers=lotl_signers)
    known = session.get(TrustList, facts.territory)
    if known is not None and known.sequence > facts.sequence:
        raise TrustListRefused(
            _(
                "Für {territory} ist schon die Liste Nr. {known} geladen; diese hat die Nr. {new}."
                " Laden Sie die aktuelle."
            ).format(territory=facts.territory, known=known.sequence, new=facts.sequence)
        )
    row = known or TrustList(territory=facts.territory)
    row.xml, row.sha256 = xml, content_hash(xml)
    row.sequence, row.services = facts.sequence, services
    row.issued_at, row.next_update = facts.issued_at, facts.next_update
    session.add(row)
    session.flush()
    return row


def list_trust_lists(session: Session) -> list[TrustList]:
    """Return the loaded lists by country, without their content."""
    return list(session.scalars(select(TrustList).order_by(TrustList.territory)))


def has_trust_list(session: Session) -> bool:
    """Say whether qualified signatures can be judged at all."""
    return session.scalars(select(TrustList.territory)).first() is not None


def trusted_services(session: Session) -> TSPRegistry:
    """Return who issues qualified certificates by all loaded lists."""
    rows = session.scalars(
        select(TrustList).options(undefer(TrustList.xml)).order_by(TrustList.territory)
    )
    return registry_of(tuple(one.xml for one in rows))


def known_authorities(session: Session) -> list[x509.Certificate]:
    """Return where the chain of a certificate may end so that its issuer is known here.

    That are the authorities of seals, and all services on the loaded trust lists.
    """
    return [*trust_roots(session), *listed_authorities(session)]


def listed_authorities(session: Session) -> list[x509.Certificate]:
    """Return the certificates of all services on the loaded lists: where chains may end."""
    registry = trusted_services(session)
    services = [*registry.known_certificate_authorities, *registry.known_timestamp_authorities]
    return [
        x509.load_der_x509_certificate(one.certificate.dump())
        for one in services
        if isinstance(one, AuthorityWithCert)
    ]
