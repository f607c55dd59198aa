"""What ``siegel trust`` does with the database, by the operator's role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.commands.operator_work import OperationRefused, as_operator
from document_templates.certificates import UnreadableKey, fingerprint, read_certificates
from document_templates.seal_keys import recognise_root
from document_templates.signing.trust_lists import TrustListRefused
from document_templates.signing.trusting import list_trust_lists, load_trust_list
from tenants.context import NOBODY
from tenants.settings import Settings


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """The files that the operator gives: a list and with what it is to be checked."""

    xml: bytes
    lotl: bytes = b""
    lotl_certificates: bytes = b""
    certificates: bytes = b""


def keep_trust_list(settings: Settings, files: TrustFiles) -> str:
    """Load a list and return in German what it holds. Raises `OperationRefused`."""
    try:
        signers = read_certificates(files.certificates) if files.certificates else []
        lotl_signers = read_certificates(files.lotl_certificates) if files.lotl_certificates else []
    except UnreadableKey as error:
        raise OperationRefused(str(error)) from error

    def work(session: Session) -> str:
        row = load_trust_list(
            session, files.xml, signers=signers, lotl=files.lotl, lotl_signers=lotl_signers
        )
        return (
            f"Vertrauensliste {row.territory} Nr. {row.sequence} geladen: {row.services} Aussteller"
            f" qualifizierter Zertifikate, nächste Ausgabe {_day(row.next_update)}."
        )

    try:
        return as_operator(settings, NOBODY, work)
    except TrustListRefused as error:
        raise OperationRefused(str(error)) from error


def keep_roots(settings: Settings, pem: bytes) -> list[str]:
    """Recognise the authorities of a PEM file; return a German line each.

    Raises `OperationRefused`, also for a certificate that issues nothing.
    """
    try:
        certificates = read_certificates(pem)
    except UnreadableKey as error:
        raise OperationRefused(str(error)) from error

    def work(session: Session) -> list[str]:
        return [
            f"Aufgenommen: {one.subject.rfc4514_string()}, gültig bis"
            f" {_day(one.not_valid_after_utc)}, SHA-256 {fingerprint(one)}"
            for one in certificates
            if recognise_root(session, one)
        ]

    try:
        return as_operator(settings, NOBODY, work)
    except UnreadableKey as error:
        raise OperationRefused(str(error)) from error


def every_trust_list(settings: Settings) -> list[tuple[str, ...]]:
    """Return the loaded lists as columns of text."""
    return as_operator(
        settings,
        NOBODY,
        lambda session: [
            (
                row.territory,
                str(row.sequence),
                str(row.services),
                _day(row.issued_at),
                _day(row.next_update),
            )
            for row in list_trust_lists(session)
        ],
    )


def _day(moment: datetime | None) -> str:
    return moment.strftime("%d.%m.%Y") if moment else "–"
