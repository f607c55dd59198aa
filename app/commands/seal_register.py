"""What ``siegel seal`` does with the database, by the operator's role."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.operator_work import OperationRefused, as_operator
from document_templates.seal_import import SealRefused, import_seal
from tenants.context import NOBODY, Scope
from tenants.key_ring import TenantKeyMissing, open_tenant_key
from tenants.keys import DecryptionFailed, MasterKeyUnusable
from tenants.models import Tenant
from tenants.settings import SettingMissing, Settings


def take_seal(settings: Settings, slug: str, content: bytes, password: str) -> str:
    """Make the seal of a PKCS#12 file that of a tenant; say so in German.

    Raises `OperationRefused`.
    """

    def find(session: Session) -> str | None:
        return session.scalars(select(Tenant.id).where(Tenant.slug == slug)).first()

    tenant_id = as_operator(settings, NOBODY, find)
    if tenant_id is None:
        raise OperationRefused(f"Einen Mandanten „{slug}“ gibt es nicht.")
    try:
        master_key = settings.master_key()

        def work(session: Session) -> str:
            row = import_seal(session, content, password, open_tenant_key(session, master_key))
            return (
                f"Das Siegel ist eingesetzt, gültig bis {row.valid_until.strftime('%d.%m.%Y')}."
                f" SHA-256 des Zertifikats: {row.certificate_sha256}"
            )

        return as_operator(settings, Scope(tenant_id=tenant_id), work)
    except (
        SealRefused,
        TenantKeyMissing,
        DecryptionFailed,
        MasterKeyUnusable,
        SettingMissing,
    ) as error:
        raise OperationRefused(str(error)) from error
