"""Asking for documents: the request and its task are written in the caller's transaction."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.models import DocumentRequest, DocumentTemplate, TemplateVersion
from document_templates.verification_codes import new_code
from forms.models import Submission
from tenants.audit import record
from tenants.database import now
from tenants.numbers import next_number
from tenants.outbox import enqueue

MAKE_DOCUMENT = "make_document"
_BERLIN = ZoneInfo("Europe/Berlin")


def request_documents(session: Session, submission: Submission) -> list[DocumentRequest]:
    """Request a document from every published template of the submission's form version.

    Nothing is committed: submission, request and task exist together or not at all. Repeated
    for the same submission it requests nothing new.
    """
    wanted = session.scalars(
        select(TemplateVersion)
        .join(
            DocumentTemplate,
            (DocumentTemplate.tenant_id == TemplateVersion.tenant_id)
            & (DocumentTemplate.id == TemplateVersion.template_id),
        )
        .where(
            TemplateVersion.form_version_id == submission.form_version_id,
            TemplateVersion.state == "published",
        )
        .order_by(DocumentTemplate.title)
    ).all()
    known = set(
        session.scalars(
            select(DocumentRequest.template_version_id).where(
                DocumentRequest.submission_id == submission.id
            )
        )
    )
    requests = [
        _request_document(session, submission, version)
        for version in wanted
        if version.id not in known
    ]
    session.flush()
    return requests


def _request_document(
    session: Session, submission: Submission, version: TemplateVersion
) -> DocumentRequest:
    request = DocumentRequest(
        submission_id=submission.id,
        template_version_id=version.id,
        organisation_id=submission.organisation_id,
        number=next_number(session, "dokument", now().astimezone(_BERLIN).year),
        verification_code=new_code(),
    )
    session.add(request)
    session.flush()
    enqueue(
        session,
        MAKE_DOCUMENT,
        {"request_id": request.id},
        organisation_id=submission.organisation_id,
    )
    record(session, "document.requested", "document_request", request.id, number=request.number)
    return request


def retry_request(session: Session, request: DocumentRequest) -> None:
    """Let a failed request be tried again, after its cause was repaired."""
    if request.state != "failed":
        return
    request.state = "waiting"
    request.failure = ""
    request.lease_until = None
    enqueue(
        session,
        MAKE_DOCUMENT,
        {"request_id": request.id},
        organisation_id=request.organisation_id,
    )
    record(session, "document.retried", "document_request", request.id)
