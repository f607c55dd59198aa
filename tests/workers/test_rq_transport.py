"""RQ as transport: what Redis holds, which jobs are run, and what a failed one leaves behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from rq.job import Job

from app.embedded.valkey import EmbeddedValkey
from forms.exports.background import MAKE_EXPORT, SECONDS
from tenants.outbox import DispatchedTask
from tests.support.installation import Installation
from tests.support.pipeline import ORGANISATION, Case, assert_made_once, read_request
from workers.rq_transport import (
    JOB_SECONDS,
    LONG_JOBS,
    RuntimeMissing,
    open_queue,
    run_job,
    run_worker,
    send_tasks,
)
from workers.runtime import Runtime


def dispatched(task_id: str, kind: str = "make_document") -> DispatchedTask:
    """Return a task as the dispatcher lets it through."""
    return DispatchedTask(task_id, "", kind)


def everything_in(connection: Redis) -> bytes:
    """Return all keys and values that Redis holds, as one text."""
    found = []
    for key in connection.scan_iter():
        kind = connection.type(key)
        read = {
            b"string": lambda key: connection.get(key),
            b"hash": lambda key: connection.hgetall(key),
            b"list": lambda key: connection.lrange(key, 0, -1),
            b"set": lambda key: connection.smembers(key),
            b"zset": lambda key: connection.zrange(key, 0, -1),
            b"stream": lambda key: connection.xrange(key),
        }[kind]
        found.append(f"{key!r} {read(key)!r}".encode())
    return b"\n".join(found)


def test_redis_holds_identifiers_alone(
    workplace: Installation, case: Case, runtime: Runtime, empty_queue: Redis
) -> None:
    asked = case.submit()
    send_tasks(open_queue(workplace.settings.redis_url), [dispatched(asked.task_id)])
    held = everything_in(empty_queue)
    assert asked.task_id.encode() in held
    assert asked.tenant_id.encode() not in held

    run_worker(runtime, workplace.settings.redis_url, burst=True)

    assert_made_once(workplace, [asked])
    assert asked.task_id.encode() not in everything_in(empty_queue)


def test_an_export_may_take_longer_than_anything_else(
    workplace: Installation, empty_queue: Redis
) -> None:
    queue = open_queue(workplace.settings.redis_url)
    send_tasks(queue, [dispatched("1"), dispatched("2", MAKE_EXPORT)])
    limits = {job.id: job.timeout for job in queue.jobs}
    assert limits == {"1": JOB_SECONDS, "2": LONG_JOBS[MAKE_EXPORT]}
    assert LONG_JOBS[MAKE_EXPORT] > SECONDS


def test_a_failed_job_leaves_no_message_behind(
    workplace: Installation,
    case: Case,
    runtime: Runtime,
    empty_queue: Redis,
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked = case.submit()

    def surprise(step: str) -> None:
        raise ValueError(f"row contains {ORGANISATION}")

    broken = Runtime(replace(runtime.workshop, after_step=surprise), runtime.engine)
    queue = open_queue(workplace.settings.redis_url)
    send_tasks(queue, [dispatched(asked.task_id)])

    run_worker(broken, workplace.settings.redis_url, burst=True)

    assert queue.failed_job_registry.get_job_ids() == [asked.task_id]
    assert b"gGmbH" not in everything_in(empty_queue)
    logged = capfd.readouterr()
    assert "worker.job_failed" in logged.out + logged.err
    assert "test_rq_transport.py" in logged.out + logged.err
    assert "gGmbH" not in logged.out + logged.err
    assert read_request(workplace, asked).failure.startswith("Unerwarteter Fehler (ValueError)")


def test_a_job_that_rq_still_takes_for_started_is_queued_again(
    workplace: Installation, case: Case, runtime: Runtime, empty_queue: Redis
) -> None:
    """A worker that was killed leaves its job in the registry of started ones."""
    asked = case.submit()
    queue = open_queue(workplace.settings.redis_url)
    send_tasks(queue, [dispatched(asked.task_id)])
    job = queue.fetch_job(asked.task_id)
    assert job is not None
    empty_queue.delete(queue.key)
    job.set_status("started")
    empty_queue.zadd(queue.started_job_registry.key, {f"{job.id}:dead": 9_999_999_999})

    send_tasks(queue, [dispatched(asked.task_id)])
    assert queue.get_job_ids() == [asked.task_id]
    run_worker(runtime, workplace.settings.redis_url, burst=True)

    assert_made_once(workplace, [asked])


def test_a_job_for_another_function_is_not_run(
    workplace: Installation, runtime: Runtime, empty_queue: Redis, tmp_path: Path
) -> None:
    """Who can write to Redis must not be able to run what he likes."""
    queue = open_queue(workplace.settings.redis_url)
    target = tmp_path / "made by a forged job"
    queue.enqueue("os.mkdir", str(target), job_id="forged")

    run_worker(runtime, workplace.settings.redis_url, burst=True)

    assert not target.exists()
    assert not Job.exists("forged", connection=queue.connection)
    assert queue.get_job_ids() == []


def test_a_job_with_arguments_that_nobody_can_read_is_dropped(
    workplace: Installation, case: Case, runtime: Runtime, empty_queue: Redis
) -> None:
    queue = open_queue(workplace.settings.redis_url)
    job = queue.enqueue("workers.rq_transport.run_job", "x", job_id="unreadable")
    empty_queue.hset(job.key, "data", b"\x80\x04not json")
    asked = case.submit()
    send_tasks(queue, [dispatched(asked.task_id)])

    run_worker(runtime, workplace.settings.redis_url, burst=True)

    assert_made_once(workplace, [asked])


def test_a_job_outside_of_a_worker_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.rq_transport._Process.runtime", None)
    with pytest.raises(RuntimeMissing):
        run_job("x")


def test_a_worker_without_queue_ends_its_burst(
    workplace: Installation, runtime: Runtime, tmp_path: Path
) -> None:
    with EmbeddedValkey(tmp_path) as server:
        url = server.url
    run_worker(runtime, url, burst=True)
