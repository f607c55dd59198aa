"""Holding, resuming and cancelling a run that was started, and repeating what failed.

Each may be repeated without harm and at the same time as workers and dispatcher are busy: the
run's row is locked first, tasks that somebody is just taking are passed over, and whoever takes
one looks at the run again (`document_templates.production`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from document_templates.bulk_runs.composing import RunRefused
from document_templates.bulk_runs.locking import lock_run
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.parts import in_parts
from document_templates.bulk_runs.starting import refuse_too_many
from document_templates.bulk_runs.tasks import OPEN, write_tasks
from document_templates.models import DocumentRequest
from tenants.audit import record
from tenants.database import new_id, now
from tenants.language import _
from tenants.outbox import Task


def pause_run(session: Session, run_id: str) -> BulkRun:
    """Hold a running run: what is under way is finished, nothing new is begun.

    Raises `document_templates.bulk_runs.locking.RunUnknown`.
    """
    run = lock_run(session, run_id)
    if run.state == "running":
        run.state, run.resumed_at, run.changed_at = "paused", None, now()
        _move_tasks(session, run, ("ready",), "held")
        record(session, "bulk_run.paused", "bulk_run", run.id)
    return run


def resume_run(session: Session, run_id: str, *, most_runs: int) -> BulkRun:
    """Let a held run go on. Raises as `document_templates.bulk_runs.starting.start_run` does."""
    run = lock_run(session, run_id)
    if run.state == "paused":
        refuse_too_many(session, run, most_runs)
        run.state = "running"
        run.resumed_at = run.changed_at = now()
        _move_tasks(session, run, ("held",), "ready")
        record(session, "bulk_run.resumed", "bulk_run", run.id)
    return run


def cancel_run(session: Session, run_id: str) -> BulkRun:
    """End a run for good, also while it is prepared. Documents that were made stay; what is under
    way is finished.

    Raises `document_templates.bulk_runs.locking.RunUnknown`.
    """
    run = lock_run(session, run_id)
    if run.state not in ("preparing", "running", "paused"):
        return run
    run.state, run.resumed_at, run.changed_at = "cancelled", None, now()
    for ids in in_parts(_move_tasks(session, run, ("ready", "held"), "done", now())):
        session.execute(
            update(DocumentRequest)
            .where(
                DocumentRequest.bulk_item_id.in_(
                    select(BulkItem.id).where(BulkItem.task_id.in_(ids))
                ),
                DocumentRequest.state.in_(OPEN),
            )
            .values(state="cancelled", failure="", lease_until=None)
            .execution_options(synchronize_session=False)
        )
    record(session, "bulk_run.cancelled", "bulk_run", run.id)
    return run


def _move_tasks(
    session: Session,
    run: BulkRun,
    states: Sequence[str],
    target: str,
    finished_at: datetime | None = None,
) -> list[str]:
    """Move the tasks of a run that nobody is taking at this moment; return which."""
    ids = list(
        session.scalars(
            select(Task.id)
            .where(
                Task.id.in_(select(BulkItem.task_id).where(BulkItem.run_id == run.id)),
                Task.state.in_(states),
            )
            .with_for_update(skip_locked=True)
        )
    )
    for part in in_parts(ids):
        session.execute(
            update(Task)
            .where(Task.id.in_(part))
            .values(state=target, finished_at=finished_at)
            .execution_options(synchronize_session=False)
        )
    return ids


def repeat_failed(session: Session, run_id: str) -> int:
    """Try again what failed, and nothing else; return how many documents that are.

    What was postponed and failed in a held run waits with it. Raises
    `document_templates.bulk_runs.locking.RunUnknown`, and `RunRefused` for a cancelled run.
    """
    run = lock_run(session, run_id)
    if run.state not in ("running", "paused") or run.forgotten_at is not None:
        raise RunRefused(_("Der Serienlauf ist nicht im Gange; es gibt nichts zu wiederholen."))
    failed = session.execute(
        select(DocumentRequest.id, BulkItem.id)
        .join(
            BulkItem,
            and_(
                BulkItem.tenant_id == DocumentRequest.tenant_id,
                BulkItem.id == DocumentRequest.bulk_item_id,
            ),
        )
        .where(BulkItem.run_id == run.id, DocumentRequest.state == "failed")
        .order_by(BulkItem.position)
        .with_for_update(of=DocumentRequest)
    ).all()
    state = "ready" if run.state == "running" else "held"
    for part in in_parts(failed):
        session.execute(
            update(DocumentRequest)
            .where(DocumentRequest.id.in_([request_id for request_id, _item_id in part]))
            .values(state="waiting", step="", failure="", lease_until=None)
            .execution_options(synchronize_session=False)
        )
        tasks = {str(request_id): new_id() for request_id, _item_id in part}
        write_tasks(session, tasks, state)
        session.execute(
            update(BulkItem),
            [
                {"tenant_id": run.tenant_id, "id": item_id, "task_id": tasks[str(request_id)]}
                for request_id, item_id in part
            ],
        )
    if failed:
        run.changed_at = now()
        if run.state == "running":
            run.resumed_at = run.changed_at
        record(session, "bulk_run.repeated", "bulk_run", run.id, count=len(failed))
    return len(failed)
