"""The dispatcher: lets a fair window of every tenant's tasks through to the queue.

One dispatcher works at a time; others wait for the advisory lock and take over. The tasks
are marked and queued in one breath: if the queue does not answer, the marks are rolled back.
The one who leads also begins the periodic jobs (`workers.schedule`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event

import structlog
from redis import RedisError
from rq import Queue
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from tenants.database import now
from tenants.outbox import dispatch_tasks, reclaim_tasks
from workers.rq_transport import send_tasks
from workers.schedule import SCHEDULE, PeriodicJob, start_due_jobs

log = structlog.get_logger()

LEADER_LOCK = 7_241_306
BATCH = 100
IDLE_SECONDS = 0.25
FAULT_SECONDS = 2.0
MOST_SECONDS_BETWEEN_RECLAIMS = 10.0
GUARDED = {"tenant_guarded": True}


class Dispatcher:
    """Moves tasks from the outbox to the queue."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        queue: Queue,
        *,
        window: int,
        bulk_window: int,
        reclaim_after: timedelta,
        schedule: Sequence[PeriodicJob] = SCHEDULE,
    ) -> None:
        self._sessions = sessions
        self._queue = queue
        self._window = window
        self._bulk_window = bulk_window
        self._reclaim_after = reclaim_after
        self._schedule = schedule

    @property
    def seconds_between_reclaims(self) -> float:
        """How often to look for what was never finished."""
        return min(MOST_SECONDS_BETWEEN_RECLAIMS, self._reclaim_after.total_seconds() / 4)

    def dispatch_once(self) -> int:
        """Queue what the windows let through; return how many tasks.

        Raises ``redis.RedisError`` with nothing marked when the queue does not answer.
        """
        with self._sessions.begin() as session:
            tasks = dispatch_tasks(
                session, window=self._window, bulk_window=self._bulk_window, batch=BATCH
            )
            if tasks:
                send_tasks(self._queue, tasks)
        return len(tasks)

    def reclaim_once(self) -> int:
        """Give out again what was queued and never finished; return how many tasks."""
        with self._sessions.begin() as session:
            return reclaim_tasks(session, older_than=self._reclaim_after)

    def start_jobs_once(self) -> int:
        """Begin the periodic jobs that are due; return how many tasks became ready."""
        return start_due_jobs(self._sessions, self._schedule, now())


def run_dispatcher(engine: Engine, dispatcher: Dispatcher, stop: Event) -> None:
    """Dispatch until ``stop`` is set; faults of database or queue are waited out."""
    while not stop.is_set():
        try:
            with engine.connect() as connection:
                # The lock belongs to the connection: back in the pool it would lock us out.
                connection.detach()
                _lead(connection, dispatcher, stop)
        except DBAPIError as error:
            log.warning("dispatcher.database", fault=type(error).__name__)
            stop.wait(FAULT_SECONDS)


def _lead(connection: Connection, dispatcher: Dispatcher, stop: Event) -> None:
    while not stop.is_set() and not _take_lead(connection):
        stop.wait(FAULT_SECONDS)
    next_reclaim = time.monotonic()
    while not stop.is_set():
        _keep_lead(connection)
        moved = _attempt(dispatcher.dispatch_once, stop)
        if time.monotonic() >= next_reclaim:
            next_reclaim = time.monotonic() + dispatcher.seconds_between_reclaims
            reclaimed = _attempt(dispatcher.reclaim_once, stop)
            if reclaimed:
                log.warning("dispatcher.reclaimed", tasks=reclaimed)
            dispatcher.start_jobs_once()
        if not moved:
            stop.wait(IDLE_SECONDS)


def _attempt(step: Callable[[], int], stop: Event) -> int:
    try:
        return step()
    except (RedisError, OSError) as error:
        log.warning("dispatcher.queue", fault=type(error).__name__)
        stop.wait(FAULT_SECONDS)
        return 0


def _take_lead(connection: Connection) -> bool:
    taken = connection.execute(
        text("SELECT pg_try_advisory_lock(:lock)"),
        {"lock": LEADER_LOCK},
        execution_options=GUARDED,
    ).scalar_one()
    connection.commit()
    return bool(taken)


def _keep_lead(connection: Connection) -> None:
    """Raise DBAPIError when the connection, and the lock with it, is gone."""
    connection.execute(text("SELECT 1"), execution_options=GUARDED)
    connection.commit()
