"""A tenant's registers and their entries."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forms.expressions.nodes import Json
from tenants.database import Base, TenantScoped
from tenants.models import Organisation


class Register(TenantScoped, Base):
    """A Verzeichnis: what forms call ``"register": "einrichtungen"``."""

    __tablename__ = "register"

    key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(1000), default="")
    columns: Mapped[list[Json]] = mapped_column(JSONB, default=list)
    """The columns beside key and name (`forms.registers.columns`)."""
    is_shared: Mapped[bool] = mapped_column(default=False)
    """Whether a Träger sees the entries of other Träger too, not only its own and the common."""
    names_people: Mapped[bool] = mapped_column(default=True)
    """Whether an entry stands for a person: then nothing is counted entry by entry."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "key"),
    )


class RegisterEntry(TenantScoped, Base):
    """One entry. It ends, and its content can be erased; the database lets nobody delete it."""

    __tablename__ = "register_entry"

    register_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    key: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(200))
    owner_organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    """The Träger whose entry it is; none for what belongs to nobody in particular.

    It is not called ``organisation_id``: an entry without one is seen by every Träger.
    """
    values: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    """The first day on which the entry does not hold any more."""
    erased_at: Mapped[datetime | None]
    """Since when nothing is left of what it said (Art. 17 DSGVO)."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    owner: Mapped[Organisation | None] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "register_id"], ["register.tenant_id", "register.id"]
        ),
        ForeignKeyConstraint(["owner_organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "register_id", "key"),
        Index("ix_register_entry_label", "tenant_id", "register_id", "label"),
        CheckConstraint("valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from",
                        name="validity"),
    )  # fmt: skip

    def is_valid(self, day: date) -> bool:
        """Say whether the entry holds on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )
