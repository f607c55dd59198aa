"""Previews of a template version: asked for, made by a worker, kept in the object store.

What shows answers of people is erased again after `REAL_DATA_STAYS`; what shows invented data
stays, as it never changes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.models import TemplateVersion
from forms.models import Submission
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.models import Tenant
from tenants.outbox import Task, enqueue
from tenants.storage.objects import ObjectStore
from tenants.storage.tenant_store import TenantStore

DRAW_PREVIEW = "draw_template_preview"
REAL_DATA_STAYS = timedelta(hours=1)
LAYOUT = "1"
"""Counts up when previews look otherwise, so that former ones are drawn anew."""
PNG, JSON = "image/png", "application/json"
LISTING = "seiten.json"
"""The file that says how many pages there are."""
EDGES = {"lang": 1, "leer": 2}
INVENTED = ("muster", *EDGES)
"""The kinds of invented data: ordinary, long and awkward, nothing answered."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown of which version: ``data`` is one of `INVENTED` or a submission's id."""

    version_id: str
    data: str

    @property
    def payload(self) -> dict[str, str]:
        """The preview as the payload of its task."""
        return {"version_id": self.version_id, "data": self.data}

    @property
    def is_real(self) -> bool:
        """Whether it shows the answers of people."""
        return self.data not in INVENTED


def find_pages(session: Session, store: ObjectStore, preview: Preview) -> int:
    """Return how many pages a preview has, 0 when it is not drawn (any more).

    Raises the errors of the object store.
    """
    tenant_store = TenantStore(store, current_tenant_id())
    stored = tenant_store.stat(preview_key(tenant_store, session, preview, LISTING))
    if stored is None:
        return 0
    listed = json.loads(tenant_store.get(stored.key, stored.version_id, stored.sha256))
    return int(listed["pages"])


def find_page(session: Session, store: ObjectStore, preview: Preview, number: int) -> bytes | None:
    """Return page ``number`` (from 1) of a preview as PNG, None when there is none."""
    tenant_store = TenantStore(store, current_tenant_id())
    stored = tenant_store.stat(preview_key(tenant_store, session, preview, f"{number}.png"))
    if stored is None:
        return None
    return tenant_store.get(stored.key, stored.version_id, stored.sha256)


def request_preview(session: Session, preview: Preview) -> Task:
    """Ask for a preview; what is under way already is not asked for again.

    Nothing is committed. Permission: Tenant-Admin, and for the answers of a submission whoever
    may read it; the caller has found it in the scope of the person.
    """
    task = _last_task(session, preview)
    if task is not None and task.state in ("ready", "dispatched"):
        return task
    if preview.is_real:
        record(session, "template.previewed", "submission", preview.data)
    return enqueue(session, DRAW_PREVIEW, preview.payload)


def failure_of(session: Session, preview: Preview) -> str:
    """Return why a preview could not be drawn the last time, "" if it did not fail."""
    task = _last_task(session, preview)
    return task.failure if task is not None and task.state == "failed" else ""


def is_under_way(session: Session, preview: Preview) -> bool:
    """Say whether a preview is being drawn."""
    task = _last_task(session, preview)
    return task is not None and task.state in ("ready", "dispatched")


def _last_task(session: Session, preview: Preview) -> Task | None:
    return session.scalars(
        select(Task)
        .where(Task.kind == DRAW_PREVIEW, Task.payload == preview.payload)
        .order_by(Task.created_at.desc())
        .limit(1)
    ).first()


def preview_key(store: TenantStore, session: Session, preview: Preview, name: str) -> str:
    """Return the key of a file of the preview: by everything that is seen on it."""
    version = session.get_one(TemplateVersion, (current_tenant_id(), preview.version_id))
    tenant = session.get_one(Tenant, current_tenant_id())
    seen = [LAYOUT, version.id, version.sha256, preview.data, tenant.name, tenant.office]
    if preview.is_real:
        # Real data is erased and may be drawn anew: a key that is free again only after that.
        submission = session.get_one(Submission, (tenant.id, preview.data))
        seen.append(str(submission.handover_number))
        digest = _digest(seen)
        # With the submission goes its key, and with that the preview.
        return store.case_key(submission.continues_id or submission.id, "previews", digest, name)
    return store.key("previews", _digest(seen), name)


def _digest(seen: list[str]) -> str:
    return hashlib.sha256("\x1f".join(seen).encode()).hexdigest()
