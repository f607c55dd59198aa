"""The work behind ``siegel erasures``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.commands.operator_work import OperationRefused, as_operator
from document_templates.retention.reapplying import reapply_erasures
from tenants.context import NOBODY, Scope, acting_as
from tenants.database import create_database_engine
from tenants.isolation import TenantSession, guard_engine
from tenants.models import Tenant
from tenants.settings import Settings
from tenants.storage.objects import StorageError
from tenants.storage.tenant_store import TenantStore

_STATEMENT_SECONDS = 120


def reapply_everywhere(settings: Settings) -> Iterator[str]:
    """Do each tenant's erasures again; yield a line for each. Raises `OperationRefused`."""
    tenants = as_operator(settings, NOBODY, _tenants)
    engine = create_database_engine(
        settings.database_url, statement_timeout_seconds=_STATEMENT_SECONDS, pool_size=1
    )
    guard_engine(engine)
    sessions: sessionmaker[Session] = sessionmaker(
        engine, class_=TenantSession, expire_on_commit=False
    )
    store = settings.object_store()
    try:
        for tenant_id, slug in tenants:
            with acting_as(Scope(tenant_id=tenant_id)):
                done = reapply_erasures(sessions, TenantStore(store, tenant_id))
            yield f"{slug}: {done.entries} im Löschjournal, {done.erased} noch einmal gelöscht"
    except StorageError as error:
        raise OperationRefused(f"Der Objektspeicher: {error}") from error
    except SQLAlchemyError as error:
        raise OperationRefused(
            "PostgreSQL antwortet nicht, oder die Tabellen sind veraltet. Führen Sie"
            " „siegel migrate“ aus und wiederholen Sie den Befehl; er setzt fort."
        ) from error
    finally:
        engine.dispose()


def _tenants(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(Tenant.id, Tenant.slug).order_by(Tenant.slug))
    return [(tenant_id, slug) for tenant_id, slug in rows]
