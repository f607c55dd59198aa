"""Founding tenants and organisations and appointing people; done by the operator's role."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.key_ring import create_tenant_key
from tenants.keys import MasterKey
from tenants.language import _
from tenants.models import (
    ORGANISATION_ROLES,
    TENANT_KINDS,
    TENANT_ROLES,
    Cooperation,
    Organisation,
    OrganisationMembership,
    Tenant,
    TenantMembership,
)
from tenants.number_patterns import check_pattern

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


class FoundingRefused(ValueError):
    """A tenant, organisation or membership cannot be made as asked; the message is German."""


def check_tenant(tenant: Tenant, reserved_slugs: frozenset[str]) -> None:
    """Raise `FoundingRefused` or `NumberPatternInvalid` unless ``tenant`` may be founded."""
    if not _SLUG.fullmatch(tenant.slug or "") or tenant.slug in reserved_slugs:
        raise FoundingRefused(
            _(
                "„{slug}“ ist als Adresse eines Mandanten nicht möglich. Erlaubt sind 2 bis 40"
                " Kleinbuchstaben, Ziffern und Bindestriche, beginnend mit einem Buchstaben;"
                " vergeben sind: {reserved}."
            ).format(slug=tenant.slug, reserved=", ".join(sorted(reserved_slugs)))
        )
    if tenant.kind not in TENANT_KINDS:
        raise FoundingRefused(
            _("„{kind}“ ist keine Art von Mandant. Bekannt sind: {kinds}.").format(
                kind=tenant.kind, kinds=", ".join(TENANT_KINDS)
            )
        )
    patterns = tenant.number_patterns or {}
    words = frozenset(name.removeprefix("wort:") for name in patterns if name.startswith("wort:"))
    for name, pattern in patterns.items():
        if not name.startswith("wort:"):
            check_pattern(pattern, words)


def found_tenant(session: Session, tenant: Tenant, master_key: MasterKey) -> None:
    """Write the tenant and its data key. The scope must already be that of ``tenant``.

    Raises `FoundingRefused` when the slug is taken.
    """
    if session.scalars(select(Tenant).where(Tenant.slug == tenant.slug)).first() is not None:
        raise FoundingRefused(_("Den Mandanten „{slug}“ gibt es schon.").format(slug=tenant.slug))
    session.add(tenant)
    session.flush()
    create_tenant_key(session, master_key)
    record(session, "tenant.founded", "tenant", tenant.id)


def found_organisation(session: Session, organisation: Organisation) -> None:
    """Write an organisation. The scope must already be that of ``organisation``."""
    session.add(organisation)
    session.flush()


def start_cooperation(session: Session, organisation_id: str) -> None:
    """Let an organisation work with the tenant in scope; harmless to repeat."""
    tenant_id = current_tenant_id()
    if session.get(Cooperation, (tenant_id, organisation_id)) is not None:
        return
    session.add(Cooperation(tenant_id=tenant_id, organisation_id=organisation_id))
    session.flush()
    record(session, "cooperation.started", "organisation", organisation_id)


def appoint_in_tenant(session: Session, account_id: int, role: str) -> None:
    """Give an account a role in the tenant in scope; harmless to repeat."""
    if role not in TENANT_ROLES:
        raise FoundingRefused(_("Die Rolle „{role}“ gibt es nicht.").format(role=role))
    tenant_id = current_tenant_id()
    known = session.scalars(
        select(TenantMembership).where(
            TenantMembership.tenant_id == tenant_id,
            TenantMembership.account_id == account_id,
            TenantMembership.role == role,
        )
    ).first()
    if known is None:
        session.add(TenantMembership(tenant_id=tenant_id, account_id=account_id, role=role))
        session.flush()
        record(session, "membership.given", "account", str(account_id), role=role)


def appoint_in_organisation(
    session: Session, organisation_id: str, account_id: int, role: str
) -> None:
    """Give an account a role in an organisation, whose scope must be set; may be repeated."""
    if role not in ORGANISATION_ROLES:
        raise FoundingRefused(_("Die Rolle „{role}“ gibt es nicht.").format(role=role))
    known = session.scalars(
        select(OrganisationMembership).where(
            OrganisationMembership.organisation_id == organisation_id,
            OrganisationMembership.account_id == account_id,
            OrganisationMembership.role == role,
        )
    ).first()
    if known is None:
        session.add(
            OrganisationMembership(
                organisation_id=organisation_id, account_id=account_id, role=role
            )
        )
        session.flush()
