"""Signing and declining, by the person who is asked."""

from __future__ import annotations

from flask import flash, request

from app import database
from app.security.access import requires
from app.security.login import is_own_password
from app.views.signings.room import Page, back_to, signing_page, signings, wanted_signing
from document_templates.signing.acting import SignatureRefused
from document_templates.signing.acting import decline as decline_signature
from document_templates.signing.acting import sign as give_signature
from forms.surroundings import today_in_berlin
from tenants.language import _


@signings.post("/<uuid:signing_id>/unterschreiben")
@requires("can_list", "Signings")
def sign(signing_id: object) -> Page:
    """Sign, confirmed with the password of the person who is signed in."""
    errors = {}
    wanted_signing(signing_id)
    if request.form.get("read") != "1":
        errors["read"] = _("Bestätigen Sie, dass Sie das ganze Dokument gelesen haben.")
    password = request.form.get("password", "")
    if not password:
        errors["password"] = _("Geben Sie Ihr Passwort ein.")
    elif not is_own_password(password):
        errors["password"] = _(
            "Das Passwort stimmt nicht. Nach zehn Versuchen ist das Unterschreiben 15 Minuten"
            " gesperrt."
        )
    read = request.form.get("read", "")
    if errors:
        return _again(signing_id, errors, read=read)
    signing = wanted_signing(signing_id, lock=True)
    try:
        give_signature(
            database.session(),
            signing,
            pdf_sha256=request.form.get("sha256", ""),
            today=today_in_berlin(),
        )
    except SignatureRefused as refused:
        database.session.rollback()
        return _again(signing_id, {"dokument": str(refused)}, read=read)
    is_last = signing.state == "completing"
    database.session.commit()
    flash(
        _(
            "Sie haben unterschrieben. Ihre Unterschrift war die letzte; die unterschriebene"
            " Fassung wird gerade gesiegelt."
        )
        if is_last
        else _("Sie haben unterschrieben."),
        "success",
    )
    return back_to(signing_id)


@signings.post("/<uuid:signing_id>/ablehnen")
@requires("can_list", "Signings")
def decline(signing_id: object) -> Page:
    """Decline to sign, with a reason."""
    signing = wanted_signing(signing_id, lock=True)
    reason = request.form.get("reason", "")
    try:
        decline_signature(database.session(), signing, reason)
    except SignatureRefused as refused:
        database.session.rollback()
        return _again(signing_id, {"reason": str(refused)}, reason=reason)
    database.session.commit()
    flash(_("Sie haben abgelehnt. Alle Beteiligten lesen Ihre Begründung."), "success")
    return back_to(signing_id)


def _again(signing_id: object, errors: dict[str, str], **typed: str) -> tuple[str, int]:
    return signing_page(wanted_signing(signing_id), errors=errors, typed=typed), 422
