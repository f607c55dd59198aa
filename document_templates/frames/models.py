"""Frames of a tenant and their versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from document_templates.four_eyes import REVIEW_STATES, Reviewed
from forms.expressions.nodes import Json
from tenants.database import Base, TenantScoped
from tenants.models import one_of


class Frame(TenantScoped, Base):
    """A letterhead of a tenant: logos, head, foot, margins and fonts, for many templates."""

    __tablename__ = "frame"

    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("tenant_id", "title"),)


class FrameVersion(Reviewed, Base):
    """What a frame looks like: a draft that may be replaced, or a published state for ever.

    ``file_name`` names the Word file that it comes from; one that was composed has ``parts``:
    head, foot, font and logos.
    """

    __tablename__ = "frame_version"

    frame_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    parts: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)
    object_key: Mapped[str] = mapped_column(String(400))
    object_version: Mapped[str] = mapped_column(String(200), default="")

    frame: Mapped[Frame] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "frame_id"], ["frame.tenant_id", "frame.id"]),
        UniqueConstraint("tenant_id", "frame_id", "number"),
        one_of("state", REVIEW_STATES, "state"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published"),
        Index(
            "uq_frame_version_open",
            "tenant_id",
            "frame_id",
            unique=True,
            postgresql_where=text("state <> 'published'"),
        ),
    )
