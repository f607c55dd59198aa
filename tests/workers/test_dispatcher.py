"""The dispatcher: fair windows, reclaiming, one leader at a time, and a queue that is away."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis, RedisError
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from app.embedded.postgres import EmbeddedPostgres
from app.embedded.postgres_cluster import SUPERUSER
from app.embedded.valkey import EmbeddedValkey
from tenants.context import NOBODY, Scope
from tenants.database import new_id, now
from tenants.models import Tenant
from tenants.outbox import (
    DISPATCH,
    WALK_INDEXES,
    DispatchedTask,
    Task,
    dispatch_tasks,
    enqueue,
    reclaim_tasks,
)
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import module_process
from tests.support.ports import free_port
from tests.support.processes import wait_until
from workers.dispatcher import Dispatcher, run_dispatcher
from workers.rq_transport import open_queue
from workers.runtime import open_sessions


@pytest.fixture(scope="module")
def quiet(
    postgres: EmbeddedPostgres,
    queue_server: EmbeddedValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """An installation whose tasks nobody carries out."""
    directory = tmp_path_factory.mktemp("quiet")
    with open_installation(
        postgres, queue_server.url, directory, SIEGEL_RECLAIM_SECONDS="2"
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
def tenants(quiet: Installation) -> list[Tenant]:
    return [quiet.found_tenant() for _number in range(3)]


@pytest.fixture(scope="module")
def engine_and_sessions(quiet: Installation) -> Iterator[tuple[Engine, sessionmaker[Session]]]:
    engine, sessions = open_sessions(quiet.settings.dispatcher_url)
    yield engine, sessions
    engine.dispose()


@pytest.fixture
def sessions(
    quiet: Installation,
    tenants: list[Tenant],
    engine_and_sessions: tuple[Engine, sessionmaker[Session]],
) -> sessionmaker[Session]:
    """The dispatcher's sessions, with an empty outbox."""
    clear(quiet, tenants)
    return engine_and_sessions[1]


def clear(quiet: Installation, tenants: list[Tenant]) -> None:
    for tenant in tenants:
        quiet.in_scope(Scope(tenant_id=tenant.id), lambda session: session.execute(delete(Task)))


def add_tasks(quiet: Installation, tenant: Tenant, count: int, **values: object) -> list[str]:
    """Write tasks that became ready one after the other, the last of them just now."""
    moment = now()
    rows = [
        {
            "id": new_id(), "tenant_id": tenant.id, "kind": "test", "payload": {},
            "available_at": moment - timedelta(milliseconds=count - number), **values,
        }
        for number in range(count)
    ]  # fmt: skip
    if rows:
        quiet.in_scope(
            Scope(tenant_id=tenant.id), lambda session: session.execute(insert(Task), rows)
        )
    return [str(row["id"]) for row in rows]


def states(quiet: Installation, tenant: Tenant) -> Counter[str]:
    return quiet.in_scope(
        Scope(tenant_id=tenant.id), lambda session: Counter(session.scalars(select(Task.state)))
    )


def finish(quiet: Installation, tasks: list[DispatchedTask]) -> None:
    for tenant_id in {task.tenant_id for task in tasks}:
        ids = [task.id for task in tasks if task.tenant_id == tenant_id]
        quiet.in_scope(
            Scope(tenant_id=tenant_id),
            lambda session, ids=ids: session.execute(
                update(Task).where(Task.id.in_(ids)).values(state="done")
            ),
        )


def dispatch(
    sessions: sessionmaker[Session], window: int, batch: int, bulk_window: int = 3
) -> list[DispatchedTask]:
    with sessions.begin() as session:
        return dispatch_tasks(session, window=window, bulk_window=bulk_window, batch=batch)


# --- Fairness ---------------------------------------------------------------------------------


def test_two_thousand_tasks_of_one_tenant_hold_up_nobody_else(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    large, small, _third = tenants
    add_tasks(quiet, large, 2000)
    fives = add_tasks(quiet, small, 5)

    first = dispatch(sessions, window=4, batch=100)
    assert Counter(task.tenant_id for task in first) == {large.id: 4, small.id: 4}
    # They are worked on by turns.
    assert all(
        {one.tenant_id, other.tenant_id} == {large.id, small.id}
        for one, other in zip(first[::2], first[1::2], strict=True)
    )
    assert dispatch(sessions, window=4, batch=100) == []
    finish(quiet, first)
    second = dispatch(sessions, window=4, batch=100)
    assert Counter(task.tenant_id for task in second) == {large.id: 4, small.id: 1}
    through = [task.id for task in (*first, *second) if task.tenant_id == small.id]
    assert through == fives


def test_a_single_document_goes_before_the_run_of_its_own_tenant(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    office, neighbour, _third = tenants
    add_tasks(quiet, office, 500, is_bulk=True)
    add_tasks(quiet, neighbour, 500, is_bulk=True)
    # The runs take up no more than their own window, whatever room there is.
    first = dispatch(sessions, window=4, batch=100, bulk_window=3)
    assert Counter(task.tenant_id for task in first) == {office.id: 3, neighbour.id: 3}
    (single,) = add_tasks(quiet, office, 1)
    assert [task.id for task in dispatch(sessions, window=4, batch=100)] == [single]
    # With the window full a run still gives way: the next that is free is the single one's.
    (other,) = add_tasks(quiet, office, 1)
    assert dispatch(sessions, window=4, batch=100) == []
    finish(quiet, first[:1])
    assert other in [task.id for task in dispatch(sessions, window=4, batch=100)]


def test_the_dispatcher_reads_no_more_of_a_run_than_can_go(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    """Rows read, not seconds: ten times the run costs nothing more."""

    def rows_read() -> int:
        with sessions.begin() as session:
            session.execute(WALK_INDEXES, execution_options={"tenant_guarded": True})
            plan = session.execute(
                text("EXPLAIN (ANALYZE, FORMAT JSON) " + DISPATCH.text),
                {"window": 4, "bulk_window": 3, "batch": 100},
                execution_options={"tenant_guarded": True},
            ).scalar_one()
            session.rollback()
        return sum(read_from(plan[0]["Plan"]))

    def read_from(node: dict[str, Any]) -> Iterator[float]:
        if node.get("Relation Name") == "task" and node["Node Type"] != "ModifyTable":
            removed = node.get("Rows Removed by Filter", 0)
            yield (node["Actual Rows"] + removed) * node["Actual Loops"]
        for child in node.get("Plans", []):
            yield from read_from(child)

    def count_rows() -> None:
        quiet.as_owner(
            NOBODY,
            lambda session: session.execute(
                text("ANALYZE task"), execution_options={"tenant_guarded": True}
            ),
        )

    counts = []
    for more in (2000, 18_000):
        for tenant in tenants:
            add_tasks(quiet, tenant, more, is_bulk=True)
        # The database thinks of the table as it was before the run was written; then it looks.
        counts.append(rows_read())
        count_rows()
        counts.append(rows_read())
    assert max(counts) <= 500, counts


def test_what_is_held_stays_until_it_is_made_ready(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    add_tasks(quiet, tenants[0], 3, is_bulk=True, state="held")
    assert dispatch(sessions, window=4, batch=100) == []


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    counts=st.tuples(*[st.tuples(st.integers(0, 6), st.integers(0, 4))] * 3),
    window=st.integers(1, 5),
    batch=st.integers(1, 12),
)
def test_windows_are_kept_and_nobody_starves(
    quiet: Installation,
    tenants: list[Tenant],
    sessions: sessionmaker[Session],
    counts: tuple[tuple[int, int], ...],
    window: int,
    batch: int,
) -> None:
    clear(quiet, tenants)
    ready: dict[str, list[str]] = {}
    flying: dict[str, int] = {}
    for tenant, (waiting, under_way) in zip(tenants, counts, strict=True):
        add_tasks(quiet, tenant, under_way, state="dispatched", dispatched_at=now())
        ready[tenant.id] = add_tasks(quiet, tenant, waiting)
        flying[tenant.id] = under_way

    through = dispatch(sessions, window, batch)

    free = {
        tenant_id: min(len(ids), max(0, window - flying[tenant_id]))
        for tenant_id, ids in ready.items()
    }
    assert len(through) == min(batch, sum(free.values()))
    taken = Counter(task.tenant_id for task in through)
    for tenant_id, ids in ready.items():
        assert taken[tenant_id] <= free[tenant_id]
        # The oldest first, and in their order.
        got = [task.id for task in through if task.tenant_id == tenant_id]
        assert got == ids[: len(got)]
        # Nobody gets a second turn while somebody with room waits for a first.
        if taken[tenant_id] < free[tenant_id]:
            assert max(taken.values()) <= taken[tenant_id] + 1


def test_what_was_postponed_waits_for_its_time(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    add_tasks(quiet, tenants[0], 2, available_at=now() + timedelta(minutes=1))
    (ready,) = add_tasks(quiet, tenants[0], 1)
    assert [task.id for task in dispatch(sessions, 4, 10)] == [ready]


def test_two_dispatchers_at_once_never_take_the_same_task(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    add_tasks(quiet, tenants[0], 4)
    with sessions.begin() as one, sessions.begin() as other:
        first = dispatch_tasks(one, window=2, bulk_window=2, batch=10)
        second = dispatch_tasks(other, window=4, bulk_window=4, batch=10)
    assert len(first) == 2
    assert not {task.id for task in first} & {task.id for task in second}


# --- Reclaiming -------------------------------------------------------------------------------


def test_what_never_finished_is_given_out_again_and_counted(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    old = now() - timedelta(seconds=30)
    (lost,) = add_tasks(quiet, tenants[0], 1, state="dispatched", dispatched_at=old)
    add_tasks(quiet, tenants[1], 1, state="dispatched", dispatched_at=now())
    add_tasks(quiet, tenants[2], 1, state="done", dispatched_at=old)

    with sessions.begin() as session:
        assert reclaim_tasks(session, older_than=timedelta(seconds=20)) == 1

    assert [task.id for task in dispatch(sessions, 4, 10)] == [lost]
    assert states(quiet, tenants[1]) == {"dispatched": 1}
    assert states(quiet, tenants[2]) == {"done": 1}
    attempts = quiet.in_scope(
        Scope(tenant_id=tenants[0].id), lambda session: session.scalars(select(Task.attempts)).one()
    )
    assert attempts == 1


# --- The queue --------------------------------------------------------------------------------


def test_a_queue_that_is_away_leaves_every_task_ready(
    quiet: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    add_tasks(quiet, tenants[0], 3)
    queue = open_queue(f"redis://127.0.0.1:{free_port()}/0")
    dispatcher = Dispatcher(
        sessions, queue, window=4, bulk_window=3, reclaim_after=timedelta(seconds=2)
    )

    with pytest.raises(RedisError):
        dispatcher.dispatch_once()

    assert states(quiet, tenants[0]) == {"ready": 3}


def test_a_task_that_is_still_queued_is_not_queued_twice(
    quiet: Installation,
    tenants: list[Tenant],
    sessions: sessionmaker[Session],
    empty_queue: Redis,
) -> None:
    ids = add_tasks(quiet, tenants[0], 3)
    queue = open_queue(quiet.settings.redis_url)
    dispatcher = Dispatcher(
        sessions, queue, window=4, bulk_window=3, reclaim_after=timedelta(seconds=-5)
    )

    for _round in range(3):
        assert dispatcher.dispatch_once() == 3
        assert dispatcher.reclaim_once() == 3

    assert queue.get_job_ids() == ids


# --- The lead ---------------------------------------------------------------------------------


def submit_one(quiet: Installation, tenant: Tenant) -> None:
    quiet.in_scope(Scope(tenant_id=tenant.id), lambda session: enqueue(session, "test", {}))


def ready_count(quiet: Installation, tenant: Tenant) -> int:
    return states(quiet, tenant)["ready"]


@contextmanager
def superuser(postgres: EmbeddedPostgres, quiet: Installation) -> Iterator[psycopg.Connection]:
    database = quiet.settings.database_url.rpartition("/")[2]
    with psycopg.connect(postgres.libpq_url(SUPERUSER, database), autocommit=True) as connection:
        yield connection


LEADERS = """
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
WAITING = """
    SELECT pid FROM pg_stat_activity
    WHERE usename = 'siegel_dispatcher' AND datname = current_database()
      AND wait_event_type = 'Lock'
"""
DISPATCHERS = """
    SELECT pid FROM pg_stat_activity
    WHERE usename = 'siegel_dispatcher' AND datname = current_database()
"""


def test_another_dispatcher_takes_over_from_a_killed_one(
    quiet: Installation,
    postgres: EmbeddedPostgres,
    tenants: list[Tenant],
    sessions: sessionmaker[Session],
    empty_queue: Redis,
    tmp_path: Path,
) -> None:
    tenant = tenants[0]
    with (
        superuser(postgres, quiet) as watch,
        module_process(quiet, tmp_path / "1.log", "workers", "dispatcher") as first,
    ):
        submit_one(quiet, tenant)
        wait_until(lambda: ready_count(quiet, tenant) == 0, "the first dispatches")
        (leader,) = watch.execute(LEADERS).fetchall()
        known = len(watch.execute(DISPATCHERS).fetchall())
        with module_process(quiet, tmp_path / "2.log", "workers", "dispatcher") as second:
            wait_until(
                lambda: len(watch.execute(DISPATCHERS).fetchall()) > known, "the second waits"
            )
            assert watch.execute(LEADERS).fetchall() == [leader]
            first.kill()
            first.wait()
            submit_one(quiet, tenant)
            wait_until(lambda: ready_count(quiet, tenant) == 0, "the second dispatches")
            (successor,) = watch.execute(LEADERS).fetchall()
            assert successor != leader
            second.terminate()
            assert second.wait(20) == 0


@pytest.mark.parametrize("end_connection", [False, True], ids=["statement", "connection"])
def test_a_fault_of_the_database_does_not_cost_the_lead_for_good(
    quiet: Installation,
    postgres: EmbeddedPostgres,
    tenants: list[Tenant],
    sessions: sessionmaker[Session],
    empty_queue: Redis,
    *,
    end_connection: bool,
) -> None:
    """A statement fails while the connection with the lock is well, or that one is cut."""
    tenant = tenants[0]
    engine, own_sessions = open_sessions(quiet.settings.dispatcher_url)
    dispatcher = Dispatcher(
        own_sessions,
        open_queue(quiet.settings.redis_url),
        window=1000,
        bulk_window=1000,
        reclaim_after=timedelta(minutes=5),
    )
    stop = threading.Event()
    thread = threading.Thread(target=run_dispatcher, args=(engine, dispatcher, stop))
    thread.start()
    try:
        submit_one(quiet, tenant)
        wait_until(lambda: ready_count(quiet, tenant) == 0, "it dispatches")
        with superuser(postgres, quiet) as watch:
            if end_connection:
                for (pid,) in watch.execute(LEADERS).fetchall():
                    watch.execute("SELECT pg_terminate_backend(%s)", (pid,))
            else:
                cancel_next_dispatch(watch, postgres, quiet)
        submit_one(quiet, tenant)
        wait_until(lambda: ready_count(quiet, tenant) == 0, "it dispatches again")
    finally:
        stop.set()
        thread.join(20)
        engine.dispose()
    assert not thread.is_alive()


def cancel_next_dispatch(
    watch: psycopg.Connection, postgres: EmbeddedPostgres, quiet: Installation
) -> None:
    with superuser(postgres, quiet) as blocker, blocker.transaction():
        blocker.execute("LOCK TABLE task IN ACCESS EXCLUSIVE MODE")
        wait_until(lambda: bool(watch.execute(WAITING).fetchall()), "the dispatcher waits")
        for (pid,) in watch.execute(WAITING).fetchall():
            watch.execute("SELECT pg_cancel_backend(%s)", (pid,))
        wait_until(lambda: not watch.execute(WAITING).fetchall(), "its statement is cancelled")


def test_reclaims_come_often_enough_for_short_leases(sessions: sessionmaker[Session]) -> None:
    queue = open_queue(f"redis://127.0.0.1:{free_port()}/0")
    short, long = (
        Dispatcher(
            sessions, queue, window=1, bulk_window=1, reclaim_after=timedelta(seconds=seconds)
        )
        for seconds in (4, 180)
    )
    assert short.seconds_between_reclaims == 1.0
    assert long.seconds_between_reclaims == 10.0
