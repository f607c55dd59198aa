"""Offers to the archive: what waits for it, what it takes, and the package that it gets."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor, requires
from app.views.presenting import moment
from document_templates.archive_offers.models import ArchiveOffer
from document_templates.archive_offers.offering import (
    OfferRefused,
    OfferUnknown,
    confirm_receipt,
    find_offer,
    list_offers,
    make_offer,
    note_decision,
    pack_again,
    release_offer,
    waiting_documents,
)
from document_templates.archive_offers.transferring import (
    ZIP_TYPE,
    open_package,
    package_name,
)
from forms.german import format_date
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.language import _
from tenants.storage.objects import ObjectCorrupted, ObjectMissing
from tenants.storage.tenant_store import TenantStore

archive_offers = Blueprint("archive_offers", __name__, url_prefix="/archivangebot")

STATES = {
    "offered": {"kind": "info", "text": _("dem Archiv angeboten")},
    "decided": {"kind": "warning", "text": _("wartet auf Freigabe")},
    "packing": {"kind": "info", "text": _("Paket entsteht")},
    "packed": {"kind": "warning", "text": _("wartet auf Empfang")},
    "closed": {"kind": "success", "text": _("abgeschlossen")},
}


@archive_offers.get("/")
@requires("can_edit", "Retention")
def index() -> str:
    """Show how much waits for the archive, and the offers."""
    session = database.session()
    return render_template(
        "retention/offers.html",
        waiting=len(waiting_documents(session, today_in_berlin())),
        offers=[_offer(one) for one in list_offers(session)],
        urls={"offer": url_for("archive_offers.offer"), "classes": url_for("retention.index")},
    )


@archive_offers.post("/anbieten")
@requires("can_edit", "Retention")
def offer() -> BaseResponse:
    """Offer the archive all that waits for it."""
    try:
        made = make_offer(database.session(), today_in_berlin(), person_name=current_actor().name)
    except OfferRefused as refused:
        database.session.rollback()
        flash(str(refused), "warning")
        return redirect(url_for("archive_offers.index"))
    database.session.commit()
    return redirect(url_for("archive_offers.show", offer_id=made.id))


@archive_offers.get("/<uuid:offer_id>")
@requires("can_edit", "Retention")
def show(offer_id: object) -> str:
    """Show an offer with its documents and what is to be done next."""
    found = _found(offer_id)
    is_own = found.decided_by == current_actor().account_id
    may_decide = found.state in ("offered", "decided")
    return render_template(
        "retention/offer.html",
        offer={
            **_offer(found),
            "answer_by": format_date(found.answer_by),
            "is_late": may_decide and found.answer_by < today_in_berlin(),
            "decided": _by(found.decided_at, found.decided_name),
            "released": _by(found.released_at, found.released_name),
            "received": _by(found.received_at, found.received_name),
            "must_wait": found.state == "decided" and found.needs_two and is_own,
            "is_decided": found.state != "offered",
            "failure": found.failure,
            "package_sha256": found.package_sha256 if found.state == "packed" else "",
        },
        documents=[
            {
                "id": item.document_id,
                "number": item.document.number,
                "title": item.document.title,
                "organisation": item.document.organisation_name,
                "is_taken": item.is_taken,
                "url": url_for("documents.show", document_id=item.document_id),
            }
            for item in sorted(found.items, key=lambda one: one.document.number)
        ],
        urls={
            "index": url_for("archive_offers.index"),
            "list": url_for("archive_offers.listing", offer_id=found.id),
            "decide": _url("decide", found, may=may_decide),
            "release": _url("release", found, may=found.state == "decided"),
            "again": _url("again", found, may=found.state == "packing" and bool(found.failure)),
            "package": _url("package", found, may=found.state == "packed"),
            "received": _url("received", found, may=found.state == "packed"),
        },
    )


@archive_offers.get("/<uuid:offer_id>/liste.csv")
@requires("can_edit", "Retention")
def listing(offer_id: object) -> Response:
    """Hand out the list of an offer as the archive gets it."""
    found = _found(offer_id)
    text = io.StringIO()
    table = csv.writer(text, delimiter=";")
    table.writerow([_("Nummer"), _("Titel"), _("Träger"), _("Erstellt am")])
    for item in sorted(found.items, key=lambda one: one.document.number):
        one = item.document
        table.writerow(
            [
                _as_text(one.number),
                _as_text(one.title),
                _as_text(one.organisation_name),
                format_date(today_in_berlin(one.created_at)),
            ]
        )
    record(database.session(), "archive.list_opened", "archive_offer", found.id)
    database.session.commit()
    response = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="Anbietungsliste.csv")
    return response


@archive_offers.post("/<uuid:offer_id>/entscheidung")
@requires("can_edit", "Retention")
def decide(offer_id: object) -> BaseResponse:
    """Note what the archive takes."""
    taken = frozenset(request.form.getlist("taken"))
    try:
        note_decision(database.session(), str(offer_id), taken, person_name=current_actor().name)
    except OfferUnknown:
        abort(404)
    except OfferRefused as refused:
        return _refuse(offer_id, refused)
    database.session.commit()
    flash(_("Die Entscheidung ist eingetragen. Sie gilt, sobald sie freigegeben ist."), "success")
    return redirect(url_for("archive_offers.show", offer_id=offer_id))


@archive_offers.post("/<uuid:offer_id>/freigeben")
@requires("can_edit", "Retention")
def release(offer_id: object) -> BaseResponse:
    """Let the decision count."""
    try:
        release_offer(database.session(), str(offer_id), person_name=current_actor().name)
    except OfferUnknown:
        abort(404)
    except OfferRefused as refused:
        return _refuse(offer_id, refused)
    database.session.commit()
    flash(_("Die Entscheidung gilt. Was das Archiv nicht will, ist zum Löschen fällig."), "success")
    return redirect(url_for("archive_offers.show", offer_id=offer_id))


@archive_offers.post("/<uuid:offer_id>/noch-einmal")
@requires("can_edit", "Retention")
def again(offer_id: object) -> BaseResponse:
    """Try again to make the package."""
    try:
        pack_again(database.session(), str(offer_id))
    except OfferUnknown:
        abort(404)
    except OfferRefused as refused:
        return _refuse(offer_id, refused)
    database.session.commit()
    return redirect(url_for("archive_offers.show", offer_id=offer_id))


@archive_offers.get("/<uuid:offer_id>/paket.zip")
@requires("can_edit", "Retention")
def package(offer_id: object) -> BaseResponse:
    """Hand out the package for the archive."""
    found = _found(offer_id)
    if found.state != "packed":
        return _refuse(
            offer_id, OfferRefused(_("Zu diesem Angebot liegt gerade kein Paket bereit."))
        )
    store = TenantStore(current_app.extensions["siegel"].store, current_actor().tenant.id)
    try:
        content = open_package(store, found)
    except (ObjectMissing, ObjectCorrupted) as error:
        return Response(str(error), status=500, mimetype="text/plain")
    record(database.session(), "archive.package_opened", "archive_offer", found.id)
    database.session.commit()
    response = Response(content, mimetype=ZIP_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=package_name(found))
    return response


@archive_offers.post("/<uuid:offer_id>/empfang")
@requires("can_edit", "Retention")
def received(offer_id: object) -> BaseResponse:
    """Note that the archive has the package."""
    store = current_app.extensions["siegel"].store
    try:
        confirm_receipt(database.session(), store, str(offer_id), person_name=current_actor().name)
    except OfferUnknown:
        abort(404)
    except OfferRefused as refused:
        return _refuse(offer_id, refused)
    database.session.commit()
    flash(
        _("Der Empfang ist bestätigt. Auch das Übernommene ist nun zum Löschen fällig."), "success"
    )
    return redirect(url_for("archive_offers.show", offer_id=offer_id))


def _found(offer_id: object) -> ArchiveOffer:
    try:
        return find_offer(database.session(), str(offer_id))
    except OfferUnknown:
        abort(404)


def _refuse(offer_id: object, refused: OfferRefused) -> BaseResponse:
    database.session.rollback()
    flash(str(refused), "warning")
    return redirect(url_for("archive_offers.show", offer_id=offer_id))


def _url(endpoint: str, found: ArchiveOffer, *, may: bool) -> str:
    return url_for(f"archive_offers.{endpoint}", offer_id=found.id) if may else ""


def _by(at: datetime | None, name: str) -> str:
    return f"{moment(at)}, {name}" if at else ""


def _as_text(value: str) -> str:
    """Return a text that no table program takes for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _offer(found: ArchiveOffer) -> dict[str, object]:
    return {
        "offered_at": moment(found.offered_at),
        "offered": found.offered_name,
        "documents": len(found.items),
        "taken": sum(item.is_taken for item in found.items),
        "status": STATES[found.state],
        "url": url_for("archive_offers.show", offer_id=found.id),
    }
