"""The draft of a form, the log of its operations, and its trial runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Integer, String, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

# The mapper resolves ``Answers`` by the name it is made of.
from forms.expressions.nodes import Json  # noqa: F401 - SQLAlchemy resolves the annotations
from forms.models import Answers, Form
from tenants.database import Base, TenantScoped, now
from tenants.models import one_of

FORM_DRAFT_STATES = {"open": "in Arbeit", "in_review": "in Prüfung"}


class FormDraft(TenantScoped, Base):
    """What the next version of a form may become; each form has at most one.

    ``revision`` counts the operations. ``base_version_id`` is the version the draft was begun
    from, None for a form that was never published.
    """

    __tablename__ = "form_draft"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    base_version_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    document: Mapped[Answers] = mapped_column(JSONB, deferred=True)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(20), default="open")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    updated_by: Mapped[str] = mapped_column(String(200), default="")
    import_report: Mapped[Answers | None] = mapped_column(JSONB, deferred=True)
    """What the last file taken over into the draft brought, and what it did not."""

    form: Mapped[Form] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "base_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        UniqueConstraint("tenant_id", "form_id"),
        one_of("state", FORM_DRAFT_STATES, "state"),
    )


class FormOperation(TenantScoped, Base):
    """One change of a draft. Rows are added, never changed: taking back is a change of its own.

    ``undoes`` is the revision that this one takes back.
    """

    __tablename__ = "form_operation"

    draft_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    revision: Mapped[int] = mapped_column(Integer)
    account_id: Mapped[int | None] = mapped_column(Integer)
    person_name: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    operation: Mapped[Answers] = mapped_column(JSONB)
    inverse: Mapped[Answers] = mapped_column(JSONB)
    touched: Mapped[list[list[str]]] = mapped_column(JSONB)
    undoes: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "draft_id"], ["form_draft.tenant_id", "form_draft.id"]),
        UniqueConstraint("tenant_id", "draft_id", "revision"),
    )


class FormTrial(TenantScoped, Base):
    """Sample answers of a form and what must come of them (a Probelauf).

    ``expected`` holds calculated values by path as text, ``expected_errors`` the paths of the
    answers that must be refused.
    """

    __tablename__ = "form_trial"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    description: Mapped[str] = mapped_column(String(400))
    answers: Mapped[Answers] = mapped_column(JSONB)
    expected: Mapped[Answers] = mapped_column(JSONB, default=dict)
    expected_errors: Mapped[list[str]] = mapped_column(JSONB, default=list)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        UniqueConstraint("tenant_id", "form_id", "number"),
    )
