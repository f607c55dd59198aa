"""A PDF that anybody hands in: who sealed and signed it, and whether it still counts.

The file is examined by a process of its own, kept nowhere, and nobody notes who asked.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from app import database
from app.security.access import public
from app.views.presenting import moment
from app.views.proof_answers import file_document
from app.views.seal_levels import kind_text, level_text
from app.views.verification import index_page, refuse_in_a_tenant, signature_rows, wants_document
from document_templates.examining.examiner import LARGEST_FILE, examine_file
from document_templates.examining.judging import Verdict, judge
from document_templates.examining.report import FileFinding, SignatureFinding
from document_templates.proofs import PublicProof, find_proof_of_file
from document_templates.signing.trusting import known_authorities
from document_templates.verification_codes import spaced
from tenants.language import _

file_verification = Blueprint("file_verification", __name__, url_prefix="/pruefen")

AROUND_THE_FILE = 64 * 1024
"""Bytes that a form needs beside its file."""

Answer = str | Response | tuple[str | Response, int]

KINDS = {
    Verdict.GENUINE: "valid",
    Verdict.SIGNED_LATER: "valid",
    Verdict.SUPERSEDED: "unsure",
    Verdict.WITHDRAWN: "unsure",
    Verdict.NOT_REGISTERED: "unsure",
    Verdict.UNKNOWN_ISSUER: "unsure",
    Verdict.UNSIGNED: "unsure",
    Verdict.CHANGED: "invalid",
}
TITLES = {
    Verdict.GENUINE: _("Diese Datei ist echt"),
    Verdict.SIGNED_LATER: _("Dieses Dokument ist echt und wurde danach unterschrieben"),
    Verdict.SUPERSEDED: _("Diese Datei ist echt, aber nicht die neueste Fassung"),
    Verdict.WITHDRAWN: _("Dieses Dokument gilt nicht mehr"),
    Verdict.NOT_REGISTERED: _("Die Signaturen stimmen, aber kein Register kennt diese Datei"),
    Verdict.UNKNOWN_ISSUER: _("Die Datei ist unverändert, aber ihr Aussteller ist unbekannt"),
    Verdict.UNSIGNED: _("Diese Datei trägt kein Siegel"),
    Verdict.CHANGED: _("Diese Datei wurde verändert"),
}
TEXTS = {
    Verdict.GENUINE: _("Sie steht im Register, und es ist die geltende Fassung."),
    Verdict.SIGNED_LATER: _(
        "Es steht im Register. Seit dem Siegeln kamen nur Unterschriften hinzu; alle stimmen."
    ),
    Verdict.SUPERSEDED: _(
        "Sie steht im Register, aber es gibt eine neuere Fassung. Fragen Sie bei der Stelle nach,"
        " die sie ausgestellt hat."
    ),
    Verdict.WITHDRAWN: _(
        "Es ist echt, wurde aber zurückgezogen. Fragen Sie bei der Stelle nach, die es ausgestellt"
        " hat."
    ),
    Verdict.NOT_REGISTERED: _(
        "Wer die Zertifikate ausgestellt hat, ist hier bekannt. Im Register steht ein Dokument"
        " erst, wenn alle unterschrieben haben; fragen Sie sonst bei der Stelle nach, die darin"
        " genannt ist."
    ),
    Verdict.UNKNOWN_ISSUER: _(
        "Seit dem Signieren hat sich nichts geändert. Wer die Zertifikate ausgestellt hat, kennt"
        " diese Plattform nicht; ob die genannten Namen stimmen, kann sie nicht sagen."
    ),
    Verdict.UNSIGNED: _(
        "Kein Register dieser Plattform kennt sie. Ein Ausdruck, ein Scan oder eine neu"
        " gespeicherte Datei verliert das Siegel; prüfen Sie dann mit dem Prüfcode auf dem"
        " Schreiben."
    ),
    Verdict.CHANGED: _(
        "Sie ist nicht mehr so, wie sie gesiegelt oder unterschrieben wurde. Verlassen Sie sich"
        " nicht darauf, und fragen Sie bei der Stelle nach, die sie ausgestellt hat."
    ),
}


@file_verification.post("/datei")
@public
def examine() -> Answer:
    """Examine the file that was handed in; programs get the answer as JSON."""
    refuse_in_a_tenant()
    return _examined(as_document=wants_document())


@file_verification.post("/datei.json")
@public
def examine_for_programs() -> Answer:
    """Examine the file and answer JSON, whatever the caller accepts."""
    refuse_in_a_tenant()
    return _examined(as_document=True)


def _examined(*, as_document: bool) -> Answer:
    request.max_content_length = LARGEST_FILE + AROUND_THE_FILE
    try:
        sent = request.files.get("file")
        content = sent.stream.read(LARGEST_FILE + 1) if sent else b""
    except RequestEntityTooLarge:
        too_large = _("Die Datei ist größer als {size} MB.").format(size=LARGEST_FILE // 1024**2)
        return _refusal(too_large, 413, as_document=as_document)
    if not content:
        return _refusal(_("Bitte wählen Sie eine PDF-Datei aus."), 422, as_document=as_document)
    session = database.session()
    roots = known_authorities(session)
    session.rollback()
    finding = examine_file(content, roots)
    proof = find_proof_of_file(database.session, finding.revisions)
    verdict = judge(finding, proof)
    if as_document:
        status = 422 if verdict is Verdict.REFUSED else 200
        return jsonify(file_document(finding, proof, verdict)), status
    if verdict is Verdict.REFUSED:
        return _refusal(finding.refusal, 422, as_document=False)
    return _page(finding, proof, verdict)


def _refusal(reason: str, status: int, *, as_document: bool) -> Answer:
    if as_document:
        refused = FileFinding("", (), (), reason)
        document = file_document(refused, None, Verdict.REFUSED)
        return jsonify({**document, "sha256": None}), status
    return index_page(file_error=reason), status


def _page(finding: FileFinding, proof: PublicProof | None, verdict: Verdict) -> str:
    return render_template(
        "verification/file.html",
        verdict={"kind": KINDS[verdict], "title": TITLES[verdict], "text": TEXTS[verdict]},
        register=_register(proof) if proof else None,
        signed=signature_rows(proof) if proof else [],
        is_demo=proof is not None and proof.is_demo,
        signatures=[_signature(one, proof) for one in finding.signatures],
        sha256=finding.sha256,
        urls={"index": url_for("verification.index")},
    )


def _register(proof: PublicProof) -> dict[str, str]:
    states = {
        "valid": _("geltende Fassung"),
        "superseded": _("durch eine neuere Fassung abgelöst"),
        "signed": _("durch die unterschriebene Fassung abgelöst"),
        "withdrawn": _("zurückgezogen"),
    }
    return {
        "sealed_by": proof.sealed_by,
        "sealed_at": moment(proof.sealed_at),
        "kind": kind_text(proof.seal_kind, is_demo=proof.is_demo),
        "state": states[proof.state],
        "code": spaced(proof.code),
        "url": url_for("verification.show", code=proof.code),
    }


def _signature(finding: SignatureFinding, proof: PublicProof | None) -> dict[str, object]:
    is_own_seal = proof is not None and finding.fingerprint == proof.certificate_sha256
    if finding.is_timestamp:
        kind = _("Zeitstempel")
    elif is_own_seal:
        kind = _("Siegel der Behörde")
    else:
        kind = _("Unterschrift oder Siegel")
    if not finding.intact or not finding.changes_permitted:
        status = {"kind": "danger", "text": _("stimmt nicht")}
    elif finding.trusted or is_own_seal:
        status = {"kind": "success", "text": _("stimmt")}
    else:
        status = {"kind": "warning", "text": _("Aussteller unbekannt")}
    return {
        "kind": kind,
        "status": status,
        "signer": finding.signer,
        "issuer": finding.issuer,
        "signed_at": moment(finding.signed_at),
        "level": level_text(finding.level),
        "message": finding.message,
    }
