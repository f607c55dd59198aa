"""The web's database session: one per request, guarded by tenant."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.orm import scoped_session, sessionmaker

from tenants.database import create_database_engine
from tenants.isolation import TenantSession, guard_engine

WEB_STATEMENT_SECONDS = 10


class WebSession(TenantSession):
    """Works on the database of the application that answers the request."""

    def get_bind(self, *_arguments: object, **_options: object) -> Engine:
        """Return the engine of the current application: a process may hold several."""
        engine: Engine = current_app.extensions["siegel"].engine
        return engine


session = scoped_session(sessionmaker(class_=WebSession, expire_on_commit=False))


def connect(database_url: str) -> Engine:
    """Open the engine for one web application."""
    engine = create_database_engine(
        database_url, statement_timeout_seconds=WEB_STATEMENT_SECONDS, pool_size=5
    )
    guard_engine(engine)
    return engine
