"""Asking for documents: the request and its task are written in the caller's transaction."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.models import (
    Document,
    DocumentRequest,
    DocumentTemplate,
    DocumentVersion,
    Proof,
    TemplateVersion,
)
from document_templates.signing.overtaking import withdraw_signings
from document_templates.verification_codes import new_code
from forms.models import Submission
from forms.procedure.handing_over import steps_done
from tenants.audit import record
from tenants.database import now
from tenants.numbers import next_number
from tenants.outbox import enqueue

MAKE_DOCUMENT = "make_document"
_BERLIN = ZoneInfo("Europe/Berlin")


def request_documents(session: Session, submission: Submission) -> list[DocumentRequest]:
    """Request a document from every published template of the submission's form version.

    Nothing is committed: submission, request and task exist together or not at all. Repeated
    for the same hand-over it requests nothing new; a later hand-over, a correction, becomes the
    next version of the same document. While steps of the form are to be done there is none.
    """
    if not steps_done(submission):
        return []
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
    requests = []
    for version in wanted:
        former = _requests_of(session, submission, version)
        if not former or former[-1].handover_number < submission.handover_number:
            requests.append(_request_document(session, submission, version, former))
    session.flush()
    return requests


def _requests_of(
    session: Session, submission: Submission, version: TemplateVersion
) -> list[DocumentRequest]:
    """Return the requests for the document that any version of this template makes, in order."""
    return list(
        session.scalars(
            select(DocumentRequest)
            .join(
                TemplateVersion,
                (TemplateVersion.tenant_id == DocumentRequest.tenant_id)
                & (TemplateVersion.id == DocumentRequest.template_version_id),
            )
            .where(
                DocumentRequest.submission_id == submission.id,
                DocumentRequest.bulk_item_id.is_(None),
                TemplateVersion.template_id == version.template_id,
            )
            .order_by(DocumentRequest.version)
        )
    )


def _request_document(
    session: Session,
    submission: Submission,
    version: TemplateVersion,
    former: list[DocumentRequest],
) -> DocumentRequest:
    year = now().astimezone(_BERLIN).year
    request = DocumentRequest(
        submission_id=submission.id,
        template_version_id=version.id,
        handover_number=submission.handover_number,
        version=_next_version(session, former),
        organisation_id=submission.organisation_id,
        number=former[-1].number if former else next_number(session, "dokument", year),
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


def _next_version(session: Session, former: list[DocumentRequest]) -> int:
    """Return the number of the next version: signing a former one may have made others."""
    if not former:
        return 1
    made = session.scalar(
        select(func.max(DocumentVersion.number))
        .join(
            Document,
            (Document.tenant_id == DocumentVersion.tenant_id)
            & (Document.id == DocumentVersion.document_id),
        )
        .where(Document.number == former[-1].number)
    )
    return max(former[-1].version, made or 0) + 1


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


def withdraw_documents(session: Session, submission: Submission) -> None:
    """Say of every document of a withdrawn or cancelled submission that it holds no longer.

    What is being signed of them ends.
    """
    rows = session.execute(
        select(Proof, Document.id)
        .join(
            DocumentVersion,
            (DocumentVersion.tenant_id == Proof.tenant_id)
            & (DocumentVersion.id == Proof.document_version_id),
        )
        .join(
            Document,
            (Document.tenant_id == DocumentVersion.tenant_id)
            & (Document.id == DocumentVersion.document_id),
        )
        .where(Document.submission_id == submission.id, Proof.state == "valid")
    ).all()
    for proof, _document_id in rows:
        proof.state = "withdrawn"
    if rows:
        withdraw_signings(session, {document_id for _proof, document_id in rows})
        record(session, "document.withdrawn", "submission", submission.id, count=len(rows))
