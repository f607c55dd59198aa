"""What became of each uploaded file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, Integer, String, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from forms.attachments.states import ATTACHMENT_STATES
from tenants.database import Base, TenantScoped
from tenants.models import one_of


class Attachment(TenantScoped, Base):
    """An uploaded file of a submission; ``row_id`` is empty outside of a repeat group.

    It is seen by whoever sees the submission it belongs to.
    """

    __tablename__ = "attachment"

    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    field_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    row_id: Mapped[str] = mapped_column(String(64), default="")
    file_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    object_key: Mapped[str] = mapped_column(String(700))
    object_version: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="quarantine")
    finding: Mapped[str] = mapped_column(String(200), default="")
    """What the scanner called what it found."""
    uploaded_by: Mapped[int | None] = mapped_column(Integer)
    uploaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    checked_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        one_of("state", ATTACHMENT_STATES, "state"),
        Index("ix_attachment_submission", "tenant_id", "submission_id"),
    )
