"""Files that come back: signed outside with a qualified signature, or scanned from paper."""

from __future__ import annotations

from flask import Response, abort, flash, request

from app import database
from app.security.access import requires
from app.views.signings.at_service import say_accepted, take_file, tenant_store
from app.views.signings.room import Page, back_to, signing_page, signings, wanted_signing
from document_templates.signing.acting import SignatureRefused
from document_templates.signing.paper_signing import confirm_paper, take_scan
from document_templates.signing.qualified_signatures import NotQualified
from tenants.audit import record
from tenants.language import _
from tenants.storage.objects import ObjectCorrupted, ObjectMissing


def _sent_file() -> bytes:
    file = request.files.get("file")
    return file.read() if file is not None else b""


@signings.post("/<uuid:signing_id>/datei")
@requires("can_list", "Signings")
def upload(signing_id: object) -> Page:
    """Take the file that the person has signed with a qualified signature."""
    wanted_signing(signing_id)
    session = database.session()
    content = _sent_file()
    if not content:
        session.rollback()
        return _again(signing_id, {"file": _("Wählen Sie die unterschriebene Datei aus.")})
    try:
        found = take_file(signing_id, content)
    except (SignatureRefused, NotQualified) as refused:
        session.rollback()
        record(session, "signing.file_refused", "signing", str(signing_id))
        session.commit()
        return _again(signing_id, {"file": str(refused)})
    session.commit()
    say_accepted(found)
    return back_to(signing_id)


@signings.post("/<uuid:signing_id>/scan")
@requires("can_request", "Signings")
def scan(signing_id: object) -> Page:
    """Take the scan of a print that was signed with ink."""
    signing = wanted_signing(signing_id, lock=True)
    try:
        take_scan(database.session(), tenant_store(), signing, _sent_file())
    except SignatureRefused as refused:
        database.session.rollback()
        return _again(signing_id, {"file": str(refused)})
    database.session.commit()
    flash(_("Der Scan wird geprüft: ob jede Seite da ist und zu diesem Ausdruck gehört."), "info")
    return back_to(signing_id)


@signings.get("/<uuid:signing_id>/scan")
@requires("can_list", "Signings")
def scan_file(signing_id: object) -> Response:
    """Hand out the scan."""
    signing = wanted_signing(signing_id)
    if not signing.scan_key:
        abort(404)
    session = database.session()
    try:
        content = tenant_store().get(
            signing.scan_key, signing.scan_object_version, signing.scan_sha256
        )
    except (ObjectMissing, ObjectCorrupted) as error:
        session.rollback()
        record(session, "signing.damaged", "signing", str(signing_id))
        session.commit()
        return Response(str(error), status=500, mimetype="text/plain")
    record(session, "signing.downloaded", "signing", signing.id)
    is_pdf = b"%PDF-" in content[:1024]
    name = f"scan-{signing.number.replace('/', '-').replace(' ', '_')}"
    session.commit()
    # Never shown in the browser: it is whatever somebody uploaded.
    response = Response(content, mimetype="application/octet-stream")
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"{name}.pdf" if is_pdf else name
    )
    return response


@signings.post("/<uuid:signing_id>/bestaetigen")
@requires("can_request", "Signings")
def confirm(signing_id: object) -> Page:
    """Confirm who has signed the original, and where it is kept."""
    signing = wanted_signing(signing_id, lock=True)
    location = request.form.get("location", "")
    chosen = request.form.getlist("person")[:1000]
    try:
        confirm_paper(database.session(), signing, signature_ids=set(chosen), location=location)
    except SignatureRefused as refused:
        database.session.rollback()
        page = signing_page(
            wanted_signing(signing_id),
            errors={refused.field or "location": str(refused)},
            typed={"location": location},
            signers=chosen,
        )
        return page, 422
    database.session.commit()
    flash(_("Bestätigt. Die unterschriebene Fassung wird gerade gesiegelt."), "success")
    return back_to(signing_id)


def _again(signing_id: object, errors: dict[str, str], **typed: str) -> tuple[str, int]:
    return signing_page(wanted_signing(signing_id), errors=errors, typed=typed), 422
