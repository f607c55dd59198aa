"""Who may touch a run when: its row is locked before requests and tasks, by everybody."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.models import DocumentRequest
from tenants.language import _


class RunUnknown(LookupError):
    """There is no such run that the acting person may see."""


def lock_run(session: Session, run_id: str) -> BulkRun:
    """Return the run, locked until the transaction ends. Raises `RunUnknown`."""
    run = session.scalars(
        select(BulkRun)
        .where(BulkRun.id == run_id)
        .with_for_update(of=BulkRun)
        .execution_options(populate_existing=True)
    ).first()
    if run is None:
        raise RunUnknown(_("Diesen Serienlauf gibt es nicht."))
    return run


def locked_run_state(session: Session, request_id: str) -> str | None:
    """Return the state of the run that a request belongs to, None if it belongs to none.

    Until the transaction ends the run can neither be held nor cancelled; other workers go on.
    """
    item_id = session.scalar(
        select(DocumentRequest.bulk_item_id).where(DocumentRequest.id == request_id)
    )
    if item_id is None:
        return None
    return session.scalar(
        select(BulkRun.state)
        .join(BulkItem, (BulkItem.tenant_id == BulkRun.tenant_id) & (BulkItem.run_id == BulkRun.id))
        .where(BulkItem.id == item_id)
        .with_for_update(read=True, of=BulkRun)
    )
