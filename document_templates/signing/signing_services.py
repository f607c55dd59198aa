"""The remote signing service of a tenant in the database; its secret is ciphertext."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.signing.models import SigningService
from document_templates.signing.remote_credentials import ReleaseBy
from document_templates.signing.remote_service import Service
from tenants.audit import record
from tenants.database import new_id
from tenants.keys import TenantKey
from tenants.language import _

_TABLE: Final = "signing_service"


class ServiceRefused(ValueError):
    """A service cannot be kept like this; the message is German."""


def keep_service(
    session: Session, service: Service, tenant_key: TenantKey, hosts: frozenset[str]
) -> SigningService:
    """Let ``service`` be the one of the tenant in scope.

    Needs the operator's database role. Raises `ServiceRefused` unless its address has https and
    leads to one of ``hosts``, which may be reached from here.
    """
    url, oauth_url = service.url.rstrip("/"), service.oauth_url.rstrip("/")
    for one in filter(None, (url or "-", oauth_url)):
        _check_address(one, hosts)
    if not (service.name.strip() and service.client_id and service.client_secret):
        raise ServiceRefused(_("Name, Kennung und Geheimnis des Dienstes dürfen nicht leer sein."))
    row = session.scalars(select(SigningService)).first() or SigningService(id=new_id())
    row.name, row.url, row.client_id = service.name.strip(), url, service.client_id
    row.release_by, row.oauth_url = service.release_by, oauth_url
    row.client_secret = tenant_key.encrypt(
        service.client_secret.encode(), table=_TABLE, column="client_secret", row=row.id
    )
    session.add(row)
    session.flush()
    record(session, "signing_service.kept", "signing_service", row.id)
    return row


def _check_address(url: str, hosts: frozenset[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.netloc or parts.username or parts.query:
        raise ServiceRefused(
            _("Die Adresse muss mit https:// beginnen und ohne Zugangsdaten und „?“ sein.")
        )
    if parts.netloc.lower().removesuffix(":443") not in hosts:
        raise ServiceRefused(
            _(
                "Der Rechner „{host}“ ist nicht freigegeben. Nehmen Sie ihn in"
                " SIEGEL_SIGNING_HOSTS auf."
            ).format(host=parts.netloc)
        )


def forget_service(session: Session) -> bool:
    """Take the service of the tenant in scope away; say whether there was one."""
    row = session.scalars(select(SigningService)).first()
    if row is None:
        return False
    record(session, "signing_service.removed", "signing_service", row.id)
    session.delete(row)
    return True


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a page says of a service; ``origin`` is where a person is sent, empty with a PIN."""

    name: str
    origin: str


def service_facts(session: Session) -> ServiceFacts | None:
    """Return what pages say of the service of the tenant in scope; None without one."""
    row = session.scalars(select(SigningService)).first()
    if row is None:
        return None
    parts = urlsplit(row.oauth_url or row.url)
    by_pages = row.release_by == "pages"
    return ServiceFacts(row.name, f"{parts.scheme}://{parts.netloc}" if by_pages else "")


def load_service(session: Session, tenant_key: TenantKey) -> Service | None:
    """Return the service of the tenant in scope, ready to be asked; None without one."""
    row = session.scalars(select(SigningService)).first()
    if row is None:
        return None
    secret = tenant_key.decrypt(row.client_secret, table=_TABLE, column="client_secret", row=row.id)
    release_by: ReleaseBy = "pages" if row.release_by == "pages" else "pin"
    return Service(row.name, row.url, row.client_id, secret.decode(), release_by, row.oauth_url)
