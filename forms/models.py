"""Forms, their immutable versions, and what was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    FetchedValue,
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
from forms.procedure.states import SUBMISSION_STATES
from tenants.database import Base, TenantScoped, now
from tenants.models import one_of

FORM_STATES = {"draft": "Entwurf", "published": "veröffentlicht", "retired": "abgekündigt"}

PURPOSES = ("", "step", "answer", "resubmit", "correct")

Answers = dict[str, Json]


class Form(TenantScoped, Base):
    """A form of a tenant; what people fill in is one of its versions."""

    __tablename__ = "form"

    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(1000), default="")
    data_class: Mapped[str] = mapped_column(String(2), default="K1")
    state: Mapped[str] = mapped_column(String(20), default="draft")
    package: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        one_of("state", FORM_STATES, "state"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )


class FormVersion(TenantScoped, Base):
    """The published, unchangeable state of a form."""

    __tablename__ = "form_version"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    definition: Mapped[Answers] = mapped_column(JSONB, deferred=True)
    content_sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())
    published_by: Mapped[int | None] = mapped_column(Integer)

    form: Mapped[Form] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        UniqueConstraint("tenant_id", "form_id", "number"),
    )


class Submission(TenantScoped, Base):
    """Answers to one form version, from the first saved page to the submitted declaration.

    ``answers`` holds what was understood, ``invalid`` by path the text that was not, so that
    nothing a person typed is lost. ``revision`` counts the saves. ``step`` is the step of the
    form that is due next, counted from 0; ``handover_number`` counts the hand-overs so far.

    Whoever works on a later step or a correction does so in a draft of its own that
    ``continues_id`` ties to the submission: its other side sees it once it is handed over.
    """

    __tablename__ = "submission"

    form_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    # The database fills it in from the version (trigger): lists of a form need no join.
    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), server_default=FetchedValue())
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    person_name: Mapped[str] = mapped_column(String(200), default="")
    organisation_name: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default="draft")
    number: Mapped[str | None] = mapped_column(String(80))
    answers: Mapped[Answers] = mapped_column(JSONB, default=dict)
    invalid: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    completed_pages: Mapped[list[str]] = mapped_column(JSONB, default=list)
    acknowledged: Mapped[list[str]] = mapped_column(JSONB, default=list)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    submitted_at: Mapped[datetime | None]
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    surroundings: Mapped[Answers | None] = mapped_column(JSONB(none_as_null=True))
    """Day, place and rates that the submitted declaration was evaluated with."""
    accepted_at: Mapped[datetime | None]
    step: Mapped[int] = mapped_column(Integer, default=0)
    handover_number: Mapped[int] = mapped_column(Integer, default=0)
    asked_step: Mapped[int] = mapped_column(Integer, default=0)
    """The step whose people an open Rückfrage asks; 0 is whoever sent it in."""
    period: Mapped[str] = mapped_column(String(20), default="")
    """What a report is about, as „2026“; empty for what recurs in no rhythm."""
    origins: Mapped[Answers] = mapped_column(JSONB, default=dict)
    """Where prefilled answers come from, by key (`forms.procedure.prefill.Origin`)."""
    continues_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    purpose: Mapped[str] = mapped_column(String(20), default="")
    """What a draft that continues a submission is for: one of `PURPOSES`."""

    form_version: Mapped[FormVersion] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "form_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "continues_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "number"),
        one_of("purpose", PURPOSES, "purpose"),
        one_of("state", SUBMISSION_STATES, "state"),
        Index("ix_submission_list", "tenant_id", "state", "updated_at"),
        Index("ix_submission_received", "tenant_id", "submitted_at", "id"),
        Index("ix_submission_form", "tenant_id", "form_id", "submitted_at", "id"),
        Index("ix_submission_organisation", "tenant_id", "organisation_id", "submitted_at", "id"),
        Index("ix_submission_continues", "tenant_id", "continues_id"),
    )


class DraftRevision(TenantScoped, Base):
    """What a draft held after one save: the base for merging the edits of a second tab."""

    __tablename__ = "draft_revision"

    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    revision: Mapped[int] = mapped_column(Integer)
    answers: Mapped[Answers] = mapped_column(JSONB, default=dict)
    invalid: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "submission_id", "revision"),
    )
