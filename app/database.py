"""The web's database session: one per request, guarded by tenant."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import scoped_session, sessionmaker

from tenants.database import create_database_engine
from tenants.isolation import TenantSession, guard_engine

WEB_STATEMENT_SECONDS = 10

session_factory = sessionmaker(class_=TenantSession, expire_on_commit=False)
session = scoped_session(session_factory)


def connect(database_url: str) -> Engine:
    """Open the engine for the web and bind the sessions to it."""
    engine = create_database_engine(
        database_url, statement_timeout_seconds=WEB_STATEMENT_SECONDS, pool_size=5
    )
    guard_engine(engine)
    session.remove()
    session_factory.configure(bind=engine)
    return engine
