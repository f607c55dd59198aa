"""Bulk runs and their recipients."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
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
from forms.models import Submission
from tenants.database import Base, TenantScoped
from tenants.models import one_of

if TYPE_CHECKING:
    from document_templates.models import DocumentTemplate

RUN_STATES = {
    "draft": "Entwurf",
    "preparing": "wird vorbereitet",
    "running": "läuft",
    "paused": "angehalten",
    "cancelled": "abgebrochen",
}
"""That a run is finished is no state: its recipients say so."""
SOURCES = {
    "submissions": "Einreichungen",
    "register": "Verzeichnis",
    "table": "Tabelle",
}
LONGEST_LABEL = 200


class BulkRun(TenantScoped, Base):
    """A Serienlauf: a template, where its recipients come from, and how far it has come.

    It belongs to the office; a Träger has no part in it.
    """

    __tablename__ = "bulk_run"

    title: Mapped[str] = mapped_column(String(200))
    template_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    source: Mapped[str] = mapped_column(String(20))
    source_title: Mapped[str] = mapped_column(String(200), default="")
    columns: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """The headings of the table that the recipients come from, in its order."""
    mapping: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    """Which column fills which placeholder: path to heading."""
    label_column: Mapped[str] = mapped_column(String(200), default="")
    """The column by which people tell the recipients apart."""
    clauses: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """The keys of the optional clauses that its documents have besides their own."""
    state: Mapped[str] = mapped_column(String(20), default="draft")
    account_id: Mapped[int | None] = mapped_column(Integer)
    person_name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    """Since when it runs without a break: the time left is reckoned from it."""
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When somebody, or its preparation, moved it last: its data is kept so long after it."""
    forgotten_at: Mapped[datetime | None]
    """When the data of its recipients was erased; ids and counts stay."""

    template: Mapped[DocumentTemplate] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["document_template.tenant_id", "document_template.id"]
        ),
        one_of("state", RUN_STATES, "state"),
        one_of("source", SOURCES, "source"),
        Index("ix_bulk_run_list", "tenant_id", "created_at"),
    )


class BulkItem(TenantScoped, Base):
    """One recipient of a run. One with problems gets no document."""

    __tablename__ = "bulk_item"

    run_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    position: Mapped[int] = mapped_column(Integer)
    """The place in the run, from 1."""
    row: Mapped[int] = mapped_column(Integer, default=0)
    """The row of the uploaded file, 0 for other sources."""
    label: Mapped[str] = mapped_column(String(LONGEST_LABEL), default="")
    submission_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    template_version_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    """What is filled; none if the template does not fit the version of the form."""
    cells: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    """The texts of the table's row by heading."""
    formulas: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """The columns in which the file holds a formula: nobody evaluates it."""
    answers: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)
    """What the cells mean as answers of the form, as `forms.models.Answers` are stored."""
    problems: Mapped[list[str]] = mapped_column(JSONB, default=list)
    task_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    """The latest task that shall make the document."""

    run: Mapped[BulkRun] = relationship(viewonly=True)
    submission: Mapped[Submission | None] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["bulk_run.tenant_id", "bulk_run.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "submission_id"], ["submission.tenant_id", "submission.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "template_version_id"],
            ["template_version.tenant_id", "template_version.id"],
        ),
        UniqueConstraint("tenant_id", "run_id", "position"),
    )
