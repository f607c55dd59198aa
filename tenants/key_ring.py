"""The tenant's data key in the database: made with the tenant, wrapped by the master key."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.context import current_tenant_id
from tenants.keys import MasterKey, TenantKey
from tenants.language import _
from tenants.models import TenantKey as TenantKeyRow


class TenantKeyMissing(RuntimeError):
    """The tenant has no data key: it was never founded, or its data was erased for good."""


def create_tenant_key(session: Session, master_key: MasterKey) -> TenantKey:
    """Make the data key of the tenant in scope and store it wrapped."""
    key = TenantKey.generate(current_tenant_id())
    session.add(TenantKeyRow(wrapped=master_key.wrap(key)))
    return key


def open_tenant_key(session: Session, master_key: MasterKey) -> TenantKey:
    """Return the data key of the tenant in scope.

    Raises `TenantKeyMissing`, and `tenants.keys.DecryptionFailed` when the master key of the
    installation is not the one that wrapped it.
    """
    row = session.scalars(select(TenantKeyRow)).first()
    if row is None:
        raise TenantKeyMissing(
            _("Der Mandant hat keinen Datenschlüssel; was damit verschlüsselt war, ist gelöscht.")
        )
    return master_key.unwrap(row.wrapped, current_tenant_id())
