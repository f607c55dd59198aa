"""What ``siegel signing-service`` does with the database, by the operator's role."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.commands.operator_work import OperationRefused, as_operator
from app.commands.seal_register import tenant_of
from document_templates.signing.remote_service import Service
from document_templates.signing.signing_services import (
    ServiceRefused,
    forget_service,
    keep_service,
)
from tenants.context import Scope
from tenants.key_ring import TenantKeyMissing, open_tenant_key
from tenants.keys import DecryptionFailed, MasterKeyUnusable
from tenants.settings import SettingMissing, Settings


def redirect_uri(settings: Settings, slug: str) -> str:
    """Return where the service sends people of a tenant back to."""
    return f"{settings.public_url.rstrip('/')}/{slug}/unterschriften/fernsignatur/zurueck"


def keep(settings: Settings, slug: str, service: Service) -> str:
    """Let a service be the one of a tenant; say so in German. Raises `OperationRefused`."""
    scope = Scope(tenant_id=tenant_of(settings, slug))
    try:
        master_key = settings.master_key()

        def work(session: Session) -> str:
            key = open_tenant_key(session, master_key)
            row = keep_service(session, service, key, settings.signing_hosts)
            told = f"Der Fernsignaturdienst „{row.name}“ ist eingerichtet: {row.url}"
            if row.release_by == "pages":
                told += f"\nBeim Dienst einzutragen (redirect_uri): {redirect_uri(settings, slug)}"
            return told

        return as_operator(settings, scope, work)
    except (
        ServiceRefused,
        TenantKeyMissing,
        DecryptionFailed,
        MasterKeyUnusable,
        SettingMissing,
    ) as error:
        raise OperationRefused(str(error)) from error


def remove(settings: Settings, slug: str) -> str:
    """Take the service of a tenant away; say so in German. Raises `OperationRefused`."""
    scope = Scope(tenant_id=tenant_of(settings, slug))
    if not as_operator(settings, scope, forget_service):
        raise OperationRefused(f"Der Mandant „{slug}“ hat keinen Fernsignaturdienst.")
    return "Der Fernsignaturdienst ist weggenommen."
