"""The public proof: what is sealed, by whom and when; nothing about any person."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import public
from app.views.presenting import Row, moment
from app.views.proof_answers import proof_document
from app.views.seal_levels import kind_text, level_text, stamp_rows
from document_templates.examining.examiner import LARGEST_FILE
from document_templates.proofs import PublicProof, find_proof
from document_templates.signing.levels import LEVELS
from document_templates.verification_codes import read_code, spaced
from tenants.language import _

verification = Blueprint("verification", __name__, url_prefix="/pruefen")

Page = str | Response | BaseResponse | tuple[str | Response, int]


@verification.route("/", methods=["GET", "POST"])
@public
def index() -> Page:
    """Ask for the code that is printed on a document, or for the file."""
    refuse_in_a_tenant()
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
    page = index_page(code=typed[:60], error=error)
    return (page, 422) if error else page


def index_page(*, code: str = "", error: str = "", file_error: str = "") -> str:
    """Return the page that asks for a code or a file."""
    return render_template(
        "verification/index.html",
        code=code,
        error=error,
        file_error=file_error,
        largest_megabytes=LARGEST_FILE // 1024**2,
        urls={
            "check": url_for("verification.index"),
            "file": url_for("file_verification.examine"),
        },
        has_errors=bool(error or file_error),
    )


def signature_rows(proof: PublicProof) -> list[Row]:
    """Return the signatures that the register knows, for the page; nothing about any person."""
    return [
        {
            "party": one.party,
            "role": one.role,
            "signed_at": moment(one.signed_at),
            "title": LEVELS[one.level].title,
            "meaning": LEVELS[one.level].meaning,
        }
        for one in proof.signatures
    ]


def refuse_in_a_tenant() -> None:
    """The proof belongs to the platform: within a tenant there is no such page."""
    if g.tenant is not None:
        abort(404)


def wants_document() -> bool:
    """Say whether the caller is a program that would rather have JSON than a page."""
    accepted = request.accept_mimetypes
    best = accepted.best_match(["text/html", "application/json"])
    return best == "application/json" and accepted["application/json"] > accepted["text/html"]


@verification.get("/<code>")
@public
def show(code: str) -> Page:
    """Show the proof of the document with this code; programs get it as JSON."""
    refuse_in_a_tenant()
    if wants_document():
        return document(code)
    found = _find(code)
    if found is None:
        page = render_template(
            "verification/unknown.html",
            code=code[:60],
            urls={"index": url_for("verification.index")},
        )
        return page, 404
    verdicts = {
        "valid": "valid",
        "signed": "superseded",
        "superseded": "superseded",
        "withdrawn": "withdrawn",
    }
    newer = {
        "superseded": _(
            "Es gibt eine neuere Fassung. Fragen Sie bei der Stelle nach, die es ausgestellt hat."
        ),
        "signed": _(
            "Es ist danach unterschrieben worden, und es gilt die unterschriebene Fassung; ihr"
            " Prüfcode steht auf dem Blatt mit den Unterschriften am Ende der Datei."
        ),
    }
    return render_template(
        "verification/show.html",
        proof={
            "verdict": verdicts[found.state],
            "code": spaced(found.code),
            "sealed_by": found.sealed_by,
            "sealed_at": moment(found.sealed_at),
            "issuer": found.certificate_issuer,
            "certificate_sha256": found.certificate_sha256,
            "level": level_text(found.level),
            "kind": kind_text(found.seal_kind, is_demo=found.is_demo),
            "stamps": stamp_rows(found.stamps),
            "hashes": " ".join([found.pdf_sha256, *(one.sha256 for one in found.stamps)]),
            "sha256": found.pdf_sha256,
            "is_demo": found.is_demo,
            "newer_url": "",
            "newer": newer.get(found.state, ""),
            "signatures": signature_rows(found),
        },
        urls={
            "index": url_for("verification.index"),
            "document": url_for("verification.document", code=found.code),
        },
    )


@verification.get("/<code>.json")
@public
def document(code: str) -> tuple[Response, int]:
    """Answer the proof as JSON, the same under this address whatever the caller accepts."""
    refuse_in_a_tenant()
    found = _find(code)
    if found is None:
        return jsonify({"state": "unknown"}), 404
    return jsonify(proof_document(found)), 200


def _find(code: str) -> PublicProof | None:
    read = read_code(code)
    return find_proof(database.session, read) if read else None


@verification.after_request
def _say_that_it_depends(response: Response) -> Response:
    response.vary.add("Accept")
    return response
