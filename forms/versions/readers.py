"""Who must read what a new version of a form changes, and who has (Kenntnisnahme).

Asked are all who take part in filling the form now, in the office and at the Träger that work
with it. Who comes later reads the version in use as well; a version that is replaced is no longer
asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, Text, Uuid, cast, column, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from forms.expressions.nodes import Json
from forms.models import Form, FormVersion
from forms.publishing import definition_of
from forms.readable_document import readable_document
from forms.versions.changes import Change
from forms.versions.diff import compare_forms
from forms.versions.models import VersionReading, VersionValidity
from forms.viewer import PARTICIPATION, Viewer
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.models import Organisation, OrganisationMembership, TenantMembership


class ReadingRefused(RuntimeError):
    """Nobody is asked to read this version (any more), or not this person (German message)."""


@dataclass(frozen=True, slots=True)
class SideReaders:
    """How many people of one side are asked, how many have read, and who has not.

    ``missing`` are names, of the own side alone: the office learns no names of a Träger.
    """

    side: str
    people: int
    readers: int
    missing: tuple[str, ...] = ()


def participants_of(version: FormVersion) -> frozenset[str]:
    """Return who fills the form, in the words of `forms.viewer.PARTICIPANTS`."""
    steps = definition_of(version).procedure.steps
    return frozenset(step.role for step in steps) or frozenset(PARTICIPATION.values())


def is_asked_for(validity: VersionValidity) -> bool:
    """Say whether a version is to be read now: announced or in use, and not given up."""
    state = validity.validity.state(now())
    never_begins = validity.deprecated_on == validity.binding_from
    return validity.must_be_read and state in ("announced", "in_use") and not never_begins


def is_asked(validity: VersionValidity, viewer: Viewer) -> bool:
    """Say whether ``viewer`` is one of those who must read the version."""
    return is_asked_for(validity) and bool(viewer.roles & participants_of(validity.form_version))


def unread_versions(session: Session, viewer: Viewer) -> list[VersionValidity]:
    """Return the versions that the acting person still has to read, by title of the form."""
    scope = current_scope()
    has_read = (
        select(VersionReading.id)
        .where(
            VersionReading.tenant_id == VersionValidity.tenant_id,
            VersionReading.form_version_id == VersionValidity.form_version_id,
            VersionReading.account_id == scope.account_id,
            VersionReading.organisation_id.is_not_distinct_from(scope.organisation_id),
        )
        .exists()
    )
    rows = session.scalars(
        select(VersionValidity)
        .join(
            FormVersion,
            (FormVersion.tenant_id == VersionValidity.tenant_id)
            & (FormVersion.id == VersionValidity.form_version_id),
        )
        .join(Form, (Form.tenant_id == FormVersion.tenant_id) & (Form.id == FormVersion.form_id))
        .where(VersionValidity.must_be_read, Form.state == "published", ~has_read)
        .order_by(Form.title, FormVersion.number)
    )
    return [one for one in rows if is_asked(one, viewer)]


def reading_of(session: Session, validity: VersionValidity) -> VersionReading | None:
    """Return the confirmation of the acting person for its side, None before it."""
    scope = current_scope()
    return session.scalars(
        select(VersionReading).where(
            VersionReading.form_version_id == validity.form_version_id,
            VersionReading.account_id == scope.account_id,
            VersionReading.organisation_id.is_not_distinct_from(scope.organisation_id),
        )
    ).first()


def confirm_reading(session: Session, validity: VersionValidity, viewer: Viewer) -> None:
    """Keep that the acting person has read what the version changes; once is enough.

    Raises `ReadingRefused`. Permission: whoever takes part in filling the form.
    """
    scope = current_scope()
    if scope.account_id is None or not is_asked(validity, viewer):
        raise ReadingRefused(_("Zu dieser Fassung wird keine Kenntnisnahme mehr verlangt."))
    kept = session.execute(
        insert(VersionReading)
        .values(
            tenant_id=current_tenant_id(),
            id=new_id(),
            form_version_id=validity.form_version_id,
            organisation_id=scope.organisation_id,
            account_id=scope.account_id,
        )
        .on_conflict_do_nothing()
        .returning(VersionReading.id)
    ).first()
    if kept is not None:
        version = validity.form_version
        record(session, "form.version_read", "form", version.form_id, version=version.number)


def readable_changes(
    old: dict[str, Json] | None, new: dict[str, Json], viewer: Viewer, *, is_office: bool
) -> tuple[Change, ...]:
    """Return what a version changes, without what ``viewer`` may not see of the form."""
    if old is None:
        return ()
    return compare_forms(
        readable_document(old, viewer, is_office=is_office),
        readable_document(new, viewer, is_office=is_office),
    ).changes


# ---- who has not read yet


def own_readers(session: Session, validity: VersionValidity) -> SideReaders:
    """Return how far the acting side is, with the names of those who have not read yet.

    Permission: Tenant-Admin for the office, Leitung for a Träger.
    """
    people = _own_people(session, validity)
    readers = set(
        session.scalars(
            select(VersionReading.account_id).where(
                VersionReading.form_version_id == validity.form_version_id,
                VersionReading.organisation_id.is_not_distinct_from(
                    current_scope().organisation_id
                ),
            )
        )
    )
    missing = sorted(name for account_id, name in people.items() if account_id not in readers)
    return SideReaders(_("Eigenes Amt"), len(people), len(people) - len(missing), tuple(missing))


def organisation_readers(session: Session, validity: VersionValidity) -> list[SideReaders]:
    """Return how far each Träger is that uses the form, by name, as counts alone.

    Permission: Tenant-Admin.
    """
    counted = func.count_version_readers(
        cast(validity.form_version_id, Uuid(as_uuid=False)),
        cast(list(_roles_of(validity)), ARRAY(Text)),
    ).table_valued(column("organisation_id", Uuid(as_uuid=False)), "people", "readers")
    counts = {
        str(organisation_id): (int(people), int(readers))
        for organisation_id, people, readers in session.execute(select(counted))
    }
    organisations = session.scalars(
        select(Organisation).where(Organisation.id.in_(counts)).order_by(Organisation.name)
    )
    return [SideReaders(one.name, *counts[one.id]) for one in organisations]


def total_readers(sides: Iterable[SideReaders]) -> SideReaders:
    """Return the sum of several sides."""
    listed = list(sides)
    return SideReaders("", sum(one.people for one in listed), sum(one.readers for one in listed))


def remind_readers(session: Session, validity: VersionValidity) -> int:
    """Remind those who have not read the version yet; return how many they are.

    Raises `ReadingRefused` when nobody is missing. Permission: Tenant-Admin.
    """
    if not is_asked_for(validity):
        raise ReadingRefused(_("Zu dieser Fassung wird keine Kenntnisnahme mehr verlangt."))
    total = total_readers(
        [own_readers(session, validity), *organisation_readers(session, validity)]
    )
    missing = total.people - total.readers
    if not missing:
        raise ReadingRefused(_("Alle haben die Fassung zur Kenntnis genommen."))
    validity.readers_reminded_at = now()
    version = validity.form_version
    session.flush()
    record(
        session,
        "form.readers_reminded",
        "form",
        version.form_id,
        version=version.number,
        missing=missing,
    )
    return missing


def _roles_of(validity: VersionValidity) -> frozenset[str]:
    participants = participants_of(validity.form_version)
    return frozenset(role for role, part in PARTICIPATION.items() if part in participants)


def _own_people(session: Session, validity: VersionValidity) -> dict[int, str]:
    """Return the names of those of the acting side who are asked, by account."""
    is_office = current_scope().organisation_id is None
    tie = TenantMembership if is_office else OrganisationMembership
    people = func.people_to_choose().table_valued(
        column("membership_id", Uuid(as_uuid=False)),
        column("side", Text),
        column("role", Text),
        column("name", Text),
        column("valid_until", Date),
    )
    rows = session.execute(
        select(tie.account_id, people.c.name)
        .join(people, people.c.membership_id == tie.id)
        .where(
            people.c.side == ("office" if is_office else "organisation"),
            people.c.role.in_(_roles_of(validity)),
            or_(people.c.valid_until.is_(None), people.c.valid_until >= date.today()),
        )
    )
    return {account_id: name for account_id, name in rows}
