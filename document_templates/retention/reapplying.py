"""After a backup was restored: what was erased since then is erased again, by the journal."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from document_templates.retention.forgetting import delete_files, forget
from document_templates.retention.journal import read
from document_templates.retention.models import ErasureEntry, ErasureRun
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.database import new_id, now
from tenants.language import _
from tenants.storage.tenant_store import TenantStore


@dataclass(frozen=True, slots=True)
class Reapplied:
    """What came of it: entries in the journal, and how many subjects were there again."""

    entries: int
    erased: int


def reapply_erasures(sessions: sessionmaker[Session], store: TenantStore) -> Reapplied:
    """Erase again what the journal of the tenant in scope names and the database has.

    Harmless to repeat. The keys of all that the journal names are destroyed in any case. Raises
    the errors of the object store.
    """
    with sessions() as session:
        known = frozenset(
            session.scalars(
                select(ErasureEntry.journal_position).where(
                    ErasureEntry.journal_position.is_not(None)
                )
            )
        )
    run_id, erased, position = "", 0, 1
    while (erasure := read(store, position)) is not None:
        if position not in known:
            delete_files(store, erasure.files)
            with sessions.begin() as session:
                run_id = run_id or _begin_run(session)
                erased += forget(session, run_id, erasure, position)
        position += 1
    if run_id:
        with sessions.begin() as session:
            _finish_run(session, run_id)
    return Reapplied(position - 1, erased)


def _begin_run(session: Session) -> str:
    run = ErasureRun(
        id=new_id(),
        day=today_in_berlin(),
        state="running",
        needs_two=False,
        documents=[],
        counts={},
        planned_name=_("Nach einer Wiederherstellung"),
    )
    session.add(run)
    session.flush()
    return run.id


def _finish_run(session: Session, run_id: str) -> None:
    run = session.scalars(select(ErasureRun).where(ErasureRun.id == run_id)).one()
    entries = session.scalars(select(ErasureEntry).where(ErasureEntry.run_id == run_id)).all()
    run.documents = [one.document_id for one in entries if one.document_id]
    run.submissions = [one.submission_id for one in entries if one.submission_id]
    run.counts = _counts([one.key for one in entries if one.document_id])
    run.submission_counts = _counts([one.key for one in entries if one.submission_id])
    run.state, run.finished_at = "done", now()
    record(session, "erasure.reapplied", "erasure_run", run_id, subjects=len(entries))


def _counts(keys: list[str]) -> dict[str, int]:
    return {key: keys.count(key) for key in sorted(set(keys))}
