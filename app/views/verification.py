"""The public proof: what is sealed, by whom and when; nothing about any person."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import public
from app.views.presenting import moment
from document_templates.proofs import find_proof
from document_templates.verification_codes import read_code, spaced
from tenants.language import _

verification = Blueprint("verification", __name__, url_prefix="/pruefen")


@verification.route("/", methods=["GET", "POST"])
@public
def index() -> str | Response | tuple[str, int]:
    """Ask for the code that is printed on a document."""
    if g.tenant is not None:
        abort(404)
    typed = request.form.get("code", "")
    if request.method == "POST":
        code = read_code(typed)
        if code is not None:
            return redirect(url_for("verification.show", code=code))
    error = ""
    if request.method == "POST":
        error = _(
            "Das ist kein Prüfcode. Er hat 26 Zeichen in Gruppen zu fünf und steht auf dem"
            " Dokument neben dem QR-Code."
        )
    page = render_template(
        "verification/index.html",
        code=typed[:60],
        error=error,
        urls={"check": url_for("verification.index")},
        has_errors=bool(error),
    )
    return (page, 422) if error else page


@verification.get("/<code>")
@public
def show(code: str) -> str | tuple[str, int]:
    """Show the proof of the document with this code."""
    if g.tenant is not None:
        abort(404)
    read = read_code(code)
    found = find_proof(database.session, read) if read else None
    if found is None:
        page = render_template(
            "verification/unknown.html",
            code=code[:60],
            urls={"index": url_for("verification.index")},
        )
        return page, 404
    verdicts = {
        "valid": "valid",
        "signed": "valid",
        "superseded": "valid",
        "withdrawn": "withdrawn",
    }
    notes = []
    if found.state == "superseded":
        notes.append(_("Es gibt eine neuere Fassung dieses Dokuments."))
    if found.state == "signed":
        notes.append(
            _(
                "Dieses Dokument ist unterschrieben worden. Es gilt die unterschriebene Fassung;"
                " ihr Prüfcode steht auf dem Nachweis der Unterschriften am Ende der Datei."
            )
        )
    return render_template(
        "verification/show.html",
        proof={
            "verdict": verdicts[found.state],
            "code": spaced(found.code),
            "sealed_by": found.sealed_by,
            "sealed_at": moment(found.sealed_at),
            "issuer": found.certificate_issuer,
            "certificate_sha256": found.certificate_sha256,
            "level": found.level,
            "sha256": found.pdf_sha256,
            "is_demo": found.is_demo,
            "newer_url": "",
            "notes": notes,
        },
        urls={"index": url_for("verification.index")},
    )
