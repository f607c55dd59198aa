"""The work behind ``siegel tenant``: one transaction of the operator's role per command."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import AccountRefused, check_password, create_named_account
from app.commands.operator_work import OperationRefused, as_operator
from app.tenant_path import PLATFORM_SEGMENTS
from document_templates.seal_keys import demo_authority, issue_demo_seal
from tenants.context import NOBODY, Scope
from tenants.database import new_id
from tenants.founding import FoundingRefused, appoint_in_tenant, check_tenant, found_tenant
from tenants.key_ring import open_tenant_key
from tenants.keys import MasterKey, MasterKeyUnusable
from tenants.models import TENANT_KINDS, Tenant
from tenants.number_patterns import NumberPatternInvalid
from tenants.settings import SettingMissing, Settings


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

    return as_operator(settings, NOBODY, read)


def create_tenant(
    settings: Settings, wanted: WantedTenant, first: FirstAdministrator | None
) -> str:
    """Found a tenant with data key, demonstration seal and first administrator, all or nothing.

    Returns its address. Raises `OperationRefused`.
    """
    tenant = Tenant(id=new_id(), members=[], theme={}, **asdict(wanted))
    try:
        if first is not None:
            check_password(first.password, "SIEGEL_ADMIN_PASSWORD")
        check_tenant(tenant, PLATFORM_SEGMENTS)
        master_key = settings.master_key()
        as_operator(
            settings,
            Scope(tenant_id=tenant.id),
            lambda session: _found(session, tenant, first, master_key),
        )
    except (
        AccountRefused,
        FoundingRefused,
        NumberPatternInvalid,
        SettingMissing,
        MasterKeyUnusable,
    ) as error:
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
    account = create_named_account(session, first.email, first.name, first.password)
    appoint_in_tenant(session, account.id, "tenant_admin")
