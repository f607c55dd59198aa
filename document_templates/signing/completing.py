"""Making the signed version: the document, the Nachweisseite behind it, one seal over both.

Like the making of a document it may be cut off anywhere and done again: what is stored has a key
of the signing alone and is adopted, the register row and the end of the task are one transaction.
"""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.archive.stamping import seal_and_stamp
from document_templates.models import DocumentVersion
from document_templates.pdfa import check_pdfa
from document_templates.production import PDF_TYPE, DocumentDefective, Workshop
from document_templates.registering import SignedEntry, newest_number, register_signed_version
from document_templates.seal_keys import trust_roots
from document_templates.sealed_pdf import SealedPdf, inspect_first_seal, inspect_sealed_pdf
from document_templates.seals import Seal
from document_templates.signing.evidence_page import (
    Evidence,
    EvidenceOfParty,
    EvidenceOfPerson,
    evidence_docx,
)
from document_templates.signing.models import Signing, SigningParty
from document_templates.signing.page_joining import count_pages, join_pages
from document_templates.signing.reading import given_signatures
from document_templates.signing.rules import Rule
from document_templates.signing.seal_qualification import seal_kind
from document_templates.signing.storing import signing_key
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import Task, finish_task
from tenants.storage.objects import ObjectExists, StoredObject, content_hash
from tenants.storage.tenant_store import TenantStore


def complete_signing(workshop: Workshop, task_id: str, signing_id: str) -> None:
    """Make the signed version of a complete signing and finish the task. Harmless to repeat.

    Raises what sealing, conversion and object store raise.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        signing = read_signing(session, signing_id)
        is_wanted = signing.state == "completing"
        tenant = session.get_one(Tenant, current_tenant_id())
        base = session.get_one(DocumentVersion, (current_tenant_id(), signing.version_id))
        if is_wanted:
            seal = workshop.load_seal(session)
            kind = seal_kind(session, seal, now())
            roots = trust_roots(session)
            locked_until = workshop.lock_until(
                session, base.template_version_id, base.document.data_class
            )
    if not is_wanted:
        finish_signing_task(workshop, task_id)
        return
    if signing.level == "L3":
        stored, sealed = _file_signed_outside(store, signing, roots, locked_until)
    else:
        stored, sealed = _signed_pdf(
            workshop, store, signing, base, tenant, seal, roots, locked_until
        )
    with workshop.sessions.begin() as session:
        signing = read_signing(session, signing_id, lock=True)
        if signing.state == "completing":
            # A file that went out to be signed bears the seal of that time.
            is_judged = sealed.certificate_sha256 == seal.fingerprint
            _register(session, signing, stored, sealed, kind if is_judged else "")
        finish_task(locked_task(session, task_id))


def _register(
    session: Session, signing: Signing, stored: StoredObject, sealed: SealedPdf, kind: str
) -> None:
    base = session.get_one(DocumentVersion, (current_tenant_id(), signing.version_id))
    if base.proof.state != "valid" or newest_number(session, base.document) > base.number:
        # A correction came in between: what was signed is not what holds.
        signing.state, signing.ended_at = "overtaken", now()
        record(session, "signing.overtaken", "signing", signing.id)
        return
    register_signed_version(
        session,
        SignedEntry(
            signing.id,
            base,
            stored,
            sealed,
            kind,
            signing.verification_code,
            signatures=[
                {
                    "level": one.level,
                    "party": one.party,
                    "role": one.role,
                    "signed_at": one.signed_at.isoformat(),
                }
                for one in given_signatures(session, signing.id)
            ],
        ),
    )
    signing.signed_pdf_key, signing.signed_pdf_sha256 = stored.key, stored.sha256
    signing.signed_pdf_object_version = stored.version_id
    signing.state, signing.ended_at = "completed", now()
    record(session, "signing.completed", "signing", signing.id)


def _signed_pdf(
    workshop: Workshop,
    store: TenantStore,
    signing: Signing,
    base: DocumentVersion,
    tenant: Tenant,
    seal: Seal,
    roots: list[x509.Certificate],
    locked_until: datetime | None,
) -> tuple[StoredObject, SealedPdf]:
    key = signing_key(store, signing, "unterschrieben.pdf")
    stored = store.stat(key)
    if stored is None:
        pdf = store.get(base.pdf_key, base.pdf_object_version, base.pdf_sha256)
        evidence = evidence_of(signing, base, tenant, count_pages(pdf), workshop.public_url)
        page = workshop.converter.convert(evidence_docx(evidence), title=signing.title)
        sealed_bytes = seal_and_stamp(
            join_pages(pdf, page),
            seal,
            workshop.stamping(roots),
            reason=_("Siegel der Behörde mit Nachweis der Unterschriften"),
            location=seal_place(tenant),
            name=tenant.name,
            signed_at=now(),
        )
        _check(sealed_bytes, roots)
        try:
            stored = store.put(
                key,
                sealed_bytes,
                content_type=PDF_TYPE,
                sha256=content_hash(sealed_bytes),
                retain_until=locked_until,
            )
        except ObjectExists as taken:
            stored = taken.existing
    # Reading back proves that the store holds what the register will say.
    return stored, _check(store.get(key, stored.version_id, stored.sha256), roots)


def _file_signed_outside(
    store: TenantStore,
    signing: Signing,
    roots: list[x509.Certificate],
    locked_until: datetime | None,
) -> tuple[StoredObject, SealedPdf]:
    """Store the file with all qualified signatures for good, to the byte as it came in.

    Returns it with the seal that it was given out with.
    """
    content = store.get(
        signing.signed_pdf_key, signing.signed_pdf_object_version, signing.signed_pdf_sha256
    )
    key = signing_key(store, signing, "unterschrieben.pdf")
    try:
        stored = store.put(
            key,
            content,
            content_type=PDF_TYPE,
            sha256=signing.signed_pdf_sha256,
            retain_until=locked_until,
        )
    except ObjectExists as taken:
        stored = taken.existing
    return stored, inspect_first_seal(content, roots)


def seal_place(tenant: Tenant) -> str:
    """Return the place that stands in a seal: the town without its number."""
    return tenant.city.partition(" ")[2] or tenant.city


def _check(pdf: bytes, roots: list[x509.Certificate]) -> SealedPdf:
    findings = check_pdfa(pdf)
    if findings:
        raise DocumentDefective("; ".join(finding.message for finding in findings))
    return inspect_sealed_pdf(pdf, roots)


def evidence_of(
    signing: Signing, base: DocumentVersion, tenant: Tenant, pages: int, public_url: str
) -> Evidence:
    """Return what the Nachweisseite says of a signing."""
    return Evidence(
        tenant=tenant.name,
        office=tenant.office,
        title=signing.title,
        number=signing.number,
        version=base.number,
        pages=pages,
        pdf_sha256=signing.pdf_sha256,
        level=signing.level,
        original_location=signing.original_location,
        scan_sha256=signing.scan_sha256 if signing.level == "L3p" else "",
        code=signing.verification_code,
        verification_url=f"{public_url}/pruefen/{signing.verification_code}",
        parties=tuple(_evidence_of_party(one) for one in signing.parties),
    )


def _evidence_of_party(party: SigningParty) -> EvidenceOfParty:
    signed = sorted(
        (one.signed_at, one.position, one) for one in party.signatures if one.signed_at is not None
    )
    return EvidenceOfParty(
        party.name,
        Rule(party.rule, party.required).words,
        tuple(
            EvidenceOfPerson(
                one.name, one.function, one.addition, one.authority, signed_at, one.statement_sha256
            )
            for signed_at, _position, one in signed
        ),
    )


def read_signing(session: Session, signing_id: str, *, lock: bool = False) -> Signing:
    """Return a signing as it stands, on request locked until the transaction ends."""
    query = select(Signing).where(Signing.id == signing_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def finish_signing_task(workshop: Workshop, task_id: str) -> None:
    """End a task of which nothing is left to do."""
    with workshop.sessions.begin() as session:
        finish_task(locked_task(session, task_id))


def locked_task(session: Session, task_id: str) -> Task:
    """Return the task, locked until the transaction ends."""
    return session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
