"""Uploading and publishing templates: cleaned, checked, tried, then unchangeable."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.checking import check_template
from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.compiling import compile_template
from document_templates.edge_data import edge_context, trial_render, value_kinds
from document_templates.findings import Finding, has_errors
from document_templates.framing.placing import place_in_frame
from document_templates.models import DocumentTemplate, TemplateVersion
from document_templates.verification_block import ensure_verification_block
from forms.context import placeholder_paths
from forms.definition import FormDefinition
from forms.models import FormVersion
from forms.publishing import definition_of
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.storage.objects import ObjectExists, ObjectStore, content_hash
from tenants.storage.tenant_store import TenantStore

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class TemplateUnknown(LookupError):
    """The tenant in scope has no such template."""


class TemplateUnusable(ValueError):
    """The template has errors and cannot be published."""


@dataclass(frozen=True, slots=True)
class CheckedTemplate:
    """A cleaned template with everything that was found in it."""

    cleaned: CleanedDocx
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether it may be published."""
        return not has_errors(self.findings)


def check_upload(data: bytes, definition: FormDefinition) -> CheckedTemplate:
    """Clean an uploaded file, check it against the form and fill it with edge data.

    Raises `document_templates.findings.TemplateRefused` for a file that is no safe DOCX.
    """
    return check_cleaned(ensure_verification_block(clean_docx(data)), definition)


def check_cleaned(cleaned: CleanedDocx, definition: FormDefinition) -> CheckedTemplate:
    """Check a cleaned file against the form and fill it with edge data."""
    paths = placeholder_paths(definition)
    findings = [*cleaned.findings, *check_template(cleaned, paths)]
    if not has_errors(findings):
        contexts = edge_context(paths, value_kinds(cleaned))
        findings += trial_render(compile_template(cleaned), contexts)
    return CheckedTemplate(cleaned, tuple(findings))


def upload_template(
    session: Session,
    store: ObjectStore,
    form_version: FormVersion,
    *,
    title: str,
    file_name: str,
    data: bytes,
) -> TemplateVersion:
    """Check a file and keep it as the next version of the template with ``title``.

    It makes no document before it is published. A template has one title per tenant; a known
    title means a new version. Raises `document_templates.findings.TemplateRefused` and the
    errors of the object store. Permission: Tenant-Admin.
    """
    return keep_version(
        session,
        store,
        check_upload(data, definition_of(form_version)),
        form_id=form_version.form_id,
        form_version=form_version,
        title=title,
        file_name=file_name,
    )


def keep_version(
    session: Session,
    store: ObjectStore,
    checked: CheckedTemplate,
    *,
    form_id: str,
    form_version: FormVersion | None,
    title: str,
    file_name: str,
) -> TemplateVersion:
    """Store a checked file as the next version of a form's template with ``title``.

    Without a version of the form it waits for one. Raises the errors of the object store.
    """
    template = session.scalars(
        select(DocumentTemplate).where(
            DocumentTemplate.form_id == form_id, DocumentTemplate.title == title
        )
    ).first()
    if template is None:
        template = DocumentTemplate(form_id=form_id, key=new_id(), title=title)
        session.add(template)
        session.flush()
    tenant_store = TenantStore(store, current_tenant_id())
    sha256 = content_hash(checked.cleaned.data)
    key = tenant_store.key("templates", template.id, f"{sha256}.docx")
    try:
        stored = tenant_store.put(key, checked.cleaned.data, content_type=DOCX_TYPE, sha256=sha256)
    except ObjectExists as taken:
        stored = taken.existing
    version = TemplateVersion(
        id=new_id(),
        template_id=template.id,
        form_version_id=form_version.id if form_version else None,
        number=next_number(session, template.id),
        state="checked" if form_version else "waiting",
        file_name=file_name[:200],
        object_key=stored.key,
        object_version=stored.version_id,
        sha256=sha256,
        findings=[finding.as_json() for finding in checked.findings],
        uploaded_by=current_scope().account_id,
    )
    session.add(version)
    session.flush()
    record(session, "template.uploaded", "template_version", version.id, number=version.number)
    return version


def frameable_versions(session: Session) -> list[TemplateVersion]:
    """Return the newest published version of each template, by title."""
    newest: dict[str, TemplateVersion] = {}
    for version in list_templates(session):
        if version.state == "published":
            newest.setdefault(version.template_id, version)
    return list(newest.values())


def put_in_frame(
    session: Session,
    store: ObjectStore,
    version: TemplateVersion,
    content: CleanedDocx,
    frame: CleanedDocx,
) -> TemplateVersion:
    """Keep ``content``, the file of ``version``, in another frame as the template's next version.

    It makes no document before it is published. Raises the errors of the object store.
    Permission: Tenant-Admin.
    """
    form_version = version.form_version
    checked = check_cleaned(place_in_frame(content, frame), definition_of(form_version))
    return keep_version(
        session,
        store,
        checked,
        form_id=version.template.form_id,
        form_version=form_version,
        title=version.template.title,
        file_name=version.file_name,
    )


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
