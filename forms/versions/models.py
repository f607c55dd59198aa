"""From when versions of a form are binding, who let them out, and drafts that changed version."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
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

# The mapper resolves ``Answers`` by the name it is made of.
from forms.expressions.nodes import Json  # noqa: F401 - SQLAlchemy resolves the annotations
from forms.models import Answers, Form, FormVersion
from forms.versions.validity import GRACE_DAYS, Validity
from tenants.database import Base, TenantScoped, now
from tenants.models import one_of

RELEASE_STATES = {
    "requested": "in Prüfung",
    "published": "veröffentlicht",
    "returned": "zurückgegeben",
    "withdrawn": "zurückgezogen",
}
DRAFT_POLICIES = {
    "keep": "behalten",
    "lift": "anheben, wo verträglich",
    "carry": "übertragen mit Durchsicht",
}


class VersionValidity(TenantScoped, Base):
    """What may still change about a published version: from when and until when it is used.

    ``name`` is the version as people speak of it (``1.2.0``); ``draft_policy`` says what happens
    to open drafts of earlier versions once this one is binding. ``must_be_read`` asks everybody
    who uses the form to confirm having read what changed (Kenntnisnahme).
    """

    __tablename__ = "version_validity"

    form_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    name: Mapped[str] = mapped_column(String(20))
    binding_from: Mapped[date] = mapped_column(Date)
    deprecated_on: Mapped[date | None] = mapped_column(Date)
    grace_days: Mapped[int] = mapped_column(Integer, default=GRACE_DAYS)
    closes_at: Mapped[datetime | None]
    locked: Mapped[bool] = mapped_column(Boolean, default=False)
    lock_reason: Mapped[str] = mapped_column(String(1000), default="")
    draft_policy: Mapped[str] = mapped_column(String(20), default="keep")
    user_note: Mapped[str] = mapped_column(String(4000), default="")
    must_be_read: Mapped[bool] = mapped_column(Boolean, default=False)
    readers_reminded_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    form_version: Mapped[FormVersion] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "form_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        UniqueConstraint("tenant_id", "form_version_id"),
        one_of("draft_policy", DRAFT_POLICIES, "draft_policy"),
    )

    @property
    def validity(self) -> Validity:
        """When the version may be begun and handed in."""
        return Validity(
            binding_from=self.binding_from,
            deprecated_on=self.deprecated_on,
            grace_days=self.grace_days,
            closes_at=self.closes_at,
            locked=self.locked,
        )


class FormRelease(TenantScoped, Base):
    """That a state of a form is to be published: what exactly, as whose wish, who decided.

    ``document`` is what was reviewed; nothing else is published. ``draft_revision`` is the
    revision of the builder's draft it was taken from.
    """

    __tablename__ = "form_release"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    document: Mapped[Answers] = mapped_column(JSONB, deferred=True)
    draft_revision: Mapped[int] = mapped_column(Integer)
    base_version_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    state: Mapped[str] = mapped_column(String(20), default="requested")
    name: Mapped[str] = mapped_column(String(20))
    binding_from: Mapped[date] = mapped_column(Date)
    grace_days: Mapped[int] = mapped_column(Integer, default=GRACE_DAYS)
    closes_at: Mapped[datetime | None]
    draft_policy: Mapped[str] = mapped_column(String(20), default="keep")
    user_note: Mapped[str] = mapped_column(String(4000), default="")
    must_be_read: Mapped[bool] = mapped_column(Boolean, default=False)
    requested_by: Mapped[int] = mapped_column(Integer)
    requested_by_name: Mapped[str] = mapped_column(String(200))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    request_comment: Mapped[str] = mapped_column(String(2000), default="")
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_by_name: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None]
    decision_comment: Mapped[str] = mapped_column(String(2000), default="")
    form_version_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))

    form: Mapped[Form] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "base_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "form_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        one_of("state", RELEASE_STATES, "state"),
        one_of("draft_policy", DRAFT_POLICIES, "draft_policy"),
        Index("ix_form_release_form", "tenant_id", "form_id", "requested_at"),
        Index(
            "uq_form_release_open",
            "tenant_id",
            "form_id",
            unique=True,
            postgresql_where=text("state = 'requested'"),
        ),
    )


class CarriedDraft(TenantScoped, Base):
    """That a draft was carried into another version, and what its author should know of it.

    ``revision`` is that of the draft after the carrying: what tabs sent from before it belongs
    to ``from_version_id``. ``notices`` hold page, key and text of fields to be checked,
    ``removed`` place and text of answers that are no longer asked for.
    """

    __tablename__ = "carried_draft"

    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    from_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    revision: Mapped[int] = mapped_column(Integer)
    notices: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    removed: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    carried_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "from_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        UniqueConstraint("tenant_id", "submission_id", "revision"),
    )


class VersionReading(TenantScoped, Base):
    """That a person confirmed having read what a version changes, as staff or for a Träger."""

    __tablename__ = "version_reading"

    form_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "form_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        # A person may act for several sides; each counts on its own.
        UniqueConstraint(
            "tenant_id",
            "form_version_id",
            "account_id",
            "organisation_id",
            name="uq_version_reading_person",
            postgresql_nulls_not_distinct=True,
        ),
    )
