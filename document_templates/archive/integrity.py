"""The integrity job: every night the chain is reckoned anew and every stored file read by version.

It works in slices of a few seconds, each a transaction that says where the next one goes on: an
interrupted run continues, and other work of the tenant comes in between. Between two slices it
rests long enough that the object store gives no more than the set rate.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from document_templates.archive.alarms import Fault, raise_alarm
from document_templates.archive.daily_roots import root_holds
from document_templates.archive.models import DailyRoot, IntegrityRun
from document_templates.archive.stored_files import (
    STORED,
    StoredFile,
    still_stored,
    stored_files,
)
from document_templates.chain import chain_hash
from document_templates.models import FIRST_HASH, ChainHead, DocumentVersion
from document_templates.registering import facts_of
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.outbox import Task, continue_task, finish_task
from tenants.storage.objects import ObjectCorrupted, ObjectMissing, ObjectStore
from tenants.storage.tenant_store import TenantStore

log = structlog.get_logger()

CHECK_INTEGRITY: Final = "check_integrity"
SLICE_SECONDS: Final = 20.0
SLICE_FILES: Final = 200
SLICE_ENTRIES: Final = 5_000
_CHAIN: Final = "chain"
_ROOTS: Final = "roots"
_PHASES: Final = (_CHAIN, _ROOTS, *STORED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run goes on: what it looks through, and behind which entry."""

    run_id: str
    phase: str = _CHAIN
    after: str = ""

    @classmethod
    def of(cls, payload: dict[str, str]) -> Place | None:
        """Return the place that a task names, None at the begin of a run."""
        return cls(**payload) if payload else None

    @property
    def payload(self) -> dict[str, str]:
        """Return the place as a task keeps it."""
        return {"run_id": self.run_id, "phase": self.phase, "after": self.after}

    def next_phase(self) -> Place | None:
        """Return the begin of what comes after this phase, None after the last."""
        following = _PHASES[_PHASES.index(self.phase) + 1 :]
        return Place(self.run_id, following[0]) if following else None


@dataclass(slots=True)
class Slice:
    """What one slice found, and where it ended; None when its phase is through."""

    faults: list[Fault] = field(default_factory=list)
    entries: int = 0
    files: int = 0
    size: int = 0
    after: str | None = None


def check_integrity(
    sessions: sessionmaker[Session],
    store: ObjectStore,
    *,
    task_id: str,
    megabytes_per_second: int,
) -> None:
    """Do the next slice of the run of the tenant in scope, and plan the one after it.

    Harmless to repeat. Raises `tenants.storage.objects.StoreUnavailable` when the store is away;
    the run goes on where it was when it is back.
    """
    began = time.monotonic()
    tenant_store = TenantStore(store, current_tenant_id())
    with sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id)).one()
        payload = dict(task.payload)
        place = Place.of(payload) or _begin(session)
        done = _check_register(session, tenant_store, place)
        files = (
            stored_files(session, place.phase, after=place.after, limit=SLICE_FILES)
            if done is None
            else []
        )
    if done is None:
        done = _read_files(tenant_store, files, began)
    rest = max(0.0, done.size / (megabytes_per_second * 1_000_000) - (time.monotonic() - began))
    with sessions.begin() as session:
        _finish_slice(session, task_id, payload, place, done, timedelta(seconds=rest))


def _begin(session: Session) -> Place:
    run = IntegrityRun(id=new_id())
    session.add(run)
    session.flush()
    return Place(run.id)


def _check_register(session: Session, store: TenantStore, place: Place) -> Slice | None:
    """Reckon a slice of the register anew; None in the phases that read files."""
    if place.phase == _CHAIN:
        return _check_chain(session, place)
    return _check_root(session, store, place) if place.phase == _ROOTS else None


def _check_root(session: Session, store: TenantStore, place: Place) -> Slice:
    """Compare the next sealed root with the entries under it, as they stand now."""
    root = session.scalars(
        select(DailyRoot)
        .where(DailyRoot.last_position > int(place.after or 0))
        .order_by(DailyRoot.last_position)
        .limit(1)
    ).first()
    if root is None:
        return Slice()
    done = Slice(after=str(root.last_position))
    if not root_holds(session, store, root):
        done.faults.append(Fault("root", "root", root.id))
    return done


def _check_chain(session: Session, place: Place) -> Slice:
    """Reckon the next entries anew. The last slice also compares the end of the chain."""
    position = int(place.after or 0)
    previous = FIRST_HASH
    if position:
        previous = session.scalars(
            select(DocumentVersion.chain_hash).where(DocumentVersion.chain_position == position)
        ).one()
    entries = session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.chain_position > position)
        .order_by(DocumentVersion.chain_position)
        .limit(SLICE_ENTRIES)
    ).all()
    done = Slice()
    for entry in entries:
        position += 1
        fits = entry.chain_position == position and entry.previous_hash == previous
        if not fits or chain_hash(previous, facts_of(entry)) != entry.chain_hash:
            # Behind a break nothing can be told apart: one alarm for the place where it begins.
            done.faults.append(Fault("chain", "register", current_tenant_id(), position))
            return done
        previous = entry.chain_hash
        done.entries += 1
    if len(entries) == SLICE_ENTRIES:
        done.after = str(position)
        return done
    head = session.scalars(select(ChainHead)).first()
    if (head.position, head.hash) != (position, previous) if head else position:
        # What was registered between the two questions is no break.
        newer = session.scalars(
            select(DocumentVersion.id).where(DocumentVersion.chain_position > position)
        ).first()
        if newer is None:
            done.faults.append(Fault("chain", "register", current_tenant_id(), position + 1))
        else:
            done.after = str(position)
    return done


def _read_files(store: TenantStore, files: list[StoredFile], began: float) -> Slice:
    done = Slice()
    for file in files:
        try:
            done.size += len(store.get(file.key, file.object_version, file.sha256))
        except ObjectMissing:
            done.faults.append(Fault("missing", file.subject, file.subject_id))
        except ObjectCorrupted:
            done.faults.append(Fault("corrupted", file.subject, file.subject_id))
        done.files += 1
        done.after = file.subject_id
        if time.monotonic() - began > SLICE_SECONDS:
            return done
    if len(files) < SLICE_FILES:
        done.after = None
    return done


def _finish_slice(
    session: Session,
    task_id: str,
    payload: dict[str, str],
    place: Place,
    done: Slice,
    rest: timedelta,
) -> None:
    task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
    run = session.scalars(select(IntegrityRun).where(IntegrityRun.id == place.run_id)).one()
    if task.payload != payload or task.state in ("done", "failed"):
        # Another worker did this slice meanwhile.
        return
    faults = [fault for fault in done.faults if _is_still_a_fault(session, fault)]
    for fault in faults:
        raise_alarm(session, fault)
    run.entries += done.entries
    run.files += done.files
    run.size += done.size
    run.alarms += len(faults)
    following = (
        Place(place.run_id, place.phase, done.after)
        if done.after is not None
        else place.next_phase()
    )
    if following is not None:
        continue_task(task, following.payload, now() + rest)
        return
    run.finished_at = now()
    finish_task(task)
    log.info("integrity.finished", tenant=current_tenant_id(), files=run.files, alarms=run.alarms)


def _is_still_a_fault(session: Session, fault: Fault) -> bool:
    """What was erased between the list and the look is not missing."""
    if fault.finding not in ("missing", "corrupted"):
        return True
    return still_stored(session, fault.subject, fault.subject_id)
