"""Which placeholders the templates of a form print; forms themselves know no documents."""

from __future__ import annotations

import logging
from functools import lru_cache

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.checking import used_placeholders
from document_templates.clauses.fitting import asked_paths
from document_templates.clauses.pinning import pinned_clauses
from document_templates.cleaning import clean_docx
from document_templates.findings import TemplateRefused
from document_templates.models import DocumentTemplate, TemplateVersion
from forms.building.models import FormDraft
from tenants.context import current_tenant_id
from tenants.storage.objects import StorageError
from tenants.storage.tenant_store import TenantStore

log = logging.getLogger(__name__)


def printed_placeholders(session: Session, draft: FormDraft) -> frozenset[str] | None:
    """Return what the newest templates of the form print, None when it has none.

    A template that cannot be read just now is left out: building a form does not wait for it.
    """
    versions = session.scalars(
        select(TemplateVersion)
        .join(
            DocumentTemplate,
            (DocumentTemplate.tenant_id == TemplateVersion.tenant_id)
            & (DocumentTemplate.id == TemplateVersion.template_id),
        )
        .where(
            DocumentTemplate.form_id == draft.form_id,
            TemplateVersion.state.in_(("published", "waiting")),
        )
        .order_by(TemplateVersion.number)
    ).all()
    newest = {version.template_id: version for version in versions}
    tenant_id = current_tenant_id()
    printed: list[frozenset[str]] = []
    for version in newest.values():
        try:
            printed.append(
                _placeholders(tenant_id, version.object_key, version.object_version, version.sha256)
            )
            printed.append(asked_paths(pinned_clauses(session, version.id).contents))
        except (TemplateRefused, StorageError):
            log.warning("template_unreadable", extra={"template_version": version.id})
    return frozenset().union(*printed) if printed else None


@lru_cache(maxsize=256)
def _placeholders(
    tenant_id: str, object_key: str, object_version: str, sha256: str
) -> frozenset[str]:
    """Return the placeholders of a stored template, which never changes."""
    store = TenantStore(current_app.extensions["siegel"].store, tenant_id)
    content = store.get(object_key, object_version, sha256)
    return used_placeholders(clean_docx(content))
