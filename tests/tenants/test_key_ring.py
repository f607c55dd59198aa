"""The tenant's data key: made once, opened by the right master key alone."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from tenants.context import Scope
from tenants.key_ring import TenantKeyMissing, create_tenant_key, open_tenant_key
from tenants.keys import DecryptionFailed, MasterKey
from tenants.models import Tenant
from tenants.models import TenantKey as TenantKeyRow
from tests.support.installation import Installation

PLACE = {"table": "seal_certificate", "column": "private_key", "row": "1"}


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.found_tenant()


def test_the_key_that_was_founded_is_found_again(
    installation: Installation, tenant: Tenant
) -> None:
    scope = Scope(tenant_id=tenant.id)
    first, second = (
        installation.in_scope(scope, lambda s: open_tenant_key(s, installation.master_key))
        for _turn in range(2)
    )
    assert second.decrypt(first.encrypt(b"geheim", **PLACE), **PLACE) == b"geheim"


def test_two_tenants_have_two_keys(installation: Installation, tenant: Tenant) -> None:
    other = installation.found_tenant()
    mine, theirs = (
        installation.in_scope(
            Scope(tenant_id=one.id), lambda s: open_tenant_key(s, installation.master_key)
        )
        for one in (tenant, other)
    )
    with pytest.raises(DecryptionFailed):
        theirs.decrypt(mine.encrypt(b"geheim", **PLACE), **PLACE)


def test_a_tenant_has_one_key(installation: Installation, tenant: Tenant) -> None:
    with pytest.raises(IntegrityError):
        installation.as_owner(
            Scope(tenant_id=tenant.id), lambda s: create_tenant_key(s, installation.master_key)
        )


def test_another_master_key_opens_nothing(installation: Installation, tenant: Tenant) -> None:
    foreign = MasterKey(b"f" * 32)
    with pytest.raises(DecryptionFailed):
        installation.in_scope(Scope(tenant_id=tenant.id), lambda s: open_tenant_key(s, foreign))


def test_a_wrapped_key_serves_no_other_tenant(installation: Installation, tenant: Tenant) -> None:
    """A row copied by hand from one tenant to another is of no use."""
    other = installation.found_tenant()
    wrapped = installation.in_scope(
        Scope(tenant_id=tenant.id), lambda s: s.query(TenantKeyRow).one().wrapped
    )
    scope = Scope(tenant_id=other.id)
    installation.in_scope(scope, lambda s: setattr(s.query(TenantKeyRow).one(), "wrapped", wrapped))
    with pytest.raises(DecryptionFailed):
        installation.in_scope(scope, lambda s: open_tenant_key(s, installation.master_key))


def test_a_destroyed_key_is_said_in_german(installation: Installation, tenant: Tenant) -> None:
    scope = Scope(tenant_id=tenant.id)
    installation.in_scope(scope, lambda s: s.execute(delete(TenantKeyRow)))
    with pytest.raises(TenantKeyMissing, match="keinen Datenschlüssel"):
        installation.in_scope(scope, lambda s: open_tenant_key(s, installation.master_key))
