"""What people chose to see of a form's submissions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Integer, String, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from forms.expressions.nodes import Json
from tenants.database import Base, TenantScoped, now


class SavedView(TenantScoped, Base):
    """Filters, columns and order of a form's table.

    The view without a name is what its owner looked at last: a filter may hold a name, which must
    stand neither in an address nor in a log. A shared view is seen by everybody of its side (the
    office, or one Träger); only its owner changes it.
    """

    __tablename__ = "saved_view"

    form_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(80), default="")
    is_shared: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Json]] = mapped_column(JSONB, default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "form_id"], ["form.tenant_id", "form.id"]),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint(
            "tenant_id",
            "form_id",
            "organisation_id",
            "account_id",
            "name",
            postgresql_nulls_not_distinct=True,
        ),
    )
