"""Periodic jobs: their rhythm, one task for every tenant, one dispatcher that begins them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.diagnosis import check_everything
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from tenants.context import Scope
from tenants.models import Tenant
from tenants.outbox import Task, dispatch_tasks, fail_task, finish_task
from tests.support.installation import Installation, open_installation
from tests.support.processes import wait_until
from workers.dispatcher import Dispatcher, run_dispatcher
from workers.rq_transport import open_queue
from workers.runtime import open_sessions
from workers.schedule import BERLIN, Daily, Every, PeriodicJob, start_due_jobs

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
TIMES = st.times().map(lambda found: found.replace(second=0, microsecond=0))
NIGHT = PeriodicJob("Nachtprobe", "night_test", Daily(time(2, 30)))
HOURLY = PeriodicJob("Stundenprobe", "hour_test", Every(timedelta(hours=1)))
START = datetime(2031, 5, 6, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sole(
    postgres: EmbeddedPostgres,
    queue_server: EmbeddedValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """An installation with few tenants and a schedule of its own."""
    directory = tmp_path_factory.mktemp("sole")
    with open_installation(postgres, queue_server.url, directory) as opened:
        yield opened


@pytest.fixture(scope="module")
def tenants(sole: Installation) -> list[Tenant]:
    return [sole.found_tenant(), sole.found_tenant()]


@pytest.fixture(scope="module")
def sessions(sole: Installation) -> Iterator[sessionmaker[Session]]:
    engine, opened = open_sessions(sole.settings.dispatcher_url)
    yield opened
    engine.dispose()


def tasks_of(sole: Installation, tenant: Tenant, kind: str) -> list[Task]:
    return sole.in_scope(
        Scope(tenant_id=tenant.id),
        lambda session: list(session.scalars(select(Task).where(Task.kind == kind))),
    )


@given(MOMENTS, TIMES)
def test_a_daily_job_begins_once_on_every_day(after: datetime, at: time) -> None:
    following = Daily(at).next_start(after)
    assert after < following <= after + timedelta(hours=25)
    second = Daily(at).next_start(following)
    days = second.astimezone(BERLIN).date() - following.astimezone(BERLIN).date()
    assert days == timedelta(days=1)


def test_the_hour_that_spring_skips_and_autumn_repeats() -> None:
    # On 28.03.2032 the clock goes from 2 to 3; on 31.10.2032 from 3 back to 2.
    spring = Daily(time(2, 30)).next_start(datetime(2032, 3, 27, 12, tzinfo=UTC))
    assert spring.astimezone(UTC) == datetime(2032, 3, 28, 1, 30, tzinfo=UTC)
    autumn = Daily(time(2, 30)).next_start(datetime(2032, 10, 30, 12, tzinfo=UTC))
    assert autumn.astimezone(BERLIN).date() == date(2032, 10, 31)
    again = Daily(time(2, 30)).next_start(autumn)
    assert again.astimezone(BERLIN).date() == date(2032, 11, 1)


def test_a_new_job_waits_for_its_moment_and_then_every_tenant_has_one_task(
    sole: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    assert start_due_jobs(sessions, [NIGHT], START) == 0
    assert start_due_jobs(sessions, [NIGHT], START + timedelta(hours=12)) == 0
    night = START + timedelta(hours=13)
    assert start_due_jobs(sessions, [NIGHT], night) == len(tenants)
    assert start_due_jobs(sessions, [NIGHT], night + timedelta(minutes=1)) == 0
    for tenant in tenants:
        (task,) = tasks_of(sole, tenant, NIGHT.kind)
        assert (task.state, task.is_periodic, task.is_bulk) == ("ready", True, True)


def test_an_open_task_is_not_given_twice_and_a_finished_one_is_used_anew(
    sole: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    start_due_jobs(sessions, [HOURLY], START)
    first, second = tenants
    assert start_due_jobs(sessions, [HOURLY], START + timedelta(hours=1)) == 2
    (before,) = tasks_of(sole, first, HOURLY.kind)
    # Missed five times: it is made up for once, and the open task of the second stays alone.
    sole.in_scope(
        Scope(tenant_id=first.id),
        lambda session: finish_task(
            session.scalars(select(Task).where(Task.id == before.id)).one()
        ),
    )
    assert start_due_jobs(sessions, [HOURLY], START + timedelta(hours=6)) == 1
    assert start_due_jobs(sessions, [HOURLY], START + timedelta(hours=6, minutes=59)) == 0
    (after,) = tasks_of(sole, first, HOURLY.kind)
    assert (after.id, after.state, after.finished_at) == (before.id, "ready", None)
    assert len(tasks_of(sole, second, HOURLY.kind)) == 1
    # One that failed gets another chance.
    sole.in_scope(
        Scope(tenant_id=second.id),
        lambda session: fail_task(
            session.scalars(select(Task).where(Task.kind == HOURLY.kind)).one(), "kaputt"
        ),
    )
    assert start_due_jobs(sessions, [HOURLY], START + timedelta(hours=8)) == 1
    (revived,) = tasks_of(sole, second, HOURLY.kind)
    assert (revived.state, revived.failure) == ("ready", "")


def test_the_tasks_of_a_job_are_dispatched(
    sole: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    job = PeriodicJob("Verteilprobe", "dispatch_test", Every(timedelta(minutes=1)))
    start_due_jobs(sessions, [job], START)
    start_due_jobs(sessions, [job], START + timedelta(minutes=1))
    with sessions.begin() as session:
        dispatched = {
            task.id for task in dispatch_tasks(session, window=9, bulk_window=9, batch=99)
        }
    wanted = {tasks_of(sole, tenant, job.kind)[0].id for tenant in tenants}
    assert wanted <= dispatched


def test_the_doctor_says_when_a_job_is_late(
    sole: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    late = PeriodicJob("Späte Probe", "late_test", Every(timedelta(minutes=1)))
    start_due_jobs(sessions, [late], datetime(2020, 1, 1, tzinfo=UTC))
    (state,) = (
        part for part in check_everything(sole.environment) if part.name == "Regelmäßige Arbeiten"
    )
    assert not state.works
    assert "Späte Probe" in state.message


def test_the_leading_dispatcher_begins_the_jobs(
    sole: Installation, tenants: list[Tenant], sessions: sessionmaker[Session]
) -> None:
    job = PeriodicJob("Leitungsprobe", "lead_test", Every(timedelta(milliseconds=1)))
    engine, _sessions = open_sessions(sole.settings.dispatcher_url)
    dispatcher = Dispatcher(
        sessions, open_queue(sole.settings.redis_url), window=1, bulk_window=1,
        reclaim_after=timedelta(seconds=1), schedule=[job],
    )  # fmt: skip
    stop = threading.Event()
    leader = threading.Thread(target=run_dispatcher, args=(engine, dispatcher, stop))
    leader.start()
    try:
        wait_until(
            lambda: all(tasks_of(sole, tenant, job.kind) for tenant in tenants),
            "every tenant has the task of the job",
        )
    finally:
        stop.set()
        leader.join()
        engine.dispose()
