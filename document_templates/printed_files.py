"""Prints in the object store that no register speaks of: blank forms, and files of bulk runs.

They can be made anew at any time; they are noted so that the integrity job reads them, too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import String, UniqueConstraint, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.context import current_tenant_id
from tenants.database import Base, TenantScoped, new_id, now
from tenants.models import one_of
from tenants.storage.object_keys import CASES, tenant_key
from tenants.storage.objects import StoredObject

PURPOSES: Final = ("blank_form", "bulk_run")
Purpose = Literal["blank_form", "bulk_run"]


class PrintedFile(TenantScoped, Base):
    """Where a print lies and what its content must be; ``erase_at`` is None for one that stays."""

    __tablename__ = "printed_file"

    purpose: Mapped[str] = mapped_column(String(20))
    object_key: Mapped[str] = mapped_column(String(400))
    object_version: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    printed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    erase_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "object_key"),
        one_of("purpose", PURPOSES, "purpose"),
    )


def forget_prints(session: Session, case_id: str) -> None:
    """Forget what was printed of a case whose key is destroyed: it cannot be read any more."""
    folder = tenant_key(current_tenant_id(), CASES, case_id) + "/"
    session.execute(
        delete(PrintedFile)
        .where(PrintedFile.object_key.startswith(folder, autoescape=True))
        .execution_options(synchronize_session=False)
    )


def note_print(
    session: Session, stored: StoredObject, purpose: Purpose, *, erase_at: datetime | None = None
) -> None:
    """Note a print that was just stored, and forget those that are erased by now."""
    session.execute(
        delete(PrintedFile)
        .where(PrintedFile.erase_at < now())
        .execution_options(synchronize_session=False)
    )
    kept = {
        "object_version": stored.version_id,
        "sha256": stored.sha256,
        "erase_at": erase_at,
    }
    session.execute(
        insert(PrintedFile)
        .values(
            tenant_id=current_tenant_id(),
            id=new_id(),
            purpose=purpose,
            object_key=stored.key,
            **kept,
        )
        .on_conflict_do_update(index_elements=["tenant_id", "object_key"], set_=kept)
    )
