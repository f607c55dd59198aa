"""The register: every stored version with its hashes, its seal and its place in the chain."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.assignment import Assignment
from document_templates.chain import chain_hash
from document_templates.clauses.documents import copy_contents, write_clauses, write_term
from document_templates.models import (
    FIRST_HASH,
    HASH_ALGORITHM,
    ChainHead,
    Document,
    DocumentRequest,
    DocumentVersion,
    Proof,
)
from document_templates.produced_pdf import Making
from document_templates.retention.keeping import class_of_template
from document_templates.sealed_pdf import SealedPdf
from document_templates.signing.overtaking import overtake_signings
from forms.models import Submission
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id
from tenants.storage.objects import StoredObject


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A finished document: what it was made of and how, where it lies, and its seal."""

    assignment: Assignment
    docx: StoredObject
    pdf: StoredObject
    sealed: SealedPdf
    making: Making
    seal_kind: str


def register_version(session: Session, entry: RegisterEntry) -> DocumentVersion:
    """Write document, version, place in the hash chain and public proof, without committing.

    A second entry for the same request violates its uniqueness and raises SQLAlchemy's
    ``IntegrityError``.
    """
    assignment, sealed = entry.assignment, entry.sealed
    # Before anything is read: what another transaction registers now is registered then.
    head = _locked_head(session)
    document = _document(session, assignment)
    version = DocumentVersion(
        id=new_id(),
        document_id=document.id,
        request_id=assignment.request_id,
        template_version_id=assignment.template.version_id,
        organisation_id=assignment.organisation_id,
        number=assignment.version,
        context_sha256=assignment.context_sha256,
        docx_key=entry.docx.key,
        docx_object_version=entry.docx.version_id,
        docx_sha256=entry.docx.sha256,
        docx_size=entry.docx.size,
        pdf_key=entry.pdf.key,
        pdf_object_version=entry.pdf.version_id,
        pdf_sha256=entry.pdf.sha256,
        pdf_size=entry.pdf.size,
        certificate_sha256=sealed.certificate_sha256,
        converter=entry.making.record.converter,
        fonts_sha256=entry.making.record.fonts_sha256,
        fonts=list(entry.making.fonts),
        retention_class=_retention_class(session, assignment.template.version_id),
        sealed_at=sealed.sealed_at,
        stamped_until=sealed.stamped_until,
    )
    _append(session, head, version)
    session.add(_proof(entry, version))
    write_clauses(session, version.id, assignment.clauses)
    if assignment.term is not None:
        write_term(session, version.id, assignment.term)
    session.flush()
    _supersede(session, document.id)
    _follow_withdrawal(session, assignment.submission_id, version.id)
    overtake_signings(session, document.id)
    record(session, "document.sealed", "document", document.id, number=assignment.number)
    return version


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """The signed version of ``base``: its file, its seal, its own code and who sealed it."""

    signing_id: str
    base: DocumentVersion
    pdf: StoredObject
    sealed: SealedPdf
    seal_kind: str
    code: str
    signatures: list[dict[str, str]]


def register_signed_version(session: Session, entry: SignedEntry) -> DocumentVersion:
    """Write the version that a signing made of ``entry.base``, without committing.

    The one before it is no longer valid by itself: its proof says that the signed one is. A second
    entry for the same signing violates its uniqueness and raises SQLAlchemy's ``IntegrityError``.
    """
    head = _locked_head(session)
    base, former = entry.base, entry.base.proof
    version = DocumentVersion(
        id=new_id(),
        document_id=base.document_id,
        signing_id=entry.signing_id,
        template_version_id=base.template_version_id,
        organisation_id=base.organisation_id,
        number=newest_number(session, base.document) + 1,
        context_sha256=base.context_sha256,
        docx_key=base.docx_key,
        docx_object_version=base.docx_object_version,
        docx_sha256=base.docx_sha256,
        docx_size=base.docx_size,
        pdf_key=entry.pdf.key,
        pdf_object_version=entry.pdf.version_id,
        pdf_sha256=entry.pdf.sha256,
        pdf_size=entry.pdf.size,
        certificate_sha256=entry.sealed.certificate_sha256,
        retention_class=base.retention_class,
        converter=base.converter,
        fonts_sha256=base.fonts_sha256,
        fonts=base.fonts,
        sealed_at=entry.sealed.sealed_at,
        stamped_until=entry.sealed.stamped_until,
    )
    _append(session, head, version)
    session.add(
        Proof(
            code=entry.code,
            document_version_id=version.id,
            pdf_sha256=version.pdf_sha256,
            sealed_at=version.sealed_at,
            sealed_by=former.sealed_by,
            certificate_issuer=entry.sealed.issuer,
            certificate_sha256=version.certificate_sha256,
            level=entry.sealed.level,
            seal_kind=entry.seal_kind,
            is_demo=former.is_demo,
            signatures=entry.signatures,
        )
    )
    copy_contents(session, base.id, version.id)
    former.state = "signed"
    session.flush()
    record(session, "document.signed", "document", base.document_id, number=version.number)
    return version


def _retention_class(session: Session, template_version_id: str) -> str:
    kept = class_of_template(session, template_version_id)
    return kept.key if kept else ""


def newest_number(session: Session, document: Document) -> int:
    """Return the highest number of a version that the document has or is about to get."""
    made = session.scalar(
        select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == document.id)
    )
    asked = session.scalar(
        select(func.max(DocumentRequest.version)).where(DocumentRequest.number == document.number)
    )
    return max(made or 0, asked or 0)


def _append(session: Session, head: ChainHead, version: DocumentVersion) -> None:
    """Give the version its place at the end of the hash chain, and store it."""
    version.chain_position, version.previous_hash = head.position + 1, head.hash
    version.chain_hash = chain_hash(head.hash, facts_of(version))
    session.add(version)
    session.flush()
    head.position, head.hash = version.chain_position, version.chain_hash


def _locked_head(session: Session) -> ChainHead:
    head = session.scalars(select(ChainHead).with_for_update()).first()
    if head is not None:
        return head
    # The first document of a tenant: serialise on the tenant before the row exists.
    session.execute(select(func.pg_advisory_xact_lock(_lock_number(current_tenant_id()))))
    head = session.scalars(select(ChainHead).with_for_update()).first()
    if head is None:
        head = ChainHead(position=0, hash=FIRST_HASH)
        session.add(head)
        session.flush()
    return head


def _lock_number(tenant_id: str) -> int:
    digest = hashlib.sha256(f"chain:{tenant_id}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def _document(session: Session, assignment: Assignment) -> Document:
    known = session.scalars(select(Document).where(Document.number == assignment.number)).first()
    if known is not None:
        return known
    document = Document(
        id=new_id(),
        number=assignment.number,
        title=assignment.title,
        submission_id=assignment.submission_id,
        recipient=assignment.recipient,
        organisation_id=assignment.organisation_id,
        organisation_name=assignment.organisation_name,
        data_class=assignment.data_class,
    )
    session.add(document)
    session.flush()
    return document


def _supersede(session: Session, document_id: str) -> None:
    """Let only the newest version be valid, whichever of them was finished last."""
    rows = session.execute(
        select(DocumentVersion.number, Proof)
        .join(
            Proof,
            (Proof.tenant_id == DocumentVersion.tenant_id)
            & (Proof.document_version_id == DocumentVersion.id),
        )
        .where(DocumentVersion.document_id == document_id)
        .order_by(DocumentVersion.number.desc())
    ).all()
    for _number, proof in rows[1:]:
        if proof.state in ("valid", "signed"):
            proof.state = "superseded"


def _follow_withdrawal(session: Session, submission_id: str | None, version_id: str) -> None:
    """Withdraw what was finished after its submission had been taken back."""
    if submission_id is None:
        return
    submission = session.get_one(Submission, (current_tenant_id(), submission_id))
    if submission.state in ("withdrawn", "cancelled"):
        proof = session.scalars(select(Proof).where(Proof.document_version_id == version_id)).one()
        proof.state = "withdrawn"


def facts_of(version: DocumentVersion) -> dict[str, str | int]:
    """Return what the hash chain covers of a registered version."""
    return register_facts(
        position=version.chain_position,
        document_id=version.document_id,
        number=version.number,
        request_id=version.origin_id,
        docx_sha256=version.docx_sha256,
        pdf_sha256=version.pdf_sha256,
        pdf_object_version=version.pdf_object_version,
        certificate_sha256=version.certificate_sha256,
        sealed_at=version.sealed_at,
    )


def register_facts(
    *,
    position: int,
    document_id: str,
    number: int,
    request_id: str,
    docx_sha256: str,
    pdf_sha256: str,
    pdf_object_version: str,
    certificate_sha256: str,
    sealed_at: datetime,
) -> dict[str, str | int]:
    """Return what the hash chain covers of a register entry; ``sealed_at`` is aware.

    ``request_id`` is where the version came from, which may be a signing.
    """
    return {
        "position": position,
        "document": document_id,
        "version": number,
        "request": request_id,
        "algorithm": HASH_ALGORITHM,
        "docx": docx_sha256,
        "pdf": pdf_sha256,
        "object": pdf_object_version,
        "certificate": certificate_sha256,
        "sealed": int(sealed_at.timestamp()),
    }


def _proof(entry: RegisterEntry, version: DocumentVersion) -> Proof:
    assignment, sealed = entry.assignment, entry.sealed
    return Proof(
        code=assignment.verification_code,
        document_version_id=version.id,
        pdf_sha256=version.pdf_sha256,
        sealed_at=version.sealed_at,
        sealed_by=assignment.sealed_by,
        certificate_issuer=sealed.issuer,
        certificate_sha256=version.certificate_sha256,
        level=sealed.level,
        seal_kind=entry.seal_kind,
        is_demo=assignment.is_demo,
    )
