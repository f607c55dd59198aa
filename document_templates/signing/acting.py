"""What the person asked does: open the document, sign it, or decline."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from document_templates.signing.models import Signature, Signing
from document_templates.signing.reading import (
    COMPLETE_SIGNING,
    in_turn,
    own_signature,
    progress_of,
)
from document_templates.signing.requesting import LONGEST_NOTE, signer_of
from document_templates.signing.statements import BY_PASSWORD, Statement
from tenants.audit import record
from tenants.context import current_scope
from tenants.database import now
from tenants.language import _
from tenants.outbox import enqueue


class SignatureRefused(RuntimeError):
    """The act is not possible now or not for this person; the message is German.

    ``field`` names the entry that it is about, where it is about one.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def open_document(session: Session, signing: Signing) -> None:
    """Note that the person asked has opened the whole document, the first time it happens."""
    mine = own_signature(signing)
    if mine is not None and mine.state == "waiting" and mine.opened_at is None:
        mine.opened_at = now()
        record(session, "signing.opened", "signing", signing.id, signature=mine.id)


def sign(session: Session, signing: Signing, *, pdf_sha256: str, today: date) -> Signature:
    """Sign with the login of the acting person, who has just been asked for the password.

    ``signing`` is locked, ``pdf_sha256`` what the page that was confirmed has shown. The last
    signature needed asks for the signed version. Raises `SignatureRefused`.
    """
    if signing.level != "L1":
        raise SignatureRefused(_("Dieses Dokument wird nicht mit der Anmeldung unterschrieben."))
    mine = my_turn(signing)
    if mine.opened_at is None:
        raise SignatureRefused(_("Öffnen Sie zuerst das Dokument. Unterschreiben können Sie dann."))
    if pdf_sha256 != signing.pdf_sha256:
        raise SignatureRefused(_("Das Dokument hat sich geändert. Öffnen Sie es noch einmal."))
    check_entitled(mine, today)
    give_signature(session, signing, mine, BY_PASSWORD)
    return mine


def check_entitled(signature: Signature, today: date) -> None:
    """Raise `SignatureRefused` unless the person is zeichnungsberechtigt on that day."""
    if not signer_of(signature.signatory).may_sign_on(today):
        raise SignatureRefused(
            _("Ihre Zeichnungsberechtigung gilt heute nicht. Wer sie pflegt, kann das ändern.")
        )


def give_signature(session: Session, signing: Signing, signature: Signature, method: str) -> None:
    """Write down that a signature is given; the last one needed asks for the signed version."""
    signature.state, signature.method = "signed", method
    signature.signed_at = now().replace(microsecond=0)
    signature.statement_sha256 = statement_of(signing, signature).sha256
    session.flush()
    record(session, "signing.signed", "signing", signing.id, signature=signature.id)
    if progress_of(signing).is_complete:
        signing.state = "completing"
        request_completion(session, signing)


def statement_of(signing: Signing, signature: Signature) -> Statement:
    """Return what a given signature declares."""
    if signature.signed_at is None:
        raise ValueError("there is no statement before the signature")
    party = next(one for one in signing.parties if one.id == signature.party_id)
    return Statement(
        signing_id=signing.id,
        signature_id=signature.id,
        document_number=signing.number,
        pdf_sha256=signing.pdf_sha256,
        name=signature.name,
        function=signature.function,
        addition=signature.addition,
        party=party.name,
        level=signing.level,
        method=signature.method,
        signed_at=signature.signed_at,
    )


def request_completion(session: Session, signing: Signing) -> None:
    """Ask for the signed version of a complete signing, or ask again after a failure."""
    enqueue(
        session,
        COMPLETE_SIGNING,
        {"signing_id": signing.id},
        organisation_id=current_scope().organisation_id,
    )


def decline(session: Session, signing: Signing, reason: str) -> None:
    """Decline to sign, with a reason that all parties read.

    Once a party can no longer be bound the signing has ended. ``signing`` is locked. Raises
    `SignatureRefused`.
    """
    mine = my_turn(signing)
    reason = reason.strip()[:LONGEST_NOTE]
    if not reason:
        raise SignatureRefused(_("Sagen Sie, warum Sie nicht unterschreiben."))
    mine.state, mine.reason, mine.declined_at = "declined", reason, now()
    session.flush()
    record(session, "signing.declined", "signing", signing.id, signature=mine.id)
    if progress_of(signing).is_lost:
        signing.state, signing.reason, signing.ended_at = "declined", reason, now()


def my_turn(signing: Signing) -> Signature:
    """Return the signature that the acting person may give now. Raises `SignatureRefused`."""
    mine = own_signature(signing)
    if mine is None:
        raise SignatureRefused(_("Von Ihnen ist hier keine Unterschrift erbeten."))
    if mine.state == "signed":
        raise SignatureRefused(_("Sie haben schon unterschrieben."))
    if mine.id not in in_turn(signing):
        raise SignatureRefused(
            _("Diese Unterschrift ist nicht mehr nötig oder noch nicht an der Reihe.")
        )
    return mine
