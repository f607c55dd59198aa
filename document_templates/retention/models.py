"""What a tenant decides of its retention classes, the class of a form's documents, and what is
erased of them by whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tenants.database import Base, TenantScoped
from tenants.models import one_of

ERASURE_STATES: Final = ("planned", "running", "done", "cancelled")


class RetentionSetting(TenantScoped, Base):
    """A class as the tenant wants it, in place of the shipped one with the same key."""

    __tablename__ = "retention_setting"

    key: Mapped[str] = mapped_column(String(10))
    start_event: Mapped[str] = mapped_column(String(200))
    months: Mapped[int] = mapped_column(Integer)
    basis: Mapped[str] = mapped_column(String(200))
    locks: Mapped[bool]
    offers_archive: Mapped[bool]

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint("months BETWEEN 0 AND 1200", name="months"),
    )


class FormRetention(TenantScoped, Base):
    """The class of a form: of its submissions, and of documents when they are registered."""

    __tablename__ = "form_retention"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    key: Mapped[str] = mapped_column(String(10))
    begins: Mapped[str] = mapped_column(String(100), default="")
    """Which event of a submission begins the time (`document_templates.retention.beginning`)."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "form_id"], ["form.tenant_id", "form.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "form_id"),
    )


class DocumentRetention(TenantScoped, Base):
    """When the time of a document began, and whether it must stay in spite of it."""

    __tablename__ = "document_retention"

    document_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    starts_on: Mapped[date | None] = mapped_column(Date)
    held_at: Mapped[datetime | None]
    held_name: Mapped[str] = mapped_column(String(200), default="")
    hold_reason: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        UniqueConstraint("tenant_id", "document_id"),
    )


class ErasureRun(TenantScoped, Base):
    """A deletion run: planned by one person, released by another where that is asked for."""

    __tablename__ = "erasure_run"

    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default="planned")
    needs_two: Mapped[bool]
    documents: Mapped[list[str]] = mapped_column(JSONB)
    """The ids of what was due when it was planned; nothing else is erased."""
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    """How many documents of each class."""
    submissions: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """The ids of the submissions that were due then."""
    submission_counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    """How many submissions of each class."""
    planned_by: Mapped[int | None] = mapped_column(Integer)
    planned_name: Mapped[str] = mapped_column(String(200))
    planned_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    released_by: Mapped[int | None] = mapped_column(Integer)
    released_name: Mapped[str] = mapped_column(String(200), default="")
    finished_at: Mapped[datetime | None]
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    """How many were no longer due, held or locked when their turn came."""

    entries: Mapped[list[ErasureEntry]] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        one_of("state", ERASURE_STATES, "state"),
        Index("ix_erasure_run_list", "tenant_id", "planned_at"),
    )


class ErasureEntry(TenantScoped, Base):
    """The record of one erased document or submission, without any person; never changed.

    Of a submission its form and the year of its receipt stay, so that it is still counted.
    """

    __tablename__ = "erasure_entry"

    run_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    document_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    submission_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    form_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    received_in: Mapped[int | None] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(10))
    versions: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    """Id and hashes of every version of a document; hashes of the content of a submission."""
    journal_position: Mapped[int | None] = mapped_column(BigInteger)
    """Its place in the journal (`document_templates.retention.journal`); None before it began."""
    erased_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "run_id"], ["erasure_run.tenant_id", "erasure_run.id"]),
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        UniqueConstraint("tenant_id", "document_id"),
        UniqueConstraint("tenant_id", "submission_id"),
        CheckConstraint("num_nonnulls(document_id, submission_id) = 1", name="subject"),
    )
