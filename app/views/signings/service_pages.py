"""Signing with a key that a remote signing service keeps, released on the service's own pages.

A person goes there twice: to sign in, so that her certificates are known, and to release the key
for the hash of this file. In between she chooses a certificate here, if she has several.
"""

from __future__ import annotations

from dataclasses import replace

from flask import current_app, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import requires
from app.views.signings.at_service import open_service, say_accepted, take_file, tenant_store
from app.views.signings.room import Page, back_to, signing_page, signings, wanted_signing
from document_templates.signing.acting import SignatureRefused
from document_templates.signing.file_signing import read_current_file, turn_to_sign_file
from document_templates.signing.models import ServiceVisit
from document_templates.signing.qualified_signatures import NotQualified
from document_templates.signing.remote_service import (
    Departure,
    RemoteSigningFailed,
    Return,
    Service,
    depart,
    details_of_release,
    refusal_words,
)
from document_templates.signing.remote_signing import (
    Signer,
    list_credentials,
    prepare_release,
    sign_released,
)
from document_templates.signing.visits import (
    Underway,
    ask_for_release,
    begin_visit,
    find_choice,
    offer_choice,
    own_visit,
    read_visit,
    take_visit,
)
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.database import now
from tenants.keys import TenantKey
from tenants.language import _
from tenants.storage.objects import content_hash

_STATES = "service_visits"
"""Signing → state, in the cookie of the session: nobody comes back in the place of another."""
_MOST_STATES = 5
_LONGEST = 4000
_REFUSED = (SignatureRefused, NotQualified, RemoteSigningFailed)


@signings.post("/<uuid:signing_id>/fernsignatur/anmelden")
@requires("can_list", "Signings")
def visit_service(signing_id: object) -> Page:
    """Send the person to the pages of the signing service, to sign in there."""
    try:
        turn_to_sign_file(wanted_signing(signing_id), today_in_berlin())
        service, key = open_service("pages")
        way = depart(service, _redirect_uri(), "service")
        begin_visit(database.session(), wanted_signing(signing_id), way, key)
    except _REFUSED as refused:
        return _refuse(signing_id, str(refused))
    database.session.commit()
    return _send(signing_id, way)


@signings.post("/<uuid:signing_id>/fernsignatur/zertifikat")
@requires("can_list", "Signings")
def choose_credential(signing_id: object) -> Page:
    """Send the person to the pages of the service, to release the key that she has chosen."""
    wanted = request.form.get("credential", "")[:_LONGEST]
    try:
        service, key = open_service("pages")
        visit = find_choice(database.session(), wanted_signing(signing_id), lock=True)
        if visit is None:
            raise RemoteSigningFailed(_too_late())
        underway = read_visit(visit, key)
        if wanted not in {one.id for one in underway.credentials}:
            raise RemoteSigningFailed(_("Wählen Sie ein Zertifikat aus."))
        return _ask_for_release(visit, service, key, underway, wanted)
    except _REFUSED as refused:
        return _refuse(signing_id, str(refused))


@signings.get("/fernsignatur/zurueck")
@requires("can_list", "Signings")
def come_back() -> BaseResponse:
    """Take up the signing for which a person was on the pages of the service.

    What leads back here counts once, for this person in this session, and not for long.
    """
    state = request.args.get("state", "")[:_LONGEST]
    states = dict(session.get(_STATES, {}))
    known = next((one for one, kept in states.items() if kept == state), "")
    visit = take_visit(database.session(), state) if known else None
    session[_STATES] = {one: kept for one, kept in states.items() if one != known}
    if visit is None:
        database.session.rollback()
        flash(_too_late(), "warning")
        return back_to(known) if known else redirect(url_for("signings.index"))
    visit_id, signing_id = visit.id, visit.signing_id
    database.session.commit()
    try:
        return _take_up(visit_id, signing_id)
    except _REFUSED as refused:
        database.session.rollback()
        record(database.session(), "signing.remote_refused", "signing", signing_id)
        database.session.commit()
        flash(str(refused), "danger")
        return back_to(signing_id)


def _take_up(visit_id: str, signing_id: str) -> BaseResponse:
    service, key = open_service("pages")
    visit = _visit(visit_id)
    step, underway = visit.step, read_visit(visit, key)
    if step == "release":
        # Whatever comes of it, she can try it again without signing in once more.
        offer_choice(visit, underway, key)
        database.session.commit()
    if "code" not in request.args:
        raise RemoteSigningFailed(refusal_words(service, request.args.get("error", "")))
    back = Return(request.args["code"][:_LONGEST], underway.verifier, _redirect_uri())
    if step == "login":
        return _after_login(visit_id, signing_id, service, key, back)
    return _after_release(visit_id, signing_id, service, underway, back)


def _after_login(
    visit_id: str, signing_id: str, service: Service, key: TenantKey, back: Return
) -> BaseResponse:
    mine = turn_to_sign_file(wanted_signing(signing_id), today_in_berlin())
    signer = Signer(mine.name, now())
    database.session.rollback()
    found = list_credentials(service, back, signer, _hosts())
    visit, underway = _visit(visit_id), Underway(credentials=tuple(found))
    if len(found) == 1:
        return _ask_for_release(visit, service, key, underway, found[0].id)
    offer_choice(visit, underway, key)
    database.session.commit()
    return redirect(f"{url_for('signings.show', signing_id=signing_id)}#fernsignatur")


def _ask_for_release(
    visit: ServiceVisit, service: Service, key: TenantKey, underway: Underway, wanted: str
) -> BaseResponse:
    """Prepare the file as it stands, and send the person to release her key for its hash."""
    signing = wanted_signing(visit.signing_id)
    mine = turn_to_sign_file(signing, today_in_berlin())
    current = read_current_file(tenant_store(), signing)
    chosen = next(one for one in underway.credentials if one.id == wanted)
    prepared = prepare_release(current, mine.field, chosen)
    details = details_of_release(chosen.id, prepared.digest)
    way = depart(service, _redirect_uri(), "credential", **details)
    underway = replace(
        underway, chosen=chosen, prepared=prepared, file_sha256=content_hash(current)
    )
    ask_for_release(database.session(), visit, way, underway, key)
    database.session.commit()
    return _send(visit.signing_id, way)


def _after_release(
    visit_id: str, signing_id: str, service: Service, underway: Underway, back: Return
) -> BaseResponse:
    signing = wanted_signing(signing_id)
    turn_to_sign_file(signing, today_in_berlin())
    current = read_current_file(tenant_store(), signing)
    database.session.rollback()
    if underway.prepared is None or underway.chosen is None:
        raise RemoteSigningFailed(_too_late())
    if content_hash(current) != underway.file_sha256:
        raise RemoteSigningFailed(
            _(
                "Inzwischen hat jemand anderes unterschrieben; Ihre Freigabe galt der Datei davor."
                " Lesen Sie die aktuelle Datei und geben Sie Ihre Unterschrift noch einmal frei."
            )
        )
    content = sign_released(current, underway.prepared, service, underway.chosen, back, _hosts())
    found = take_file(signing_id, content)
    database.session().delete(_visit(visit_id))
    database.session.commit()
    say_accepted(found)
    return back_to(signing_id)


def _visit(visit_id: str) -> ServiceVisit:
    visit = own_visit(database.session(), visit_id)
    if visit is None:
        raise RemoteSigningFailed(_too_late())
    return visit


def _send(signing_id: object, way: Departure) -> BaseResponse:
    states = {one: kept for one, kept in session.get(_STATES, {}).items() if one != str(signing_id)}
    latest = dict(list(states.items())[1 - _MOST_STATES :])
    session[_STATES] = {**latest, str(signing_id): way.state}
    return redirect(way.url)


def _refuse(signing_id: object, text: str) -> tuple[str, int]:
    database.session.rollback()
    return signing_page(wanted_signing(signing_id), errors={"fernsignatur": text}), 422


def _redirect_uri() -> str:
    public_url: str = current_app.extensions["siegel"].settings.public_url
    return public_url.rstrip("/") + url_for("signings.come_back")


def _hosts() -> frozenset[str]:
    hosts: frozenset[str] = current_app.extensions["siegel"].settings.signing_hosts
    return hosts


def _too_late() -> str:
    return _(
        "Die Rückkehr vom Signaturdienst gilt nicht mehr: Sie ist älter als 15 Minuten, schon"
        " verwendet oder gehört zu einer anderen Anmeldung. Ihre Unterschrift steht weiter aus;"
        " beginnen Sie noch einmal."
    )
