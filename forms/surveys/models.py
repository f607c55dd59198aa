"""Surveys, their waves and groups, invitations, drafts and answers.

No column of invitation, draft or answer holds a person, an address, a device or a moment, and no
key leads from an invitation or a draft to an answer (tests/forms/surveys/test_anonymity.py).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forms.expressions.nodes import Json
from forms.models import Answers, Form, FormVersion
from tenants.database import Base, TenantScoped
from tenants.models import one_of

ACCESS = {"link": "offener Link", "invitation": "Einladung mit Code"}
CHANNELS = {"web": "am Bildschirm", "paper": "auf Papier"}


class Survey(TenantScoped, Base):
    """A questionnaire of the tenant: a form that people answer without saying who they are."""

    __tablename__ = "survey"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    title: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(500), default="")
    """Whom people may ask about it, as it stands on the first page."""
    created_on: Mapped[date] = mapped_column(Date)

    form: Mapped[Form] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
    )


class SurveyWave(TenantScoped, Base):
    """One time of asking, with one version of the form.

    It is open from the beginning of ``opens_on`` to the end of ``closes_on`` (Europe/Berlin).
    From ``completed_on`` no answer is added any more, and only then there are results: who looked
    twice while answers come in would learn the one answer between.
    """

    __tablename__ = "survey_wave"

    survey_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    form_version_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(120))
    access: Mapped[str] = mapped_column(String(20))
    public_key: Mapped[str] = mapped_column(String(20))
    """The wave's part of the public address."""
    opens_on: Mapped[date] = mapped_column(Date)
    closes_on: Mapped[date] = mapped_column(Date)
    issued_sheets: Mapped[int] = mapped_column(Integer, default=0)
    """How many were asked without a code: sheets handed out, people who got the open link."""
    issued_codes: Mapped[int] = mapped_column(Integer, default=0)
    completed_on: Mapped[date | None] = mapped_column(Date)
    erased_on: Mapped[date | None] = mapped_column(Date)
    """Day on which the single answers were deleted; the result stays."""
    cross_tables: Mapped[list[list[str]]] = mapped_column(JSONB, default=list)
    """Pairs of field ids whose table is kept with the result."""

    survey: Mapped[Survey] = relationship(lazy="joined", viewonly=True)
    form_version: Mapped[FormVersion] = relationship(lazy="joined", viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "survey_id"], ["survey.tenant_id", "survey.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "form_version_id"], ["form_version.tenant_id", "form_version.id"]
        ),
        UniqueConstraint("tenant_id", "survey_id", "number"),
        UniqueConstraint("tenant_id", "public_key"),
        one_of("access", ACCESS, "access"),
        CheckConstraint("closes_on >= opens_on", name="period"),
        CheckConstraint("issued_sheets >= 0 AND issued_codes >= 0", name="issued"),
    )


class SurveyGroup(TenantScoped, Base):
    """Those who were asked about one Einrichtung or Kindertagespflegeperson.

    ``number`` is the last block of the codes of its invitations: they carry their group
    themselves, so that no row says it.
    """

    __tablename__ = "survey_group"

    wave_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    issued_sheets: Mapped[int] = mapped_column(Integer, default=0)
    issued_codes: Mapped[int] = mapped_column(Integer, default=0)
    informed_on: Mapped[date | None] = mapped_column(Date)
    """Day on which those whom the report is about were told of it."""
    released_on: Mapped[date | None] = mapped_column(Date)
    released_by: Mapped[int | None] = mapped_column(Integer)
    released_by_name: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "wave_id"],
            ["survey_wave.tenant_id", "survey_wave.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "wave_id", "number"),
        UniqueConstraint("tenant_id", "wave_id", "title"),
        CheckConstraint("issued_sheets >= 0 AND issued_codes >= 0", name="issued"),
        CheckConstraint(
            "released_on IS NULL OR (informed_on IS NOT NULL AND informed_on <= released_on)",
            name="informed_first",
        ),
    )


class SurveyInvitation(TenantScoped, Base):
    """A code that may be used once; only its hash is kept, and neither when nor by whom."""

    __tablename__ = "survey_invitation"

    wave_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    code_sha256: Mapped[str] = mapped_column(String(64))
    is_used: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "wave_id"],
            ["survey_wave.tenant_id", "survey_wave.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "code_sha256"),
        Index("ix_survey_invitation_wave", "tenant_id", "wave_id"),
    )


class SurveyDraft(TenantScoped, Base):
    """What somebody has filled in so far, found by a secret that only their browser knows.

    When it is sent it is emptied and stays as a mark, so that sending twice sends once.
    """

    __tablename__ = "survey_draft"

    wave_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    secret_sha256: Mapped[str] = mapped_column(String(64))
    answers: Mapped[Answers] = mapped_column(JSONB, default=dict)
    invalid: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    completed_pages: Mapped[list[str]] = mapped_column(JSONB, default=list)
    is_sent: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    kept_until: Mapped[date] = mapped_column(Date)
    """The first day on which it is deleted, the same for all drafts of a wave."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "wave_id"],
            ["survey_wave.tenant_id", "survey_wave.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "secret_sha256"),
    )


class SurveyAnswer(TenantScoped, Base):
    """One returned questionnaire. Its id changes as the answers of its wave are shuffled."""

    __tablename__ = "survey_answer"

    wave_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    group_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    channel: Mapped[str] = mapped_column(String(10))
    is_evaluable: Mapped[bool] = mapped_column(default=True)
    answers: Mapped[Answers] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "wave_id"],
            ["survey_wave.tenant_id", "survey_wave.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "group_id"], ["survey_group.tenant_id", "survey_group.id"]
        ),
        one_of("channel", CHANNELS, "channel"),
        Index("ix_survey_answer_wave", "tenant_id", "wave_id"),
        Index("ix_survey_answer_group", "tenant_id", "group_id"),
    )


class SurveyResult(TenantScoped, Base):
    """The result of a completed wave as it is shown: small figures are not in it."""

    __tablename__ = "survey_result"

    wave_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    made_on: Mapped[date] = mapped_column(Date)
    kept_until: Mapped[date] = mapped_column(Date)
    content: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "wave_id"],
            ["survey_wave.tenant_id", "survey_wave.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "wave_id"),
    )
