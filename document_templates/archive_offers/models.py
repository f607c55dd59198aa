"""Offers to the archive and the documents in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from document_templates.models import Document
from tenants.database import Base, TenantScoped
from tenants.models import one_of

OFFER_STATES: Final = ("offered", "decided", "packing", "packed", "closed")


class ArchiveOffer(TenantScoped, Base):
    """What the archive was offered on a day, and how far that is.

    ``offered``: the archive is asked. ``decided``: somebody noted what it takes. ``packing``,
    ``packed``: a second person agreed, the package is made. ``closed``: the archive has it, or
    took nothing.
    """

    __tablename__ = "archive_offer"

    state: Mapped[str] = mapped_column(String(20), default="offered")
    offered_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    offered_name: Mapped[str] = mapped_column(String(200))
    answer_by: Mapped[date] = mapped_column(Date)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_name: Mapped[str] = mapped_column(String(200), default="")
    needs_two: Mapped[bool] = mapped_column(default=True)
    released_name: Mapped[str] = mapped_column(String(200), default="")
    released_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(500), default="")
    package_key: Mapped[str] = mapped_column(String(400), default="")
    package_version: Mapped[str] = mapped_column(String(200), default="")
    package_sha256: Mapped[str] = mapped_column(String(64), default="")
    package_size: Mapped[int] = mapped_column(BigInteger, default=0)
    received_at: Mapped[datetime | None]
    received_name: Mapped[str] = mapped_column(String(200), default="")

    items: Mapped[list[ArchiveOfferItem]] = relationship(viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        one_of("state", OFFER_STATES, "state"),
        Index("ix_archive_offer_list", "tenant_id", "offered_at"),
    )


class ArchiveOfferItem(TenantScoped, Base):
    """A document in an offer, and whether the archive takes it. A document is offered once."""

    __tablename__ = "archive_offer_item"

    offer_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    document_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    is_taken: Mapped[bool] = mapped_column(default=False)

    document: Mapped[Document] = relationship(viewonly=True, lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "offer_id"], ["archive_offer.tenant_id", "archive_offer.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        UniqueConstraint("tenant_id", "document_id"),
        Index("ix_archive_offer_item_offer", "tenant_id", "offer_id"),
    )
