"""RQ as transport: identifiers travel, nothing else; what it loses the outbox gives out again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from workers.handlers import perform_task
from workers.runtime import Runtime

QUEUE = "siegel"
JOB_SECONDS = 300
FAILURE_SECONDS = 86_400


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
    connection = Redis.from_url(redis_url, socket_connect_timeout=5, health_check_interval=30)
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def send_tasks(queue: Queue, task_ids: Iterable[str]) -> None:
    """Hand tasks to the queue. A task that is queued already is not queued twice.

    Raises ``redis.RedisError`` when the queue does not answer.
    """
    queued = set(queue.get_job_ids())
    for task_id in task_ids:
        if task_id in queued:
            continue
        queue.enqueue(
            "workers.rq_transport.run_job",
            task_id,
            job_id=task_id,
            job_timeout=JOB_SECONDS,
            result_ttl=0,
            failure_ttl=FAILURE_SECONDS,
        )


def run_worker(runtime: Runtime, redis_url: str, *, burst: bool = False) -> None:
    """Work until told to stop (SIGTERM), or until the queue is empty with ``burst``."""
    _Process.runtime = runtime
    queue = open_queue(redis_url)
    # A SimpleWorker does not fork: LibreOffice stays with the process that started it.
    worker = SimpleWorker(
        [queue],
        connection=queue.connection,
        serializer=JSONSerializer,
        worker_ttl=60,
        maintenance_interval=30,
    )
    worker.work(burst=burst, logging_level="WARNING")
