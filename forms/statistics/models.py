"""Saved evaluations and their frozen results."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, Integer, String, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from forms.expressions.nodes import Json
from tenants.database import Base, TenantScoped, now


class SavedEvaluation(TenantScoped, Base):
    """What is counted, in which groups, of which submissions; for everybody in the office."""

    __tablename__ = "evaluation"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(120))
    settings: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        UniqueConstraint("tenant_id", "form_id", "title"),
    )


class EvaluationResult(TenantScoped, Base):
    """A result as it was on one day: the table as shown, with what was hidden left out."""

    __tablename__ = "evaluation_result"

    evaluation_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    taken_at: Mapped[datetime] = mapped_column(default=now)
    versions: Mapped[list[int]] = mapped_column(JSONB, default=list)
    submissions: Mapped[int] = mapped_column(Integer)
    table: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "evaluation_id"],
            ["evaluation.tenant_id", "evaluation.id"],
            ondelete="CASCADE",
        ),
        Index("ix_evaluation_result_list", "tenant_id", "evaluation_id", "taken_at"),
    )


class EvaluationSource(TenantScoped, Base):
    """A submission that a frozen result rests on, with the hash of what it said then."""

    __tablename__ = "evaluation_source"

    result_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    content_sha256: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "result_id"],
            ["evaluation_result.tenant_id", "evaluation_result.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "result_id", "submission_id"),
    )
