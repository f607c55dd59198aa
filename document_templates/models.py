"""Templates, requests for documents, the register of stored versions, and their proof."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

# Requests refer to its table, which has to be known wherever they are.
import document_templates.bulk_runs.models
import document_templates.clauses.models
import document_templates.frames.models  # noqa: F401
from forms.models import Form, FormVersion, Submission
from tenants.database import Base, TableScope, TenantScoped
from tenants.models import one_of

TEMPLATE_STATES = {
    "waiting": "wartet auf den Vordruck",
    "checked": "geprüft",
    "published": "veröffentlicht",
    "retired": "abgelöst",
}
TEMPLATE_PRODUCTS = {
    "letters": "Schreiben",
    "agreements": "Vereinbarungen",
    "amendments": "Nachträge zu Vereinbarungen",
}
REQUEST_STATES = {
    "waiting": "wartet",
    "working": "in Arbeit",
    "done": "fertig",
    "failed": "fehlgeschlagen",
    "cancelled": "abgebrochen",
}
PROOF_STATES = {
    "valid": "gültig",
    "signed": "durch die unterschriebene Fassung abgelöst",
    "superseded": "abgelöst",
    "withdrawn": "zurückgezogen",
}
HASH_ALGORITHM = "SHA-256"
FIRST_HASH = "0" * 64


class DocumentTemplate(TenantScoped, Base):
    """A DOCX template of a tenant for one form."""

    __tablename__ = "document_template"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    makes: Mapped[str] = mapped_column(String(20), default="letters", server_default="letters")
    """What its documents are; see `document_templates.clauses.terms`."""
    begins_field: Mapped[str] = mapped_column(String(80), default="", server_default="")
    ends_field: Mapped[str] = mapped_column(String(80), default="", server_default="")
    amends_field: Mapped[str] = mapped_column(String(80), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    form: Mapped[Form] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        UniqueConstraint("tenant_id", "key"),
        one_of("makes", TEMPLATE_PRODUCTS, "makes"),
    )


class TemplateVersion(TenantScoped, Base):
    """A checked state of a template, bound to the form version it was checked against.

    One that came with a form which nobody published yet waits for its version.
    """

    __tablename__ = "template_version"

    template_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    form_version_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(20), default="checked")
    file_name: Mapped[str] = mapped_column(String(200), default="")
    object_key: Mapped[str] = mapped_column(String(400))
    object_version: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    source_key: Mapped[str] = mapped_column(String(400), default="", server_default="")
    """The file before its clauses were written in; empty when it has no place for any."""
    source_version: Mapped[str] = mapped_column(String(200), default="", server_default="")
    source_sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    frame_version_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    """The state of the frame that it was put in; none if the file brought its own."""
    findings: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    uploaded_by: Mapped[int | None] = mapped_column(Integer)
    uploaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    published_at: Mapped[datetime | None]

    template: Mapped[DocumentTemplate] = relationship(lazy="joined")
    form_version: Mapped[FormVersion] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["document_template.tenant_id", "document_template.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "form_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "frame_version_id"], ["frame_version.tenant_id", "frame_version.id"]
        ),
        UniqueConstraint("tenant_id", "template_id", "number"),
        one_of("state", TEMPLATE_STATES, "state"),
        CheckConstraint("(state = 'waiting') = (form_version_id IS NULL)", name="waiting"),
    )


class DocumentRequest(TenantScoped, Base):
    """That a document is to be made: all that its making needs is fixed here.

    It is made of a submission, or for a recipient of a bulk run, who may come from a submission.

    Once its origin is erased, a finished one has none.

    Number, code and date are given out with the request, so that every attempt fills the
    very same document. ``fence`` counts the attempts: only the latest may finish.
    """

    __tablename__ = "document_request"

    submission_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    bulk_item_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    """The recipient of a bulk run (`document_templates.bulk_runs.models.BulkItem`)."""
    template_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    handover_number: Mapped[int] = mapped_column(Integer, default=1)
    """The hand-over of the submission that the document shows."""
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Which version of its document this becomes: a correction makes the next one."""
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[str] = mapped_column(String(80))
    verification_code: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    step: Mapped[str] = mapped_column(String(20), default="")
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(1000), default="")
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())

    submission: Mapped[Submission | None] = relationship(viewonly=True)
    template_version: Mapped[TemplateVersion] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"], ["submission.tenant_id", "submission.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "template_version_id"],
            ["template_version.tenant_id", "template_version.id"],
        ),
        ForeignKeyConstraint(
            ["tenant_id", "bulk_item_id"], ["bulk_item.tenant_id", "bulk_item.id"]
        ),
        # What a submission gets by itself it gets once; a bulk run may write of it again.
        Index(
            "uq_document_request_handover",
            "tenant_id",
            "submission_id",
            "template_version_id",
            "handover_number",
            unique=True,
            postgresql_where=text("bulk_item_id IS NULL"),
        ),
        UniqueConstraint("tenant_id", "bulk_item_id"),
        CheckConstraint(
            "submission_id IS NOT NULL OR bulk_item_id IS NOT NULL"
            " OR state IN ('done', 'cancelled')",
            name="origin",
        ),
        UniqueConstraint("tenant_id", "verification_code"),
        one_of("state", REQUEST_STATES, "state"),
    )


class Document(TenantScoped, Base):
    """An entry of the register: what a template became for a submission or a recipient."""

    __tablename__ = "document"

    number: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    submission_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    recipient: Mapped[str] = mapped_column(String(200), default="")
    """Who it is for, when a bulk run made it."""
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    organisation_name: Mapped[str] = mapped_column(String(200), default="")
    data_class: Mapped[str] = mapped_column(String(2), default="K1")
    erased_at: Mapped[datetime | None]
    """When a deletion run took its files and its persons away; ids and hashes stay."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    submission: Mapped[Submission | None] = relationship(viewonly=True)
    versions: Mapped[list[DocumentVersion]] = relationship(
        viewonly=True, order_by="DocumentVersion.number.desc()"
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"], ["submission.tenant_id", "submission.id"]
        ),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_document_list", "tenant_id", "created_at"),
        Index("ix_document_organisation", "tenant_id", "organisation_id", "created_at"),
    )


class DocumentVersion(TenantScoped, Base):
    """A stored, sealed version with its hashes and its place in the tenant's hash chain.

    It comes from a request, or from the signing of a former version (`signing.models`).
    """

    __tablename__ = "document_version"

    document_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    request_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    signing_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    """The signing that it came from. No foreign key: that row refers to the version it signs."""
    template_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    hash_algorithm: Mapped[str] = mapped_column(String(20), default=HASH_ALGORITHM)
    context_sha256: Mapped[str] = mapped_column(String(64))
    docx_key: Mapped[str] = mapped_column(String(400))
    docx_object_version: Mapped[str] = mapped_column(String(200))
    docx_sha256: Mapped[str] = mapped_column(String(64))
    docx_size: Mapped[int] = mapped_column(BigInteger)
    pdf_key: Mapped[str] = mapped_column(String(400))
    pdf_object_version: Mapped[str] = mapped_column(String(200))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    pdf_size: Mapped[int] = mapped_column(BigInteger)
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    converter: Mapped[str] = mapped_column(String(80), default="")
    """The program that laid out the pages; the PDF records it as well."""
    fonts_sha256: Mapped[str] = mapped_column(String(64), default="")
    """The hash of the list of fonts that it could choose from."""
    fonts: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """The fonts that are in the file."""
    retention_class: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """The class under which it was registered, empty when its form had none."""
    sealed_at: Mapped[datetime]
    stamped_until: Mapped[datetime | None]
    """Until when the time stamps in the sealed file hold by themselves; empty when it lacks one."""
    chain_position: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str] = mapped_column(String(64))
    chain_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    document: Mapped[Document] = relationship(viewonly=True)
    proof: Mapped[Proof] = relationship(viewonly=True, uselist=False)

    @property
    def origin_id(self) -> str:
        """The request or the signing that it came from, as the hash chain has it."""
        return str(self.request_id or self.signing_id)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "request_id"], ["document_request.tenant_id", "document_request.id"]
        ),
        UniqueConstraint("tenant_id", "request_id"),
        UniqueConstraint("tenant_id", "signing_id"),
        CheckConstraint("(request_id IS NULL) <> (signing_id IS NULL)", name="origin"),
        UniqueConstraint("tenant_id", "document_id", "number"),
        UniqueConstraint("tenant_id", "chain_position"),
        Index("ix_document_version_stamps", "tenant_id", "stamped_until"),
    )


class ChainHead(TenantScoped, Base):
    """The end of a tenant's hash chain; its row is locked while a version is appended."""

    __tablename__ = "chain_head"

    position: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(String(64), default=FIRST_HASH)

    __table_args__ = (
        UniqueConstraint("tenant_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )


class Proof(TenantScoped, Base):
    """What the public verification page may say of a version: nothing about any person.

    Readable without a tenant by whoever knows the code printed on the document.
    """

    __tablename__ = "proof"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    document_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[str] = mapped_column(String(300))
    certificate_issuer: Mapped[str] = mapped_column(String(300))
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(20), default="PAdES B-B")
    """The PAdES baseline of the seal in the registered file; by default the least that it is."""
    state: Mapped[str] = mapped_column(String(20), default="valid")
    seal_kind: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """``qualified`` or ``advanced``, as the trust lists said when it was made; else unknown."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    signatures: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    """Each with its level, party, role and ``signed_at`` (ISO 8601); never the name of a person."""
    stamps: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    """The file with later time stamps: each state's ``sha256``, ``level``, ``stamped_at`` and
    ``stamped_until`` (ISO 8601), the latest last (`archive.models.StampedFile`)."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
        ),
        UniqueConstraint("tenant_id", "document_version_id"),
        Index("ix_proof_file", "pdf_sha256"),
        one_of("state", PROOF_STATES, "state"),
        one_of("seal_kind", ("", "advanced", "qualified"), "seal_kind"),
    )


class SealCertificate(TenantScoped, Base):
    """The tenant's seal: its certificate, and where its private key is.

    The key is here, or in a token (PKCS#11) with its PIN here, encrypted with the tenant's key.
    """

    __tablename__ = "seal_certificate"

    certificate: Mapped[str] = mapped_column(Text)
    issuer_chain: Mapped[str] = mapped_column(Text, default="")
    private_key: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    token: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The label of the token in which the key lies, empty when it lies here."""
    token_key: Mapped[str] = mapped_column(String(200), default="", server_default="")
    token_pin: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    token_refused_at: Mapped[datetime | None]
    """When the token refused the PIN; it is not tried again."""
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    valid_until: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint(
            "(private_key IS NULL) = (token <> '') AND (token_pin IS NULL) = (token = '')",
            name="key",
        ),
    )


class TrustRoot(Base):
    """A certificate authority whose seals this platform recognises. Public knowledge."""

    __tablename__ = "trust_root"
    __scope__: ClassVar[TableScope] = "platform"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    certificate: Mapped[str] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CertificateAuthority(Base):
    """The platform's own authority for demonstration seals; only the operator's role reads it."""

    __tablename__ = "certificate_authority"
    __scope__: ClassVar[TableScope] = "platform"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    certificate: Mapped[str] = mapped_column(Text)
    private_key: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
