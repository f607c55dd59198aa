"""Integrity runs and alarms of a tenant, and the sealed roots of its register."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tenants.database import Base, TenantScoped
from tenants.models import one_of

FINDINGS: Final = ("missing", "corrupted", "chain", "root")
SUBJECTS: Final = (
    "register",
    "pdf",
    "docx",
    "template",
    "source",
    "frame",
    "attachment",
    "print",
    "root",
    "stamped",
)


class IntegrityRun(TenantScoped, Base):
    """One reading of everything that is stored; without an end while it is still going on."""

    __tablename__ = "integrity_run"

    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]
    entries: Mapped[int] = mapped_column(Integer, default=0)
    """How many entries of the register fit into the chain."""
    files: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes read."""
    alarms: Mapped[int] = mapped_column(Integer, default=0)
    """How many faults were found, whether new or known before."""

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        Index("ix_integrity_run_list", "tenant_id", "started_at"),
    )


class IntegrityAlarm(TenantScoped, Base):
    """A fault that somebody has to see; open until a person closes it and says what was done."""

    __tablename__ = "integrity_alarm"

    finding: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    """The version of a document or template, the uploaded file, or the tenant for its register."""
    position: Mapped[int | None] = mapped_column(BigInteger)
    """Where the chain breaks."""
    found_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    """When it was found last."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(Integer)
    closed_name: Mapped[str] = mapped_column(String(200), default="")
    remedy: Mapped[str] = mapped_column(String(1000), default="")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        one_of("finding", FINDINGS, "finding"),
        one_of("subject", SUBJECTS, "subject"),
        Index(
            "uq_integrity_alarm_open",
            "tenant_id",
            "subject",
            "subject_id",
            "finding",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_integrity_alarm_list", "tenant_id", "found_at"),
    )


class DailyRoot(TenantScoped, Base):
    """The one hash over all entries of the register since the root before it; never changed."""

    __tablename__ = "daily_root"

    day: Mapped[date] = mapped_column(Date)
    """The last day whose entries it covers, in Berlin."""
    first_position: Mapped[int] = mapped_column(BigInteger)
    last_position: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    files: Mapped[list[DailyRootFile]] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "last_position"),
    )


class DailyRootFile(TenantScoped, Base):
    """A stored file of a root: the statement, the seal on it, or its time stamp."""

    __tablename__ = "daily_root_file"

    root_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    kind: Mapped[str] = mapped_column(String(4))
    object_key: Mapped[str] = mapped_column(String(400))
    object_version: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "root_id"], ["daily_root.tenant_id", "daily_root.id"]),
        one_of("kind", ("json", "p7s", "tst"), "kind"),
        UniqueConstraint("tenant_id", "root_id", "kind"),
    )


class InclusionProof(TenantScoped, Base):
    """What proves that one version is among the entries under a root, without the others."""

    __tablename__ = "inclusion_proof"

    document_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    root_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    leaf_index: Mapped[int] = mapped_column(Integer)
    leaves: Mapped[int] = mapped_column(Integer)
    hashes: Mapped[list[str]] = mapped_column(JSONB)

    root: Mapped[DailyRoot] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
        ),
        ForeignKeyConstraint(["tenant_id", "root_id"], ["daily_root.tenant_id", "daily_root.id"]),
        UniqueConstraint("tenant_id", "document_version_id"),
    )


class StampedFile(TenantScoped, Base):
    """The registered file of a version with a later time stamp appended; never changed.

    Each begins with the one before it, the first with the registered file, to the byte.
    """

    __tablename__ = "stamped_file"

    document_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    level: Mapped[str] = mapped_column(String(20))
    """The PAdES baseline of the seal in it."""
    stamped_until: Mapped[datetime]
    """When the certificate of the new time stamp ends; by then there must be the next."""
    object_key: Mapped[str] = mapped_column(String(400))
    object_version: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    stamped_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
        ),
        UniqueConstraint("tenant_id", "document_version_id", "number"),
    )
