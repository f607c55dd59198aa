"""Clauses, their versions, what templates and documents hold of them, and terms of agreements."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
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

from document_templates.clauses.content import ClauseContent, read_content
from document_templates.four_eyes import REVIEW_STATES, Reviewed
from forms.expressions.nodes import Json
from tenants.database import Base, TenantScoped, now
from tenants.models import one_of


class Clause(TenantScoped, Base):
    """A Baustein of a tenant; templates call it by its ``key``."""

    __tablename__ = "clause"

    key: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("tenant_id", "key"),)


class ClauseVersion(Reviewed, Base):
    """What a clause says: a draft that changes, or a published version that never does.

    ``revision`` counts the changes of a draft, so that two persons do not overwrite each other.
    """

    __tablename__ = "clause_version"

    clause_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    document: Mapped[dict[str, Json]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(Integer, default=1)

    clause: Mapped[Clause] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "clause_id"], ["clause.tenant_id", "clause.id"]),
        UniqueConstraint("tenant_id", "clause_id", "number"),
        one_of("state", REVIEW_STATES, "state"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published"),
        Index(
            "uq_clause_version_open",
            "tenant_id",
            "clause_id",
            unique=True,
            postgresql_where=text("state <> 'published'"),
        ),
    )

    @property
    def content(self) -> ClauseContent:
        """What the version says."""
        return read_content(self.document)


class ClauseWording(TenantScoped, Base):
    """The own wording of an adaptable clause in one template; ``texts`` by key of the variant.

    It was written over ``base_version_id``; a later version of the clause does not change it.
    """

    __tablename__ = "clause_wording"

    template_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    clause_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    base_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    texts: Mapped[dict[str, str]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(String(1000))
    changed_by_name: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["document_template.tenant_id", "document_template.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "clause_id"], ["clause.tenant_id", "clause.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "base_version_id"], ["clause_version.tenant_id", "clause_version.id"]
        ),
        UniqueConstraint("tenant_id", "template_id", "clause_id"),
    )


class TemplateClause(TenantScoped, Base):
    """That a version of a template holds this version of a clause, for ever.

    ``texts`` is the own wording that the template had then, by key of the variant.
    """

    __tablename__ = "template_clause"

    template_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    clause_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    clause_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    position: Mapped[int] = mapped_column(Integer)
    texts: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)

    clause_version: Mapped[ClauseVersion] = relationship(viewonly=True, lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "template_version_id"],
            ["template_version.tenant_id", "template_version.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "clause_id"], ["clause.tenant_id", "clause.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "clause_version_id"], ["clause_version.tenant_id", "clause_version.id"]
        ),
        UniqueConstraint("tenant_id", "template_version_id", "clause_id"),
        Index("ix_template_clause_clause", "tenant_id", "clause_id"),
    )


class DocumentClause(TenantScoped, Base):
    """That a stored version of a document says this version of a clause."""

    __tablename__ = "document_clause"

    document_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    clause_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    clause_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    variant: Mapped[str] = mapped_column(String(40))
    is_reworded: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
        ),
        ForeignKeyConstraint(["tenant_id", "clause_id"], ["clause.tenant_id", "clause.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "clause_version_id"], ["clause_version.tenant_id", "clause_version.id"]
        ),
        UniqueConstraint("tenant_id", "document_version_id", "clause_id"),
        Index("ix_document_clause_clause", "tenant_id", "clause_id"),
    )


class AgreementTerm(TenantScoped, Base):
    """From when until when a stored version of an agreement holds, half-open.

    ``ends_before`` is empty for an indefinite one. A Nachtrag names the agreement that it
    belongs to in ``amends_id``; it then adds its clauses to those of that agreement.
    """

    __tablename__ = "agreement_term"

    document_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    is_amendment: Mapped[bool] = mapped_column(Boolean)
    begins_on: Mapped[date] = mapped_column(Date)
    ends_before: Mapped[date | None] = mapped_column(Date)
    amends_number: Mapped[str] = mapped_column(String(80), default="")
    amends_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
        ),
        ForeignKeyConstraint(["tenant_id", "amends_id"], ["document.tenant_id", "document.id"]),
        UniqueConstraint("tenant_id", "document_version_id"),
        Index("ix_agreement_term_begins", "tenant_id", "begins_on"),
        Index("ix_agreement_term_amends", "tenant_id", "amends_id"),
    )


class ClauseChoice(TenantScoped, Base):
    """Which optional clauses the documents of a submission shall have; ``keys`` of clauses."""

    __tablename__ = "clause_choice"

    submission_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    keys: Mapped[list[str]] = mapped_column(JSONB, default=list)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "submission_id"),
    )
