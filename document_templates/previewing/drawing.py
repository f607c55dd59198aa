"""Drawing a preview: fill, convert, and the pages as pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.assignment import evaluation_of, partner_details, sender_details
from document_templates.attached_pictures import (
    UploadedPicture,
    open_pictures,
    uploaded_pictures,
)
from document_templates.checked_templates import trial_contexts
from document_templates.clauses.choosing import GROUP, Clauses, trial_choices
from document_templates.clauses.documents import clauses_for_document, wanted_clauses
from document_templates.clauses.pinning import pinned_clauses
from document_templates.cleaning import CleanedDocx
from document_templates.compiling import compile_template
from document_templates.document_context import DocumentDetails, PartnerDetails, system_context
from document_templates.edge_data import TRIAL_PICTURE
from document_templates.inline_pictures import ATTACHED
from document_templates.models import TemplateVersion
from document_templates.pictures import LOGO_PICTURE, QR_PICTURE, blank_png, qr_png
from document_templates.previewing.page_pictures import draw_pages
from document_templates.previewing.previews import (
    EDGES,
    JSON,
    LISTING,
    PNG,
    REAL_DATA_STAYS,
    Preview,
    find_pages,
    preview_key,
)
from document_templates.previewing.sample_data import sample_context
from document_templates.production import Workshop
from forms.attachments.keeping import ERASE_OBJECT
from forms.context import placeholder_paths, template_context
from forms.models import FormVersion, Submission
from forms.publishing import definition_of
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import Task, enqueue, finish_task
from tenants.storage.objects import ObjectExists, content_hash
from tenants.storage.tenant_store import TenantStore


def draw_preview(workshop: Workshop, task_id: str, preview: Preview) -> None:
    """Draw a preview and finish its task. Harmless to repeat.

    Raises `document_templates.findings.FillingFailed`, `PagesNotDrawn` and the errors of
    conversion and object store.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        drawn = find_pages(session, workshop.store, preview)
        subject = None if drawn else _read_subject(session, workshop, preview)
    pages = [] if subject is None else _draw(workshop, store, subject)
    with workshop.sessions() as session:
        # The list comes last: who finds it finds every page.
        names = [f"{number}.png" for number in range(1, (drawn or len(pages)) + 1)]
        keys = [preview_key(store, session, preview, name) for name in [*names, LISTING]]
    listing = json.dumps({"pages": len(pages)}).encode()
    for key, content in zip(keys, [*pages, listing] if pages else [], strict=False):
        _put(store, key, content, PNG if key.endswith(".png") else JSON)
    with workshop.sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.state == "done":
            return
        if preview.is_real:
            _erase_later(session, store, keys)
        finish_task(task)


def _erase_later(session: Session, store: TenantStore, keys: list[str]) -> None:
    for stored in filter(None, map(store.stat, keys)):
        enqueue(
            session,
            ERASE_OBJECT,
            {"key": stored.key, "version": stored.version_id},
            available_at=now() + REAL_DATA_STAYS,
        )


@dataclass(frozen=True, slots=True)
class _Subject:
    """All that drawing needs, read once."""

    title: str
    object_key: str
    object_version: str
    sha256: str
    paths: frozenset[str]
    clauses: Clauses
    data: str
    context: Mapping[str, object]
    system: Mapping[str, object]
    logo: bytes | None
    uploads: tuple[UploadedPicture, ...]
    url: str


def _read_subject(session: Session, workshop: Workshop, preview: Preview) -> _Subject:
    tenant = session.get_one(Tenant, current_tenant_id())
    version = session.get_one(TemplateVersion, (tenant.id, preview.version_id))
    form_version = session.get_one(FormVersion, (tenant.id, version.form_version_id))
    definition = definition_of(form_version)
    submission = session.get_one(Submission, (tenant.id, preview.data)) if preview.is_real else None
    partner = partner_details(session, submission) if submission else _SAMPLE_PARTNER
    details = _details(version, form_version, submission, workshop.public_url)
    known = pinned_clauses(session, version.id).contents
    context: Mapping[str, object] = {}
    if submission is not None:
        evaluation = evaluation_of(session, form_version, submission, submission.handover_number)
        clauses = clauses_for_document(
            session,
            version,
            definition,
            evaluation,
            land=tenant.land,
            wanted=wanted_clauses(session, submission.id),
        )
        context = {**template_context(definition, evaluation), GROUP: clauses.choice}
    elif preview.data == "muster":
        context = {**sample_context(definition), GROUP: next(trial_choices(known))}
    return _Subject(
        title=version.template.title,
        object_key=version.object_key,
        object_version=version.object_version,
        sha256=version.sha256,
        paths=frozenset(placeholder_paths(definition)),
        clauses=known,
        data=preview.data,
        context=context,
        system=system_context(sender_details(tenant), partner, details),
        logo=tenant.logo,
        uploads=uploaded_pictures(session, submission) if submission else (),
        url=details.verification_url,
    )


def _draw(workshop: Workshop, store: TenantStore, subject: _Subject) -> list[bytes]:
    content = store.get(subject.object_key, subject.object_version, subject.sha256)
    cleaned = CleanedDocx(content, ())
    compiled = compile_template(cleaned)
    context = subject.context
    if subject.data in EDGES:
        contexts = trial_contexts(subject.paths, cleaned, subject.clauses)
        context = next(islice(contexts, EDGES[subject.data], None))
    pictures = {
        **dict.fromkeys(compiled.picture_names, blank_png()),
        QR_PICTURE: qr_png(subject.url),
        ATTACHED + TRIAL_PICTURE.identity: blank_png(),
    }
    if subject.logo is not None:
        pictures[LOGO_PICTURE] = subject.logo
    if compiled.shows_uploads:
        pictures.update(open_pictures(store, subject.uploads))
    docx = compiled.fill({**context, **subject.system}, pictures)
    return draw_pages(workshop.converter.convert(docx, title=subject.title))


def _put(store: TenantStore, key: str, content: bytes, content_type: str) -> None:
    # Where another worker was faster, its page is as good.
    with suppress(ObjectExists):
        store.put(key, content, content_type=content_type, sha256=content_hash(content))


_SAMPLE_PARTNER = PartnerDetails(
    name=_("Beispielträger gGmbH"),
    street=_("Musterweg 1"),
    city=_("12345 Musterstadt"),
    represented_by=_("Mara Beispiel"),
)


def _details(
    version: TemplateVersion,
    form_version: FormVersion,
    submission: Submission | None,
    public_url: str,
) -> DocumentDetails:
    moment = (submission.submitted_at if submission else None) or version.uploaded_at
    return DocumentDetails(
        title=version.template.title,
        number=_("VORSCHAU"),
        version=1,
        requested_at=moment,
        submission_number=(submission.number if submission else "") or _("VORSCHAU"),
        submitted_at=moment,
        person=submission.person_name if submission else _("Mara Beispiel"),
        template_title=version.template.title,
        template_number=version.number,
        form_title=form_version.form.title,
        form_number=form_version.number,
        verification_code="VORSCHAU",
        public_url=public_url,
    )
