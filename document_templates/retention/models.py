"""What a tenant decides of its retention classes, and which class a form's documents have."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base, TenantScoped


class RetentionSetting(TenantScoped, Base):
    """A class as the tenant wants it, in place of the shipped one with the same key."""

    __tablename__ = "retention_setting"

    key: Mapped[str] = mapped_column(String(10))
    start_event: Mapped[str] = mapped_column(String(200))
    months: Mapped[int] = mapped_column(Integer)
    basis: Mapped[str] = mapped_column(String(200))
    locks: Mapped[bool]
    offers_archive: Mapped[bool]

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint("months BETWEEN 0 AND 1200", name="months"),
    )


class FormRetention(TenantScoped, Base):
    """The class that documents of a form get when they are registered."""

    __tablename__ = "form_retention"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    key: Mapped[str] = mapped_column(String(10))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "form_id"], ["form.tenant_id", "form.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "form_id"),
    )
