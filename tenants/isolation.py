"""What keeps tenants apart in this process, above PostgreSQL's row-level security.

Three nets, each tested alone: criteria added to every ORM statement and a check of every
flush (`TenantSession`), a guard on the engine for statements the ORM does not see
(`guard_engine`), and the scope copied into each transaction for the policies of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    ClauseElement,
    Column,
    Connection,
    Delete,
    Engine,
    Executable,
    FromClause,
    Insert,
    TextClause,
    Update,
    inspect,
)
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria
from sqlalchemy.sql import operators
from sqlalchemy.sql.ddl import ExecutableDDLElement
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.selectable import TextualSelect
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
    _refuse_changed_scope(session)
    tenant_id = current_scope().tenant_id
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantScoped):
            continue
        if row.tenant_id is None and row in session.new and tenant_id is not None:
            row.tenant_id = tenant_id
        stored_as = inspect(row).identity
        if row.tenant_id != tenant_id or (stored_as is not None and stored_as[0] != tenant_id):
            raise TenantLeak(f"{type(row).__name__} of another tenant in flush")


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


@sqlalchemy_event.listens_for(TenantSession, "after_transaction_end")
def _forget_scope(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("scope", None)


@sqlalchemy_event.listens_for(TenantSession, "do_orm_execute")
def _check_scope(state: ORMExecuteState) -> None:
    _refuse_changed_scope(state.session)


def _refuse_changed_scope(session: Session) -> None:
    if session.info.get("scope") not in (None, current_scope()):
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
        if execution_options.get(GUARDED) or isinstance(statement, ExecutableDDLElement):
            return
        rows = [*multiparams, params] if params else list(multiparams)
        _check_core(statement, rows, scoped)


def _check_core(
    statement: Executable, rows: Sequence[Mapping[str, object]], scoped: frozenset[FromClause]
) -> None:
    if isinstance(statement, TextClause | TextualSelect):
        raise TenantLeak("text needs execution_options(tenant_guarded=True)")
    if not isinstance(statement, ClauseElement):
        return
    is_insert = isinstance(statement, Insert)
    if isinstance(statement, Insert | Update) and statement.table in scoped:
        _check_written_tenant(statement, rows)
    if isinstance(statement, Insert):
        if statement.select is None:
            return
    elif statement._propagate_attrs.get("compile_state_plugin") == "orm":
        return
    tables = find_tables(
        statement,
        include_crud=not is_insert,
        include_joins=True,
        include_selects=True,
        include_aliases=True,
        check_columns=True,
    )
    if not scoped.intersection(tables):
        return
    if isinstance(statement, Update | Delete) and _names_own_tenant(statement, rows):
        return
    raise TenantLeak("Core statement on tenant tables")


def _check_written_tenant(statement: Insert | Update, rows: Iterable[Mapping[str, object]]) -> None:
    """Refuse values that name another tenant, in the parameters or in the statement itself."""
    tenant_id = current_scope().tenant_id
    named: list[object] = [row["tenant_id"] for row in rows if "tenant_id" in row]
    written = [statement._values or {}, *(row for many in statement._multi_values for row in many)]
    for values in written:
        if not isinstance(values, Mapping):
            raise TenantLeak("the columns of inserted rows must be named")
        named += [value for name, value in values.items() if _column_name(name) == "tenant_id"]
    for value in named:
        if (value.value if isinstance(value, BindParameter) else value) != tenant_id:
            raise TenantLeak("written row of another tenant")


def _column_name(column: object) -> str:
    return column if isinstance(column, str) else str(getattr(column, "key", ""))


def _names_own_tenant(statement: Update | Delete, rows: Sequence[Mapping[str, object]]) -> bool:
    """Say whether the condition itself binds the rows to the acting tenant.

    The ORM's flush writes such statements: it names each row by its whole key. A tenant among
    the values alone would not do, the statement could still reach every row.
    """
    tenant_id = current_scope().tenant_id
    wanted = [_tenant_parameter(statement, one) for one in statement._where_criteria]
    for parameter in (one for found in wanted for one in found):
        values = [row[parameter.key] for row in rows if parameter.key in row] or [parameter.value]
        if tenant_id is not None and all(value == tenant_id for value in values):
            return True
    return False


def _tenant_parameter(
    statement: Update | Delete, condition: ClauseElement
) -> list[BindParameter[object]]:
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        return [one for part in condition.clauses for one in _tenant_parameter(statement, part)]
    if (
        isinstance(condition, BinaryExpression)
        and condition.operator is operators.eq
        and isinstance(condition.left, Column)
        and condition.left.name == "tenant_id"
        and condition.left.table is statement.table
        and isinstance(condition.right, BindParameter)
    ):
        return [condition.right]
    return []
