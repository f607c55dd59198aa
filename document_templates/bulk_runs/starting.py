"""Starting a run: asked for on the page, prepared by a worker in parts.

Preparing gives every recipient that still fits its number, its request and its task. A part is one
transaction that holds the run's row, so that a worker that dies loses nothing, and whoever cancels
waits for no more than a part. The first documents are made while the rest is being prepared.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from document_templates.bulk_runs.composing import RunRefused
from document_templates.bulk_runs.leftovers import end_task, is_under_way, latest_of_run
from document_templates.bulk_runs.locking import RunUnknown, lock_run
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.tasks import OPEN, write_tasks
from document_templates.models import DocumentRequest, TemplateVersion
from document_templates.verification_codes import new_code
from forms.models import Submission
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.models import Tenant
from tenants.numbers import next_numbers
from tenants.outbox import enqueue

PREPARE_RUN: Final = "prepare_bulk_run"
PART: Final = 500
"""Recipients that are prepared in one transaction."""
_BERLIN = ZoneInfo("Europe/Berlin")
_GONE = ("withdrawn", "cancelled")


def start_run(session: Session, run_id: str, *, most_runs: int) -> BulkRun:
    """Have a draft prepared and its documents made, whatever becomes of this page.

    Nothing is committed. A run that was started already stays as it is, but one whose preparation
    was given up goes on. Raises `document_templates.bulk_runs.locking.RunUnknown`, and
    `RunRefused` when nobody fits or ``most_runs`` of the tenant are under way. Permission:
    Fachkraft, Tenant-Admin.
    """
    run = lock_run(session, run_id)
    if run.state == "preparing":
        latest = latest_of_run(session, PREPARE_RUN, run.id)
        if not latest or not is_under_way(latest[0]):
            enqueue(session, PREPARE_RUN, {"run_id": run.id})
        return run
    if run.state != "draft":
        return run
    count = session.scalar(select(func.count()).select_from(BulkItem).where(*_fitting(run))) or 0
    if not count:
        raise RunRefused(_("Kein Empfänger passt zur Vorlage. Sehen Sie die Befunde durch."))
    refuse_too_many(session, run, most_runs)
    moment = now()
    run.state, run.started_at, run.changed_at = "preparing", moment, moment
    enqueue(session, PREPARE_RUN, {"run_id": run.id})
    record(session, "bulk_run.started", "bulk_run", run.id, count=count)
    return run


def refuse_too_many(session: Session, run: BulkRun, most_runs: int) -> None:
    """Raise `RunRefused` if ``most_runs`` others of the tenant are under way.

    The tenant's row is locked: its runs start one after the other, so they can be counted.
    """
    own = select(Tenant.id).where(Tenant.id == run.tenant_id)
    session.execute(own.with_for_update(key_share=True))
    open_requests = exists().where(
        DocumentRequest.tenant_id == BulkItem.tenant_id,
        DocumentRequest.bulk_item_id == BulkItem.id,
        DocumentRequest.state.in_(OPEN),
        BulkItem.tenant_id == BulkRun.tenant_id,
        BulkItem.run_id == BulkRun.id,
    )
    under_way = session.scalar(
        select(func.count())
        .select_from(BulkRun)
        .where(
            BulkRun.id != run.id,
            (BulkRun.state == "preparing") | ((BulkRun.state == "running") & open_requests),
        )
    )
    if (under_way or 0) >= most_runs:
        raise RunRefused(
            _(
                "Es laufen schon {count} Serienläufe. Warten Sie, bis einer fertig ist, oder"
                " halten Sie einen an."
            ).format(count=most_runs)
        )


def _fitting(run: BulkRun) -> list[ColumnElement[bool]]:
    return [
        BulkItem.run_id == run.id,
        func.jsonb_array_length(BulkItem.problems) == 0,
        BulkItem.template_version_id.is_not(None),
    ]


def prepare_run(sessions: sessionmaker[Session], task_id: str, run_id: str) -> None:
    """Ask for the documents of a started run in parts, and finish the task.

    Harmless to repeat, also by two at once: a recipient that has a request gets no second one.
    """
    while True:
        with sessions.begin() as session:
            if not _prepare_part(session, run_id):
                end_task(session, task_id)
                return


def _prepare_part(session: Session, run_id: str) -> bool:
    """Prepare the next recipients; return whether there may be more."""
    try:
        run = lock_run(session, run_id)
    except RunUnknown:
        # It was erased meanwhile.
        return False
    if run.state != "preparing":
        return False
    found = _next_recipients(session, run)
    if not found:
        moment = now()
        run.state, run.resumed_at, run.changed_at = "running", moment, moment
        record(session, "bulk_run.prepared", "bulk_run", run.id)
        return False
    problems = {one.id: _problem(run, one) for one in found}
    unfit = [
        {"tenant_id": run.tenant_id, "id": item_id, "problems": [problem]}
        for item_id, problem in problems.items()
        if problem
    ]
    if unfit:
        session.execute(update(BulkItem), unfit)
    _ask_for(session, run, [one for one in found if not problems[one.id]], now())
    return True


class _Prepared(NamedTuple):
    """A recipient with all that decides whether its document can be asked for."""

    id: str
    submission_id: str | None
    template_version_id: str | None
    handover_number: int
    template_state: str
    submission_state: str | None
    submission_changed_at: datetime | None


def _next_recipients(session: Session, run: BulkRun) -> list[_Prepared]:
    has_request = exists().where(
        DocumentRequest.tenant_id == BulkItem.tenant_id,
        DocumentRequest.bulk_item_id == BulkItem.id,
    )
    rows = session.execute(
        select(
            BulkItem.id,
            BulkItem.submission_id,
            BulkItem.template_version_id,
            func.coalesce(Submission.handover_number, 1),
            TemplateVersion.state,
            Submission.state,
            Submission.updated_at,
        )
        .join(
            TemplateVersion,
            and_(
                TemplateVersion.tenant_id == BulkItem.tenant_id,
                TemplateVersion.id == BulkItem.template_version_id,
            ),
        )
        .outerjoin(
            Submission,
            and_(
                Submission.tenant_id == BulkItem.tenant_id,
                Submission.id == BulkItem.submission_id,
            ),
        )
        .where(*_fitting(run), ~has_request)
        .order_by(BulkItem.position)
        .limit(PART)
    ).all()
    return [_Prepared(*row) for row in rows]


def _problem(run: BulkRun, one: _Prepared) -> str:
    """Return why a recipient that fitted when the run was put together no longer does."""
    if one.template_state != "published":
        return _(
            "Die Vorlage wurde nach der Vorbereitung ersetzt. Bereiten Sie dafür einen neuen"
            " Serienlauf vor."
        )
    changed = one.submission_changed_at
    if one.submission_state in _GONE and changed is not None and changed > run.created_at:
        return _("Die Einreichung wurde nach der Vorbereitung zurückgenommen oder storniert.")
    return ""


def _ask_for(session: Session, run: BulkRun, items: Sequence[_Prepared], moment: datetime) -> None:
    """Write number, request and task of each recipient, in their order."""
    if not items:
        return
    numbers = next_numbers(session, "dokument", moment.astimezone(_BERLIN).year, len(items))
    requests = [
        {
            "tenant_id": current_tenant_id(),
            "id": new_id(),
            "bulk_item_id": item.id,
            "submission_id": item.submission_id,
            "template_version_id": item.template_version_id,
            "handover_number": item.handover_number,
            "number": number,
            "verification_code": new_code(),
            "requested_at": moment,
        }
        for item, number in zip(items, numbers, strict=True)
    ]
    session.execute(insert(DocumentRequest), requests)
    # The first task of a request has its name: many items are told in one statement.
    write_tasks(session, {str(one["id"]): str(one["id"]) for one in requests}, "ready")
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
        .where(BulkItem.id.in_([one.id for one in items]))
        .values(task_id=first_task)
        .execution_options(synchronize_session=False)
    )
