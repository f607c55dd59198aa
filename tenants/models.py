"""Tenants, organisations and the ties of people to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from tenants.database import Base, TableScope, TenantScoped, new_id

TENANT_KINDS = {
    "jugendamt": "Jugendamt",
    "kommune": "Kommune ohne eigenes Jugendamt",
    "verbund": "Verbund",
    "katalog": "Katalog-Herausgeber",
}
TENANT_ROLES = {
    "tenant_admin": "Tenant-Admin",
    "fachkraft": "Fachkraft im Jugendamt",
    "planung": "Jugendhilfeplanung",
    "koordination": "Koordination im Jugendamt",
    "wjh": "Wirtschaftliche Jugendhilfe",
}
ORGANISATION_ROLES = {
    "traeger_leitung": "Träger-Leitung",
    "traeger_fachkraft": "Träger-Fachkraft",
}


def one_of(column: str, values: dict[str, str] | tuple[str, ...], name: str) -> CheckConstraint:
    """Return a check that ``column`` holds one of ``values``.

    Text with a check instead of a database enum: only leakproof operators may use an index
    under row-level security, and an enum's are not.
    """
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


class Tenant(Base):
    """A Jugendamt, a Kommune without one, a Verbund, or the publisher of a catalogue."""

    __tablename__ = "tenant"
    __scope__: ClassVar[TableScope] = "platform"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    office: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(20))
    land: Mapped[str] = mapped_column(String(40), default="")
    ags: Mapped[str] = mapped_column(String(12), default="")
    committee: Mapped[str] = mapped_column(String(200), default="Jugendhilfeausschuss")
    street: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(200), default="")
    telephone: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    members: Mapped[list[str]] = mapped_column(JSONB, default=list)
    theme: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    number_patterns: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    smallest_figure: Mapped[int] = mapped_column(Integer, server_default="5")
    logo: Mapped[bytes | None] = mapped_column(deferred=True)
    has_logo: Mapped[bool] = column_property(logo.is_not(None))
    is_demo: Mapped[bool] = mapped_column(default=False)
    four_eyes: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """Whether somebody else than who asks for it has to let a version of a form out."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        one_of("kind", TENANT_KINDS, "kind"),
        CheckConstraint("slug ~ '^[a-z][a-z0-9-]{1,39}$'", name="slug"),
        # With two, a hidden figure could only be one.
        CheckConstraint("smallest_figure BETWEEN 3 AND 50", name="smallest_figure"),
    )


class Organisation(Base):
    """A Träger or other partner: platform-wide, cooperates with many tenants."""

    __tablename__ = "organisation"
    __scope__: ClassVar[TableScope] = "organisation"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    street: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(200), default="")
    represented_by: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Cooperation(Base):
    """That an organisation works with a tenant, and since when."""

    __tablename__ = "cooperation"
    __scope__: ClassVar[TableScope] = "organisation"

    tenant_id: Mapped[str] = mapped_column(
        Uuid(as_uuid=False), ForeignKey("tenant.id"), primary_key=True
    )
    organisation_id: Mapped[str] = mapped_column(
        Uuid(as_uuid=False), ForeignKey("organisation.id"), primary_key=True, index=True
    )
    valid_from: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    valid_until: Mapped[date | None] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship()
    tenant: Mapped[Tenant] = relationship()


class TenantMembership(Base):
    """A person's role in a tenant."""

    __tablename__ = "tenant_membership"
    __scope__: ClassVar[TableScope] = "account"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), ForeignKey("tenant.id"))
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    role: Mapped[str] = mapped_column(String(30))
    valid_until: Mapped[date | None] = mapped_column(Date)

    tenant: Mapped[Tenant] = relationship()

    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "role"),
        one_of("role", TENANT_ROLES, "role"),
    )


class OrganisationMembership(Base):
    """A person's role in an organisation."""

    __tablename__ = "organisation_membership"
    __scope__: ClassVar[TableScope] = "account"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), ForeignKey("organisation.id"))
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    role: Mapped[str] = mapped_column(String(30))
    valid_until: Mapped[date | None] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (
        UniqueConstraint("organisation_id", "account_id", "role"),
        one_of("role", ORGANISATION_ROLES, "role"),
    )


class PlatformMembership(Base):
    """A person who operates the platform: sees tenants and health, never content."""

    __tablename__ = "platform_membership"
    __scope__: ClassVar[TableScope] = "account"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class NumberRange(TenantScoped, Base):
    """The last number given out for one kind of document in one period."""

    __tablename__ = "number_range"

    kind: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(10))
    last: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "period"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )


class TenantKey(TenantScoped, Base):
    """The tenant's data key, wrapped by the master key; destroying it erases what it encrypts."""

    __tablename__ = "tenant_key"

    wrapped: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("tenant_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
    )
