"""Loads the demonstration into a migrated database; harmless to repeat."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from app.accounts import create_account
from app.demo.material import DemoMaterial, DemoRegister, DemoTenant, read_material
from app.tenant_path import PLATFORM_SEGMENTS
from document_templates.clauses.shipped import publish_package_clauses
from document_templates.models import SealCertificate, TemplateVersion
from document_templates.publishing import publish_template, set_products, upload_template
from document_templates.seal_keys import demo_authority, issue_demo_seal
from forms.packages import Package, list_packages, read_package
from forms.procedure.models import UniqueClaim
from forms.publishing import publish_form
from forms.rates.keeping import keep_rate_tables
from forms.registers.keeping import (
    EntryContent,
    RegisterShape,
    add_entry,
    create_register,
    registers_named,
)
from tenants.context import NOBODY, Scope, acting_as
from tenants.database import create_database_engine
from tenants.founding import (
    appoint_in_organisation,
    appoint_in_tenant,
    check_tenant,
    found_organisation,
    found_tenant,
    start_cooperation,
)
from tenants.isolation import TenantSession, guard_engine
from tenants.key_ring import open_tenant_key
from tenants.keys import MasterKey
from tenants.models import Organisation, PlatformMembership, Tenant
from tenants.settings import Settings
from tenants.storage.objects import ObjectStore

T = TypeVar("T")
OPERATOR_EMAIL = "betrieb@example.org"
LOAD_SECONDS = 300
_LOADER = "Brief & Siegel"
"""Who stands behind what was shipped."""


def load_demo(settings: Settings, password: str) -> None:
    """Load tenants, people, forms and templates of the demonstration as the operator's role.

    What is there already stays as it is, passwords too.
    """
    engine = create_database_engine(
        settings.owner_url, statement_timeout_seconds=LOAD_SECONDS, pool_size=2
    )
    guard_engine(engine)
    store = settings.object_store()
    store.prepare()
    try:
        loader = _Loader(
            sessionmaker(engine, class_=TenantSession, expire_on_commit=False),
            store,
            settings.master_key(),
            read_material(),
            password,
        )
        loader.load()
    finally:
        engine.dispose()


def release_demo_claims(settings: Settings) -> None:
    """Let the same samples be submitted again: the demonstration may be repeated."""
    engine = create_database_engine(
        settings.owner_url, statement_timeout_seconds=LOAD_SECONDS, pool_size=2
    )
    guard_engine(engine)
    sessions = sessionmaker(engine, class_=TenantSession)
    try:
        for tenant in read_material().tenants:
            with acting_as(Scope(tenant_id=tenant.id)), sessions.begin() as session:
                session.execute(delete(UniqueClaim))
    finally:
        engine.dispose()


class _Loader:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        store: ObjectStore,
        master_key: MasterKey,
        material: DemoMaterial,
        password: str,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._master_key = master_key
        self._material = material
        self._password = password

    def load(self) -> None:
        accounts = self._in_scope(NOBODY, self._load_accounts)
        for organisation in self._material.organisations:
            self._in_scope(
                Scope(organisation_id=organisation.id),
                partial(self._load_organisation, organisation.key),
            )
        for tenant in self._material.tenants:
            self._in_scope(
                Scope(tenant_id=tenant.id),
                partial(self._load_tenant, tenant, accounts),
            )
        for organisation in self._material.organisations:
            self._in_scope(
                Scope(organisation_id=organisation.id),
                partial(self._appoint, organisation.key, accounts),
            )

    def _in_scope(self, scope: Scope, work: Callable[[Session], T]) -> T:
        with acting_as(scope), self._sessions.begin() as session:
            return work(session)

    def _load_accounts(self, session: Session) -> dict[str, int]:
        accounts = {
            person.email: create_account(
                session,
                email=person.email,
                first_name=person.first_name,
                last_name=person.last_name,
                password=self._password,
            ).id
            for person in self._material.people
        }
        operator = create_account(
            session,
            email=OPERATOR_EMAIL,
            first_name="Bea",
            last_name="Trieb",
            password=self._password,
        )
        if session.get(PlatformMembership, operator.id) is None:
            session.add(PlatformMembership(account_id=operator.id))
        return accounts

    def _load_organisation(self, key: str, session: Session) -> None:
        wanted = self._material.organisation(key)
        if session.get(Organisation, wanted.id) is None:
            found_organisation(
                session,
                Organisation(
                    id=wanted.id,
                    name=wanted.name,
                    street=wanted.street,
                    city=wanted.city,
                    represented_by=wanted.represented_by,
                ),
            )

    def _appoint(self, key: str, accounts: dict[str, int], session: Session) -> None:
        organisation = self._material.organisation(key)
        for person in self._material.people:
            for organisation_key, role in person.organisation_roles:
                if organisation_key == key:
                    appoint_in_organisation(session, organisation.id, accounts[person.email], role)

    def _load_tenant(self, wanted: DemoTenant, accounts: dict[str, int], session: Session) -> None:
        if session.get(Tenant, wanted.id) is None:
            tenant = Tenant(
                id=wanted.id, slug=wanted.slug, logo=wanted.logo, is_demo=True, **wanted.details
            )
            check_tenant(tenant, PLATFORM_SEGMENTS)
            found_tenant(session, tenant, self._master_key)
        if session.scalars(select(SealCertificate.id)).first() is None:
            authority = demo_authority(session, self._master_key)
            key = open_tenant_key(session, self._master_key)
            issue_demo_seal(session, authority, wanted.name, key)
        for person in self._material.people:
            for slug, role in person.tenant_roles:
                if slug == wanted.slug:
                    appoint_in_tenant(session, accounts[person.email], role)
        for organisation in self._material.organisations:
            if wanted.slug in organisation.tenants:
                start_cooperation(session, organisation.id)
        self._load_registers(session, wanted)
        # Every office has the shipped clauses, also where no template of its own needs them yet.
        for package in list_packages():
            publish_package_clauses(session, package, _LOADER)
        for name in wanted.packages:
            self._load_package(session, read_package(name))

    def _load_registers(self, session: Session, wanted: DemoTenant) -> None:
        known = registers_named(session, {register.key for register in wanted.registers})
        for register in wanted.registers:
            if register.key not in known:
                self._load_register(session, register)

    def _load_register(self, session: Session, wanted: DemoRegister) -> None:
        shape = RegisterShape(
            title=wanted.title,
            description=wanted.description,
            columns=wanted.columns,
            names_people=wanted.names_people,
        )
        register = create_register(session, wanted.key, shape)
        for entry in wanted.entries:
            owner = self._material.organisation(entry.owner).id if entry.owner else None
            content = EntryContent(
                label=entry.name, owner_organisation_id=owner, values=entry.values
            )
            add_entry(session, register, entry.key, content)

    def _load_package(self, session: Session, package: Package) -> None:
        keep_rate_tables(session, package.rate_tables)
        version = publish_form(session, package.form_document, package=package.name)
        if not package.template_bytes:
            return
        known = session.scalars(
            select(TemplateVersion.id).where(TemplateVersion.form_version_id == version.id)
        ).first()
        if known is not None:
            return
        template = upload_template(
            session,
            self._store,
            version,
            title=package.template_title,
            file_name=f"{package.name}.docx",
            data=package.template_bytes,
        )
        publish_template(session, template)
        terms = package.manifest.get("template")
        if isinstance(terms, dict) and terms.get("makes"):
            set_products(
                session,
                template.template,
                makes=str(terms["makes"]),
                begins_field=str(terms.get("begins", "")),
                ends_field=str(terms.get("ends", "")),
                amends_field="",
            )
