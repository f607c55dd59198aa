"""Everything that the making of one document needs, read once and then fixed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.attached_pictures import UploadedPicture, uploaded_pictures
from document_templates.bulk_runs.models import BulkItem
from document_templates.chain import canonical_json
from document_templates.clauses.choosing import GROUP
from document_templates.clauses.documents import (
    ChosenClause,
    clauses_for_document,
    term_for_document,
    wanted_clauses,
)
from document_templates.clauses.terms import Term
from document_templates.document_context import (
    DocumentDetails,
    PartnerDetails,
    SenderDetails,
    system_context,
)
from document_templates.models import DocumentRequest, TemplateVersion
from document_templates.pictures import qr_png
from forms.context import template_context
from forms.evaluation import Evaluation, evaluate
from forms.models import FormVersion, Submission
from forms.procedure.handing_over import evaluate_handover, find_handover
from forms.procedure.viewing import readable_evaluation, readable_form
from forms.publishing import definition_of
from forms.surroundings import today_in_berlin
from forms.tenant_surroundings import current_surroundings
from forms.viewer import Viewer
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.models import Organisation, Tenant


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """Where the published template lies, and the hash that its bytes must have."""

    version_id: str
    object_key: str
    object_version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """One document to be made: what to fill, with what, and what the register will say."""

    request_id: str
    submission_id: str | None
    recipient: str
    """Who a document of a bulk run is for, empty for others."""
    organisation_id: str | None
    organisation_name: str
    number: str
    version: int
    title: str
    data_class: str
    verification_code: str
    sealed_by: str
    place: str
    is_demo: bool
    template: TemplateSource
    uploads: tuple[UploadedPicture, ...] = field(repr=False)
    context: Mapping[str, object] = field(repr=False)
    pictures: Mapping[str, bytes] = field(repr=False)
    clauses: tuple[ChosenClause, ...] = ()
    term: Term | None = None
    """When it holds, if it is an agreement."""

    @property
    def context_sha256(self) -> str:
        """Return the hash of everything that was filled in."""
        return hashlib.sha256(canonical_json(_plain(self.context))).hexdigest()


def load_assignment(session: Session, request_id: str, public_url: str) -> Assignment:
    """Read the request of the tenant in scope with all that its document needs."""
    request = session.scalars(select(DocumentRequest).where(DocumentRequest.id == request_id)).one()
    item = _item(session, request)
    version = session.get_one(TemplateVersion, (current_tenant_id(), request.template_version_id))
    content = _of_submission(session, request) if request.submission_id else _of_row(request, item)
    return _assignment(session, request, item, version, content, public_url)


def preview_assignment(session: Session, item: BulkItem, public_url: str) -> Assignment:
    """Return what the document of a recipient will be made of, before it has a number.

    It has no verification code: nobody can prove a preview. The recipient must have a template.
    """
    request = DocumentRequest(
        id=item.id,
        submission_id=item.submission_id,
        bulk_item_id=item.id,
        template_version_id=item.template_version_id,
        handover_number=item.submission.handover_number if item.submission else 1,
        version=1,
        number=_("VORSCHAU"),
        verification_code="",
        # Not this moment: a preview stays the same while it is looked at.
        requested_at=item.run.created_at,
    )
    version = session.get_one(TemplateVersion, (current_tenant_id(), request.template_version_id))
    content = _of_submission(session, request) if request.submission_id else _of_row(request, item)
    return _assignment(session, request, item, version, content, public_url)


@dataclass(frozen=True, slots=True)
class _Content:
    """Where the answers of a document come from, and what is said of their origin."""

    submission: Submission | None
    evaluate: Callable[[Session, FormVersion], Evaluation]


def _item(session: Session, request: DocumentRequest) -> BulkItem | None:
    if request.bulk_item_id is None:
        return None
    return session.get_one(BulkItem, (current_tenant_id(), request.bulk_item_id))


def _of_submission(session: Session, request: DocumentRequest) -> _Content:
    submission = session.get_one(Submission, (current_tenant_id(), request.submission_id))

    def evaluated(session: Session, version: FormVersion) -> Evaluation:
        return evaluation_of(session, version, submission, request.handover_number)

    return _Content(submission, evaluated)


def _of_row(request: DocumentRequest, item: BulkItem | None) -> _Content:
    def evaluated(session: Session, version: FormVersion) -> Evaluation:
        definition = definition_of(version)
        surroundings = replace(
            current_surroundings(session, definition.rate_keys),
            today=today_in_berlin(request.requested_at),
        )
        answers = item.answers if item else {}
        return evaluate(definition, answers, stage="draft", surroundings=surroundings)

    return _Content(None, evaluated)


def _assignment(
    session: Session,
    request: DocumentRequest,
    item: BulkItem | None,
    version: TemplateVersion,
    content: _Content,
    public_url: str,
) -> Assignment:
    tenant = session.get_one(Tenant, current_tenant_id())
    submission = content.submission
    form_version_id = submission.form_version_id if submission else version.form_version_id
    form_version = session.get_one(FormVersion, (tenant.id, form_version_id))
    details = _details(request, version, submission, form_version, item, public_url)
    definition = definition_of(form_version)
    evaluation = content.evaluate(session, form_version)
    clauses = clauses_for_document(
        session,
        version,
        definition,
        evaluation,
        land=tenant.land,
        wanted=_wanted(session, request, item),
    )
    context = {
        **template_context(definition, evaluation),
        **({GROUP: clauses.choice} if clauses.choice else {}),
        **system_context(sender_details(tenant), partner_details(session, submission), details),
    }
    pictures: dict[str, bytes] = {}
    if request.verification_code:
        pictures["pruefung.qr"] = qr_png(details.verification_url)
    if tenant.logo is not None:
        pictures["mandant.logo"] = tenant.logo
    return Assignment(
        request_id=request.id,
        submission_id=request.submission_id,
        recipient=item.label if item else "",
        organisation_id=request.organisation_id,
        organisation_name=submission.organisation_name if submission else "",
        number=request.number,
        version=request.version,
        title=version.template.title,
        data_class=form_version.form.data_class,
        verification_code=request.verification_code,
        sealed_by=tenant.name,
        place=tenant.city.partition(" ")[2] or tenant.city,
        is_demo=tenant.is_demo,
        template=TemplateSource(
            version.id, version.object_key, version.object_version, version.sha256
        ),
        uploads=uploaded_pictures(session, submission) if submission else (),
        context=context,
        pictures=pictures,
        clauses=clauses.chosen,
        term=term_for_document(
            version.template, evaluation.values, today_in_berlin(request.requested_at)
        ),
    )


def _wanted(session: Session, request: DocumentRequest, item: BulkItem | None) -> frozenset[str]:
    """Return the optional clauses of a document: of its submission, and of its bulk run."""
    of_run = item.run.clauses if item is not None else ()
    return wanted_clauses(session, request.submission_id).union(of_run)


def evaluation_of(
    session: Session, form_version: FormVersion, submission: Submission, handover_number: int
) -> Evaluation:
    """Return the answers of that hand-over, of a Träger's only those that it may read."""
    handover = find_handover(session, submission, handover_number)
    evaluation = evaluate_handover(session, submission, handover)
    if submission.organisation_id is None:
        return evaluation
    readable = readable_form(definition_of(form_version), Viewer(frozenset({"traeger"})))
    return readable_evaluation(evaluation, readable)


def sender_details(tenant: Tenant) -> SenderDetails:
    """Return the tenant as it stands in a letterhead."""
    return SenderDetails(
        name=tenant.name,
        office=tenant.office,
        street=tenant.street,
        city=tenant.city,
        telephone=tenant.telephone,
        email=tenant.email,
        website=tenant.website,
        land=tenant.land,
        committee=tenant.committee,
        members=tuple(tenant.members),
        is_demo=tenant.is_demo,
    )


def partner_details(session: Session, submission: Submission | None) -> PartnerDetails:
    """Return the organisation for which was filled in."""
    if submission is None or submission.organisation_id is None:
        return PartnerDetails()
    organisation = session.get(Organisation, submission.organisation_id)
    if organisation is None:
        # The cooperation has ended and the organisation's address with it; the name stays.
        return PartnerDetails(name=submission.organisation_name)
    return PartnerDetails(
        name=submission.organisation_name,
        street=organisation.street,
        city=organisation.city,
        represented_by=organisation.represented_by,
    )


def _details(
    request: DocumentRequest,
    version: TemplateVersion,
    submission: Submission | None,
    form_version: FormVersion,
    item: BulkItem | None,
    public_url: str,
) -> DocumentDetails:
    received = submission.submitted_at if submission else None
    person = submission.person_name if submission else item.run.person_name if item else ""
    return DocumentDetails(
        title=version.template.title,
        number=request.number,
        version=request.version,
        requested_at=request.requested_at,
        submission_number=(submission.number or "") if submission else "",
        submitted_at=received or request.requested_at,
        person=person,
        template_title=version.template.title,
        template_number=version.number,
        form_title=form_version.form.title,
        form_number=form_version.number,
        verification_code=request.verification_code,
        public_url=public_url,
    )


def _plain(value: object) -> object:
    """Return ``value`` as JSON: decimals, dates and times as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value
