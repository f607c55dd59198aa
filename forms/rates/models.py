"""A tenant's rate tables and their rates."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tenants.database import Base, TenantScoped


class KeptRateTable(TenantScoped, Base):
    """A Satztabelle: what rules call ``satz('key', …)``."""

    __tablename__ = "rate_table"

    key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    rates: Mapped[list[KeptRate]] = relationship(
        order_by="KeptRate.number", lazy="selectin", viewonly=True
    )

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "key"),
    )


class KeptRate(TenantScoped, Base):
    """One rate. Only its end is ever set; where it equals the beginning, it was withdrawn.

    The database refuses two rates of one category and Träger on the same day (trigger
    ``no_overlap``).
    """

    __tablename__ = "rate"

    rate_table_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    number: Mapped[int] = mapped_column(Integer)
    category: Mapped[str] = mapped_column(String(64), default="")
    owner_organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    """The Träger for whom alone it holds, before the common one; no other Träger sees it.

    It is not called ``organisation_id``: a rate without one is seen by every Träger.
    """
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    source: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "rate_table_id"], ["rate_table.tenant_id", "rate_table.id"]
        ),
        ForeignKeyConstraint(["owner_organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "rate_table_id", "number"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
    )
