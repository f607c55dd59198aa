"""Alarms: raised once however often a fault is found, closed by a person who says what was done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from document_templates.archive.models import IntegrityAlarm
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id, now
from tenants.language import _

log = structlog.get_logger()

_STATES = text("SELECT tenant_id, open_alarms, finished_at FROM integrity_states()")


class AlarmUnknown(LookupError):
    """There is no such open alarm that the acting person may see."""


class RemedyMissing(ValueError):
    """An alarm cannot be closed without a word on what was done; the message is German."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as the register says."""

    finding: str
    subject: str
    subject_id: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class IntegrityState:
    """How it stands with a tenant, for those who run the platform: figures alone."""

    tenant_id: str
    open_alarms: int
    finished_at: datetime | None


def raise_alarm(session: Session, fault: Fault) -> None:
    """Open an alarm for a fault, or note that a known one is still there.

    Each time a line goes to the log, so that whoever watches it learns of the fault every night.
    """
    log.error(
        "integrity.alarm",
        tenant=current_tenant_id(),
        finding=fault.finding,
        subject=fault.subject,
        id=fault.subject_id,
    )
    known = session.scalars(
        select(IntegrityAlarm)
        .where(
            IntegrityAlarm.subject == fault.subject,
            IntegrityAlarm.subject_id == fault.subject_id,
            IntegrityAlarm.finding == fault.finding,
            IntegrityAlarm.closed_at.is_(None),
        )
        .with_for_update()
    ).first()
    if known is not None:
        known.seen_at, known.position = now(), fault.position
        return
    alarm = IntegrityAlarm(
        id=new_id(),
        finding=fault.finding,
        subject=fault.subject,
        subject_id=fault.subject_id,
        position=fault.position,
    )
    session.add(alarm)
    session.flush()
    record(session, "integrity.alarm", "integrity_alarm", alarm.id, finding=fault.finding)


def close_alarm(session: Session, alarm_id: str, *, person_name: str, remedy: str) -> None:
    """Close an alarm; what is still wrong opens a new one the next night.

    Raises `AlarmUnknown` and `RemedyMissing`.
    """
    alarm = session.scalars(
        select(IntegrityAlarm)
        .where(IntegrityAlarm.id == alarm_id, IntegrityAlarm.closed_at.is_(None))
        .with_for_update()
    ).first()
    if alarm is None:
        raise AlarmUnknown(alarm_id)
    if not remedy.strip():
        raise RemedyMissing(_("Bitte beschreiben Sie, was die Ursache war und was getan wurde."))
    alarm.closed_at, alarm.closed_by = now(), current_scope().account_id
    alarm.closed_name, alarm.remedy = person_name[:200], remedy.strip()[:1000]
    session.flush()
    record(session, "integrity.alarm_closed", "integrity_alarm", alarm.id)


def open_alarms(session: Session) -> list[IntegrityAlarm]:
    """Return the open alarms of the tenant in scope, the latest first."""
    return list(
        session.scalars(
            select(IntegrityAlarm)
            .where(IntegrityAlarm.closed_at.is_(None))
            .order_by(IntegrityAlarm.found_at.desc())
        )
    )


def damaged_versions(session: Session, version_ids: Collection[str]) -> frozenset[str]:
    """Return those versions of documents (ids) of which a file is missing or changed just now."""
    return frozenset(
        session.scalars(
            select(IntegrityAlarm.subject_id).where(
                IntegrityAlarm.closed_at.is_(None),
                IntegrityAlarm.subject.in_(("pdf", "docx")),
                IntegrityAlarm.subject_id.in_(version_ids),
            )
        )
    )


def closed_alarms(session: Session, limit: int) -> list[IntegrityAlarm]:
    """Return the alarms of the tenant in scope that were closed last."""
    return list(
        session.scalars(
            select(IntegrityAlarm)
            .where(IntegrityAlarm.closed_at.is_not(None))
            .order_by(IntegrityAlarm.closed_at.desc())
            .limit(limit)
        )
    )


def integrity_states(session: Session) -> list[IntegrityState]:
    """Return the figures of every tenant; the database function shows nothing else of them."""
    rows = session.execute(_STATES, execution_options={"tenant_guarded": True})
    return [IntegrityState(str(row.tenant_id), row.open_alarms, row.finished_at) for row in rows]
