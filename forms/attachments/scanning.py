"""What a worker does for uploaded files: have them scanned, and erase what is not kept."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from forms.attachments.models import Attachment
from forms.attachments.scanner import Scanner, ScanResult
from tenants.audit import record
from tenants.context import Scope, acting_as, current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.outbox import Task, fail_task, finish_task
from tenants.storage.objects import ObjectStore
from tenants.storage.tenant_store import TenantStore

log = structlog.get_logger()


def scan_attachment(
    sessions: sessionmaker[Session],
    store: ObjectStore,
    scanner: Scanner | None,
    *,
    accepts_unscanned: bool,
    task_id: str,
    attachment_id: str,
    organisation_id: str,
) -> None:
    """Have a file scanned, keep the verdict and finish the task. Harmless to repeat.

    Without a scanner the file stays in quarantine and the task fails, to be repeated later, unless
    unscanned files are accepted. Raises
    `forms.attachments.scanner.ScannerUnavailable` and the errors of the object store.
    """
    with acting_as(Scope(tenant_id=current_tenant_id(), organisation_id=organisation_id or None)):
        with sessions() as session:
            found = session.scalars(
                select(Attachment).where(Attachment.id == attachment_id)
            ).first()
        result = None
        is_waiting = found is not None and found.state == "quarantine"
        if found is not None and is_waiting:
            result = _verdict(store, scanner, found, accepts_unscanned=accepts_unscanned)
        with sessions.begin() as session:
            if result is not None:
                _keep(session, attachment_id, result)
            elif is_waiting:
                task = session.scalars(
                    select(Task).where(Task.id == task_id).with_for_update()
                ).one()
                fail_task(task, _("Es ist kein Virenscanner eingerichtet."))
                return
            _finish(session, task_id)


def _verdict(
    store: ObjectStore, scanner: Scanner | None, found: Attachment, *, accepts_unscanned: bool
) -> ScanResult | None:
    if scanner is None:
        return ScanResult("clean") if accepts_unscanned else None
    tenant_store = TenantStore(store, current_tenant_id())
    return scanner.scan(tenant_store.get(found.object_key, found.object_version, found.sha256))


def _keep(session: Session, attachment_id: str, result: ScanResult) -> None:
    attachment = session.scalars(
        select(Attachment).where(Attachment.id == attachment_id).with_for_update()
    ).first()
    if attachment is None or attachment.state != "quarantine":
        return
    attachment.state, attachment.finding = result.verdict, result.finding
    attachment.checked_at = now()
    if result.verdict != "clean":
        log.warning("attachment.not_clean", attachment=attachment_id, verdict=result.verdict)
        record(session, f"attachment.{result.verdict}", "attachment", attachment_id)


def erase_object(
    sessions: sessionmaker[Session], store: ObjectStore, *, task_id: str, key: str, version: str
) -> None:
    """Erase an object that no row names any more, and finish the task. Harmless to repeat."""
    TenantStore(store, current_tenant_id()).delete(key, version)
    with sessions.begin() as session:
        _finish(session, task_id)


def _finish(session: Session, task_id: str) -> None:
    task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
    if task.state != "done":
        finish_task(task)
