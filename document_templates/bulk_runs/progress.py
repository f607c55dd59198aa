"""How far a run has come: counts, time left, and what went wrong for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from document_templates.bulk_runs.locking import RunUnknown
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.models import DocumentRequest, DocumentVersion
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.outbox import Task

RECENT = timedelta(minutes=5)
"""The time left is reckoned from what was finished within it."""
FEWEST_FOR_ESTIMATE = 5
_OF_ITEM = and_(
    DocumentRequest.tenant_id == BulkItem.tenant_id, DocumentRequest.bulk_item_id == BulkItem.id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """The recipients of a run by what became of them; ``seconds_left`` is None if unknown."""

    unfit: int = 0
    ready: int = 0
    """Not asked for yet: the run is a draft, or still being prepared."""
    waiting: int = 0
    working: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    seconds_left: int | None = None

    @property
    def every(self) -> int:
        """All recipients."""
        return self.unfit + self.asked

    @property
    def asked(self) -> int:
        """Those that fit."""
        return self.ready + self.waiting + self.working + self.done + self.failed + self.cancelled

    @property
    def is_busy(self) -> bool:
        """Whether documents are still to come."""
        return self.waiting + self.working > 0

    @property
    def prepared(self) -> int:
        """Those that have a number, whatever became of their documents."""
        return self.asked - self.ready

    @property
    def percent(self) -> int:
        """How much of what was asked for has come to an end."""
        ended = self.done + self.failed + self.cancelled
        return ended * 100 // self.asked if self.asked else 0


def find_run(session: Session, run_id: str, *, sources: Sequence[str]) -> BulkRun:
    """Return a run whose recipients come from one of ``sources``. Raises `RunUnknown`."""
    run = session.scalars(
        select(BulkRun).where(BulkRun.id == run_id, BulkRun.source.in_(sources))
    ).first()
    if run is None:
        raise RunUnknown(_("Diesen Serienlauf gibt es nicht."))
    return run


def find_item(session: Session, run: BulkRun, item_id: str) -> BulkItem:
    """Return a recipient of ``run``. Raises `RunUnknown`."""
    item = session.get(BulkItem, (current_tenant_id(), item_id))
    if item is None or item.run_id != run.id:
        raise RunUnknown(_("Diesen Empfänger gibt es nicht."))
    return item


def list_runs(
    session: Session, *, sources: Sequence[str], limit: int, offset: int
) -> list[tuple[BulkRun, RunProgress]]:
    """Return runs, the newest first, with their counts but without the time left."""
    runs = session.scalars(
        select(BulkRun)
        .where(BulkRun.source.in_(sources))
        .order_by(BulkRun.created_at.desc(), BulkRun.id)
        .limit(limit)
        .offset(offset)
    ).all()
    counts = _counts(session, [run.id for run in runs])
    return [(run, RunProgress(**_told(run, counts))) for run in runs]


def progress_of(session: Session, run: BulkRun) -> RunProgress:
    """Return how far ``run`` has come."""
    counts = _told(run, _counts(session, [run.id]))
    left = counts.get("waiting", 0) + counts.get("working", 0)
    return RunProgress(**counts, seconds_left=_seconds_left(session, run, left))


def _told(run: BulkRun, counts: Mapping[str, dict[str, int]]) -> dict[str, int]:
    """Return the counts of a run; whom a cancelled one never came to is cancelled, too."""
    own = counts.get(run.id, {})
    if run.state == "cancelled":
        own["cancelled"] = own.get("cancelled", 0) + own.pop("ready", 0)
    return own


def _counts(session: Session, run_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(
            BulkItem.run_id,
            DocumentRequest.state,
            (func.jsonb_array_length(BulkItem.problems) > 0).label("unfit"),
            func.count(),
        )
        .outerjoin(DocumentRequest, _OF_ITEM)
        .where(BulkItem.run_id.in_(run_ids))
        .group_by(BulkItem.run_id, DocumentRequest.state, "unfit")
    )
    counts: dict[str, dict[str, int]] = {}
    for run_id, state, unfit, count in rows:
        name = state or ("unfit" if unfit else "ready")
        counts.setdefault(str(run_id), {})[name] = int(count)
    return counts


def _seconds_left(session: Session, run: BulkRun, left: int) -> int | None:
    if run.state != "running" or run.resumed_at is None or not left:
        return None
    moment = now()
    since = max(run.resumed_at, moment - RECENT)
    finished = session.scalar(
        select(func.count())
        .select_from(Task)
        .where(
            Task.id.in_(select(BulkItem.task_id).where(BulkItem.run_id == run.id)),
            Task.state == "done",
            Task.finished_at >= since,
        )
    )
    if not finished or finished < FEWEST_FOR_ESTIMATE:
        return None
    return round(left * (moment - since).total_seconds() / finished)


@dataclass(frozen=True, slots=True)
class RecipientState:
    """A recipient with what became of it."""

    item: BulkItem
    request: DocumentRequest | None
    document_id: str | None


def list_recipients(
    session: Session, run: BulkRun, *, only: str = "", limit: int, offset: int
) -> list[RecipientState]:
    """Return recipients in their order: all, the ``unfit``, or those in one state."""
    query = (
        select(BulkItem, DocumentRequest, DocumentVersion.document_id)
        .outerjoin(DocumentRequest, _OF_ITEM)
        .outerjoin(
            DocumentVersion,
            and_(
                DocumentVersion.tenant_id == DocumentRequest.tenant_id,
                DocumentVersion.request_id == DocumentRequest.id,
            ),
        )
        .where(BulkItem.run_id == run.id)
        .order_by(BulkItem.position)
    )
    if only == "unfit":
        query = query.where(func.jsonb_array_length(BulkItem.problems) > 0)
    elif only:
        query = query.where(DocumentRequest.state == only)
    rows = session.execute(query.limit(limit).offset(offset))
    return [RecipientState(item, request, document_id) for item, request, document_id in rows]
