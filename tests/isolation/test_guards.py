"""Each net of `tenants.isolation` alone: criteria, flush, engine, scope.

The nets above the database are tried as the database's superuser would meet them: row
security is switched off for the session, so that only the net under test can stop a leak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import (
    Engine,
    Executable,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased, make_transient_to_detached, sessionmaker

from app.embedded.postgres import EmbeddedPostgres
from forms.models import Form, FormVersion, Submission
from tenants.context import NOBODY, Scope, acting_as, enter_scope, leave_scope
from tenants.database import create_database_engine, new_id
from tenants.isolation import TenantLeak, TenantSession, guard_engine
from tests.isolation.conftest import World, a_form
from tests.support.installation import Installation

FORM = Form.__table__


@pytest.fixture(scope="module")
def superuser_engine(installation: Installation, postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """An engine without guards for the role that no policy binds."""
    url = installation.settings.database_url
    name = url.rsplit("/", 1)[1].partition("?")[0]
    engine = create_database_engine(
        postgres.url("postgres", name), statement_timeout_seconds=60, pool_size=2
    )
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname=current_user"))
    yield engine
    engine.dispose()


@pytest.fixture
def unprotected(superuser_engine: Engine, world: World) -> Iterator[Session]:
    """A session acting as ``here`` whose database hides nothing; rolled back."""
    sessions = sessionmaker(superuser_engine, class_=TenantSession, expire_on_commit=False)
    with acting_as(Scope(tenant_id=world.here.id)), sessions() as session:
        yield session
        session.rollback()


def visible(session: Session, world: World, query: Executable) -> set[str]:
    """Return which of the world's forms ``query`` found."""
    return set(session.scalars(query)) & set(world.forms.values())  # type: ignore[call-overload]


def queries() -> list[tuple[str, Callable[[], Executable]]]:
    other = aliased(Form)
    return [
        ("entity", lambda: select(Form).with_only_columns(Form.id)),
        ("column", lambda: select(Form.id)),
        ("alias", lambda: select(other.id)),
        ("join", lambda: select(Form.id).join(FormVersion, FormVersion.form_id == Form.id)),
        ("joined side", lambda: select(FormVersion.form_id).join(FormVersion.form)),
        ("subquery", lambda: select(select(Form.id).subquery().c.id)),
        ("cte", lambda: select(select(Form.id).cte().c.id)),
        ("in", lambda: select(FormVersion.form_id).where(FormVersion.form_id.in_(select(Form.id)))),
        ("exists", lambda: select(Form.id).where(exists().where(FormVersion.form_id == Form.id))),
        ("union", lambda: union_all(select(Form.id), select(FormVersion.form_id))),
        ("distinct", lambda: select(FormVersion.form_id).distinct()),
    ]


@pytest.mark.parametrize(("name", "query"), queries())
def test_criteria_alone_hide_other_tenants(
    unprotected: Session, world: World, name: str, query: Callable[[], Executable]
) -> None:
    assert visible(unprotected, world, query()) == {world.forms[world.here.id]}


@pytest.mark.parametrize(("name", "query"), queries())
def test_criteria_alone_show_nothing_without_a_tenant(
    superuser_engine: Engine, world: World, name: str, query: Callable[[], Executable]
) -> None:
    sessions = sessionmaker(superuser_engine, class_=TenantSession)
    with acting_as(NOBODY), sessions() as session:
        assert visible(session, world, query()) == set()


def test_criteria_alone_reach_get_and_relationships(unprotected: Session, world: World) -> None:
    foreign = world.forms[world.there.id]
    assert unprotected.get(Form, (world.there.id, foreign)) is None
    assert unprotected.query(Form).filter_by(id=foreign).all() == []
    versions = unprotected.scalars(select(FormVersion)).all()
    assert {version.form.tenant_id for version in versions} == {world.here.id}


def test_criteria_alone_bound_changes_in_bulk(unprotected: Session, world: World) -> None:
    unprotected.execute(update(Form).values(title="geändert"))
    unprotected.execute(delete(Submission))
    other = {"there": world.there.id}
    titles = unprotected.execute(
        text("SELECT DISTINCT title FROM form WHERE tenant_id = :there"), other
    )
    assert "geändert" not in set(titles.scalars())
    left = text("SELECT count(*) FROM submission WHERE tenant_id = :there")
    assert unprotected.scalar(left, other) == 3


def foreign_form(session: Session, world: World) -> Form:
    """Return a row of the other tenant as a careless look-up might have brought it in."""
    form = Form(tenant_id=world.there.id, id=world.forms[world.there.id], key="k", title="t")
    make_transient_to_detached(form)
    session.add(form)
    return form


def test_flush_alone_refuses_foreign_rows(unprotected: Session, world: World) -> None:
    stranger = a_form()
    stranger.tenant_id = world.there.id
    unprotected.add(stranger)
    with pytest.raises(TenantLeak, match="Form of another tenant"):
        unprotected.flush()
    unprotected.rollback()

    foreign_form(unprotected, world).title = "gestohlen"
    with pytest.raises(TenantLeak):
        unprotected.flush()
    unprotected.rollback()

    unprotected.delete(foreign_form(unprotected, world))
    with pytest.raises(TenantLeak):
        unprotected.flush()
    unprotected.rollback()

    foreign_form(unprotected, world).tenant_id = world.here.id
    with pytest.raises(TenantLeak):
        unprotected.flush()
    unprotected.rollback()

    own = unprotected.get_one(Form, (world.here.id, world.forms[world.here.id]))
    own.tenant_id = world.there.id
    with pytest.raises(TenantLeak):
        unprotected.flush()


def test_flush_gives_new_rows_to_the_acting_tenant(unprotected: Session, world: World) -> None:
    form = a_form()
    unprotected.add(form)
    unprotected.flush()
    assert form.tenant_id == world.here.id


@pytest.fixture
def guarded(installation: Installation, postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """A guarded engine for the role that no policy binds."""
    name = installation.settings.database_url.rsplit("/", 1)[1].partition("?")[0]
    engine = create_database_engine(
        postgres.url("postgres", name), statement_timeout_seconds=60, pool_size=1
    )
    guard_engine(engine)
    yield engine
    engine.dispose()


def smuggling(world: World) -> list[tuple[str, Executable, object]]:
    here, there = world.here.id, world.there.id
    row = {"tenant_id": there, "id": new_id(), "key": "k", "title": "t"}
    own = {**row, "tenant_id": here}
    return [
        ("text", text("SELECT * FROM form"), None),
        ("text as rows", text("SELECT id FROM form").columns(FORM.c.id), None),
        ("core select", select(FORM), None),
        ("core column", select(FORM.c.id), None),
        ("core count", select(func.count()).select_from(FORM), None),
        ("core alias", select(FORM.alias().c.id), None),
        ("core subquery", select(select(FORM).subquery().c.id), None),
        ("core cte", select(select(FORM).cte().c.id), None),
        ("core union", union_all(select(FORM.c.id), select(FORM.c.id)), None),
        ("core exists", select(exists(select(FORM.c.id))), None),
        ("core scalar", select(select(func.count(FORM.c.id)).scalar_subquery()), None),
        ("core update", update(FORM).values(title="x"), None),
        ("core delete", delete(FORM), None),
        ("update of another", update(FORM).where(FORM.c.tenant_id == there), {"title": "x"}),
        ("delete of another", delete(FORM).where(FORM.c.tenant_id == there), None),
        ("decoy value", update(FORM).values(title="x", tenant_id=here), None),
        ("decoy parameter", update(FORM), {"title": "x", "tenant_id": here}),
        (
            "either tenant",
            update(FORM)
            .where((FORM.c.tenant_id == here) | (FORM.c.tenant_id == there))
            .values(title="x"),
            None,
        ),
        (
            "wrong parameter",
            update(FORM).where(FORM.c.tenant_id == bindparam("b")).values(title="x"),
            {"b": there},
        ),
        (
            "moved away",
            update(FORM).where(FORM.c.tenant_id == here).values(tenant_id=there),
            None,
        ),
        ("orm moved away", update(Form).values(tenant_id=there), None),
        ("insert parameter", insert(FORM), row),
        ("insert parameters", insert(FORM), [own, row]),
        ("insert value", insert(FORM).values(**row), None),
        ("insert values", insert(FORM).values([own, row]), None),
        ("insert orm values", insert(Form).values([own, row]), None),
        (
            "insert from",
            insert(FORM).from_select(["tenant_id", "id"], select(FORM.c.tenant_id, FORM.c.id)),
            None,
        ),
        ("core delete cte", select(delete(FORM).returning(FORM.c.id).cte().c.id), None),
    ]


NAMES = [
    "text", "text as rows", "core select", "core column", "core count", "core alias",
    "core subquery", "core cte", "core union", "core exists", "core scalar", "core update",
    "core delete", "update of another", "delete of another", "decoy value", "decoy parameter",
    "either tenant", "wrong parameter", "moved away", "orm moved away", "insert parameter",
    "insert parameters", "insert value", "insert values", "insert orm values", "insert from",
    "core delete cte",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_engine_alone_refuses_unguarded_statements(
    guarded: Engine, world: World, name: str
) -> None:
    statement, parameters = next(
        (one, with_) for which, one, with_ in smuggling(world) if which == name
    )
    with (
        acting_as(Scope(tenant_id=world.here.id)),
        guarded.connect() as connection,
        pytest.raises(TenantLeak),
    ):
        connection.execute(statement, parameters)  # type: ignore[call-overload]


def test_every_smuggled_statement_is_tried(world: World) -> None:
    assert [name for name, *_ in smuggling(world)] == NAMES


def test_the_engine_lets_the_unit_of_work_and_marked_statements_through(
    guarded: Engine, world: World
) -> None:
    sessions = sessionmaker(guarded, class_=TenantSession)
    with acting_as(Scope(tenant_id=world.here.id)), sessions() as session:
        form = a_form()
        session.add(form)
        session.flush()
        form.title = "neu"
        session.flush()
        session.delete(form)
        session.flush()
        session.bulk_save_objects([a_form()])
        session.execute(insert(Form), [{"id": new_id(), "key": new_id(), "title": "t"}])
        session.execute(text("SELECT 1"), execution_options={"tenant_guarded": True})
        session.rollback()
    with acting_as(Scope(tenant_id=world.here.id)), guarded.connect() as connection:
        own = update(FORM).where(FORM.c.tenant_id == world.here.id).values(title="x")
        connection.execute(own)
        connection.rollback()


def test_bulk_writing_of_foreign_rows_is_refused(guarded: Engine, world: World) -> None:
    sessions = sessionmaker(guarded, class_=TenantSession)
    foreign = {"tenant_id": world.there.id, "id": world.forms[world.there.id]}
    with acting_as(Scope(tenant_id=world.here.id)), sessions() as session:
        new = a_form()
        new.tenant_id = world.there.id
        with pytest.raises(TenantLeak):
            session.bulk_save_objects([new])
        session.rollback()
        with pytest.raises(TenantLeak):
            session.bulk_insert_mappings(Form, [{**foreign, "key": "k", "title": "t"}])  # type: ignore[arg-type]
        session.rollback()
        with pytest.raises(TenantLeak):
            session.bulk_update_mappings(Form, [{**foreign, "title": "x"}])  # type: ignore[arg-type]


def test_the_scope_cannot_change_while_a_transaction_is_open(
    installation: Installation, world: World
) -> None:
    here, there = Scope(tenant_id=world.here.id), Scope(tenant_id=world.there.id)
    with installation.sessions() as session:
        with acting_as(here):
            assert len(session.scalars(select(Form)).all()) == 1
        with acting_as(there), pytest.raises(TenantLeak, match="scope changed"):
            session.scalars(select(Form)).all()
        with acting_as(there):
            session.add(a_form())
            with pytest.raises(TenantLeak, match="scope changed"):
                session.flush()
        session.rollback()
        with acting_as(there):
            assert {form.tenant_id for form in session.scalars(select(Form))} == {world.there.id}


def test_a_new_transaction_takes_the_new_scope(installation: Installation, world: World) -> None:
    """Adding opens a transaction in Python before the database hears of it."""
    with installation.sessions() as session:
        with acting_as(Scope(tenant_id=world.here.id)):
            session.scalars(select(Form)).all()
            session.rollback()
        token = enter_scope(Scope(tenant_id=world.there.id))
        try:
            session.add(a_form())
            assert len(session.scalars(select(Form)).all()) == 2
        finally:
            session.rollback()
            leave_scope(token)
