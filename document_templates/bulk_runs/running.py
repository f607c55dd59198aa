"""Starting, holding, resuming and cancelling a run, and repeating what failed.

Each may be repeated without harm and at the same time as workers and dispatcher are busy: the
run's row is locked first, tasks that somebody is just taking are passed over, and whoever takes
one looks at the run again (`document_templates.production`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import Session

from document_templates.bulk_runs.composing import RunRefused
from document_templates.bulk_runs.locking import lock_run
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.parts import in_parts
from document_templates.models import DocumentRequest
from document_templates.requesting import MAKE_DOCUMENT
from document_templates.verification_codes import new_code
from forms.models import Submission
from tenants.audit import record
from tenants.database import new_id, now
from tenants.language import _
from tenants.numbers import next_numbers
from tenants.outbox import Task

OPEN = ("waiting", "working")
_BERLIN = ZoneInfo("Europe/Berlin")


def start_run(session: Session, run_id: str, *, most_runs: int) -> BulkRun:
    """Ask for the document of every recipient that fits: requests and tasks in one transaction.

    Nothing is committed. A run that was started already stays as it is. Raises
    `document_templates.bulk_runs.locking.RunUnknown`, and `RunRefused` when nobody fits or
    ``most_runs`` of the tenant are under way. Permission: Fachkraft, Tenant-Admin.
    """
    run = lock_run(session, run_id)
    if run.state != "draft":
        return run
    items = session.execute(
        select(
            BulkItem.id,
            BulkItem.submission_id,
            BulkItem.template_version_id,
            func.coalesce(Submission.handover_number, 1).label("handover_number"),
        )
        .outerjoin(
            Submission,
            and_(
                Submission.tenant_id == BulkItem.tenant_id,
                Submission.id == BulkItem.submission_id,
            ),
        )
        .where(
            BulkItem.run_id == run.id,
            func.jsonb_array_length(BulkItem.problems) == 0,
            BulkItem.template_version_id.is_not(None),
        )
        .order_by(BulkItem.position)
    ).all()
    if not items:
        raise RunRefused(_("Kein Empfänger passt zur Vorlage. Sehen Sie die Befunde durch."))
    moment = now()
    # The counter's lock makes the tenant's runs start one after the other, so they can be counted.
    numbers = next_numbers(session, "dokument", moment.astimezone(_BERLIN).year, len(items))
    _refuse_too_many(session, run, most_runs)
    for part in in_parts(zip(items, numbers, strict=True)):
        requests = [
            {
                "tenant_id": run.tenant_id,
                "id": new_id(),
                "bulk_item_id": item.id,
                "submission_id": item.submission_id,
                "template_version_id": item.template_version_id,
                "handover_number": item.handover_number,
                "number": number,
                "verification_code": new_code(),
                "requested_at": moment,
            }
            for item, number in part
        ]
        session.execute(insert(DocumentRequest), requests)
        # The first task of a request has its name: thousands of items are told in one statement.
        _write_tasks(session, run, {str(one["id"]): str(one["id"]) for one in requests}, "ready")
    first_task = (
        select(DocumentRequest.id)
        .where(
            DocumentRequest.tenant_id == BulkItem.tenant_id,
            DocumentRequest.bulk_item_id == BulkItem.id,
        )
        .scalar_subquery()
    )
    session.execute(
        update(BulkItem)
        .where(BulkItem.run_id == run.id)
        .values(task_id=first_task)
        .execution_options(synchronize_session=False)
    )
    run.state, run.started_at, run.resumed_at = "running", moment, moment
    session.flush()
    record(session, "bulk_run.started", "bulk_run", run.id, count=len(items))
    return run


def _refuse_too_many(session: Session, run: BulkRun, most_runs: int) -> None:
    under_way = (
        select(func.count(BulkItem.run_id.distinct()))
        .join(
            DocumentRequest,
            and_(
                DocumentRequest.tenant_id == BulkItem.tenant_id,
                DocumentRequest.bulk_item_id == BulkItem.id,
            ),
        )
        .join(BulkRun, and_(BulkRun.tenant_id == BulkItem.tenant_id, BulkRun.id == BulkItem.run_id))
        .where(BulkRun.state == "running", BulkRun.id != run.id, DocumentRequest.state.in_(OPEN))
    )
    if (session.scalar(under_way) or 0) >= most_runs:
        raise RunRefused(
            _(
                "Es laufen schon {count} Serienläufe. Warten Sie, bis einer fertig ist, oder"
                " halten Sie einen an."
            ).format(count=most_runs)
        )


def _write_tasks(session: Session, run: BulkRun, wanted: Mapping[str, str], state: str) -> None:
    """Write a task for each request, in their order; ``wanted`` is the task's id by request."""
    tasks = [
        {
            "tenant_id": run.tenant_id,
            "id": task_id,
            "kind": MAKE_DOCUMENT,
            "payload": {"request_id": request_id},
            "is_bulk": True,
            "state": state,
        }
        for request_id, task_id in wanted.items()
    ]
    session.execute(insert(Task), tasks)


def pause_run(session: Session, run_id: str) -> BulkRun:
    """Hold a running run: what is under way is finished, nothing new is begun.

    Raises `document_templates.bulk_runs.locking.RunUnknown`.
    """
    run = lock_run(session, run_id)
    if run.state == "running":
        run.state, run.resumed_at = "paused", None
        _move_tasks(session, run, ("ready",), "held")
        record(session, "bulk_run.paused", "bulk_run", run.id)
    return run


def resume_run(session: Session, run_id: str, *, most_runs: int) -> BulkRun:
    """Let a held run go on. Raises as `start_run` does."""
    run = lock_run(session, run_id)
    if run.state == "paused":
        _refuse_too_many(session, run, most_runs)
        run.state, run.resumed_at = "running", now()
        _move_tasks(session, run, ("held",), "ready")
        record(session, "bulk_run.resumed", "bulk_run", run.id)
    return run


def cancel_run(session: Session, run_id: str) -> BulkRun:
    """End a run for good. Documents that were made stay; what is under way is finished.

    Raises `document_templates.bulk_runs.locking.RunUnknown`.
    """
    run = lock_run(session, run_id)
    if run.state not in ("running", "paused"):
        return run
    run.state, run.resumed_at = "cancelled", None
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
    if run.state not in ("running", "paused"):
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
        _write_tasks(session, run, tasks, state)
        session.execute(
            update(BulkItem),
            [
                {"tenant_id": run.tenant_id, "id": item_id, "task_id": tasks[str(request_id)]}
                for request_id, item_id in part
            ],
        )
    if failed:
        if run.state == "running":
            run.resumed_at = now()
        record(session, "bulk_run.repeated", "bulk_run", run.id, count=len(failed))
    return len(failed)
