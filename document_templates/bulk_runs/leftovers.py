"""Files that are made for a day only: previews and print files."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.printed_files import note_print
from document_templates.production import PDF_TYPE, Workshop
from forms.attachments.keeping import ERASE_OBJECT
from tenants.database import now
from tenants.outbox import Task, enqueue, finish_task
from tenants.storage.objects import ObjectExists, content_hash
from tenants.storage.tenant_store import TenantStore

KEPT = timedelta(days=1)


def keep_for_a_day(
    workshop: Workshop, store: TenantStore, task_id: str, key: str, pdf: bytes
) -> None:
    """Store ``pdf``, finish the task, and have the file erased a day later."""
    # Where another worker was faster, its file is as good.
    with suppress(ObjectExists):
        store.put(key, pdf, content_type=PDF_TYPE, sha256=content_hash(pdf))
    stored = store.stat(key)
    with workshop.sessions.begin() as session:
        if stored is not None:
            erase_at = now() + KEPT
            note_print(session, stored, "bulk_run", erase_at=erase_at)
            enqueue(
                session,
                ERASE_OBJECT,
                {"key": key, "version": stored.version_id},
                available_at=erase_at,
            )
        end_task(session, task_id)


def end_task(session: Session, task_id: str) -> None:
    """Finish a task, unless it is finished already."""
    task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
    if task.state != "done":
        finish_task(task)


def latest_task(session: Session, kind: str, payload: dict[str, str]) -> Task | None:
    """Return the latest task of this kind and payload."""
    return session.scalars(
        select(Task)
        .where(Task.kind == kind, Task.payload == payload)
        .order_by(Task.created_at.desc())
        .limit(1)
    ).first()


def latest_of_run(session: Session, kind: str, run_id: str) -> list[Task]:
    """Return the tasks of this kind for a run, the latest first."""
    return list(
        session.scalars(
            select(Task)
            .where(Task.kind == kind, Task.payload["run_id"].astext == run_id)
            .order_by(Task.created_at.desc())
        )
    )


def is_under_way(task: Task | None) -> bool:
    """Say whether a file is being made."""
    return task is not None and task.state in ("ready", "dispatched")


def failure_of(task: Task | None) -> str:
    """Return why a file could not be made, empty if it did not fail."""
    return task.failure if task is not None and task.state == "failed" else ""
