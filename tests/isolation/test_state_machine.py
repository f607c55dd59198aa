"""Two tenants and two organisations work at once, in any order: no row ever leaks.

The model knows whose row each is. Every reading, by whatever means, must show exactly the rows
of the one who reads; every change of somebody else's row must change nothing.
"""

from __future__ import annotations

from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tenants.context import NOBODY, Scope, acting_as
from tenants.database import new_id
from tenants.isolation import TenantLeak
from tenants.outbox import Task
from tests.isolation.conftest import World
from tests.support.installation import Installation

Owner = tuple[str, str | None]
GUARDED = {"tenant_guarded": True}
_ALL = text("SELECT id FROM task")


class TenantsAtWork(RuleBasedStateMachine):
    """Sessions stay open over many transactions, as those of a web worker do."""

    installation: ClassVar[Installation]
    world: ClassVar[World]
    tasks = Bundle("tasks")
    actors = st.tuples(st.integers(0, 1), st.integers(0, 2))

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Owner] = {}
        self.open: dict[Scope, Session] = {}

    def scope(self, actor: tuple[int, int]) -> Scope:
        tenant = (self.world.here, self.world.there)[actor[0]]
        organisation = (None, self.world.first.id, self.world.second.id)[actor[1]]
        return Scope(tenant_id=tenant.id, organisation_id=organisation)

    def session(self, scope: Scope) -> Session:
        return self.open.setdefault(scope, self.installation.sessions())

    def seen_by(self, scope: Scope) -> set[str]:
        return {
            row
            for row, (tenant_id, organisation_id) in self.rows.items()
            if tenant_id == scope.tenant_id and scope.organisation_id in (None, organisation_id)
        }

    @rule(target=tasks, actor=actors)
    def add(self, actor: tuple[int, int]) -> str:
        scope, row = self.scope(actor), new_id()
        with acting_as(scope):
            session = self.session(scope)
            session.add(Task(id=row, kind="state-machine", organisation_id=scope.organisation_id))
            session.commit()
        assert scope.tenant_id is not None
        self.rows[row] = (scope.tenant_id, scope.organisation_id)
        return row

    @rule(actor=actors, owner=actors)
    def add_for_another(self, actor: tuple[int, int], owner: tuple[int, int]) -> None:
        scope, other = self.scope(actor), self.scope(owner)
        allowed = scope.tenant_id == other.tenant_id and scope.organisation_id in (
            None,
            other.organisation_id,
        )
        row = Task(
            id=new_id(),
            kind="state-machine",
            tenant_id=other.tenant_id,
            organisation_id=other.organisation_id,
        )
        with acting_as(scope):
            session = self.session(scope)
            session.add(row)
            try:
                session.flush()
                assert allowed
            except (TenantLeak, DBAPIError):
                assert not allowed
            finally:
                session.rollback()

    @rule(actor=actors)
    def read(self, actor: tuple[int, int]) -> None:
        scope = self.scope(actor)
        with acting_as(scope):
            session = self.session(scope)
            by_model = set(session.scalars(select(Task.id)))
            by_database = {str(row) for row in session.scalars(_ALL, execution_options=GUARDED)}
            session.rollback()
        known = self.rows.keys()
        assert by_model & known == by_database & known == self.seen_by(scope)

    @rule()
    def read_as_nobody(self) -> None:
        with acting_as(NOBODY), self.installation.sessions() as session:
            assert session.scalars(select(Task.id)).all() == []
            assert session.scalars(_ALL, execution_options=GUARDED).all() == []

    @rule(actor=actors, row=tasks)
    def get(self, actor: tuple[int, int], row: str) -> None:
        scope = self.scope(actor)
        with acting_as(scope):
            session = self.session(scope)
            found = session.scalars(select(Task).where(Task.id == row)).first()
            foreign = session.get(Task, (self.rows[row][0], row)) if row in self.rows else None
            session.rollback()
        assert (found is not None) == (row in self.seen_by(scope))
        assert foreign is None or row in self.seen_by(scope)

    @rule(actor=actors, row=tasks)
    def change(self, actor: tuple[int, int], row: str) -> None:
        scope = self.scope(actor)
        with acting_as(scope):
            session = self.session(scope)
            changed = session.execute(
                update(Task).where(Task.id == row).values(failure="x").returning(Task.id)
            ).all()
            session.commit()
        assert bool(changed) == (row in self.seen_by(scope))

    @rule(actor=actors)
    def change_all(self, actor: tuple[int, int]) -> None:
        scope = self.scope(actor)
        with acting_as(scope):
            session = self.session(scope)
            changed = set(session.scalars(update(Task).values(attempts=1).returning(Task.id)))
            session.commit()
        assert changed & self.rows.keys() == self.seen_by(scope)

    @rule(actor=actors, row=consumes(tasks))
    def remove(self, actor: tuple[int, int], row: str) -> None:
        scope = self.scope(actor)
        with acting_as(scope):
            session = self.session(scope)
            gone = session.execute(delete(Task).where(Task.id == row).returning(Task.id)).all()
            session.commit()
        assert bool(gone) == (row in self.seen_by(scope))
        if gone:
            del self.rows[row]

    @rule(actor=actors, other=actors)
    def use_a_session_in_another_scope(
        self, actor: tuple[int, int], other: tuple[int, int]
    ) -> None:
        scope, strange = self.scope(actor), self.scope(other)
        session = self.session(scope)
        with acting_as(scope):
            session.scalars(select(Task.id)).all()
        with acting_as(strange):
            try:
                seen = set(session.scalars(select(Task.id)))
                assert scope == strange
                assert seen & self.rows.keys() == self.seen_by(scope)
            except TenantLeak:
                assert scope != strange
        session.rollback()

    def teardown(self) -> None:
        for session in self.open.values():
            session.rollback()
            session.close()
        for tenant in (self.world.here, self.world.there):
            self.installation.in_scope(
                Scope(tenant_id=tenant.id),
                lambda session: session.execute(delete(Task).where(Task.kind == "state-machine")),
            )


def test_no_row_ever_leaks(installation: Installation, world: World) -> None:
    TenantsAtWork.installation, TenantsAtWork.world = installation, world
    run_state_machine_as_test(
        TenantsAtWork,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
