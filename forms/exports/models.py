"""Exports that a worker writes, because they are too large to wait for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, Integer, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from forms.expressions.nodes import Json
from tenants.database import Base, TenantScoped, now
from tenants.models import one_of

STATES = ("waiting", "working", "ready", "failed", "discarded")


class SubmissionExport(TenantScoped, Base):
    """What somebody asked for, and the file that came of it.

    ``roles`` and ``is_own_only`` are what the person might see when asking: the worker sees no
    more. The file lies in the object storage in ``parts`` of a few megabytes each.
    """

    __tablename__ = "submission_export"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    task_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    format: Mapped[str] = mapped_column(String(10))
    group_number: Mapped[int | None] = mapped_column(Integer)
    view: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)
    columns: Mapped[list[str]] = mapped_column(JSONB, default=list)
    roles: Mapped[list[str]] = mapped_column(JSONB, default=list)
    is_own_only: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    failure: Mapped[str] = mapped_column(String(500), default="")
    rows_asked: Mapped[int] = mapped_column(Integer)
    rows_done: Mapped[int] = mapped_column(Integer, default=0)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]
    parts: Mapped[list[Json]] = mapped_column(JSONB, default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", STATES, "state"),
        one_of("format", ("csv", "xlsx", "json"), "format"),
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        Index(
            "uq_submission_export_one",
            "tenant_id",
            "form_id",
            "account_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'working')"),
        ),
        Index("ix_submission_export_own", "tenant_id", "form_id", "account_id", "created_at"),
    )
