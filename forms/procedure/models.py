"""Hand-overs with what was answered then, Rückfragen, and what the office asked for."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
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

from forms.expressions.nodes import Json
from forms.models import Form, Submission
from tenants.database import Base, TenantScoped
from tenants.models import one_of

HANDOVER_REASONS = {
    "submit": "Eingereicht",
    "step": "Schritt erledigt",
    "answer": "Nachgereicht",
    "resubmit": "Wieder eingereicht",
    "correct": "Berichtigt",
}
INQUIRY_KINDS = {"inquiry": "Rückfrage", "supplement": "Nachforderung"}
INQUIRY_STATES = {"open": "offen", "answered": "beantwortet", "recalled": "zurückgenommen"}
REQUEST_STATES = {"open": "Angefordert", "dispensed": "Entbehrlich"}
EXTENSION_STATES = {
    "": "keine",
    "requested": "beantragt",
    "granted": "gewährt",
    "refused": "abgelehnt",
}


class Handover(TenantScoped, Base):
    """What a submission held when somebody handed it over. Never changed afterwards."""

    __tablename__ = "handover"

    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(20))
    step: Mapped[int] = mapped_column(Integer, default=0)
    answers: Mapped[dict[str, Json]] = mapped_column(JSONB, deferred=True)
    surroundings: Mapped[dict[str, Json] | None] = mapped_column(
        JSONB(none_as_null=True), deferred=True
    )
    content_sha256: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(Integer)
    person_name: Mapped[str] = mapped_column(String(200), default="")
    by_office: Mapped[bool] = mapped_column(default=False)
    handed_over_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "submission_id", "number"),
        one_of("reason", HANDOVER_REASONS, "reason"),
    )


class UniqueClaim(TenantScoped, Base):
    """That a submission says what the form wants submitted only once (`forms.uniqueness`)."""

    __tablename__ = "unique_claim"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of rule and answers (hex): the answers themselves stand in the submission."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "form_id", "fingerprint"),
        Index("ix_unique_claim_submission", "tenant_id", "submission_id"),
    )


class Inquiry(TenantScoped, Base):
    """A Rückfrage or Nachforderung: which fields are open again, why, and until when.

    ``organisation_id`` is the Träger's while it may read it: what the office asks its own people
    is none of its business.
    """

    __tablename__ = "inquiry"

    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20), default="inquiry")
    step: Mapped[int] = mapped_column(Integer, default=0)
    """The step in which the fields were filled, and whose people are asked."""
    field_ids: Mapped[list[str]] = mapped_column(JSONB)
    text: Mapped[str] = mapped_column(String(4000))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default="open")
    asked_by_name: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    closed_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(String(4000), default="")
    """What the sender wrote beside the corrected answers."""
    handover_number: Mapped[int | None] = mapped_column(Integer)
    """The hand-over that answered it."""

    submission: Mapped[Submission] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "submission_id", "number"),
        one_of("kind", INQUIRY_KINDS, "kind"),
        one_of("state", INQUIRY_STATES, "state"),
        Index("ix_inquiry_open", "tenant_id", "state", "due_on"),
    )


class ReportRequest(TenantScoped, Base):
    """That a Träger shall hand in a form for a period until a day.

    ``first_due_on`` stays what was asked for; ``due_on`` is what holds after an extension.
    """

    __tablename__ = "report_request"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_name: Mapped[str] = mapped_column(String(200), default="")
    period: Mapped[str] = mapped_column(String(20))
    first_due_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(2000), default="")
    state: Mapped[str] = mapped_column(String(20), default="open")
    submission_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    received_at: Mapped[datetime | None]
    extension_state: Mapped[str] = mapped_column(String(20), default="")
    extension_until: Mapped[date | None] = mapped_column(Date)
    extension_reason: Mapped[str] = mapped_column(String(2000), default="")
    requested_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    form: Mapped[Form] = relationship(viewonly=True, lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "form_id", "organisation_id", "period"),
        one_of("state", REQUEST_STATES, "state"),
        one_of("extension_state", EXTENSION_STATES, "extension_state"),
        Index("ix_report_request_due", "tenant_id", "state", "due_on"),
    )


class DeadlineReminder(TenantScoped, Base):
    """That a reminder of a deadline was given; ``days`` before (negative) or after ``due_on``."""

    __tablename__ = "deadline_reminder"

    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    report_request_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    inquiry_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    due_on: Mapped[date] = mapped_column(Date)
    days: Mapped[int] = mapped_column(Integer)
    reminded_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("num_nonnulls(report_request_id, inquiry_id) = 1", name="subject"),
        ForeignKeyConstraint(
            ["tenant_id", "report_request_id"],
            ["report_request.tenant_id", "report_request.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "inquiry_id"], ["inquiry.tenant_id", "inquiry.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint(
            "tenant_id",
            "report_request_id",
            "inquiry_id",
            "due_on",
            "days",
            name="uq_deadline_reminder_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
