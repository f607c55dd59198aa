"""What a recipient will get, before the run is started: unsealed, without number or code."""

from __future__ import annotations

from sqlalchemy.orm import Session

from document_templates.assignment import preview_assignment
from document_templates.bulk_runs.copies import preview_case
from document_templates.bulk_runs.leftovers import end_task, keep_for_a_day
from document_templates.bulk_runs.models import BulkItem
from document_templates.production import Workshop, fill_assignment
from document_templates.template_cache import TemplateCache
from tenants.context import current_tenant_id
from tenants.storage.objects import ObjectStore, content_hash
from tenants.storage.tenant_store import TenantStore

PREVIEW_RECIPIENT = "preview_recipient"


def fill_preview(
    session: Session,
    store: TenantStore,
    templates: TemplateCache,
    item: BulkItem,
    public_url: str,
) -> bytes:
    """Return the document of a recipient as DOCX; same recipient, same bytes.

    Raises `document_templates.findings.FillingFailed` and the errors of the object store.
    """
    return fill_assignment(templates, store, preview_assignment(session, item, public_url))


def preview_payload(item: BulkItem) -> dict[str, str]:
    """Return by what the task for a preview is known."""
    return {"item_id": item.id}


def find_preview(store: ObjectStore, item: BulkItem, docx: bytes) -> bytes | None:
    """Return the preview as PDF, None while it is not made. Raises the errors of the store."""
    tenant_store = TenantStore(store, current_tenant_id())
    stored = tenant_store.stat(_key(tenant_store, item, docx))
    if stored is None:
        return None
    return tenant_store.get(stored.key, stored.version_id, stored.sha256)


def make_preview(workshop: Workshop, task_id: str, item_id: str) -> None:
    """Make the preview of a recipient and finish the task. Harmless to repeat.

    Raises the errors of filling, conversion and object store.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        item = session.get(BulkItem, (current_tenant_id(), item_id))
        if item is None:
            # The draft was discarded meanwhile.
            session.rollback()
            _end(workshop, task_id)
            return
        docx = fill_preview(session, store, workshop.templates, item, workshop.public_url)
        label, key = item.label, _key(store, item, docx)
    if store.stat(key) is None:
        pdf = workshop.converter.convert(docx, title=label)
        keep_for_a_day(workshop, store, task_id, key, pdf)
    else:
        _end(workshop, task_id)


def _end(workshop: Workshop, task_id: str) -> None:
    with workshop.sessions.begin() as session:
        end_task(session, task_id)


def _key(store: TenantStore, item: BulkItem, docx: bytes) -> str:
    name = f"{content_hash(docx)}.pdf"
    return store.case_key(preview_case(item), "bulk-previews", item.id, name)
