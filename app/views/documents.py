"""The register: documents with their versions, downloads, and those still in the making."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor, requires
from app.security.login import platform_url
from app.security.manager import allowed
from app.views.document_retention import retention_of
from app.views.paging import page_number, paging
from app.views.presenting import (
    case_of,
    document_rows,
    document_status,
    kilobytes,
    moment,
    party_of,
    request_rows,
    request_status,
    state_of_document,
)
from app.views.seal_levels import kind_text, level_text, stamp_rows
from app.views.signings.room import signing_row
from document_templates.archive.alarms import damaged_versions
from document_templates.archive.evidence_package import evidence_package, package_name
from document_templates.archive.stamped_files import newest_stamped
from document_templates.models import Document, DocumentRequest, DocumentVersion
from document_templates.proofs import read_stamps
from document_templates.register import (
    DocumentUnknown,
    find_document,
    find_request,
    find_version,
    list_documents,
    list_parties,
    list_unfinished,
    version_of_request,
)
from document_templates.requesting import retry_request
from document_templates.signing.reading import signings_of
from document_templates.verification_codes import spaced
from tenants.audit import record
from tenants.language import _
from tenants.storage.objects import ObjectCorrupted, ObjectMissing
from tenants.storage.tenant_store import TenantStore

documents = Blueprint("documents", __name__, url_prefix="/dokumente")

PAGE_SIZE = 50
_FILTER = "filter_documents"
STEP_TEXTS = {
    "fill": _("Vorlage ausfüllen"),
    "convert": _("In PDF/A umwandeln"),
    "seal": _("Siegeln"),
    "check": _("Prüfen"),
    "store": _("Ablegen"),
    "register": _("Ins Register eintragen"),
}


@documents.get("/")
@requires("can_list", "Documents")
def index() -> str:
    """List the register, newest first; documents in the making stand above."""
    actor = current_actor()
    wanted = session.get(_FILTER, {}).get(actor.tenant.id, {})
    number = page_number()
    found = list_documents(
        database.session(),
        own_only=actor.sees_own_only,
        text=wanted.get("text", ""),
        organisation_name=wanted.get("party", ""),
        limit=PAGE_SIZE + 1,
        offset=(number - 1) * PAGE_SIZE,
    )
    is_filtered = any(wanted.values())
    unfinished = (
        list_unfinished(database.session(), own_only=actor.sees_own_only)
        if number == 1 and not is_filtered
        else []
    )
    return render_template(
        "documents/list.html",
        documents=request_rows(unfinished) + document_rows(found[:PAGE_SIZE]),
        filter={
            "text": wanted.get("text", ""),
            "party_options": _party_options(wanted.get("party", "")),
            "status_options": [],
        },
        is_filtered=is_filtered,
        paging=paging("documents.index", number, len(found) > PAGE_SIZE),
        urls={
            "search": url_for("documents.search"),
            "reset": url_for("documents.reset"),
            "forms": url_for("forms.index"),
        },
    )


def _party_options(selected: str) -> list[dict[str, object]]:
    every: list[dict[str, object]] = [
        {"value": "", "label": _("Alle Beteiligten"), "selected": not selected}
    ]
    return every + [
        {"value": name, "label": name, "selected": name == selected}
        for name in list_parties(database.session())
        if name
    ]


@documents.post("/suche")
@requires("can_list", "Documents")
def search() -> BaseResponse:
    """Keep the filter in the session: names never stand in an address."""
    wanted = {
        "text": request.form.get("text", "").strip()[:80],
        "party": request.form.get("party", "")[:200],
    }
    session[_FILTER] = {**session.get(_FILTER, {}), current_actor().tenant.id: wanted}
    return redirect(url_for("documents.index"))


@documents.get("/suche/zuruecksetzen")
@requires("can_list", "Documents")
def reset() -> BaseResponse:
    """Forget the filter."""
    session[_FILTER] = {**session.get(_FILTER, {}), current_actor().tenant.id: {}}
    return redirect(url_for("documents.index"))


@documents.get("/<uuid:document_id>")
@requires("can_list", "Documents")
def show(document_id: object) -> str:
    """Show a document with its stored versions."""
    document = _document(str(document_id))
    return render_template(
        "documents/show.html",
        document={
            "title": document.title,
            "number": document.number,
            "case": case_of(document.submission),
            "case_url": _case_url(document.submission_id),
            "party": document.recipient or document.organisation_name or _("Eigenes Amt"),
            "template": document.title,
            "status": state_of_document(document),
            "state": "done",
        },
        versions=[]
        if document.erased_at
        else [_version_row(version) for version in document.versions],
        signings=[]
        if document.erased_at
        else [signing_row(one) for one in signings_of(database.session(), document.id)],
        erased_at=moment(document.erased_at),
        damaged=_damaged(document),
        retention=None if document.erased_at else retention_of(document),
        urls={
            "overview": url_for("documents.index"),
            "retry": "",
            "refresh": "",
            "sign": _signing_url(document),
        },
    )


def _damaged(document: Document) -> list[int]:
    """Return the numbers of the versions of which a file is missing or changed."""
    if document.erased_at is not None:
        return []
    found = damaged_versions(database.session(), [one.id for one in document.versions])
    return sorted(one.number for one in document.versions if one.id in found)


def _signing_url(document: Document) -> str:
    """Return where to ask for signatures of the newest version, empty for who may not."""
    newest = document.versions[0] if document.versions else None
    if newest is None or newest.proof.state != "valid" or not allowed("can_request", "Signings"):
        return ""
    return url_for("signings.new", version_id=newest.id)


def _case_url(submission_id: str | None) -> str:
    return url_for("submissions.show", submission_id=submission_id) if submission_id else ""


def _making(version: DocumentVersion) -> str:
    """Return the converter and the fonts of a version, empty for one that records neither."""
    if not version.fonts:
        return version.converter
    return _("{converter}, Schriften: {fonts}").format(
        converter=version.converter, fonts=", ".join(version.fonts)
    )


def _version_row(version: DocumentVersion) -> dict[str, object]:
    proof = version.proof
    return {
        "version": version.number,
        "when": moment(version.sealed_at),
        "status": document_status(version),
        "sealed_by": proof.sealed_by,
        "pdf_hash": version.pdf_sha256,
        "docx_hash": version.docx_sha256,
        "making": _making(version),
        "pdf_size": kilobytes(version.pdf_size),
        "docx_size": kilobytes(version.docx_size),
        "pdf_url": url_for("documents.download", version_id=version.id, kind="pdf"),
        "docx_url": url_for("documents.download", version_id=version.id, kind="docx"),
        "evidence_url": url_for("documents.evidence", version_id=version.id),
        "level": level_text(proof.level),
        "kind": kind_text(proof.seal_kind, is_demo=proof.is_demo),
        "stamps": stamp_rows(read_stamps(proof.stamps)),
        "stamped_url": url_for("documents.download", version_id=version.id, kind="zeitstempel")
        if proof.stamps
        else "",
        "verification_url": platform_url("verification.show", code=proof.code),
        "verification_code": spaced(proof.code),
    }


@documents.get("/auftrag/<uuid:request_id>")
@requires("can_list", "Documents")
def progress(request_id: object) -> str | BaseResponse:
    """Show how far the making of a document is; once it is made, lead to it."""
    wanted = _request(str(request_id))
    version = version_of_request(database.session(), wanted.id)
    if version is not None:
        target = url_for("documents.show", document_id=version.document_id)
        if request.headers.get("HX-Request"):
            return Response(status=204, headers={"HX-Redirect": target})
        return redirect(target)
    failed = wanted.state == "failed"
    return render_template(
        "documents/show.html",
        document={
            "title": wanted.template_version.template.title,
            "number": wanted.number,
            "case": case_of(wanted.submission),
            "case_url": _case_url(wanted.submission_id),
            "party": party_of(wanted.submission),
            "template": wanted.template_version.template.title,
            "status": request_status(wanted),
            "state": "failed" if failed else "working",
            "steps": _steps(wanted.step),
            "reason": wanted.failure,
            "way_out": _(
                "Ist die Ursache behoben, kann das Dokument noch einmal erstellt werden. Die"
                " Einreichung selbst ist sicher gespeichert."
            ),
        },
        versions=[],
        signings=[],
        urls={
            "overview": url_for("documents.index"),
            "retry": url_for("documents.retry", request_id=wanted.id) if failed else "",
            "refresh": url_for("documents.progress", request_id=wanted.id),
            "sign": "",
        },
    )


def _steps(finished: str) -> list[dict[str, str]]:
    names = list(STEP_TEXTS)
    position = names.index(finished) + 1 if finished in names else 0
    states = [
        "done" if at < position else "current" if at == position else "waiting"
        for at in range(len(names))
    ]
    return [
        {"text": STEP_TEXTS[name], "state": state}
        for name, state in zip(names, states, strict=True)
    ]


@documents.post("/auftrag/<uuid:request_id>/wiederholen")
@requires("can_list", "Documents")
def retry(request_id: object) -> BaseResponse:
    """Try a failed document again."""
    wanted = _request(str(request_id))
    retry_request(database.session(), wanted)
    database.session.commit()
    flash(_("Das Dokument wird noch einmal erstellt."), "info")
    return redirect(url_for("documents.progress", request_id=wanted.id))


@documents.get("/fassung/<uuid:version_id>/<any(pdf, docx, zeitstempel):kind>")
@requires("can_list", "Documents")
def download(version_id: object, kind: str) -> Response:
    """Hand out a stored file; its content is checked against the register."""
    actor = current_actor()
    try:
        version = find_version(database.session(), str(version_id), own_only=actor.sees_own_only)
    except DocumentUnknown:
        abort(404)
    store = TenantStore(current_app.extensions["siegel"].store, actor.tenant.id)
    key, object_version, sha256 = _file_of(version, kind)
    try:
        content = store.get(key, object_version, sha256)
    except (ObjectMissing, ObjectCorrupted) as error:
        record(database.session(), "document.damaged", "document_version", version.id)
        database.session.commit()
        return Response(str(error), status=500, mimetype="text/plain")
    record(database.session(), "document.downloaded", "document_version", version.id, kind=kind)
    database.session.commit()
    name = version.document.number.replace("/", "-").replace(" ", "_") + _ENDINGS[kind]
    response = Response(content, mimetype=_DOCX_TYPE if kind == "docx" else "application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _file_of(version: DocumentVersion, kind: str) -> tuple[str, str, str]:
    """Return key, version and SHA-256 of a stored file of a version."""
    if kind == "docx":
        return version.docx_key, version.docx_object_version, version.docx_sha256
    if kind == "pdf":
        return version.pdf_key, version.pdf_object_version, version.pdf_sha256
    stamped = newest_stamped(database.session(), version.id)
    if stamped is None:
        abort(404)
    return stamped.object_key, stamped.object_version, stamped.sha256


@documents.get("/fassung/<uuid:version_id>/nachweis")
@requires("can_list", "Documents")
def evidence(version_id: object) -> Response:
    """Hand out the evidence of a version as a ZIP that proves it without this product."""
    actor = current_actor()
    session = database.session()
    try:
        version = find_version(session, str(version_id), own_only=actor.sees_own_only)
    except DocumentUnknown:
        abort(404)
    store = TenantStore(current_app.extensions["siegel"].store, actor.tenant.id)
    try:
        content = evidence_package(session, store, version)
    except (ObjectMissing, ObjectCorrupted) as error:
        record(session, "document.damaged", "document_version", version.id)
        session.commit()
        return Response(str(error), status=500, mimetype="text/plain")
    record(session, "document.downloaded", "document_version", version.id, kind="nachweis")
    session.commit()
    response = Response(content, mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=package_name(version))
    return response


_ENDINGS = {"pdf": ".pdf", "docx": ".docx", "zeitstempel": "_mit_Zeitstempel.pdf"}
_DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _document(document_id: str) -> Document:
    try:
        return find_document(
            database.session(), document_id, own_only=current_actor().sees_own_only
        )
    except DocumentUnknown:
        abort(404)


def _request(request_id: str) -> DocumentRequest:
    try:
        return find_request(database.session(), request_id, own_only=current_actor().sees_own_only)
    except DocumentUnknown:
        abort(404)
