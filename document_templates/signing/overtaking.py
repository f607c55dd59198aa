"""Ending a signing whose document has a newer version: nobody shall sign what no longer holds."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.signing.models import Signing
from document_templates.signing.progress import RUNNING
from tenants.audit import record
from tenants.database import now


def overtake_signings(session: Session, document_id: str) -> None:
    """End what runs of a document, in the transaction that registers its newer version.

    Signatures that were given stay as they are; they are about the former version.
    """
    running = session.scalars(
        select(Signing)
        .where(Signing.document_id == document_id, Signing.state.in_(RUNNING))
        .with_for_update()
    )
    for signing in running:
        signing.state, signing.ended_at = "overtaken", now()
        record(session, "signing.overtaken", "signing", signing.id)
