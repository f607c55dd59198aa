"""Founding tenants and organisations: what is refused, and that repeating is harmless."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.database import new_id
from tenants.founding import (
    FoundingRefused,
    appoint_in_organisation,
    appoint_in_tenant,
    check_tenant,
    found_tenant,
    start_cooperation,
)
from tenants.models import (
    Cooperation,
    OrganisationMembership,
    Tenant,
    TenantKey,
    TenantMembership,
)
from tenants.number_patterns import NumberPatternInvalid
from tests.support.installation import Installation

RESERVED = frozenset({"static", "anmelden"})


def tenant_named(slug: str, *, kind: str = "jugendamt", **patterns: str) -> Tenant:
    return Tenant(id=new_id(), slug=slug, name="Stadt", kind=kind, number_patterns=patterns)


@pytest.mark.parametrize("slug", ["hilden", "bad-soden", "a1", "x" * 40])
def test_usable_addresses(slug: str) -> None:
    check_tenant(tenant_named(slug), RESERVED)


@pytest.mark.parametrize(
    "slug",
    ["", "a", "x" * 41, "Hilden", "1a", "-a", "bad soden", "münchen", "a/b", "a_b", "hilden\n",
     "static", "anmelden"],
)  # fmt: skip
def test_unusable_addresses_are_refused_in_german(slug: str) -> None:
    with pytest.raises(FoundingRefused, match="als Adresse eines Mandanten nicht möglich"):
        check_tenant(tenant_named(slug), RESERVED)


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    with pytest.raises(FoundingRefused, match=r"„behörde“ ist keine Art von Mandant.*verbund"):
        check_tenant(tenant_named("hilden", kind="behörde"), RESERVED)


def test_number_patterns_are_checked_with_the_tenants_words() -> None:
    usable = {"dokument": "{amt}/{lfd}", "wort:amt": "51"}
    check_tenant(tenant_named("hilden", **usable), RESERVED)
    with pytest.raises(NumberPatternInvalid, match="„amt“"):
        check_tenant(tenant_named("hilden", dokument="{amt}/{lfd}"), RESERVED)


def test_a_tenant_is_founded_with_key_and_audit_entry(installation: Installation) -> None:
    tenant = installation.found_tenant()

    def work(session: Session) -> tuple[int, list[str]]:
        keys = session.scalar(select(func.count()).select_from(TenantKey)) or 0
        return keys, list(session.scalars(select(AuditEntry.action)))

    keys, actions = installation.in_scope(Scope(tenant_id=tenant.id), work)
    assert keys == 1
    assert actions == ["tenant.founded"]


def test_a_slug_is_given_once(installation: Installation) -> None:
    known = installation.found_tenant()
    second = tenant_named(known.slug)
    with pytest.raises(FoundingRefused, match=f"„{known.slug}“ gibt es schon"):
        installation.as_owner(
            Scope(tenant_id=second.id),
            lambda session: found_tenant(session, second, installation.master_key),
        )


def test_cooperation_and_appointments_may_be_repeated(installation: Installation) -> None:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    person = installation.person(tenant=tenant, role="fachkraft")
    within = Scope(tenant_id=tenant.id)
    outside = Scope(organisation_id=organisation.id)

    installation.as_owner(within, lambda s: start_cooperation(s, organisation.id))
    installation.as_owner(within, lambda s: appoint_in_tenant(s, person.account_id, "fachkraft"))
    for _turn in range(2):
        installation.as_owner(
            outside,
            lambda s: appoint_in_organisation(
                s, organisation.id, person.account_id, "traeger_leitung"
            ),
        )

    def count(session: Session, table: type[object]) -> int:
        return session.scalar(select(func.count()).select_from(table)) or 0

    assert installation.in_scope(within, lambda s: count(s, Cooperation)) == 1
    assert installation.in_scope(within, lambda s: count(s, TenantMembership)) == 1
    assert installation.in_scope(outside, lambda s: count(s, OrganisationMembership)) == 1


def test_unknown_roles_are_refused(installation: Installation) -> None:
    tenant = installation.found_tenant()
    with pytest.raises(FoundingRefused, match="„traeger_leitung“ gibt es nicht"):
        installation.as_owner(
            Scope(tenant_id=tenant.id), lambda s: appoint_in_tenant(s, 1, "traeger_leitung")
        )
    with pytest.raises(FoundingRefused, match="„fachkraft“ gibt es nicht"):
        installation.as_owner(
            Scope(organisation_id=new_id()),
            lambda s: appoint_in_organisation(s, new_id(), 1, "fachkraft"),
        )
