"""Asking for signatures, and what the one who asked may do meanwhile: remind and withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from document_templates.models import DocumentRequest, DocumentVersion
from document_templates.signing.levels import LEVELS, OFFERED
from document_templates.signing.models import Signatory, Signature, Signing, SigningParty
from document_templates.signing.progress import RUNNING
from document_templates.signing.reading import PREPARE_SIGNING, in_turn
from document_templates.signing.rules import MOST_SIGNERS, Rule, Signer, shortfall
from document_templates.signing.trusting import has_trust_list
from document_templates.verification_codes import new_code
from tenants.audit import record
from tenants.context import current_scope
from tenants.database import new_id, now
from tenants.language import _
from tenants.outbox import enqueue

MOST_PARTIES: Final = 30
REMINDED_AGAIN_AFTER: Final = timedelta(days=1)
LONGEST_NOTE: Final = 2000


class SigningRefused(RuntimeError):
    """Signatures cannot be asked for like that; ``errors`` says in German why, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class PartyWish:
    """A party: who it is (None is the tenant), its rule, and the people to be asked."""

    organisation_id: str | None
    name: str
    rule: Rule
    signatory_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SigningWish:
    """How a version is to be signed. ``in_order``: party after party, as they are listed."""

    level: str
    parties: tuple[PartyWish, ...]
    in_order: bool = False
    due_on: date | None = None
    note: str = ""


def request_signatures(
    session: Session, version: DocumentVersion, wish: SigningWish, *, person_name: str, today: date
) -> Signing:
    """Ask for the signatures of ``version``; nothing is committed.

    Only the newest version can be signed, and a document once at a time. Raises `SigningRefused`.
    """
    errors = _version_errors(session, version)
    errors |= _wish_errors(wish, today)
    if wish.level == "L3" and not has_trust_list(session):
        errors["level"] = _(
            "Qualifizierte Signaturen lassen sich hier noch nicht prüfen: Die Betreiberin muss eine"
            " Vertrauensliste laden."
        )
    people = _people(session, wish)
    for place, party in enumerate(wish.parties):
        problem = _party_problem(party, people, wish.level, today)
        if problem:
            errors[f"parties.{place}"] = problem
    if errors:
        raise SigningRefused(errors)
    signing = Signing(
        id=new_id(),
        document_id=version.document_id,
        version_id=version.id,
        title=version.document.title,
        number=version.document.number,
        level=wish.level,
        in_order=wish.in_order,
        state="open" if wish.level == "L1" else "preparing",
        due_on=wish.due_on,
        note=wish.note.strip(),
        organisation_ids=[one.organisation_id for one in wish.parties if one.organisation_id],
        verification_code=new_code(),
        pdf_key=version.pdf_key,
        pdf_object_version=version.pdf_object_version,
        pdf_sha256=version.pdf_sha256,
        pdf_size=version.pdf_size,
        requested_by=current_scope().account_id,
        requested_by_name=person_name,
    )
    session.add(signing)
    try:
        session.flush()
    except IntegrityError as error:
        raise SigningRefused({"": _running()}) from error
    number = 0
    for position, party in enumerate(wish.parties):
        _add_party(session, signing, position, party, people, number)
        number += len(party.signatory_ids)
    if signing.state == "preparing":
        request_preparation(session, signing)
    session.flush()
    record(
        session, "signing.requested", "signing", signing.id,
        document=signing.number, level=signing.level,
    )  # fmt: skip
    return signing


def _add_party(
    session: Session,
    signing: Signing,
    position: int,
    wish: PartyWish,
    people: dict[str, Signatory],
    number: int,
) -> None:
    party = SigningParty(
        id=new_id(),
        signing_id=signing.id,
        position=position,
        party_organisation_id=wish.organisation_id,
        name=wish.name,
        rule=wish.rule.kind,
        required=wish.rule.required,
    )
    session.add(party)
    session.flush()
    for place, signatory_id in enumerate(wish.signatory_ids):
        one = people[signatory_id]
        session.add(
            Signature(
                id=new_id(),
                signing_id=signing.id,
                party_id=party.id,
                position=place,
                party_organisation_id=wish.organisation_id,
                signatory_id=one.id,
                account_id=one.account_id,
                name=one.name,
                function=one.function,
                addition=one.addition,
                capacity=one.capacity,
                authority=one.authority,
                field=_("Unterschrift {number}").format(number=number + place + 1),
            )
        )


def request_preparation(session: Session, signing: Signing) -> None:
    """Ask for the file that is given out to be signed, or ask again after a failure."""
    enqueue(
        session,
        PREPARE_SIGNING,
        {"signing_id": signing.id},
        organisation_id=current_scope().organisation_id,
    )


def _version_errors(session: Session, version: DocumentVersion) -> dict[str, str]:
    newer_made = session.scalars(
        select(DocumentVersion.id).where(
            DocumentVersion.document_id == version.document_id,
            DocumentVersion.number > version.number,
        )
    ).first()
    newer_asked = session.scalars(
        select(DocumentRequest.id).where(
            DocumentRequest.number == version.document.number,
            DocumentRequest.version > version.number,
            DocumentRequest.state.not_in(("cancelled",)),
        )
    ).first()
    if newer_made or newer_asked:
        return {"": _("Es gibt eine neuere Fassung. Lassen Sie diese unterschreiben.")}
    if version.proof.state != "valid":
        return {"": _("Diese Fassung gilt nicht mehr und kann nicht unterschrieben werden.")}
    running = session.scalars(
        select(Signing.id).where(
            Signing.document_id == version.document_id, Signing.state.in_(RUNNING)
        )
    ).first()
    return {"": _running()} if running else {}


def _running() -> str:
    return _(
        "Das Dokument liegt schon zur Unterschrift. Ziehen Sie diese Zeichnung erst zurück, wenn"
        " sich etwas ändern soll."
    )


def _wish_errors(wish: SigningWish, today: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if wish.level not in OFFERED:
        level = LEVELS.get(wish.level)
        title = level.title if level else wish.level
        errors["level"] = _("„{level}“ kann hier nicht verlangt werden.").format(level=title)
    if not wish.parties:
        errors["parties"] = _("Nennen Sie mindestens eine Partei, die unterschreibt.")
    if len(wish.parties) > MOST_PARTIES:
        errors["parties"] = _("Höchstens {count} Parteien.").format(count=MOST_PARTIES)
    sides = [one.organisation_id for one in wish.parties]
    if len(set(sides)) < len(sides):
        errors["parties"] = _("Jede Partei kommt einmal vor.")
    if wish.due_on is not None and wish.due_on < today:
        errors["due_on"] = _("Die Frist liegt in der Vergangenheit.")
    if len(wish.note) > LONGEST_NOTE:
        errors["note"] = _("Höchstens {count} Zeichen.").format(count=LONGEST_NOTE)
    return errors


def _people(session: Session, wish: SigningWish) -> dict[str, Signatory]:
    wanted = [one for party in wish.parties for one in party.signatory_ids]
    if not wanted:
        return {}
    return {
        one.id: one for one in session.scalars(select(Signatory).where(Signatory.id.in_(wanted)))
    }


def _party_problem(party: PartyWish, people: dict[str, Signatory], level: str, today: date) -> str:
    chosen = [people.get(one) for one in dict.fromkeys(party.signatory_ids)]
    known = [one for one in chosen if one and one.organisation_id == party.organisation_id]
    if len(known) < len(party.signatory_ids):
        return _("Eine Person gehört nicht zu dieser Partei. Wählen Sie neu aus.")
    if len(known) > MOST_SIGNERS:
        return _("Höchstens {count} Personen je Partei.").format(count=MOST_SIGNERS)
    for one in known:
        if not signer_of(one).may_sign_on(today):
            return _("{name} ist heute nicht zeichnungsberechtigt.").format(name=one.name)
        if level != "L3p" and one.account_id is None:
            return _(
                "{name} hat hier kein Konto und kann nur auf Papier unterschreiben. Die eigene"
                " Seite kann es unter „Zeichnungsberechtigte“ eintragen."
            ).format(name=one.name)
    return shortfall(party.rule, [signer_of(one) for one in known])


def signer_of(signatory: Signatory) -> Signer:
    """Return a Zeichnungsberechtigte as the rules see her."""
    return Signer(
        signatory.id,
        signatory.capacity,
        signatory.valid_from,
        signatory.valid_until,
        signatory.authority,
    )


def withdraw_signing(session: Session, signing: Signing, reason: str) -> None:
    """Take the request back; what was signed stays on record and counts for nothing.

    Raises `SigningRefused` without a reason, or when it has ended or is being completed.
    """
    reason = reason.strip()[:LONGEST_NOTE]
    if not reason:
        raise SigningRefused({"reason": _("Sagen Sie, warum. Alle Beteiligten lesen das.")})
    if signing.state not in ("preparing", "open"):
        raise SigningRefused({"": _("Die Zeichnung ist schon beendet.")})
    signing.state, signing.reason, signing.ended_at = "withdrawn", reason, now()
    record(session, "signing.withdrawn", "signing", signing.id)


def remind(session: Session, signing: Signing) -> int:
    """Remind everybody whose turn it is; return how many that were.

    Nobody is reminded twice a day. A reminder stands on the first page of the person.
    """
    turn = in_turn(signing)
    moment, count = now(), 0
    for party in signing.parties:
        for one in party.signatures:
            if one.id not in turn:
                continue
            if one.reminded_at is None or moment - one.reminded_at >= REMINDED_AGAIN_AFTER:
                one.reminded_at, count = moment, count + 1
    if count:
        record(session, "signing.reminded", "signing", signing.id, count=count)
    return count
