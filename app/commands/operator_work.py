"""One transaction of the operator's database role per command."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from tenants.context import Scope, acting_as
from tenants.database import create_database_engine
from tenants.isolation import TenantSession, guard_engine
from tenants.settings import Settings

T = TypeVar("T")


class OperationRefused(Exception):
    """The command could not be carried out; the message says in German why and the way out."""


def as_operator(settings: Settings, scope: Scope, work: Callable[[Session], T]) -> T:
    """Do ``work`` in one transaction of the operator's database role.

    Raises `OperationRefused` when the role, the database or its tables are not there.
    """
    if not settings.owner_url:
        raise OperationRefused(
            "Die Einstellung SIEGEL_DATABASE_OWNER_URL fehlt. Setzen Sie sie in der Umgebung."
        )
    engine = create_database_engine(settings.owner_url, statement_timeout_seconds=60, pool_size=1)
    guard_engine(engine)
    sessions = sessionmaker(engine, class_=TenantSession, expire_on_commit=False)
    try:
        with acting_as(scope), sessions.begin() as session:
            return work(session)
    except OperationalError as error:
        raise OperationRefused(
            "PostgreSQL antwortet nicht unter SIEGEL_DATABASE_OWNER_URL oder lehnt die Anmeldung"
            " ab. Prüfen Sie Adresse, Rolle und Passwort."
        ) from error
    except ProgrammingError as error:
        raise OperationRefused(
            "Die Tabellen fehlen oder sind veraltet. Führen Sie „siegel migrate“ aus."
        ) from error
    finally:
        engine.dispose()
