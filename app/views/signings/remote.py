"""Signing with a key that a remote signing service keeps, released by a PIN that is typed here."""

from __future__ import annotations

from flask import current_app, request

from app import database
from app.security.access import requires
from app.views.signings.at_service import open_service, say_accepted, take_file, tenant_store
from app.views.signings.room import Page, back_to, signing_page, signings, wanted_signing
from document_templates.signing.acting import SignatureRefused
from document_templates.signing.file_signing import read_current_file, turn_to_sign_file
from document_templates.signing.qualified_signatures import NotQualified
from document_templates.signing.remote_service import MOST_CREDENTIALS, RemoteSigningFailed
from document_templates.signing.remote_signing import ChoiceNeeded, Release, Signer, sign_remotely
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.database import now
from tenants.language import _

LONGEST = 200


@signings.post("/<uuid:signing_id>/fernsignatur")
@requires("can_list", "Signings")
def sign_at_service(signing_id: object) -> Page:
    """Let the tenant's remote signing service sign with the person's key, and take the file.

    PIN and TAN are passed on and forgotten; whatever fails leaves the request as it was.
    """
    signing = wanted_signing(signing_id)
    names = ("user", "pin", "otp", "credential")
    typed = {name: request.form.get(name, "").strip()[:LONGEST] for name in names}
    errors = {}
    if not typed["user"]:
        errors["user"] = _("Geben Sie Ihre Kennung beim Signaturdienst ein.")
    if not typed["pin"]:
        errors["pin"] = _("Geben Sie die PIN ein, mit der Sie dort unterschreiben.")
    if errors:
        return _again(signing_id, errors, typed)
    try:
        mine = turn_to_sign_file(signing, today_in_berlin())
        field, signer = mine.field, Signer(mine.name, now())
        current = read_current_file(tenant_store(), signing)
        # Nothing of the database is held open while a stranger lets us wait.
        service, _key = open_service("pin")
        content = sign_remotely(
            current,
            field,
            service,
            Release(typed["user"], typed["pin"], typed["otp"], typed["credential"]),
            signer,
            current_app.extensions["siegel"].settings.signing_hosts,
        )
        found = take_file(signing_id, content)
    except ChoiceNeeded as choice:
        database.session.rollback()
        choices = [{"id": one.id, "title": one.title} for one in choice.credentials]
        return _again(signing_id, {choice.field: str(choice)}, typed, choices)
    except (SignatureRefused, NotQualified, RemoteSigningFailed) as refused:
        database.session.rollback()
        record(database.session(), "signing.remote_refused", "signing", str(signing_id))
        database.session.commit()
        entry = refused.field if isinstance(refused, RemoteSigningFailed) else "user"
        return _again(signing_id, {entry: str(refused)}, typed)
    database.session.commit()
    say_accepted(found)
    return back_to(signing_id)


def _again(
    signing_id: object,
    errors: dict[str, str],
    typed: dict[str, str],
    choices: list[dict[str, str]] | None = None,
) -> tuple[str, int]:
    kept = {"user": typed["user"], "credential": typed["credential"]}
    page = signing_page(
        wanted_signing(signing_id), errors=errors, typed=kept, choices=choices or _sent_choices()
    )
    return page, 422


def _sent_choices() -> list[dict[str, str]]:
    """Return the certificates among which the person chose on the page before."""
    sent = zip(
        request.form.getlist("choice_id"), request.form.getlist("choice_title"), strict=False
    )
    return [
        {"id": one[:LONGEST], "title": title[: 2 * LONGEST]}
        for one, title in list(sent)[:MOST_CREDENTIALS]
    ]
