"""Periodic work: which jobs are due, and the one task of a job that every tenant has.

A job that is due makes a task of its kind ready for every tenant; workers carry it out like any
other, in the scope of the tenant. A tenant has one such task for each job, used anew each time:
the outbox does not grow, and a tenant whose last task is still open gets no second one.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.database import Base, TableScope

_MAKE_READY = text(
    """
    INSERT INTO task (tenant_id, id, kind, payload, is_bulk, is_periodic, state, attempts, failure)
    SELECT tenant.id, gen_random_uuid(), :kind, '{}', true, true, 'ready', 0, '' FROM tenant
    ON CONFLICT (tenant_id, kind) WHERE is_periodic DO UPDATE
    SET payload = '{}', state = 'ready', attempts = 0, failure = '', dispatched_at = NULL,
        finished_at = NULL, available_at = clock_timestamp(), created_at = clock_timestamp()
    WHERE task.state IN ('done', 'failed')
    RETURNING task.id
    """
)


class ScheduledJob(Base):
    """When a periodic job began last and shall begin next; the same for every tenant."""

    __tablename__ = "scheduled_job"
    __scope__: ClassVar[TableScope] = "platform"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    started_at: Mapped[datetime | None]
    due_at: Mapped[datetime]


def claim_job(session: Session, name: str, first_due_at: datetime) -> ScheduledJob:
    """Return the locked row of a job; one that nobody knew begins at ``first_due_at``."""
    query = select(ScheduledJob).where(ScheduledJob.name == name).with_for_update()
    job = session.scalars(query).first()
    if job is None:
        job = ScheduledJob(name=name, due_at=first_due_at)
        session.add(job)
        session.flush()
    return job


def ready_for_every_tenant(session: Session, kind: str) -> int:
    """Make the periodic task of ``kind`` ready for every tenant; return for how many.

    A tenant whose last one is still open keeps that. Needs the dispatcher's database role.
    """
    rows = session.execute(_MAKE_READY, {"kind": kind}, execution_options={"tenant_guarded": True})
    return len(rows.all())
