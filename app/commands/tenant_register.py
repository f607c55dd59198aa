"""The work behind ``siegel tenant``: one transaction of the operator's role per command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from app.accounts import create_account
from app.tenant_path import PLATFORM_SEGMENTS
from document_templates.seal_keys import demo_authority, issue_demo_seal
from tenants.context import NOBODY, Scope, acting_as
from tenants.database import create_database_engine, new_id
from tenants.founding import FoundingRefused, appoint_in_tenant, check_tenant, found_tenant
from tenants.isolation import TenantSession, guard_engine
from tenants.key_ring import open_tenant_key
from tenants.keys import MasterKey, MasterKeyUnusable
from tenants.models import TENANT_KINDS, Tenant
from tenants.number_patterns import NumberPatternInvalid
from tenants.settings import SettingMissing, Settings

SHORTEST_PASSWORD = 12
T = TypeVar("T")


class OperationRefused(Exception):
    """The command could not be carried out; the message says in German why and the way out."""


@dataclass(frozen=True, slots=True)
class WantedTenant:
    """A tenant as the operator describes it."""

    slug: str
    name: str
    office: str
    kind: str
    land: str
    ags: str
    committee: str
    number_patterns: dict[str, str]


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who administers a new tenant first; ``name`` is first and last name."""

    email: str
    name: str
    password: str


def every_tenant(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Return slug, name, kind in words and Land of all tenants, by slug.

    Raises `OperationRefused`.
    """

    def read(session: Session) -> list[tuple[str, str, str, str]]:
        return [
            (one.slug, one.name, TENANT_KINDS[one.kind], one.land)
            for one in session.scalars(select(Tenant).order_by(Tenant.slug))
        ]

    return _as_operator(settings, NOBODY, read)


def create_tenant(
    settings: Settings, wanted: WantedTenant, first: FirstAdministrator | None
) -> str:
    """Found a tenant with data key, demonstration seal and first administrator, all or nothing.

    Returns its address. Raises `OperationRefused`.
    """
    tenant = Tenant(id=new_id(), members=[], theme={}, **asdict(wanted))
    if first is not None and len(first.password) < SHORTEST_PASSWORD:
        raise OperationRefused(
            "Setzen Sie SIEGEL_ADMIN_PASSWORD auf ein Passwort mit mindestens"
            f" {SHORTEST_PASSWORD} Zeichen."
        )
    try:
        check_tenant(tenant, PLATFORM_SEGMENTS)
        master_key = settings.master_key()
        _as_operator(
            settings,
            Scope(tenant_id=tenant.id),
            lambda session: _found(session, tenant, first, master_key),
        )
    except (FoundingRefused, NumberPatternInvalid, SettingMissing, MasterKeyUnusable) as error:
        raise OperationRefused(str(error)) from error
    return f"{settings.public_url}/{wanted.slug}/"


def _found(
    session: Session, tenant: Tenant, first: FirstAdministrator | None, master_key: MasterKey
) -> None:
    found_tenant(session, tenant, master_key)
    key = open_tenant_key(session, master_key)
    issue_demo_seal(session, demo_authority(session, master_key), tenant.name, key)
    if first is None:
        return
    first_name, _space, last_name = first.name.strip().partition(" ")
    account = create_account(
        session,
        email=first.email,
        first_name=first_name or first.email,
        last_name=last_name or "-",
        password=first.password,
    )
    appoint_in_tenant(session, account.id, "tenant_admin")


def _as_operator(settings: Settings, scope: Scope, work: Callable[[Session], T]) -> T:
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
