"""An installation in miniature for tests: migrated database, keys, store, tenants, people.

Every test makes tenants of its own: what isolates municipalities isolates tests.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.accounts import create_account
from app.embedded.postgres import EmbeddedPostgres
from app.migrating import migrate
from document_templates.seal_keys import demo_authority, issue_demo_seal
from forms.models import FormVersion
from forms.packages import JsonObject, read_package
from forms.publishing import publish_form
from forms.rates.keeping import keep_rate_tables
from tenants.case_keys import CaseKeyRing
from tenants.context import NOBODY, Scope, acting_as
from tenants.database import create_database_engine, new_id
from tenants.founding import (
    appoint_in_organisation,
    appoint_in_tenant,
    found_organisation,
    found_tenant,
    start_cooperation,
)
from tenants.isolation import TenantSession, guard_engine
from tenants.key_ring import open_tenant_key
from tenants.keys import MasterKey, create_master_key_file
from tenants.models import Organisation, Tenant
from tenants.settings import Settings, load_settings
from tenants.storage.encrypted import EncryptedObjectStore
from tenants.storage.objects import ObjectStore

PASSWORD = "test-passwort-fuer-niemanden"
T = TypeVar("T")


def open_sessions(url: str) -> tuple[Engine, sessionmaker[Session]]:
    """Return engine and guarded sessions for ``url``."""
    engine = create_database_engine(url, statement_timeout_seconds=60, pool_size=5)
    guard_engine(engine)
    return engine, sessionmaker(engine, class_=TenantSession, expire_on_commit=False)


@dataclass(frozen=True)
class Person:
    """An invented person with an account."""

    account_id: int
    email: str


@dataclass
class Installation:
    """The parts that tests share."""

    settings: Settings
    sessions: sessionmaker[Session]
    owner_sessions: sessionmaker[Session]
    store: ObjectStore
    master_key: MasterKey
    environment: dict[str, str] = field(default_factory=dict)

    def in_scope(self, scope: Scope, work: Callable[[Session], T]) -> T:
        """Do ``work`` in one committed transaction of the application's role."""
        with acting_as(scope), self.sessions.begin() as session:
            return work(session)

    def as_owner(self, scope: Scope, work: Callable[[Session], T]) -> T:
        """Do ``work`` in one committed transaction of the operator's role."""
        with acting_as(scope), self.owner_sessions.begin() as session:
            return work(session)

    def found_tenant(self, slug: str = "", *, name: str = "", with_seal: bool = False) -> Tenant:
        """Found a tenant; its slug is unused unless given."""
        slug = slug or f"t{uuid.uuid4().hex[:12]}"
        tenant = Tenant(
            id=new_id(), slug=slug, name=name or f"Stadt {slug}", office="Jugendamt",
            kind="jugendamt", land="Hessen", ags="06000000", city="00001 Musterstadt",
            members=[], theme={}, is_demo=True,
            number_patterns={"dokument": "T-{jahr}-{lfd:5}", "einreichung": "E-{jahr}-{lfd:5}"},
        )  # fmt: skip

        def work(session: Session) -> None:
            found_tenant(session, tenant, self.master_key)
            if with_seal:
                key = open_tenant_key(session, self.master_key)
                authority = demo_authority(session, self.master_key)
                issue_demo_seal(session, authority, tenant.name, key)

        self.as_owner(Scope(tenant_id=tenant.id), work)
        return tenant

    def found_organisation(self, *tenants: Tenant, name: str = "") -> Organisation:
        """Found an organisation that cooperates with ``tenants``."""
        organisation = Organisation(id=new_id(), name=name or f"Träger {uuid.uuid4().hex[:8]}")
        self.as_owner(
            Scope(organisation_id=organisation.id),
            lambda session: found_organisation(session, organisation),
        )
        for tenant in tenants:
            self.as_owner(
                Scope(tenant_id=tenant.id),
                lambda session: start_cooperation(session, organisation.id),
            )
        return organisation

    def person(
        self, *, tenant: Tenant | None = None, organisation: Organisation | None = None, role: str
    ) -> Person:
        """Make an account with ``role`` in a tenant or an organisation."""
        email = f"p{uuid.uuid4().hex[:12]}@example.org"
        account_id = self.as_owner(
            NOBODY,
            lambda session: (
                create_account(
                    session, email=email, first_name="Kim", last_name="Muster", password=PASSWORD
                ).id
            ),
        )
        if tenant is not None:
            self.as_owner(
                Scope(tenant_id=tenant.id),
                lambda session: appoint_in_tenant(session, account_id, role),
            )
        if organisation is not None:
            self.as_owner(
                Scope(organisation_id=organisation.id),
                lambda session: appoint_in_organisation(session, organisation.id, account_id, role),
            )
        return Person(account_id, email)

    def publish(self, tenant: Tenant, document: JsonObject) -> FormVersion:
        """Publish a form document in ``tenant``."""
        return self.in_scope(
            Scope(tenant_id=tenant.id), lambda session: publish_form(session, document)
        )

    def publish_package(self, tenant: Tenant, name: str) -> FormVersion:
        """Publish the form and the template of a shipped package in ``tenant``."""
        from document_templates.clauses.shipped import publish_package_clauses
        from document_templates.publishing import publish_template, upload_template

        package = read_package(name)

        def work(session: Session) -> FormVersion:
            keep_rate_tables(session, package.rate_tables)
            version = publish_form(session, package.form_document)
            publish_package_clauses(session, package, "Test")
            template = upload_template(
                session, self.store, version,
                title=package.template_title, file_name="vorlage.docx",
                data=package.template_bytes,
            )  # fmt: skip
            publish_template(session, template)
            return version

        return self.in_scope(Scope(tenant_id=tenant.id), work)


@contextmanager
def open_installation(
    postgres: EmbeddedPostgres, redis_url: str, directory: Path, **extra: str
) -> Iterator[Installation]:
    """Migrate a fresh database on ``postgres`` and open everything that tests need."""
    name = f"siegel_{uuid.uuid4().hex[:12]}"
    postgres.create_database(name)
    key_file = directory / "master.key"
    environment = {
        "SIEGEL_DATABASE_URL": postgres.url("siegel_app", name),
        "SIEGEL_DATABASE_OWNER_URL": postgres.url("siegel_owner", name),
        "SIEGEL_DATABASE_DISPATCHER_URL": postgres.url("siegel_dispatcher", name),
        "SIEGEL_REDIS_URL": redis_url,
        "SIEGEL_SECRET_KEY": uuid.uuid4().hex * 2,
        "SIEGEL_MASTER_KEY_FILE": str(key_file),
        "SIEGEL_DATA_DIRECTORY": str(directory),
        "SIEGEL_PUBLIC_URL": "http://localhost:8000",
        **extra,
    }
    master_key = create_master_key_file(key_file)
    migrate(environment["SIEGEL_DATABASE_OWNER_URL"])
    settings = load_settings(environment)
    engine, sessions = open_sessions(settings.database_url)
    owner_engine, owner_sessions = open_sessions(settings.owner_url)
    store = EncryptedObjectStore(
        settings.object_store(), CaseKeyRing(sessions, settings.master_key)
    )
    store.prepare()
    try:
        yield Installation(settings, sessions, owner_sessions, store, master_key, environment)
    finally:
        engine.dispose()
        owner_engine.dispose()
