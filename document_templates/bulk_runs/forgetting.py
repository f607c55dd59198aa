"""Erasing what runs hold of their recipients: every night, a while after nobody touched them.

Drafts go whole. Of a run that was started ids and counts stay; what its table said goes, because
the documents hold it. The name of a recipient stays as long as the document
(`document_templates.retention.erasing`), and goes at once with whoever got none.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from document_templates.bulk_runs.composing import discard_run
from document_templates.bulk_runs.leftovers import end_task
from document_templates.bulk_runs.locking import lock_run
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.running import cancel_run
from document_templates.bulk_runs.tasks import OPEN
from document_templates.models import DocumentRequest
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _

log = structlog.get_logger()

FORGET_RECIPIENTS: Final = "forget_recipients"
_OF_ITEM = and_(
    DocumentRequest.tenant_id == BulkItem.tenant_id, DocumentRequest.bulk_item_id == BulkItem.id
)
_HELD = ("paused", "preparing")


def forget_recipients(sessions: sessionmaker[Session], task_id: str, *, days: int) -> None:
    """Erase the recipients' data of runs that rest for ``days``, and finish the task.

    A held run that nobody let go on is cancelled; one whose documents are still being made is left
    alone. Harmless to repeat.
    """
    with sessions() as session:
        resting = session.scalars(
            select(BulkRun.id)
            .where(
                BulkRun.changed_at < now() - timedelta(days=days), BulkRun.forgotten_at.is_(None)
            )
            .order_by(BulkRun.changed_at)
        ).all()
    forgotten = 0
    for run_id in resting:
        with sessions.begin() as session:
            forgotten += _forget(session, run_id)
    with sessions.begin() as session:
        end_task(session, task_id)
    if forgotten:
        log.info("bulk_runs.forgotten", tenant=current_tenant_id(), runs=forgotten)


def _forget(session: Session, run_id: str) -> bool:
    run = lock_run(session, run_id)
    if run.state == "draft":
        discard_run(session, run_id)
        return True
    if run.state in _HELD:
        cancel_run(session, run_id)
    own = BulkItem.run_id == run_id
    waiting = select(BulkItem.id).join(DocumentRequest, _OF_ITEM).limit(1)
    if session.scalars(waiting.where(own, DocumentRequest.state.in_(OPEN))).first():
        return False
    has_document = exists().where(_OF_ITEM, DocumentRequest.state == "done")
    is_unfit = func.jsonb_array_length(BulkItem.problems) > 0
    for some, values in (
        (own, {"cells": {}, "answers": {}, "formulas": []}),
        (and_(own, ~has_document), {"label": ""}),
        # A problem may tell what stood in a cell; that there was one is counted.
        (and_(own, is_unfit), {"problems": [_("Die Angaben sind gelöscht.")]}),
    ):
        session.execute(
            update(BulkItem).where(some).values(values).execution_options(synchronize_session=False)
        )
    run.forgotten_at = now()
    record(session, "bulk_run.forgotten", "bulk_run", run_id)
    return True
