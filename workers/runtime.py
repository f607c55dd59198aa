"""What a worker process holds: database sessions and the workshop."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from document_templates.archive.timestamps import HttpTimestampAuthority
from document_templates.conversion import Converter
from document_templates.production import Workshop
from document_templates.template_cache import TemplateCache
from forms.attachments.scanner import Clamd, Scanner
from tenants.case_keys import CaseKeyRing
from tenants.context import Scope, acting_as
from tenants.database import create_database_engine
from tenants.isolation import TenantSession, guard_engine
from tenants.mail import MailServer
from tenants.outbox import task_tenant
from tenants.settings import Settings
from tenants.storage.encrypted import EncryptedObjectStore

log = structlog.get_logger()

WORKER_STATEMENT_SECONDS = 120


def open_sessions(url: str) -> tuple[Engine, sessionmaker[Session]]:
    """Return engine and guarded session factory for one database role."""
    engine = create_database_engine(
        url, statement_timeout_seconds=WORKER_STATEMENT_SECONDS, pool_size=2
    )
    guard_engine(engine)
    return engine, sessionmaker(engine, class_=TenantSession, expire_on_commit=False)


@dataclass
class Runtime(AbstractContextManager["Runtime"]):
    """Everything that handlers use; closes what it opened."""

    workshop: Workshop
    engine: Engine
    scanner: Scanner | None = None
    """Who looks for malware in uploaded files; None if the installation has nobody."""
    accepts_unscanned: bool = False
    allows_private_receivers: bool = False
    """Whether webhooks may lead into the own network."""
    integrity_megabytes: int = 20
    """How many megabytes a second the integrity job reads of a tenant at most."""
    mail_server: MailServer | None = None
    """Where e-mails are handed in; None if the installation sends none."""
    bulk_run_days: int = 90
    """How many days a resting bulk run keeps the data of its recipients."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Open databases, object store and converter as the settings say.

        LibreOffice starts with the first document, not here.
        """
        engine, sessions = open_sessions(settings.database_url)
        store = EncryptedObjectStore(
            settings.object_store(), CaseKeyRing(sessions, settings.master_key)
        )
        store.prepare()
        report = store.probe()
        log.info("worker.storage", immutable=report.object_lock, usable=report.usable)
        workshop = Workshop(
            sessions=sessions,
            store=store,
            converter=Converter(
                timeout=settings.conversion_seconds,
                documents_per_office=settings.conversion_documents,
                memory_limit=settings.conversion_megabytes * 1024**2,
            ),
            master_key=settings.master_key(),
            templates=TemplateCache(),
            public_url=settings.public_url,
            lease=timedelta(seconds=settings.lease_seconds),
            timestamps=HttpTimestampAuthority(settings.timestamp_url)
            if settings.timestamp_url
            else None,
            revocation_hosts=settings.revocation_hosts,
            token_library=settings.token_library,
            locks_files=report.object_lock,
        )
        scanner = Clamd(settings.clamd) if settings.clamd else None
        return cls(
            workshop,
            engine,
            scanner,
            settings.accepts_unscanned,
            settings.allows_private_receivers,
            settings.integrity_megabytes,
            settings.mail_server,
            settings.bulk_run_days,
        )

    def tenant_of(self, task_id: str) -> str | None:
        """Return the tenant of a task as its database row says, never as a job claims."""
        with acting_as(Scope(task_id=task_id)), self.workshop.sessions.begin() as session:
            return task_tenant(session, task_id)

    def close(self) -> None:
        """End the converter and the database connections."""
        self.workshop.converter.close()
        self.engine.dispose()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
