"""Reading the register: documents, their versions, and those still in the making."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from document_templates.models import Document, DocumentRequest, DocumentVersion
from forms.models import Submission
from tenants.context import current_scope
from tenants.language import _

UNFINISHED = ("waiting", "working", "failed")


class DocumentUnknown(LookupError):
    """There is no such document that the acting person may see."""


def list_documents(
    session: Session,
    *,
    own_only: bool,
    text: str = "",
    organisation_name: str = "",
    submission_id: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Document]:
    """Return documents that the acting person may see, newest first, with their versions.

    ``text`` is the beginning of a document number, submission number, title or recipient.
    """
    query = (
        select(Document)
        .outerjoin(
            Submission,
            (Submission.tenant_id == Document.tenant_id)
            & (Submission.id == Document.submission_id),
        )
        .options(
            joinedload(Document.submission),
            selectinload(Document.versions).joinedload(DocumentVersion.proof),
        )
        .order_by(Document.created_at.desc(), Document.id)
    )
    if own_only:
        query = query.where(Submission.account_id == current_scope().account_id)
    if submission_id is not None:
        query = query.where(Document.submission_id == submission_id)
    if organisation_name:
        query = query.where(Document.organisation_name == organisation_name)
    if text:
        query = query.where(
            or_(
                Document.number.startswith(text, autoescape=True),
                Submission.number.startswith(text, autoescape=True),
                Document.title.istartswith(text, autoescape=True),
                Document.recipient.istartswith(text, autoescape=True),
            )
        )
    return list(session.scalars(query.limit(limit).offset(offset)))


def list_parties(session: Session) -> list[str]:
    """Return the names of the organisations that have documents, sorted."""
    return list(
        session.scalars(
            select(Document.organisation_name).distinct().order_by(Document.organisation_name)
        )
    )


def list_unfinished(
    session: Session, *, own_only: bool, submission_id: str | None = None
) -> list[DocumentRequest]:
    """Return documents in the making or failed, oldest first, without those of bulk runs."""
    query = (
        select(DocumentRequest)
        .join(
            Submission,
            (Submission.tenant_id == DocumentRequest.tenant_id)
            & (Submission.id == DocumentRequest.submission_id),
        )
        .where(DocumentRequest.state.in_(UNFINISHED), DocumentRequest.bulk_item_id.is_(None))
        .options(
            joinedload(DocumentRequest.submission), joinedload(DocumentRequest.template_version)
        )
        .order_by(DocumentRequest.requested_at)
    )
    if own_only:
        query = query.where(Submission.account_id == current_scope().account_id)
    if submission_id is not None:
        query = query.where(DocumentRequest.submission_id == submission_id)
    return list(session.scalars(query.limit(200)))


def find_document(session: Session, document_id: str, *, own_only: bool) -> Document:
    """Return a document with its versions. Raises `DocumentUnknown`."""
    document = session.scalars(
        select(Document)
        .where(Document.id == document_id)
        .options(selectinload(Document.versions).joinedload(DocumentVersion.proof))
    ).first()
    if document is None or (own_only and not _is_own(document.submission)):
        raise DocumentUnknown(_("Dieses Dokument gibt es nicht."))
    return document


def find_request(session: Session, request_id: str, *, own_only: bool) -> DocumentRequest:
    """Return a request for a document. Raises `DocumentUnknown`."""
    request = session.scalars(
        select(DocumentRequest).where(DocumentRequest.id == request_id)
    ).first()
    if request is None or (own_only and not _is_own(request.submission)):
        raise DocumentUnknown(_("Dieses Dokument gibt es nicht."))
    return request


def find_version(session: Session, version_id: str, *, own_only: bool) -> DocumentVersion:
    """Return a stored version. Raises `DocumentUnknown`, also for one that was erased."""
    version = session.scalars(
        select(DocumentVersion).where(DocumentVersion.id == version_id)
    ).first()
    if (
        version is None
        or version.document.erased_at is not None
        or (own_only and not _is_own(version.document.submission))
    ):
        raise DocumentUnknown(_("Dieses Dokument gibt es nicht."))
    return version


def version_of_request(session: Session, request_id: str) -> DocumentVersion | None:
    """Return the version that a request became, None while it is in the making."""
    return session.scalars(
        select(DocumentVersion).where(DocumentVersion.request_id == request_id)
    ).first()


def _is_own(submission: Submission | None) -> bool:
    return submission is not None and submission.account_id == current_scope().account_id


def version_of_submission(session: Session, submission_id: str) -> DocumentVersion | None:
    """Return the newest stored version made of a submission, None if there is none."""
    return session.scalars(
        select(DocumentVersion)
        .join(
            Document,
            (Document.tenant_id == DocumentVersion.tenant_id)
            & (Document.id == DocumentVersion.document_id),
        )
        .where(Document.submission_id == submission_id)
        .order_by(DocumentVersion.chain_position.desc())
        .limit(1)
    ).first()
