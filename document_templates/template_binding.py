"""Templates and the versions of their form.

A template is checked for one version of its form and makes documents of its submissions alone.
It goes along to the next version; what came with a form that nobody published yet waits for it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.checked_templates import check_source, check_upload, fit_findings
from document_templates.clauses.pinning import (
    current_clauses,
    keep_pins,
    pinned_clauses,
    pins_of,
)
from document_templates.cleaning import CleanedDocx
from document_templates.findings import Finding, has_errors
from document_templates.models import DocumentTemplate, TemplateVersion
from document_templates.publishing import (
    keep_files,
    keep_version,
    next_number,
    open_source,
    template_titled,
)
from forms.definition import FormDefinition
from forms.models import FormVersion
from forms.publishing import definition_of
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.storage.objects import ObjectStore, StorageError
from tenants.storage.tenant_store import TenantStore

log = logging.getLogger(__name__)


def keep_for_draft(
    session: Session,
    store: ObjectStore,
    form_id: str,
    definition: FormDefinition,
    *,
    title: str,
    file_name: str,
    data: bytes,
) -> TemplateVersion:
    """Check a file for a form as its draft stands, and keep it until the form is published.

    What waited under the same title before is replaced. Raises
    `document_templates.findings.TemplateRefused` and the errors of the object store.
    Permission: Tenant-Admin.
    """
    known = current_clauses(session, template_titled(session, form_id, title))
    checked = check_upload(data, definition, known.contents)
    for former in _versions(session, form_id, "waiting"):
        if former.template.title == title:
            session.delete(former)
    session.flush()
    return keep_version(
        session, store, checked, known, form_id=form_id, form_version=None, title=title,
        file_name=file_name,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TemplateForecast:
    """What would become of a template if its form were published as it stands.

    ``errors`` say in German why it does not fit; ``is_in_use`` whether it makes documents now and
    goes along by itself, instead of waiting for a person to publish it.
    """

    title: str
    is_in_use: bool
    errors: tuple[str, ...]


def forecast_templates(
    session: Session, store: ObjectStore, form_id: str, definition: FormDefinition
) -> list[TemplateForecast]:
    """Check the templates of a form for ``definition`` without changing anything, by title."""
    in_use = {one.template_id: one for one in _versions(session, form_id, "published")}
    versions = [*_versions(session, form_id, "waiting"), *in_use.values()]
    forecasts = [
        TemplateForecast(
            version.template.title,
            version.state == "published",
            tuple(
                finding.as_text()
                for finding in _findings(session, store, version, definition)
                if finding.level == "error"
            ),
        )
        for version in versions
    ]
    return sorted(forecasts, key=lambda one: one.title)


def bind_templates(
    session: Session, store: ObjectStore, form_version: FormVersion
) -> list[TemplateVersion]:
    """Check the templates of a form for its new version, and return them as they are for it.

    One in use goes on making documents of the new version if it fits; the former version of the
    form keeps it in any case. One that does not fit, or waited for the form to be published, is
    kept for a person to publish or to replace.
    """
    definition = definition_of(form_version)
    bound = []
    for waiting in _versions(session, form_version.form_id, "waiting"):
        _resolve_waiting(session, store, waiting, definition)
        waiting.form_version_id, waiting.state = form_version.id, "checked"
        bound.append(waiting)
    session.flush()
    in_use = {
        version.template_id: version
        for version in _versions(session, form_version.form_id, "published")
        if version.form_version_id != form_version.id
    }
    bound += [_carried(session, store, one, form_version, definition) for one in in_use.values()]
    session.flush()
    for version in bound:
        record(session, "template.bound", "template_version", version.id, number=version.number)
    return bound


def _versions(session: Session, form_id: str, state: str) -> list[TemplateVersion]:
    """Return the versions in ``state`` of all templates of a form, the newest last."""
    return list(
        session.scalars(
            select(TemplateVersion)
            .join(
                DocumentTemplate,
                (DocumentTemplate.tenant_id == TemplateVersion.tenant_id)
                & (DocumentTemplate.id == TemplateVersion.template_id),
            )
            .where(DocumentTemplate.form_id == form_id, TemplateVersion.state == state)
            .order_by(DocumentTemplate.title, TemplateVersion.number)
        )
    )


def _resolve_waiting(
    session: Session, store: ObjectStore, waiting: TemplateVersion, definition: FormDefinition
) -> None:
    """Check what waited; clauses that did not exist when it came are written in now."""
    found = _findings(session, store, waiting, definition)
    if not has_errors(found) and not pins_of(session, waiting.id):
        known = current_clauses(session, waiting.template)
        checked = check_source(open_source(store, waiting), definition, known.contents)
        keep_files(store, waiting, checked)
        keep_pins(session, waiting.id, known, checked.clauses)
    waiting.findings = [one.as_json() for one in found]


def _carried(
    session: Session,
    store: ObjectStore,
    former: TemplateVersion,
    form_version: FormVersion,
    definition: FormDefinition,
) -> TemplateVersion:
    findings = _findings(session, store, former, definition)
    fits = not has_errors(findings)
    version = TemplateVersion(
        id=new_id(),
        template_id=former.template_id,
        form_version_id=form_version.id,
        number=next_number(session, former.template_id),
        state="published" if fits else "checked",
        file_name=former.file_name,
        object_key=former.object_key,
        object_version=former.object_version,
        sha256=former.sha256,
        source_key=former.source_key,
        source_version=former.source_version,
        source_sha256=former.source_sha256,
        findings=[finding.as_json() for finding in findings],
        uploaded_by=current_scope().account_id,
        published_at=now() if fits else None,
    )
    session.add(version)
    session.flush()
    pinned = pinned_clauses(session, former.id)
    keep_pins(session, version.id, pinned, pinned.contents)
    return version


def _findings(
    session: Session, store: ObjectStore, version: TemplateVersion, definition: FormDefinition
) -> list[Finding]:
    """Return what is found when the stored file is checked for ``definition``."""
    tenant_store = TenantStore(store, current_tenant_id())
    try:
        data = tenant_store.get(version.object_key, version.object_version, version.sha256)
        pinned = pinned_clauses(session, version.id).contents
        if version.state == "waiting" and not pinned:
            known = current_clauses(session, version.template).contents
            return list(check_source(CleanedDocx(data, ()), definition, known).findings)
        return fit_findings(CleanedDocx(data, ()), pinned, definition)
    except StorageError:
        log.warning("template_unreadable", extra={"template_version": version.id})
        message = _("Die Datei war bei der Prüfung für den Vordruck nicht lesbar.")
        suggestion = _("Laden Sie die Vorlage noch einmal hoch.")
        return [Finding("error", message, suggestion=suggestion)]
