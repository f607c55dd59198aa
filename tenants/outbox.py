"""The outbox: work that must happen, written in the transaction that asks for it.

The table is the truth, the queue only transport: what the queue forgets is given out again,
and a task is carried out to its end exactly once because its handler commits its effect and
the task's state together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Uuid,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.database import Base, TenantScoped, now
from tenants.models import one_of

STATES = ("ready", "held", "dispatched", "done", "failed")
"""``held`` is kept back until somebody makes it ready again."""


class Task(TenantScoped, Base):
    """One piece of work of one tenant. ``payload`` holds identifiers only."""

    __tablename__ = "task"

    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    is_bulk: Mapped[bool] = mapped_column(default=False)
    """Whether it is one of many: a single task of the same tenant goes first."""
    is_periodic: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether it is the tenant's one task of a periodic job (`tenants.periodic`)."""
    state: Mapped[str] = mapped_column(String(20), default="ready")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    available_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    dispatched_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        one_of("state", STATES, "state"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        Index("ix_task_delivered", "id"),
        Index("ix_task_open", "state", "available_at"),
        Index(
            "ix_task_ready",
            "tenant_id",
            "is_bulk",
            "available_at",
            "created_at",
            "id",
            postgresql_where=text("state = 'ready'"),
        ),
        Index("ix_task_tenant_state", "tenant_id", "state"),
        Index(
            "uq_task_periodic",
            "tenant_id",
            "kind",
            unique=True,
            postgresql_where=text("is_periodic"),
        ),
    )


@dataclass(frozen=True, slots=True)
class DispatchedTask:
    """A task that was let through, the tenant it belongs to, and what kind it is of."""

    id: str
    tenant_id: str
    kind: str


# Takes of each tenant the oldest tasks that its windows have room for, the first of every tenant
# before the second of any: nobody starves. It walks from tenant to tenant along an index and
# reads no more of each than can go: ten thousand waiting tasks cost what ten cost. The last look at
# each task stands in a subquery of its own, which the planner cannot turn round.
DISPATCH = text(
    """
    WITH RECURSIVE waiting AS (
        (SELECT tenant_id FROM task WHERE state = 'ready' ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT task.tenant_id FROM task
                WHERE task.state = 'ready' AND task.tenant_id > waiting.tenant_id
                ORDER BY task.tenant_id LIMIT 1)
        FROM waiting WHERE waiting.tenant_id IS NOT NULL
    ), flying AS (
        SELECT tenant_id, count(*) AS every, count(*) FILTER (WHERE is_bulk) AS bulk FROM task
        WHERE state = 'dispatched' GROUP BY tenant_id
    ), next AS MATERIALIZED (
        SELECT waiting.tenant_id, found.id, found.is_bulk, found.available_at,
               coalesce(flying.every, 0) AS flying,
               row_number() OVER (
                   PARTITION BY waiting.tenant_id
                   ORDER BY found.is_bulk, found.available_at, found.created_at, found.id
               ) AS place
        FROM waiting LEFT JOIN flying ON flying.tenant_id = waiting.tenant_id
        CROSS JOIN LATERAL (
            (SELECT id, is_bulk, available_at, created_at FROM task
             WHERE task.tenant_id = waiting.tenant_id AND state = 'ready' AND NOT is_bulk
               AND available_at <= statement_timestamp()
             ORDER BY available_at, created_at, id LIMIT :window)
            UNION ALL
            (SELECT id, is_bulk, available_at, created_at FROM task
             WHERE task.tenant_id = waiting.tenant_id AND state = 'ready' AND is_bulk
               AND available_at <= statement_timestamp()
             ORDER BY available_at, created_at, id
             LIMIT greatest(0, :bulk_window - coalesce(flying.bulk, 0)))
        ) AS found
        WHERE waiting.tenant_id IS NOT NULL
    ), chosen AS (
        SELECT free.tenant_id, free.id, wanted.place
        FROM (
            SELECT * FROM next WHERE place + flying <= :window
            ORDER BY place, is_bulk, available_at
            LIMIT :batch
        ) AS wanted
        CROSS JOIN LATERAL (
            SELECT task.tenant_id, task.id FROM task
            WHERE task.tenant_id = wanted.tenant_id AND task.id = wanted.id
              AND task.state = 'ready'
            FOR UPDATE SKIP LOCKED
        ) AS free
    )
    UPDATE task SET state = 'dispatched', dispatched_at = clock_timestamp()
    FROM chosen WHERE task.tenant_id = chosen.tenant_id AND task.id = chosen.id
    RETURNING task.id, task.tenant_id, task.kind, chosen.place, task.is_bulk, task.available_at
    """
)
# A run of thousands was written a moment ago and the database has not counted it yet: taking the
# table for a small one, it would read and sort the whole of it.
WALK_INDEXES = text(
    "SELECT set_config('enable_' || way, 'off', true)"
    " FROM unnest(ARRAY['seqscan', 'bitmapscan', 'sort', 'incremental_sort']) AS way"
)
_RECLAIM = text(
    """
    UPDATE task SET state = 'ready', dispatched_at = NULL, attempts = attempts + 1
    WHERE state = 'dispatched'
      AND dispatched_at < clock_timestamp() - make_interval(secs => :seconds)
    RETURNING task.id
    """
)


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, str],
    *,
    organisation_id: str | None = None,
    available_at: datetime | None = None,
    is_bulk: bool = False,
) -> Task:
    """Write a task into the caller's transaction: it exists exactly if that commits.

    It is done at once, or not before ``available_at``.
    """
    task = Task(kind=kind, payload=payload, organisation_id=organisation_id, is_bulk=is_bulk)
    if available_at is not None:
        task.available_at = available_at
    session.add(task)
    session.flush()
    return task


def dispatch_tasks(
    session: Session, *, window: int, bulk_window: int, batch: int
) -> list[DispatchedTask]:
    """Mark the next tasks as dispatched and return them in the order they shall be done.

    At most ``window`` tasks of a tenant are on their way at once, of these at most
    ``bulk_window`` of bulk runs: a single document never waits for a whole run. Needs
    the dispatcher's database role, which alone sees the tasks of all tenants.
    """
    session.execute(WALK_INDEXES, execution_options={"tenant_guarded": True})
    rows = session.execute(
        DISPATCH,
        {"window": window, "bulk_window": bulk_window, "batch": batch},
        execution_options={"tenant_guarded": True},
    )
    in_order = sorted(rows, key=lambda row: (row.place, row.is_bulk, row.available_at, str(row.id)))
    return [DispatchedTask(str(row.id), str(row.tenant_id), str(row.kind)) for row in in_order]


def reclaim_tasks(session: Session, *, older_than: timedelta) -> int:
    """Make tasks ready again that were dispatched and never finished; return how many.

    Each counts as an attempt, so that a task that kills its worker does not do so for ever.
    """
    rows = session.execute(
        _RECLAIM,
        {"seconds": older_than.total_seconds()},
        execution_options={"tenant_guarded": True},
    )
    return len(rows.all())


def task_tenant(session: Session, task_id: str) -> str | None:
    """Return the tenant of a task as its row says; the scope must name that task."""
    row = session.execute(
        text("SELECT tenant_id FROM task WHERE id = :id"),
        {"id": task_id},
        execution_options={"tenant_guarded": True},
    ).first()
    return None if row is None else str(row.tenant_id)


def hold_task(task: Task) -> None:
    """Keep a locked task back until somebody makes it ready again."""
    task.state = "held"
    task.dispatched_at = None


def finish_task(task: Task) -> None:
    """Mark the task as done, in the transaction of its effect."""
    task.state = "done"
    task.finished_at = now()
    task.failure = ""


def continue_task(task: Task, payload: dict[str, str], available_at: datetime) -> None:
    """Give a locked task back to go on at ``payload``, not before ``available_at``.

    For work that is done in slices: what was done so far counts as no failed attempt.
    """
    task.state = "ready"
    task.payload = payload
    task.attempts = 0
    task.dispatched_at = None
    task.failure = ""
    task.available_at = available_at


def fail_task(task: Task, reason: str) -> None:
    """Mark the task as failed for good; ``reason`` is German and without personal data."""
    task.state = "failed"
    task.finished_at = now()
    task.failure = reason[:500]


def repeat_task(task: Task) -> None:
    """Make a locked task that failed ready again, as if nobody had tried it yet."""
    task.state = "ready"
    task.attempts = 0
    task.dispatched_at = None
    task.finished_at = None
    task.failure = ""
    task.available_at = now()


def postpone_task(session: Session, task_id: str, reason: str) -> None:
    """Give the task back for a later attempt: after 2, 4, 8 … seconds, 60 at most."""
    task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
    if task.state in ("done", "failed"):
        return
    defer_task(task, now() + timedelta(seconds=min(60, 2 ** (task.attempts + 1))), reason)


def defer_task(task: Task, until: datetime, reason: str) -> None:
    """Give a locked task back for another attempt at ``until``."""
    task.attempts += 1
    task.state = "ready"
    task.dispatched_at = None
    task.failure = reason[:500]
    task.available_at = until
