"""The schedule: what the workers do by themselves, and how often.

The leading dispatcher looks through it and makes the task of a job that is due ready for every
tenant (`tenants.periodic`). A new job is one line in `SCHEDULE` and a handler of its task kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session, sessionmaker

from document_templates.archive.daily_roots import SEAL_DAY
from document_templates.archive.integrity import CHECK_INTEGRITY
from document_templates.archive.renewing import STAMP_FILES
from document_templates.bulk_runs.forgetting import FORGET_RECIPIENTS
from forms.attachments.tending import TEND_FILES
from forms.procedure.reminding import REMIND
from tenants.periodic import claim_job, ready_for_every_tenant

log = structlog.get_logger()

BERLIN = ZoneInfo("Europe/Berlin")


class Rhythm(Protocol):
    """When a job begins again."""

    def next_start(self, after: datetime) -> datetime:
        """Return the first moment later than ``after``, an aware datetime."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Again after a fixed time."""

    interval: timedelta

    def next_start(self, after: datetime) -> datetime:
        """Return the moment one interval later."""
        return after + self.interval


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a time of day in Berlin."""

    at: time

    def next_start(self, after: datetime) -> datetime:
        """Return when it is that time next; in the hour that is skipped in spring, one later."""
        day = after.astimezone(BERLIN).date()
        for later in range(2):
            moment = datetime.combine(day + timedelta(days=later), self.at, BERLIN)
            if moment.timestamp() > after.timestamp():
                return moment
        return datetime.combine(day + timedelta(days=2), self.at, BERLIN)


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """A task kind that every tenant's workers carry out in a rhythm."""

    name: str
    """What operators read, and the key of the job's row; never changed."""
    kind: str
    rhythm: Rhythm


SCHEDULE: tuple[PeriodicJob, ...] = (
    PeriodicJob("Tageswurzel", SEAL_DAY, Daily(time(0, 15))),
    PeriodicJob("Unversehrtheit", CHECK_INTEGRITY, Daily(time(1, 0))),
    PeriodicJob("Zeitstempel", STAMP_FILES, Every(timedelta(hours=1))),
    PeriodicJob("Empfänger von Serienläufen", FORGET_RECIPIENTS, Daily(time(3, 30))),
    PeriodicJob("Erinnerungen an Fristen", REMIND, Daily(time(6, 0))),
    PeriodicJob("Hochgeladene Dateien", TEND_FILES, Every(timedelta(hours=1))),
)


def start_due_jobs(
    sessions: sessionmaker[Session], schedule: Sequence[PeriodicJob], moment: datetime
) -> int:
    """Begin every job that is due at ``moment``; return how many tasks became ready.

    A job that was due several times meanwhile begins once. A job that is new begins at its next
    moment, not at once: what restarts often does not work more often.
    """
    started = 0
    for job in schedule:
        with sessions.begin() as session:
            row = claim_job(session, job.name, job.rhythm.next_start(moment))
            if row.due_at > moment:
                continue
            tasks = ready_for_every_tenant(session, job.kind)
            row.started_at, row.due_at = moment, job.rhythm.next_start(moment)
        log.info("schedule.started", job=job.name, tasks=tasks)
        started += tasks
    return started
