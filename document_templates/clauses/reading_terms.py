"""Terms of agreements that were made before anybody said that they are some.

A worker reads them from the answers of each document, a few at a time; it may be cut off anywhere.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from document_templates.assignment import load_assignment
from document_templates.clauses.documents import write_term
from document_templates.clauses.models import AgreementTerm
from document_templates.clauses.terms import LETTERS
from document_templates.models import DocumentTemplate, DocumentVersion, TemplateVersion
from tenants.context import current_tenant_id
from tenants.outbox import Task, enqueue, finish_task

READ_TERMS = "read_terms"
_AT_ONCE = 50


def ask_for_terms(session: Session, template: DocumentTemplate) -> None:
    """Have the terms of the documents read that a template made up to now."""
    enqueue(session, READ_TERMS, {"template_id": template.id}, is_bulk=True)


def read_terms(sessions: sessionmaker[Session], task_id: str, template_id: str) -> None:
    """Write down the terms of a template's documents that have none, and finish the task."""
    while True:
        with sessions.begin() as session:
            template = session.get_one(DocumentTemplate, (current_tenant_id(), template_id))
            waiting = [] if template.makes == LETTERS else _without_term(session, template)
            for version in waiting:
                _write(session, version)
            if not waiting:
                finish_task(
                    session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
                )
                return


def _without_term(session: Session, template: DocumentTemplate) -> list[DocumentVersion]:
    return list(
        session.scalars(
            select(DocumentVersion)
            .join(
                TemplateVersion,
                (TemplateVersion.tenant_id == DocumentVersion.tenant_id)
                & (TemplateVersion.id == DocumentVersion.template_version_id),
            )
            .outerjoin(
                AgreementTerm,
                (AgreementTerm.tenant_id == DocumentVersion.tenant_id)
                & (AgreementTerm.document_version_id == DocumentVersion.id),
            )
            .where(
                TemplateVersion.template_id == template.id,
                DocumentVersion.request_id.is_not(None),
                AgreementTerm.id.is_(None),
            )
            .order_by(DocumentVersion.chain_position)
            .limit(_AT_ONCE)
        )
    )


def _write(session: Session, version: DocumentVersion) -> None:
    """Write down the term of a version, and of the one that signatures made of it."""
    term = load_assignment(session, str(version.request_id), "").term
    if term is None:
        return
    write_term(session, version.id, term)
    signed = session.scalars(
        select(DocumentVersion.id).where(
            DocumentVersion.document_id == version.document_id,
            DocumentVersion.number == version.number + 1,
            DocumentVersion.signing_id.is_not(None),
        )
    ).first()
    if signed is not None:
        write_term(session, signed, term)
    session.flush()
