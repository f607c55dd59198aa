"""What both ways of signing at a service need: the service, and taking the file that it signed."""

from __future__ import annotations

from flask import current_app, flash

from app import database
from app.security.access import current_actor
from app.views.signings.room import wanted_signing
from document_templates.seal_keys import trust_roots
from document_templates.signing.file_signing import Judgment, sign_with_file
from document_templates.signing.qualified_signatures import QualifiedSignature
from document_templates.signing.remote_credentials import ReleaseBy
from document_templates.signing.remote_service import RemoteSigningFailed, Service
from document_templates.signing.signing_services import load_service
from document_templates.signing.trusting import trusted_services
from forms.surroundings import today_in_berlin
from tenants.context import Scope, acting_as
from tenants.database import now
from tenants.key_ring import open_tenant_key
from tenants.keys import TenantKey
from tenants.language import _
from tenants.storage.tenant_store import TenantStore


def tenant_store() -> TenantStore:
    """Return where the files of the tenant lie."""
    return TenantStore(current_app.extensions["siegel"].store, current_actor().tenant.id)


def open_service(release_by: ReleaseBy) -> tuple[Service, TenantKey]:
    """Return the service of the tenant and the key of its secrets.

    The office opens them, whoever signs: what the session held before is rolled back. Raises
    `RemoteSigningFailed` unless there is a service at which people release their key like this.
    """
    session = database.session()
    session.rollback()
    with acting_as(Scope(tenant_id=current_actor().tenant.id)):
        key = open_tenant_key(session, current_app.extensions["siegel"].settings.master_key())
        service = load_service(session, key)
        session.rollback()
    if service is None:
        raise RemoteSigningFailed(
            _("Hier ist kein Fernsignaturdienst eingerichtet. Laden Sie die Datei hoch.")
        )
    if service.release_by != release_by:
        raise RemoteSigningFailed(
            _(
                "Der Fernsignaturdienst ist inzwischen anders eingerichtet. Laden Sie die Seite neu"
                " und beginnen Sie noch einmal."
            )
        )
    return service, key


def take_file(signing_id: object, content: bytes) -> QualifiedSignature:
    """Judge and take a signed file, within the transaction of the request.

    Raises `SignatureRefused` and `NotQualified`.
    """
    session = database.session()
    judgment = Judgment(trusted_services(session), trust_roots(session), now())
    return sign_with_file(
        session,
        tenant_store(),
        wanted_signing(signing_id, lock=True),
        content,
        judgment,
        today=today_in_berlin(),
    )


def say_accepted(found: QualifiedSignature) -> None:
    """Tell the person that the signature is taken."""
    flash(
        _(
            "Die qualifizierte Signatur von „{name}“ ist geprüft und angenommen (Aussteller:"
            " {issuer})."
        ).format(name=found.name, issuer=found.issuer),
        "success",
    )
