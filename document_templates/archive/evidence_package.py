"""The evidence of one document as a ZIP that proves it without this product.

Everything in it can be checked with sha256sum, openssl and pdfsig; LIESMICH.txt says how.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from document_templates.archive.daily_roots import SIGNATURE, STATEMENT, TIMESTAMP, entry_bytes
from document_templates.archive.models import DailyRoot, InclusionProof
from document_templates.archive.package_text import Contents, read_me
from document_templates.archive.stamped_files import newest_stamped
from document_templates.certificates import certificate_pem, fingerprint
from document_templates.models import DocumentVersion
from document_templates.seal_keys import trust_roots
from document_templates.signature_reading import UNREADABLE
from tenants.storage.tenant_store import TenantStore

DOCUMENT: Final = "dokument.pdf"
STAMPED_DOCUMENT: Final = "dokument-mit-zeitstempel.pdf"
ENTRY: Final = "registereintrag.json"
DETAILS: Final = "angaben.json"
PROOF: Final = "einschluss.json"
OWN_CERTIFICATES: Final = "zertifikate/siegel.pem"
ROOT_CERTIFICATES: Final = "zertifikate/vertrauensanker.pem"
_ROOT_FILES: Final = {
    STATEMENT: "tageswurzel.json",
    SIGNATURE: "tageswurzel.p7s",
    TIMESTAMP: "tageswurzel.tst",
}
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)


def evidence_package(session: Session, store: TenantStore, version: DocumentVersion) -> bytes:
    """Return `evidence_files` as a ZIP; the same bytes until the next root or time stamp."""
    return _archive(evidence_files(session, store, version))


def evidence_files(
    session: Session, store: TenantStore, version: DocumentVersion
) -> Mapping[str, bytes]:
    """Return the files that prove a version, by name.

    What is registered today is under no root yet: the package says so. Raises the errors of the
    object store, also for a file that no longer fits the register.
    """
    pdf = store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256)
    roots = trust_roots(session)
    files = {
        DOCUMENT: pdf,
        ENTRY: entry_bytes(version),
        DETAILS: _pretty(_details(version)),
        OWN_CERTIFICATES: _pem(_certificates(pdf)),
        ROOT_CERTIFICATES: _pem(roots),
    }
    stamped = newest_stamped(session, version.id)
    if stamped is not None:
        files[STAMPED_DOCUMENT] = store.get(
            stamped.object_key, stamped.object_version, stamped.sha256
        )
    proof = _inclusion(session, version)
    if proof is not None:
        files[PROOF] = _pretty(_proof_document(proof))
        for file in sorted(proof.root.files, key=lambda one: one.kind):
            files[_ROOT_FILES[file.kind]] = store.get(
                file.object_key, file.object_version, file.sha256
            )
    contents = Contents(
        number=version.document.number,
        version=version.number,
        sealed_by=version.proof.sealed_by,
        sealed_at=version.sealed_at,
        code=version.proof.code,
        day=proof.root.day if proof else None,
        stamped_sha256=stamped.sha256 if stamped else "",
        has_timestamp=_ROOT_FILES[TIMESTAMP] in files,
        pdf_sha256=version.pdf_sha256,
        certificate_sha256=version.certificate_sha256,
    )
    files["LIESMICH.txt"] = read_me(contents).encode("utf-8-sig")
    return files


def package_name(version: DocumentVersion) -> str:
    """Return a file name without any person's."""
    number = version.document.number.replace("/", "-").replace(" ", "_")
    return f"Nachweis_{number}_Fassung_{version.number}.zip"


def _inclusion(session: Session, version: DocumentVersion) -> InclusionProof | None:
    return session.scalars(
        select(InclusionProof)
        .where(InclusionProof.document_version_id == version.id)
        .options(joinedload(InclusionProof.root).options(selectinload(DailyRoot.files)))
    ).first()


def _details(version: DocumentVersion) -> Mapping[str, object]:
    """Return the register's entry with names that people read."""
    return {
        "dokument": version.document.number,
        "fassung": version.number,
        "gesiegelt_von": version.proof.sealed_by,
        "gesiegelt_am": version.sealed_at.isoformat(),
        "stand": version.proof.state,
        "prüfcode": version.proof.code,
        "vorlagenfassung": version.template_version_id,
        "löschklasse": version.retention_class,
        "prüfsummenverfahren": version.hash_algorithm,
        "prüfsumme_der_ausgefüllten_angaben": version.context_sha256,
        "prüfsumme_docx": version.docx_sha256,
        "prüfsumme_pdf": version.pdf_sha256,
        "fingerabdruck_des_siegelzertifikats": version.certificate_sha256,
        "objekt": version.pdf_key,
        "objektversion": version.pdf_object_version,
        "registerposition": version.chain_position,
        "vorige_kettenprüfsumme": version.previous_hash,
        "kettenprüfsumme": version.chain_hash,
    }


def _proof_document(proof: InclusionProof) -> Mapping[str, object]:
    return {
        "verfahren": "RFC 9162, SHA-256",
        "tag": proof.root.day.isoformat(),
        "index": proof.leaf_index,
        "einträge": proof.leaves,
        "hashes": proof.hashes,
        "wurzel": proof.root.root,
    }


def _certificates(pdf: bytes) -> list[x509.Certificate]:
    """Return the certificates in the signatures of a PDF, each once, signers first."""
    found: dict[str, x509.Certificate] = {}
    try:
        for signature in PdfFileReader(io.BytesIO(pdf)).embedded_signatures:
            for one in (signature.signer_cert, *signature.other_embedded_certs):
                certificate = x509.load_der_x509_certificate(one.dump())
                found.setdefault(fingerprint(certificate), certificate)
    except UNREADABLE:
        # Its hash fits the register all the same; the package is of what there is.
        return list(found.values())
    return list(found.values())


def _pem(certificates: Sequence[x509.Certificate]) -> bytes:
    return b"".join(certificate_pem(one) for one in certificates)


def _pretty(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _archive(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), files[name], zipfile.ZIP_DEFLATED)
    return packed.getvalue()
