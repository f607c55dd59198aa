"""Uploading and publishing templates: cleaned, checked, tried, then unchangeable."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.checked_templates import (
    CheckedTemplate,
    check_source,
    check_upload,
    clean_upload,
)
from document_templates.clauses.pinning import (
    KnownClauses,
    current_clauses,
    keep_pins,
    outdated_pins,
    pinned_clauses,
)
from document_templates.cleaning import CleanedDocx
from document_templates.frames.keeping import open_frame
from document_templates.frames.models import FrameVersion
from document_templates.frames.using import frame_version_of, outdated_frame
from document_templates.framing.placing import place_in_frame
from document_templates.models import DocumentTemplate, TemplateVersion
from document_templates.verification_block import ensure_verification_block
from forms.models import FormVersion
from forms.publishing import definition_of
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.storage.objects import ObjectExists, ObjectStore, StoredObject, content_hash
from tenants.storage.tenant_store import TenantStore

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class TemplateUnknown(LookupError):
    """The tenant in scope has no such template."""


class TemplateUnusable(ValueError):
    """The template has errors and cannot be published."""


def upload_template(
    session: Session,
    store: ObjectStore,
    form_version: FormVersion,
    *,
    title: str,
    file_name: str,
    data: bytes,
    frame: FrameVersion | None = None,
) -> TemplateVersion:
    """Check a file and keep it as the next version of the template with ``title``.

    It makes no document before it is published. A template has one title per tenant; a known
    title means a new version. With a ``frame`` only the text of the file counts. Raises
    `document_templates.findings.TemplateRefused` and the errors of the object store. Permission:
    Tenant-Admin.
    """
    known = current_clauses(session, template_titled(session, form_version.form_id, title))
    definition = definition_of(form_version)
    if frame is None:
        checked = check_upload(data, definition, known.contents)
    else:
        source = _framed(store, clean_upload(data, definition, known.contents), frame)
        checked = check_source(source, definition, known.contents)
    return keep_version(
        session,
        store,
        checked,
        known,
        form_id=form_version.form_id,
        form_version=form_version,
        title=title,
        file_name=file_name,
        frame=frame,
    )


def _framed(store: ObjectStore, source: CleanedDocx, frame: FrameVersion) -> CleanedDocx:
    """Return a file in a frame. The place of its code may have been in its former foot."""
    return ensure_verification_block(place_in_frame(source, open_frame(store, frame)))


def template_titled(session: Session, form_id: str, title: str) -> DocumentTemplate | None:
    """Return the template of a form with ``title``."""
    return session.scalars(
        select(DocumentTemplate).where(
            DocumentTemplate.form_id == form_id, DocumentTemplate.title == title
        )
    ).first()


def keep_version(
    session: Session,
    store: ObjectStore,
    checked: CheckedTemplate,
    known: KnownClauses,
    *,
    form_id: str,
    form_version: FormVersion | None,
    title: str,
    file_name: str,
    frame: FrameVersion | None = None,
) -> TemplateVersion:
    """Store a checked file as the next version of a form's template with ``title``.

    ``known`` are the clauses that it was checked with; those in it belong to the version for ever.
    Without a version of the form it waits for one. Raises the errors of the object store.
    """
    template = template_titled(session, form_id, title)
    if template is None:
        template = DocumentTemplate(form_id=form_id, key=new_id(), title=title)
        session.add(template)
        session.flush()
    version = TemplateVersion(
        id=new_id(),
        template_id=template.id,
        form_version_id=form_version.id if form_version else None,
        number=next_number(session, template.id),
        state="checked" if form_version else "waiting",
        file_name=file_name[:200],
        frame_version_id=frame.id if frame else None,
        findings=[finding.as_json() for finding in checked.findings],
        uploaded_by=current_scope().account_id,
    )
    keep_files(store, version, checked)
    session.add(version)
    session.flush()
    keep_pins(session, version.id, known, checked.clauses)
    record(session, "template.uploaded", "template_version", version.id, number=version.number)
    return version


def keep_files(store: ObjectStore, version: TemplateVersion, checked: CheckedTemplate) -> None:
    """Store the file that documents are made of, and the one with the places for its clauses.

    Raises the errors of the object store.
    """
    stored = _keep_file(store, version.template_id, checked.cleaned)
    version.object_key, version.object_version = stored.key, stored.version_id
    version.sha256 = stored.sha256
    if checked.clauses:
        source = _keep_file(store, version.template_id, checked.source)
        version.source_key, version.source_version = source.key, source.version_id
        version.source_sha256 = source.sha256


def _keep_file(store: ObjectStore, template_id: str, file: CleanedDocx) -> StoredObject:
    tenant_store = TenantStore(store, current_tenant_id())
    sha256 = content_hash(file.data)
    key = tenant_store.key("templates", template_id, f"{sha256}.docx")
    try:
        return tenant_store.put(key, file.data, content_type=DOCX_TYPE, sha256=sha256)
    except ObjectExists as taken:
        return taken.existing


def open_source(store: ObjectStore, version: TemplateVersion) -> CleanedDocx:
    """Return the file of a version as it was uploaded: with the places for its clauses.

    Raises the errors of the object store.
    """
    tenant_store = TenantStore(store, current_tenant_id())
    if version.source_key:
        data = tenant_store.get(version.source_key, version.source_version, version.source_sha256)
    else:
        data = tenant_store.get(version.object_key, version.object_version, version.sha256)
    return CleanedDocx(data, ())


def renew_clauses(
    session: Session, store: ObjectStore, version: TemplateVersion
) -> TemplateVersion:
    """Keep the file of ``version`` with the clauses as they are now as its template's next version.

    It makes no document before it is published. Raises the errors of the object store.
    Permission: Tenant-Admin.
    """
    known = current_clauses(session, version.template)
    source, frame = open_source(store, version), frame_version_of(session, version)
    return _keep_next(session, store, version, source, known, frame)


def _keep_next(
    session: Session,
    store: ObjectStore,
    version: TemplateVersion,
    source: CleanedDocx,
    known: KnownClauses,
    frame: FrameVersion | None,
) -> TemplateVersion:
    form_version = version.form_version
    return keep_version(
        session,
        store,
        check_source(source, definition_of(form_version), known.contents),
        known,
        form_id=version.template.form_id,
        form_version=form_version,
        title=version.template.title,
        file_name=version.file_name,
        frame=frame,
    )


def frameable_versions(session: Session) -> list[TemplateVersion]:
    """Return the newest published version of each template, by title."""
    newest: dict[str, TemplateVersion] = {}
    for version in list_templates(session):
        if version.state == "published":
            newest.setdefault(version.template_id, version)
    return list(newest.values())


def put_in_frame(
    session: Session, store: ObjectStore, version: TemplateVersion, frame: FrameVersion
) -> TemplateVersion:
    """Keep the file of ``version`` in a frame, or a newer one, as the template's next version.

    It says the same words, its clauses too, and makes no document before it is published. Raises
    the errors of the object store. Permission: Tenant-Admin.
    """
    source = _framed(store, open_source(store, version), frame)
    known = pinned_clauses(session, version.id)
    return _keep_next(session, store, version, source, known, frame)


def next_number(session: Session, template_id: str) -> int:
    """Return the number of the next version of a template."""
    last = session.scalar(
        select(func.max(TemplateVersion.number)).where(TemplateVersion.template_id == template_id)
    )
    return (last or 0) + 1


def publish_template(session: Session, version: TemplateVersion) -> None:
    """Let ``version`` make documents from now on; the one before it for the same form is retired.

    Versions for other versions of the form stay: submissions to those still come in. Raises
    `TemplateUnusable` when the check found errors or the form is not published yet. Permission:
    Tenant-Admin.
    """
    if any(finding.get("level") == "error" for finding in version.findings):
        raise TemplateUnusable(
            _("Die Vorlage hat noch Fehler. Laden Sie eine berichtigte Datei hoch.")
        )
    if version.form_version_id is None:
        raise TemplateUnusable(_("Veröffentlichen Sie zuerst den Vordruck."))
    if version.state == "published":
        return
    outdated = outdated_pins(session, version)
    if outdated:
        raise TemplateUnusable(
            _(
                "Seit der Prüfung gibt es von {names} eine neue Fassung. Übernehmen Sie sie, "
                "bevor Sie veröffentlichen."
            ).format(names=", ".join(f"„{title}“" for title in outdated))
        )
    frame = outdated_frame(session, version)
    if frame:
        raise TemplateUnusable(
            _(
                "Seit der Prüfung gibt es vom Rahmen „{title}“ eine neue Fassung. Übernehmen Sie"
                " sie, bevor Sie veröffentlichen."
            ).format(title=frame)
        )
    for former in session.scalars(
        select(TemplateVersion).where(
            TemplateVersion.template_id == version.template_id,
            TemplateVersion.form_version_id == version.form_version_id,
            TemplateVersion.state == "published",
        )
    ):
        former.state = "retired"
    version.state = "published"
    version.published_at = now()
    session.flush()
    record(session, "template.published", "template_version", version.id, number=version.number)


def set_products(
    session: Session,
    template: DocumentTemplate,
    *,
    makes: str,
    begins_field: str,
    ends_field: str,
    amends_field: str,
) -> None:
    """Say what the documents of a template are from now on, and which answers say when they hold.

    ``makes`` is one of `document_templates.models.TEMPLATE_PRODUCTS`. Permission: Tenant-Admin.
    """
    template.makes = makes
    template.begins_field, template.ends_field = begins_field, ends_field
    template.amends_field = amends_field
    session.flush()
    record(session, "template.products_set", "document_template", template.id, makes=makes)


def find_template_version(session: Session, version_id: str) -> TemplateVersion:
    """Return a template version of the tenant in scope. Raises `TemplateUnknown`."""
    version = session.get(TemplateVersion, (current_tenant_id(), version_id))
    if version is None:
        raise TemplateUnknown(_("Diese Vorlage gibt es nicht."))
    return version


def versions_of(session: Session, version: TemplateVersion) -> list[TemplateVersion]:
    """Return all versions of the template that ``version`` is one of, newest first."""
    return list(
        session.scalars(
            select(TemplateVersion)
            .where(TemplateVersion.template_id == version.template_id)
            .order_by(TemplateVersion.number.desc())
        )
    )


def list_templates(session: Session) -> list[TemplateVersion]:
    """Return every version of the tenant's templates, newest first within each template."""
    return list(
        session.scalars(
            select(TemplateVersion)
            .join(
                DocumentTemplate,
                (DocumentTemplate.tenant_id == TemplateVersion.tenant_id)
                & (DocumentTemplate.id == TemplateVersion.template_id),
            )
            .order_by(DocumentTemplate.title, TemplateVersion.number.desc())
        )
    )
