"""Signing with a qualified signature made outside: the file goes out, and comes back signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cryptography import x509
from pyhanko.sign.validation.qualified.tsp import TSPRegistry
from sqlalchemy.orm import Session

from document_templates.production import PDF_TYPE
from document_templates.signing.acting import (
    SignatureRefused,
    check_entitled,
    give_signature,
    my_turn,
)
from document_templates.signing.models import Signature, Signing
from document_templates.signing.qualified_signatures import QualifiedSignature
from document_templates.signing.signature_fields import examine_signed_file
from document_templates.signing.statements import BY_CERTIFICATE
from document_templates.signing.storing import signing_key
from tenants.language import _
from tenants.storage.objects import ObjectExists, content_hash
from tenants.storage.tenant_store import TenantStore


@dataclass(frozen=True, slots=True)
class Judgment:
    """With what a signed file is judged: trusted services, roots of seals, and the moment."""

    registry: TSPRegistry
    seal_roots: Sequence[x509.Certificate]
    moment: datetime


def read_current_file(store: TenantStore, signing: Signing) -> bytes:
    """Return the file as it is to be signed next, with the signatures given so far."""
    if signing.signed_pdf_key:
        return store.get(
            signing.signed_pdf_key, signing.signed_pdf_object_version, signing.signed_pdf_sha256
        )
    return store.get(signing.pdf_key, signing.pdf_object_version, signing.pdf_sha256)


def turn_to_sign_file(signing: Signing, today: date) -> Signature:
    """Return the signature that the acting person may give now with a signed file.

    Raises `SignatureRefused`.
    """
    if signing.level != "L3":
        raise SignatureRefused(
            _("Dieses Dokument wird nicht mit einer Signaturdatei unterschrieben.")
        )
    mine = my_turn(signing)
    check_entitled(mine, today)
    return mine


def sign_with_file(
    session: Session,
    store: TenantStore,
    signing: Signing,
    content: bytes,
    judgment: Judgment,
    *,
    today: date,
) -> QualifiedSignature:
    """Take the file that the acting person has signed outside.

    ``signing`` is locked, so that nobody signs a state that another has just left. Raises
    `SignatureRefused` when it is not the person's turn, and `NotQualified` with what is wrong with
    the file.
    """
    mine = turn_to_sign_file(signing, today)
    current = read_current_file(store, signing)
    found = examine_signed_file(
        content,
        current=current,
        former=[store.get(signing.pdf_key, signing.pdf_object_version, signing.pdf_sha256)],
        field=mine.field,
        recorded_name=mine.name,
        registry=judgment.registry,
        seal_roots=judgment.seal_roots,
        moment=judgment.moment,
    )
    _keep(store, signing, content)
    _note(mine, found)
    give_signature(session, signing, mine, BY_CERTIFICATE)
    return found


def _keep(store: TenantStore, signing: Signing, content: bytes) -> None:
    sha256 = content_hash(content)
    key = signing_key(store, signing, f"{sha256}.pdf")
    try:
        stored = store.put(key, content, content_type=PDF_TYPE, sha256=sha256)
    except ObjectExists as taken:
        stored = taken.existing
    signing.signed_pdf_key, signing.signed_pdf_sha256 = stored.key, stored.sha256
    signing.signed_pdf_object_version = stored.version_id


def _note(signature: Signature, found: QualifiedSignature) -> None:
    signature.certificate_sha256 = found.certificate_sha256
    signature.certificate_name = found.name[:200]
    signature.certificate_issuer = found.issuer[:200]
