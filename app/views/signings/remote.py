"""Signing with a key that a remote signing service keeps for the person."""

from __future__ import annotations

from flask import current_app, flash, request

from app import database
from app.security.access import current_actor, requires
from app.views.signings.room import Page, back_to, signing_page, signings, wanted_signing
from document_templates.seal_keys import trust_roots
from document_templates.signing.acting import SignatureRefused, check_entitled, my_turn
from document_templates.signing.file_signing import (
    Judgment,
    read_current_file,
    sign_with_file,
)
from document_templates.signing.qualified_signatures import NotQualified
from document_templates.signing.remote_signing import (
    Release,
    RemoteSigningFailed,
    Service,
    sign_remotely,
)
from document_templates.signing.signing_services import load_service
from document_templates.signing.trusting import trusted_services
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.context import Scope, acting_as
from tenants.database import now
from tenants.key_ring import open_tenant_key
from tenants.language import _
from tenants.storage.tenant_store import TenantStore

LONGEST = 200


@signings.post("/<uuid:signing_id>/fernsignatur")
@requires("can_list", "Signings")
def sign_at_service(signing_id: object) -> Page:
    """Let the tenant's remote signing service sign with the person's key, and take the file.

    PIN and TAN are passed on and forgotten; whatever fails leaves the request as it was.
    """
    signing = wanted_signing(signing_id)
    typed = {name: request.form.get(name, "").strip()[:LONGEST] for name in ("user", "pin", "otp")}
    errors = {}
    if not typed["user"]:
        errors["user"] = _("Geben Sie Ihre Kennung beim Signaturdienst ein.")
    if not typed["pin"]:
        errors["pin"] = _("Geben Sie die PIN ein, mit der Sie dort unterschreiben.")
    if errors:
        return _again(signing_id, errors, typed["user"])
    siegel = current_app.extensions["siegel"]
    store = TenantStore(siegel.store, current_actor().tenant.id)
    try:
        mine = my_turn(signing)
        check_entitled(mine, today_in_berlin())
        field, current = mine.field, read_current_file(store, signing)
        # Nothing of the database is held open while a stranger lets us wait.
        database.session.rollback()
        content = sign_remotely(
            current,
            field,
            _service(),
            Release(typed["user"], typed["pin"], typed["otp"]),
            siegel.settings.signing_hosts,
        )
        session = database.session()
        judgment = Judgment(trusted_services(session), trust_roots(session), now())
        found = sign_with_file(
            session,
            store,
            wanted_signing(signing_id, lock=True),
            content,
            judgment,
            today=today_in_berlin(),
        )
    except (SignatureRefused, NotQualified, RemoteSigningFailed) as refused:
        database.session.rollback()
        record(database.session(), "signing.remote_refused", "signing", str(signing_id))
        database.session.commit()
        entry = refused.field if isinstance(refused, RemoteSigningFailed) else "user"
        return _again(signing_id, {entry: str(refused)}, typed["user"])
    database.session.commit()
    flash(
        _(
            "Die qualifizierte Signatur von „{name}“ ist geprüft und angenommen (Aussteller:"
            " {issuer})."
        ).format(name=found.name, issuer=found.issuer),
        "success",
    )
    return back_to(signing_id)


def _service() -> Service:
    """Return the service of the tenant: its secret is opened by the office, whoever signs."""
    session = database.session()
    with acting_as(Scope(tenant_id=current_actor().tenant.id)):
        master_key = current_app.extensions["siegel"].settings.master_key()
        service = load_service(session, open_tenant_key(session, master_key))
        session.rollback()
    if service is None:
        raise RemoteSigningFailed(
            _("Hier ist kein Fernsignaturdienst eingerichtet. Laden Sie die Datei hoch.")
        )
    return service


def _again(signing_id: object, errors: dict[str, str], user: str) -> tuple[str, int]:
    return signing_page(wanted_signing(signing_id), errors=errors, typed={"user": user}), 422
