"""Zeichnungsberechtigte: kept by each side for itself, ended and never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, Text, Uuid, column, func, or_, select
from sqlalchemy.orm import Session

from document_templates.signing.models import Signatory
from document_templates.signing.rules import capacities
from tenants.audit import record_concerning
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id
from tenants.language import _
from tenants.models import OrganisationMembership, TenantMembership

ADDITIONS = ("", "i. V.", "i. A.")
LONGEST = 200


class SignatoryUnknown(LookupError):
    """There is no such person that the acting side may see."""


class SignatoryRefused(RuntimeError):
    """An entry cannot be kept; ``errors`` says in German what is wrong, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class SignatoryEntry:
    """What is entered of a person. ``membership_id`` ties it to an account of the own side."""

    name: str
    function: str
    capacity: str
    addition: str = ""
    authority: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    membership_id: str = ""


@dataclass(frozen=True, slots=True)
class ChoosablePerson:
    """Somebody of the own side who has an account."""

    membership_id: str
    name: str
    role: str


def list_signatories(session: Session, *, on: date | None = None) -> list[Signatory]:
    """Return whom the acting side may see, by name; with ``on`` only who is entitled that day."""
    query = select(Signatory).order_by(
        Signatory.organisation_id.is_not(None), Signatory.name, Signatory.id
    )
    if on is not None:
        query = query.where(
            Signatory.valid_from <= on,
            or_(Signatory.valid_until.is_(None), Signatory.valid_until >= on),
        )
    return list(session.scalars(query))


def find_signatory(session: Session, signatory_id: str) -> Signatory:
    """Return one. Raises `SignatoryUnknown`."""
    found = session.scalars(select(Signatory).where(Signatory.id == signatory_id)).first()
    if found is None:
        raise SignatoryUnknown(_("Diese Person gibt es nicht."))
    return found


def people_with_accounts(session: Session) -> list[ChoosablePerson]:
    """Return the people of the own side who can sign with a login, by name."""
    people = func.people_to_choose().table_valued(
        column("membership_id", Uuid(as_uuid=False)),
        column("side", Text),
        column("role", Text),
        column("name", Text),
        column("valid_until", Date),
    )
    side = "office" if current_scope().organisation_id is None else "organisation"
    rows = session.execute(
        select(people).where(people.c.side == side).order_by(people.c.name, people.c.role)
    )
    return [ChoosablePerson(row.membership_id, row.name, row.role) for row in rows]


def add_signatory(
    session: Session, entry: SignatoryEntry, *, organisation_id: str | None, today: date
) -> Signatory:
    """Keep a person who may sign for the tenant, or for an organisation.

    A Träger keeps its own; the office keeps those of a Träger only without account, because who
    has which account there is none of its business. Raises `SignatoryRefused`.
    """
    own = current_scope().organisation_id
    if own is not None:
        organisation_id = own
    errors = _errors(entry, is_office=organisation_id is None)
    account_id = None
    if entry.membership_id and not errors:
        if organisation_id != own:
            raise ValueError("accounts are tied by the side that has them")
        account_id = _account_of(session, entry.membership_id)
        if account_id is None:
            errors["person"] = _("Diese Person gehört nicht mehr dazu. Wählen Sie eine andere aus.")
    if errors:
        raise SignatoryRefused(errors)
    row = Signatory(
        id=new_id(),
        organisation_id=organisation_id,
        name=entry.name.strip(),
        function=entry.function.strip(),
        addition=entry.addition,
        capacity=entry.capacity,
        authority=entry.authority.strip(),
        account_id=account_id,
        valid_from=entry.valid_from or today,
        valid_until=entry.valid_until,
    )
    session.add(row)
    session.flush()
    record_concerning(session, organisation_id, "signatory.added", "signatory", row.id)
    return row


def end_signatory(session: Session, signatory: Signatory, last_day: date) -> None:
    """Let the authority end with ``last_day``; signatures given until then keep their worth."""
    signatory.valid_until = max(last_day, signatory.valid_from)
    record_concerning(
        session, signatory.organisation_id, "signatory.ended", "signatory", signatory.id
    )


def _errors(entry: SignatoryEntry, *, is_office: bool) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not entry.name.strip():
        errors["name"] = _("Geben Sie den Namen an, wie er unter der Unterschrift steht.")
    if entry.capacity not in capacities(is_office=is_office):
        errors["capacity"] = _("Wählen Sie aus, als was die Person zeichnet.")
    if entry.addition not in ADDITIONS:
        errors["addition"] = _("Wählen Sie „i. V.“, „i. A.“ oder keinen Zusatz.")
    if entry.capacity == "proxy" and not entry.authority.strip():
        errors["authority"] = _("Geben Sie an, woraus sich die Vollmacht ergibt, etwa ihr Zeichen.")
    if entry.valid_from and entry.valid_until and entry.valid_until < entry.valid_from:
        errors["valid_until"] = _("Der letzte Tag liegt vor dem ersten.")
    for name in ("name", "function", "authority"):
        text = str(getattr(entry, name))
        if len(text) > LONGEST or not text.replace("\t", " ").isprintable():
            errors[name] = _("Höchstens {count} Zeichen in einer Zeile.").format(count=LONGEST)
    return errors


def _account_of(session: Session, membership_id: str) -> int | None:
    own = current_scope().organisation_id
    if own is None:
        return session.scalar(
            select(TenantMembership.account_id).where(
                TenantMembership.id == membership_id,
                TenantMembership.tenant_id == current_tenant_id(),
            )
        )
    return session.scalar(
        select(OrganisationMembership.account_id).where(
            OrganisationMembership.id == membership_id,
            OrganisationMembership.organisation_id == own,
        )
    )
