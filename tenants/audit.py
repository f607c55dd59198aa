"""The audit trail: who did what, and when. Rows are added, never changed or removed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, Integer, String, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.context import current_scope
from tenants.database import Base, TenantScoped


class AuditEntry(TenantScoped, Base):
    """One recorded act. ``detail`` holds identifiers and numbers, never answers of a form."""

    __tablename__ = "audit_entry"

    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    account_id: Mapped[int | None] = mapped_column(Integer)
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, str | int | None]] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        Index("ix_audit_entry_subject", "tenant_id", "subject_kind", "subject_id", "at"),
    )


def record(
    session: Session, action: str, subject_kind: str, subject_id: str, **detail: str | int | None
) -> None:
    """Add an entry to the audit trail, in the caller's transaction.

    ``detail`` must not hold personal data or answers: identifiers, numbers and states only.
    """
    record_concerning(session, None, action, subject_kind, subject_id, **detail)


def record_concerning(
    session: Session,
    organisation_id: str | None,
    action: str,
    subject_kind: str,
    subject_id: str,
    **detail: str | int | None,
) -> None:
    """Add an entry that an organisation may read, because it is about something of its own.

    What an organisation does itself it reads anyway.
    """
    scope = current_scope()
    session.add(
        AuditEntry(
            account_id=scope.account_id,
            organisation_id=scope.organisation_id or organisation_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            detail=detail,
        )
    )
