"""The person acting, in which tenant and for whom; found anew for every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.security.roles import PLATFORM_OPERATOR
from forms.viewer import PARTICIPATION, Viewer
from tenants.context import Scope
from tenants.models import (
    Cooperation,
    Organisation,
    OrganisationMembership,
    PlatformMembership,
    Tenant,
    TenantMembership,
)

_OWN_CASES_ONLY = frozenset({"traeger_fachkraft", "tenant_admin"})


@dataclass(frozen=True, slots=True)
class Capacity:
    """One way in which a person may act in a tenant: as its staff or for an organisation."""

    roles: frozenset[str]
    organisation_id: str | None = None
    organisation_name: str = ""

    @property
    def key(self) -> str:
        """What the session remembers of the choice."""
        return self.organisation_id or "amt"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person within a tenant."""

    account_id: int
    name: str
    tenant: Tenant
    capacity: Capacity
    others: tuple[Capacity, ...] = ()

    @property
    def scope(self) -> Scope:
        """Return what the database lets this person touch."""
        return Scope(
            tenant_id=self.tenant.id,
            organisation_id=self.capacity.organisation_id,
            account_id=self.account_id,
        )

    @property
    def viewer(self) -> Viewer:
        """Return as what the person takes part in filling forms."""
        return Viewer(
            frozenset(PARTICIPATION[role] for role in self.capacity.roles if role in PARTICIPATION)
        )

    @property
    def sees_own_only(self) -> bool:
        """Say whether the person sees only submissions of its own.

        A Fachkraft of a Träger does not see the cases of other Fachkräfte, and who only
        administers a tenant sees no content of its cases.
        """
        return self.capacity.roles <= _OWN_CASES_ONLY


def find_capacities(session: Session, account_id: int, tenant: Tenant) -> list[Capacity]:
    """Return how the account may act in ``tenant``; empty if it has nothing to do there.

    The session's scope must carry the account and no tenant.
    """
    today = date.today()
    capacities = []
    staff_roles = session.scalars(
        select(TenantMembership.role).where(
            TenantMembership.account_id == account_id,
            TenantMembership.tenant_id == tenant.id,
            or_(TenantMembership.valid_until.is_(None), TenantMembership.valid_until >= today),
        )
    ).all()
    if staff_roles:
        capacities.append(Capacity(frozenset(staff_roles)))
    rows = session.execute(
        select(Organisation.id, Organisation.name, OrganisationMembership.role)
        .join(OrganisationMembership, OrganisationMembership.organisation_id == Organisation.id)
        .join(Cooperation, Cooperation.organisation_id == Organisation.id)
        .where(
            OrganisationMembership.account_id == account_id,
            or_(
                OrganisationMembership.valid_until.is_(None),
                OrganisationMembership.valid_until >= today,
            ),
            Cooperation.tenant_id == tenant.id,
            Cooperation.valid_from <= today,
            or_(Cooperation.valid_until.is_(None), Cooperation.valid_until >= today),
        )
        .order_by(Organisation.name)
    ).all()
    for organisation_id, name in dict.fromkeys((row[0], row[1]) for row in rows):
        roles = frozenset(row[2] for row in rows if row[0] == organisation_id)
        capacities.append(Capacity(roles, organisation_id, name))
    return capacities


def is_platform_operator(session: Session, account_id: int) -> bool:
    """Say whether the account operates the platform."""
    return session.get(PlatformMembership, account_id) is not None


def platform_roles(session: Session, account_id: int) -> frozenset[str]:
    """Return the account's roles outside of any tenant."""
    operator = is_platform_operator(session, account_id)
    return frozenset({PLATFORM_OPERATOR}) if operator else frozenset()
