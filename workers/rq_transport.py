"""RQ as transport: identifiers travel, nothing else; what it loses the outbox gives out again."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from threading import Event
from types import FrameType, TracebackType
from typing import ClassVar

import structlog
from redis import Redis, RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DeserializationError, StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from forms.exports.background import MAKE_EXPORT
from tenants.outbox import DispatchedTask
from workers.handlers import perform_task
from workers.runtime import Runtime

log = structlog.get_logger()

QUEUE = "siegel"
RUN_JOB = "workers.rq_transport.run_job"
JOB_SECONDS = 300
LONG_JOBS = {MAKE_EXPORT: 3600}
"""Seconds for kinds of tasks that read a large form to its end."""
FAILURE_SECONDS = 86_400
# Longer than any answer takes; a worker's blocking wait for a job has its own, longer limit.
ANSWER_SECONDS = 10
OUTAGE_SECONDS = 1.0


class RuntimeMissing(RuntimeError):
    """A job ran in a process that no worker prepared: a programming error."""


class _Process:
    """The runtime of this worker process; RQ calls plain functions and cannot pass it."""

    runtime: ClassVar[Runtime | None] = None


def run_job(task_id: str) -> None:
    """Do the task; this is the function that RQ calls by name."""
    if _Process.runtime is None:
        raise RuntimeMissing("run_job outside of a worker")
    perform_task(_Process.runtime, task_id)


def open_queue(redis_url: str) -> Queue:
    """Return the queue; its serializer is JSON, so that Redis never holds code."""
    connection = Redis.from_url(
        redis_url,
        socket_connect_timeout=5,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
    )
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def send_tasks(queue: Queue, tasks: Iterable[DispatchedTask]) -> None:
    """Hand tasks to the queue. A task that is queued already is not queued twice.

    Raises ``redis.RedisError`` when the queue does not answer.
    """
    queued = set(queue.get_job_ids())
    for task in tasks:
        if task.id in queued:
            continue
        queue.enqueue(
            RUN_JOB,
            task.id,
            job_id=task.id,
            job_timeout=LONG_JOBS.get(task.kind, JOB_SECONDS),
            result_ttl=0,
            failure_ttl=FAILURE_SECONDS,
        )


class TaskWorker(SimpleWorker):
    """RQ's worker, held to our one function and to silence about what it worked on.

    It does not fork: LibreOffice stays with the process that started it.
    """

    def __init__(self, queue: Queue, stop: Event) -> None:
        """Work on ``queue``; ``stop`` is set when the process is asked to end."""
        super().__init__(
            [queue],
            connection=queue.connection,
            serializer=JSONSerializer,
            worker_ttl=60,
            maintenance_interval=30,
        )
        self._stop = stop

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the job at hand, then end."""
        self._stop.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ declares no types

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Perform the job, unless it asks for another function than ours.

        RQ would call whatever a job names: who can write to Redis could run anything.
        """
        try:
            wanted = job.func_name
        except DeserializationError:
            wanted = None
        if wanted == RUN_JOB:
            super().execute_job(job, queue)
            return
        log.error("worker.foreign_job", job=job.id)
        job.delete()

    def handle_exception(
        self,
        job: Job,
        *exc_info: type[BaseException] | BaseException | TracebackType | None,
    ) -> None:
        """Log where a job failed. Messages may quote rows of the database and are left out."""
        fault, _error, trace = exc_info
        log.error(
            "worker.job_failed",
            task=job.id,
            fault=getattr(fault, "__name__", ""),
            trace=traceback.format_tb(trace) if isinstance(trace, TracebackType) else [],
        )

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: StartedJobRegistry | None = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Let RQ note the failure without its message: Redis holds identifiers only."""
        super().handle_job_failure(
            job, queue, started_job_registry, "see the log of the worker", execution
        )


def run_worker(runtime: Runtime, redis_url: str, *, burst: bool = False) -> None:
    """Work until told to stop (SIGTERM), or until the queue is empty with ``burst``.

    RQ's worker ends when Redis goes away during a job; then a new one waits for its return.
    """
    _Process.runtime = runtime
    stop = Event()
    while not stop.is_set():
        try:
            _work_until_outage(open_queue(redis_url), stop, burst=burst)
            if burst:
                return
            stop.wait(OUTAGE_SECONDS)
        except StopRequested:
            return


def _work_until_outage(queue: Queue, stop: Event, *, burst: bool) -> None:
    worker = None
    try:
        worker = TaskWorker(queue, stop)
        worker.work(burst=burst, logging_level="WARNING")
    except RedisError as error:
        log.warning("worker.queue", fault=type(error).__name__)
    finally:
        if worker is not None and worker.pubsub_thread is not None:
            worker.pubsub_thread.stop()
        queue.connection.close()
