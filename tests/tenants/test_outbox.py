"""The outbox: tasks that exist exactly if their transaction does, and their way to the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from tenants.context import NOBODY, Scope
from tenants.database import now
from tenants.models import Tenant
from tenants.outbox import (
    Task,
    dispatch_tasks,
    enqueue,
    fail_task,
    finish_task,
    postpone_task,
    task_tenant,
)
from tests.support.installation import Installation
from workers.runtime import open_sessions


@pytest.fixture(scope="module")
def tenant(installation: Installation) -> Tenant:
    return installation.found_tenant()


@pytest.fixture
def task_id(installation: Installation, tenant: Tenant) -> str:
    return installation.in_scope(
        Scope(tenant_id=tenant.id), lambda session: enqueue(session, "test", {"request": "x"}).id
    )


def find(session: Session, task_id: str) -> Task:
    return session.scalars(select(Task).where(Task.id == task_id)).one()


def test_a_task_goes_with_the_transaction_that_asks_for_it(
    installation: Installation, tenant: Tenant
) -> None:
    class Undo(Exception):
        pass

    written: list[str] = []

    def work(session: Session) -> None:
        written.append(enqueue(session, "test", {}).id)
        raise Undo

    scope = Scope(tenant_id=tenant.id)
    with pytest.raises(Undo):
        installation.in_scope(scope, work)

    assert installation.in_scope(scope, lambda s: s.get(Task, (tenant.id, written[0]))) is None


def test_a_new_task_is_ready_at_once(
    installation: Installation, tenant: Tenant, task_id: str
) -> None:
    task = installation.in_scope(Scope(tenant_id=tenant.id), lambda s: find(s, task_id))
    assert (task.state, task.attempts, task.payload) == ("ready", 0, {"request": "x"})
    assert task.available_at <= now()


def test_finishing_and_failing_end_a_task(
    installation: Installation, tenant: Tenant, task_id: str
) -> None:
    scope = Scope(tenant_id=tenant.id)
    installation.in_scope(scope, lambda s: fail_task(find(s, task_id), "ä" * 600))
    failed = installation.in_scope(scope, lambda s: find(s, task_id))
    assert (failed.state, failed.failure) == ("failed", "ä" * 500)
    assert failed.finished_at is not None

    installation.in_scope(scope, lambda s: postpone_task(s, task_id, "zu spät"))
    assert installation.in_scope(scope, lambda s: find(s, task_id)).state == "failed"

    installation.in_scope(scope, lambda s: finish_task(find(s, task_id)))
    assert installation.in_scope(scope, lambda s: find(s, task_id)).state == "done"


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 70))
def test_each_attempt_waits_longer_up_to_a_minute(
    installation: Installation, tenant: Tenant, attempts: int
) -> None:
    scope = Scope(tenant_id=tenant.id)

    def prepare(session: Session) -> str:
        task = enqueue(session, "test", {})
        task.attempts, task.state = attempts, "dispatched"
        return task.id

    task_id = installation.in_scope(scope, prepare)
    before = now()
    installation.in_scope(scope, lambda s: postpone_task(s, task_id, "Später"))
    task = installation.in_scope(scope, lambda s: find(s, task_id))

    assert (task.state, task.attempts, task.failure) == ("ready", attempts + 1, "Später")
    wanted = timedelta(seconds=min(60, 2 ** (attempts + 1)))
    assert wanted <= task.available_at - before < wanted + timedelta(seconds=10)


def test_an_unknown_state_is_refused(
    installation: Installation, tenant: Tenant, task_id: str
) -> None:
    with pytest.raises(IntegrityError):
        installation.in_scope(
            Scope(tenant_id=tenant.id), lambda s: setattr(find(s, task_id), "state", "lost")
        )


def test_a_worker_learns_the_tenant_of_its_task_and_of_no_other(
    installation: Installation, tenant: Tenant, task_id: str
) -> None:
    other = installation.in_scope(
        Scope(tenant_id=tenant.id), lambda session: enqueue(session, "test", {}).id
    )
    delivered = Scope(task_id=task_id)
    assert installation.in_scope(delivered, lambda s: task_tenant(s, task_id)) == tenant.id
    assert installation.in_scope(delivered, lambda s: task_tenant(s, other)) is None
    assert installation.in_scope(NOBODY, lambda s: task_tenant(s, task_id)) is None


def test_the_applications_role_dispatches_nothing_for_others(
    installation: Installation, tenant: Tenant, task_id: str
) -> None:
    taken = installation.in_scope(
        NOBODY, lambda s: dispatch_tasks(s, window=9, bulk_window=9, batch=9)
    )
    assert taken == []


def test_the_dispatchers_role_reads_nothing_but_the_outbox(installation: Installation) -> None:
    engine, sessions = open_sessions(installation.settings.dispatcher_url)
    try:
        with sessions.begin() as session, pytest.raises(ProgrammingError, match="permission"):
            session.scalars(select(Tenant)).all()
    finally:
        engine.dispose()
