"""Answers kept for a day, so that a program that asks again gets the same (Idempotency-Key)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKeyConstraint, Integer, String, UniqueConstraint, Uuid, delete, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.context import current_scope, current_tenant_id
from tenants.database import Base, TenantScoped, new_id, now

KEPT: Final = timedelta(hours=24)


class KeptAnswer(TenantScoped, Base):
    """What a call was answered under its key; identifiers and numbers, never answers of a form."""

    __tablename__ = "kept_answer"

    api_token_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    key: Mapped[str] = mapped_column(String(200))
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    answer: Mapped[dict[str, str | int | bool | None]] = mapped_column(JSONB, default=dict)
    kept_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "api_token_id"],
            ["api_token.tenant_id", "api_token.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "api_token_id", "key"),
    )


def claim_key(
    session: Session, token_id: str, key: str, request_sha256: str
) -> tuple[KeptAnswer, bool]:
    """Return the kept answer under ``key``, and whether it was claimed only now.

    A call that runs at the same time with the same key is waited for: it either commits, then
    its answer is here, or it fails, then this one is the first. What is older than a day is
    forgotten.
    """
    session.execute(
        delete(KeptAnswer).where(
            KeptAnswer.api_token_id == token_id, KeptAnswer.kept_at < now() - KEPT
        )
    )
    claimed = session.execute(
        insert(KeptAnswer)
        .values(
            tenant_id=current_tenant_id(),
            id=new_id(),
            api_token_id=token_id,
            organisation_id=current_scope().organisation_id,
            key=key,
            request_sha256=request_sha256,
            answer={},
            kept_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "api_token_id", "key"])
        .returning(KeptAnswer.id),
        execution_options={"tenant_guarded": True},
    ).first()
    kept = session.scalars(
        select(KeptAnswer).where(KeptAnswer.api_token_id == token_id, KeptAnswer.key == key)
    ).one()
    return kept, claimed is not None
