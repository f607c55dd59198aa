"""Ending a signing whose document no longer holds: nobody shall sign it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.signing.models import Signing
from document_templates.signing.progress import RUNNING
from tenants.audit import record
from tenants.database import now
from tenants.language import _


def overtake_signings(session: Session, document_id: str) -> None:
    """End what runs of a document, in the transaction that registers its newer version.

    Signatures that were given stay as they are; they are about the former version.
    """
    for signing in _running(session, [document_id]):
        signing.state, signing.ended_at = "overtaken", now()
        record(session, "signing.overtaken", "signing", signing.id)


def withdraw_signings(session: Session, document_ids: Collection[str]) -> None:
    """End what runs of documents whose submission was taken back, in the same transaction."""
    for signing in _running(session, document_ids):
        signing.state, signing.ended_at = "withdrawn", now()
        signing.reason = _(
            "Die Einreichung ist zurückgenommen oder storniert; das Dokument gilt nicht mehr."
        )
        record(session, "signing.withdrawn", "signing", signing.id)


def _running(session: Session, document_ids: Collection[str]) -> list[Signing]:
    return list(
        session.scalars(
            select(Signing)
            .where(Signing.document_id.in_(document_ids), Signing.state.in_(RUNNING))
            .with_for_update()
        )
    )
