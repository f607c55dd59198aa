"""What keeps tenants apart in this process, above PostgreSQL's row-level security.

Three nets, each tested alone: criteria added to every ORM statement and a check of every
flush (`TenantSession`), a guard on the engine for statements the ORM does not see
(`guard_engine`), and the scope copied into each transaction for the policies of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Delete, Engine, Executable, Insert, Select, TextClause, Update
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria
from sqlalchemy.sql.util import find_tables

from tenants.context import current_scope
from tenants.database import Base, TenantScoped

if TYPE_CHECKING:
    from sqlalchemy.orm.unitofwork import UOWTransaction

GUARDED = "tenant_guarded"
_NO_TENANT = "00000000-0000-0000-0000-000000000000"
_SETTINGS = (
    "SELECT set_config('app.tenant_id', %s, true), set_config('app.organisation_id', %s, true),"
    " set_config('app.account_id', %s, true), set_config('app.proof_code', %s, true),"
    " set_config('app.task_id', %s, true), set_config('app.proof_sha256', %s, true)"
)


class TenantLeak(RuntimeError):
    """A statement or object would have crossed the border between two tenants."""


class TenantSession(Session):
    """A session whose statements see only the tenant in scope."""


@sqlalchemy_event.listens_for(TenantSession, "do_orm_execute")
def _add_tenant_criteria(state: ORMExecuteState) -> None:
    if not (state.is_select or state.is_update or state.is_delete):
        return
    # A closure variable becomes a bound parameter; a call inside the lambda would be cached.
    tenant_id = current_scope().tenant_id or _NO_TENANT
    state.statement = state.statement.options(
        with_loader_criteria(
            TenantScoped, lambda cls: cls.tenant_id == tenant_id, include_aliases=True
        )
    )


@sqlalchemy_event.listens_for(TenantSession, "before_flush")
def _check_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    tenant_id = current_scope().tenant_id
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantScoped):
            continue
        if row.tenant_id is None and row in session.new and tenant_id is not None:
            row.tenant_id = tenant_id
        if row.tenant_id != tenant_id:
            raise TenantLeak(f"{type(row).__name__} of another tenant in flush")
    session.info["flushing"] = True


@sqlalchemy_event.listens_for(TenantSession, "after_begin")
def _announce_scope(
    session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    scope = current_scope()
    session.info["scope"] = scope
    connection.exec_driver_sql(
        _SETTINGS,
        (
            scope.tenant_id or "",
            scope.organisation_id or "",
            "" if scope.account_id is None else str(scope.account_id),
            scope.proof_code or "",
            scope.task_id or "",
            scope.proof_sha256 or "",
        ),
    )


@sqlalchemy_event.listens_for(TenantSession, "do_orm_execute")
def _refuse_changed_scope(state: ORMExecuteState) -> None:
    begun_as = state.session.info.get("scope")
    if state.session.in_transaction() and begun_as not in (None, current_scope()):
        raise TenantLeak("the scope changed while a transaction was open")


def guard_engine(engine: Engine) -> None:
    """Refuse statements on tenant tables that the ORM criteria cannot reach.

    Text, Core and bulk statements raise `TenantLeak` unless they carry
    ``execution_options(tenant_guarded=True)``, by which a reviewer finds them.
    """
    scoped = frozenset(
        mapper.local_table
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, TenantScoped)
    )

    @sqlalchemy_event.listens_for(engine, "before_execute")
    def _check_statement(
        _connection: Connection,
        statement: Executable,
        multiparams: Sequence[Mapping[str, object]],
        params: Mapping[str, object],
        execution_options: Mapping[str, object],
    ) -> None:
        if execution_options.get(GUARDED):
            return
        if isinstance(statement, TextClause):
            raise TenantLeak("text needs execution_options(tenant_guarded=True)")
        if isinstance(statement, Insert):
            if statement.table in scoped:
                _check_inserted_rows(multiparams, params)
            return
        if not isinstance(statement, Select | Update | Delete):
            return
        if statement._propagate_attrs.get("compile_state_plugin") == "orm":
            return
        tables = find_tables(
            statement,
            include_crud=True,
            include_joins=True,
            include_selects=True,
            include_aliases=True,
            check_columns=True,
        )
        if scoped.intersection(tables) and not _is_unit_of_work(statement, params, multiparams):
            raise TenantLeak("Core statement on tenant tables")


def _check_inserted_rows(
    multiparams: Sequence[Mapping[str, object]], params: Mapping[str, object]
) -> None:
    tenant_id = current_scope().tenant_id
    rows: Iterable[Mapping[str, object]] = multiparams or ([params] if params else [])
    for row in rows:
        if "tenant_id" in row and row["tenant_id"] != tenant_id:
            raise TenantLeak("inserted row of another tenant")


def _is_unit_of_work(
    statement: Executable,
    params: Mapping[str, object],
    multiparams: Sequence[Mapping[str, object]],
) -> bool:
    """Say whether the ORM's flush wrote this statement: it names the row by its whole key."""
    tenant_id = current_scope().tenant_id
    rows = [*multiparams, params] if params else list(multiparams)
    keys = [
        value
        for row in rows
        for name, value in row.items()
        if name.endswith("_tenant_id") or name == "tenant_id"
    ]
    return (
        isinstance(statement, Update | Delete)
        and bool(keys)
        and all(value == tenant_id for value in keys)
    )
