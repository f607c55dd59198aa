"""Integrity runs and alarms of a tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, String, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base, TenantScoped
from tenants.models import one_of

FINDINGS: Final = ("missing", "corrupted", "chain")
SUBJECTS: Final = ("register", "pdf", "docx", "template", "attachment")


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
