"""What ``siegel seal`` does with the database, by the operator's role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.operator_work import OperationRefused, as_operator
from document_templates.models import SealCertificate
from document_templates.seal_import import SealRefused, bind_token_seal, import_seal
from document_templates.seal_tokens import TokenKey
from tenants.context import NOBODY, Scope
from tenants.key_ring import TenantKeyMissing, open_tenant_key
from tenants.keys import DecryptionFailed, MasterKeyUnusable, TenantKey
from tenants.models import Tenant
from tenants.settings import SettingMissing, Settings


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where the key of a seal lies: the labels of token and key, the PIN, and its certificates."""

    token: str
    key: str
    pin: str = field(repr=False)
    certificates: bytes = b""


def take_seal(settings: Settings, slug: str, content: bytes, password: str) -> str:
    """Make the seal of a PKCS#12 file that of a tenant; say so in German.

    Raises `OperationRefused`.
    """
    return _take(settings, slug, lambda session, key: import_seal(session, content, password, key))


def bind_token(settings: Settings, slug: str, place: TokenPlace) -> str:
    """Make a key in a token the seal of a tenant; say so in German. Raises `OperationRefused`."""
    key = TokenKey(settings.token_library, place.token, place.key, place.pin)
    return _take(
        settings,
        slug,
        lambda session, tenant_key: bind_token_seal(session, key, place.certificates, tenant_key),
    )


def _take(
    settings: Settings, slug: str, activate: Callable[[Session, TenantKey], SealCertificate]
) -> str:
    scope = Scope(tenant_id=tenant_of(settings, slug))
    try:
        master_key = settings.master_key()

        def work(session: Session) -> str:
            row = activate(session, open_tenant_key(session, master_key))
            return (
                f"Das Siegel ist eingesetzt, gültig bis {row.valid_until.strftime('%d.%m.%Y')}."
                f" SHA-256 des Zertifikats: {row.certificate_sha256}"
            )

        return as_operator(settings, scope, work)
    except (
        SealRefused,
        TenantKeyMissing,
        DecryptionFailed,
        MasterKeyUnusable,
        SettingMissing,
    ) as error:
        raise OperationRefused(str(error)) from error


def tenant_of(settings: Settings, slug: str) -> str:
    """Return the id of a tenant. Raises `OperationRefused` when there is none of that slug."""

    def find(session: Session) -> str | None:
        return session.scalars(select(Tenant.id).where(Tenant.slug == slug)).first()

    tenant_id = as_operator(settings, NOBODY, find)
    if tenant_id is None:
        raise OperationRefused(f"Einen Mandanten „{slug}“ gibt es nicht.")
    return tenant_id
