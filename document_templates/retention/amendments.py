"""Nachträge: an agreement stays as long as one that amends it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.models import AgreementTerm
from document_templates.models import Document, DocumentVersion


def amendments(session: Session, document_id: str | None = None) -> set[tuple[str, str]]:
    """Return pairs of an agreement and a Nachtrag to it that is not erased (ids of documents).

    ``document_id`` names the one agreement to look at, else it is all.
    """
    query = (
        select(AgreementTerm.amends_id, DocumentVersion.document_id)
        .join(
            DocumentVersion,
            (DocumentVersion.tenant_id == AgreementTerm.tenant_id)
            & (DocumentVersion.id == AgreementTerm.document_version_id),
        )
        .join(
            Document,
            (Document.tenant_id == DocumentVersion.tenant_id)
            & (Document.id == DocumentVersion.document_id),
        )
        .where(AgreementTerm.amends_id.is_not(None), Document.erased_at.is_(None))
    )
    if document_id is not None:
        query = query.where(AgreementTerm.amends_id == document_id)
    return {(amended, by) for amended, by in session.execute(query) if amended is not None}
