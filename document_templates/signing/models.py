"""Zeichnungsberechtigte, signings with their parties, and the signatures asked of people."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from document_templates.models import Document, DocumentVersion
from document_templates.signing.levels import LEVELS
from document_templates.signing.progress import SIGNATURE_STATES, SIGNING_STATES
from document_templates.signing.remote_credentials import RELEASES
from document_templates.signing.rules import CAPACITIES, RULES
from tenants.database import Base, TableScope, TenantScoped
from tenants.models import one_of

SCAN_STATES = ("none", "checking", "whole", "refused")
"""Of the scan of a signing on paper: none yet, being looked at, every page there, or not."""
VISIT_STEPS = ("login", "choice", "release")
"""A person signs in at the service, chooses a certificate here, and releases its key there."""


class TrustList(Base):
    """The loaded trust list of a country (ETSI TS 119 612), checked when it was loaded."""

    __tablename__ = "trust_list"
    __scope__: ClassVar[TableScope] = "platform"

    territory: Mapped[str] = mapped_column(String(8), primary_key=True)
    xml: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(Integer)
    issued_at: Mapped[datetime]
    next_update: Mapped[datetime | None]
    services: Mapped[int] = mapped_column(Integer)
    loaded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SigningService(TenantScoped, Base):
    """Where people of a tenant sign remotely (CSC API), and how the product identifies itself.

    ``oauth_url`` is empty where the pages of the service lie below ``url``.
    """

    __tablename__ = "signing_service"

    name: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(300))
    client_id: Mapped[str] = mapped_column(String(200))
    client_secret: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    release_by: Mapped[str] = mapped_column(String(10), default="pin")
    oauth_url: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id"),
        one_of("release_by", RELEASES, "release_by"),
    )


class ServiceVisit(TenantScoped, Base):
    """That a person is on the pages of the signing service, to sign, and will come back.

    ``state_sha256`` is of what she comes back with, empty once it was used or while she chooses a
    certificate here. ``content`` is ciphertext: what must be known then, never a secret of hers.
    """

    __tablename__ = "service_visit"

    signing_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    step: Mapped[str] = mapped_column(String(10))
    state_sha256: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    choices: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    """The certificates to choose from: ``id`` and ``title``."""
    chosen: Mapped[str] = mapped_column(String(400), default="")
    ends_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "signing_id"], ["signing.tenant_id", "signing.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "signing_id", "account_id"),
        Index("ix_service_visit_end", "tenant_id", "ends_at"),
        one_of("step", VISIT_STEPS, "step"),
    )


class Signatory(TenantScoped, Base):
    """Somebody who may sign for the tenant, or for an organisation that works with it.

    ``account_id`` is who signs with a login; without one a person signs on paper alone. Both
    days of the authority are included. The row ends by ``valid_until`` and is never deleted:
    signatures refer to it.
    """

    __tablename__ = "signatory"

    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200), default="")
    """Amtsbezeichnung or function, as it stands under the signature."""
    addition: Mapped[str] = mapped_column(String(10), default="")
    """„i. V.“ or „i. A.“, or empty."""
    capacity: Mapped[str] = mapped_column(String(20))
    authority: Mapped[str] = mapped_column(String(200), default="")
    """Reference of the Vollmacht."""
    account_id: Mapped[int | None] = mapped_column(Integer)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        Index("ix_signatory_organisation", "tenant_id", "organisation_id", "name"),
        one_of("capacity", CAPACITIES, "capacity"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
        CheckConstraint("capacity <> 'proxy' OR authority <> ''", name="proxy"),
    )


class Signing(TenantScoped, Base):
    """That a stored version of a document is to be signed, by whom, and what came of it.

    What is signed is fixed here by its hash. ``organisation_ids`` are the Träger among the
    parties: they see it although the document may be another's.
    """

    __tablename__ = "signing"

    document_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    """The version that is signed; the signed one refers to the signing."""
    title: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(3))
    in_order: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(20), default="open")
    due_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(2000), default="")
    organisation_ids: Mapped[list[str]] = mapped_column(ARRAY(Uuid(as_uuid=False)), default=list)
    verification_code: Mapped[str] = mapped_column(String(40))
    """The code of the signed version."""
    pdf_key: Mapped[str] = mapped_column(String(400))
    pdf_object_version: Mapped[str] = mapped_column(String(200))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    pdf_size: Mapped[int] = mapped_column(BigInteger)
    signed_pdf_key: Mapped[str] = mapped_column(String(400), default="")
    """Where the signed file lies once there is one: all parties get the very same."""
    signed_pdf_object_version: Mapped[str] = mapped_column(String(200), default="")
    signed_pdf_sha256: Mapped[str] = mapped_column(String(64), default="")
    scan_key: Mapped[str] = mapped_column(String(400), default="")
    """Where the scan of what was signed on paper lies."""
    scan_object_version: Mapped[str] = mapped_column(String(200), default="")
    scan_sha256: Mapped[str] = mapped_column(String(64), default="")
    scan_state: Mapped[str] = mapped_column(String(20), default="none")
    scan_problems: Mapped[list[str]] = mapped_column(JSONB, default=list)
    original_location: Mapped[str] = mapped_column(String(500), default="")
    """Where the original on paper is kept."""
    requested_by: Mapped[int | None] = mapped_column(Integer)
    requested_by_name: Mapped[str] = mapped_column(String(200), default="")
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(2000), default="")
    """Why it was withdrawn or declined."""

    document: Mapped[Document] = relationship(viewonly=True)
    version: Mapped[DocumentVersion] = relationship(viewonly=True)
    parties: Mapped[list[SigningParty]] = relationship(
        viewonly=True, order_by="SigningParty.position", lazy="selectin"
    )

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "version_id"], ["document_version.tenant_id", "document_version.id"]
        ),
        UniqueConstraint("tenant_id", "verification_code"),
        # One at a time: two signed versions of one version would both claim to be the one.
        Index(
            "uq_signing_running",
            "tenant_id",
            "document_id",
            unique=True,
            postgresql_where=text("state IN ('preparing', 'open', 'completing')"),
        ),
        Index("ix_signing_list", "tenant_id", "requested_at"),
        one_of("level", tuple(LEVELS), "level"),
        one_of("scan_state", SCAN_STATES, "scan_state"),
        one_of("state", SIGNING_STATES, "state"),
    )


class SigningParty(TenantScoped, Base):
    """A party of a signing and by which rule it signs; without organisation it is the tenant."""

    __tablename__ = "signing_party"

    signing_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    position: Mapped[int] = mapped_column(Integer)
    party_organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    name: Mapped[str] = mapped_column(String(200))
    rule: Mapped[str] = mapped_column(String(30))
    required: Mapped[int] = mapped_column(Integer, default=1)

    signatures: Mapped[list[Signature]] = relationship(
        viewonly=True, order_by="Signature.position", lazy="selectin"
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "signing_id"], ["signing.tenant_id", "signing.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "signing_id", "position"),
        one_of("rule", RULES, "rule"),
    )


class Signature(TenantScoped, Base):
    """What is asked of one person, and what the person did: the evidence of a signature.

    Name, function and authority are those of the moment in which was asked. ``statement_sha256``
    covers who signed what, when and how; it stands on the Nachweisseite.
    """

    __tablename__ = "signature"

    signing_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    party_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    position: Mapped[int] = mapped_column(Integer)
    party_organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    signatory_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200), default="")
    addition: Mapped[str] = mapped_column(String(10), default="")
    capacity: Mapped[str] = mapped_column(String(20))
    authority: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    opened_at: Mapped[datetime | None]
    """When the person opened the whole document, before signing it."""
    signed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(2000), default="")
    reminded_at: Mapped[datetime | None]
    statement_sha256: Mapped[str] = mapped_column(String(64), default="")
    field: Mapped[str] = mapped_column(String(40), default="")
    """The signature field of the person in the file, when it is prepared for that."""
    method: Mapped[str] = mapped_column(String(20), default="")
    """How it was given (`statements.METHODS`)."""
    certificate_sha256: Mapped[str] = mapped_column(String(64), default="")
    certificate_name: Mapped[str] = mapped_column(String(200), default="")
    certificate_issuer: Mapped[str] = mapped_column(String(200), default="")

    signing: Mapped[Signing] = relationship(viewonly=True)
    party: Mapped[SigningParty] = relationship(viewonly=True)
    signatory: Mapped[Signatory] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "signing_id"], ["signing.tenant_id", "signing.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["signing_party.tenant_id", "signing_party.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "signatory_id"], ["signatory.tenant_id", "signatory.id"]
        ),
        UniqueConstraint("tenant_id", "signing_id", "signatory_id"),
        Index("ix_signature_person", "tenant_id", "account_id", "state"),
        one_of("capacity", CAPACITIES, "capacity"),
        one_of("state", SIGNATURE_STATES, "state"),
        CheckConstraint("(state = 'signed') = (signed_at IS NOT NULL)", name="signed"),
    )
