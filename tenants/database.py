"""The database: declarative base, column conventions, engine and sessions.

Every table says whose data it holds (``__scope__``); the catalogue test reads that and fails
when a table lacks the row-level policy its scope asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar, Literal
from uuid import uuid4

from sqlalchemy import DateTime, Engine, MetaData, String, Uuid, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from tenants.context import current_tenant_id

TableScope = Literal["tenant", "organisation", "account", "platform"]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> str:
    """Return a new random identifier (UUID 4) as text."""
    return str(uuid4())


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Base of all tables of the product."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True), str: String}
    __scope__: ClassVar[TableScope]


class TenantScoped:
    """Mixin of every table that holds data of one tenant.

    New rows belong to the tenant in scope. Primary keys are ``(tenant_id, id)``: foreign
    keys ignore row-level security, so they must carry the tenant themselves.
    """

    __scope__: ClassVar[TableScope] = "tenant"

    @declared_attr
    def tenant_id(cls) -> Mapped[str]:
        return mapped_column(
            Uuid(as_uuid=False), primary_key=True, default=current_tenant_id, sort_order=-2
        )

    @declared_attr
    def id(cls) -> Mapped[str]:
        return mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id, sort_order=-1)


SessionFactory = Callable[[], Session]


def create_database_engine(url: str, *, statement_timeout_seconds: int, pool_size: int) -> Engine:
    """Return an engine for ``url`` whose statements end after ``statement_timeout_seconds``."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_recycle=1800,
        # What a person typed has no place in the message of a fault, and so in the log.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _limit(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET statement_timeout = {int(statement_timeout_seconds * 1000)}")
        cursor.execute("SET timezone = 'UTC'")
        cursor.close()
        connection.commit()

    return engine
