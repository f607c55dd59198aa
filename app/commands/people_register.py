"""The work behind ``siegel account`` and ``siegel organisation``."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import (
    AccountRefused,
    check_password,
    create_named_account,
    find_account,
    set_password,
)
from app.commands.operator_work import OperationRefused, as_operator
from tenants.context import NOBODY, Scope
from tenants.database import new_id
from tenants.founding import (
    FoundingRefused,
    appoint_in_organisation,
    appoint_in_tenant,
    found_organisation,
    start_cooperation,
)
from tenants.models import ORGANISATION_ROLES, Organisation, Tenant
from tenants.settings import Settings

PASSWORD_VARIABLE = "SIEGEL_ACCOUNT_PASSWORD"  # noqa: S105 - a variable's name


def create_person(settings: Settings, email: str, name: str, password: str) -> None:
    """Make an account without any role. Raises `OperationRefused`, also if it exists."""

    def work(session: Session) -> None:
        if find_account(session, email) is not None:
            raise AccountRefused(f"Das Konto „{email}“ gibt es schon.")
        create_named_account(session, email, name, password)

    try:
        check_password(password, PASSWORD_VARIABLE)
        as_operator(settings, NOBODY, work)
    except AccountRefused as error:
        raise OperationRefused(str(error)) from error


def change_password(settings: Settings, email: str, password: str) -> None:
    """Give an account a new password. Raises `OperationRefused`."""

    def work(session: Session) -> None:
        account = find_account(session, email)
        if account is None:
            raise AccountRefused(f"Das Konto „{email}“ gibt es nicht.")
        set_password(session, account, password)

    try:
        check_password(password, PASSWORD_VARIABLE)
        as_operator(settings, NOBODY, work)
    except AccountRefused as error:
        raise OperationRefused(str(error)) from error


def appoint_person(settings: Settings, email: str, role: str, place: str) -> None:
    """Give an account a role in a tenant (its slug) or an organisation (its id).

    Raises `OperationRefused`.
    """
    account_id = as_operator(settings, NOBODY, lambda session: _account_id(session, email))
    try:
        if role in ORGANISATION_ROLES:
            as_operator(
                settings,
                Scope(organisation_id=place),
                lambda session: _appoint_in_organisation(session, place, account_id, role),
            )
        else:
            tenant_id = as_operator(settings, NOBODY, lambda session: _tenant_id(session, place))
            as_operator(
                settings,
                Scope(tenant_id=tenant_id),
                lambda session: appoint_in_tenant(session, account_id, role),
            )
    except FoundingRefused as error:
        raise OperationRefused(str(error)) from error


def create_organisation(
    settings: Settings, wanted: Organisation, tenant_slugs: tuple[str, ...]
) -> str:
    """Found an organisation that works with the named tenants; return its id.

    Raises `OperationRefused`.
    """
    tenant_ids = as_operator(
        settings, NOBODY, lambda session: [_tenant_id(session, slug) for slug in tenant_slugs]
    )
    wanted.id = new_id()
    as_operator(
        settings,
        Scope(organisation_id=wanted.id),
        lambda session: found_organisation(session, wanted),
    )
    for tenant_id in tenant_ids:
        as_operator(
            settings,
            Scope(tenant_id=tenant_id),
            lambda session: start_cooperation(session, wanted.id),
        )
    return wanted.id


def _account_id(session: Session, email: str) -> int:
    account = find_account(session, email)
    if account is None:
        raise OperationRefused(
            f"Das Konto „{email}“ gibt es nicht. Legen Sie es mit „siegel account create“ an."
        )
    return int(account.id)


def _tenant_id(session: Session, slug: str) -> str:
    tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if tenant_id is None:
        raise OperationRefused(
            f"Den Mandanten „{slug}“ gibt es nicht. „siegel tenant list“ nennt alle."
        )
    return tenant_id


def _appoint_in_organisation(
    session: Session, organisation_id: str, account_id: int, role: str
) -> None:
    if session.get(Organisation, organisation_id) is None:
        raise OperationRefused(f"Den Träger mit der Kennung „{organisation_id}“ gibt es nicht.")
    appoint_in_organisation(session, organisation_id, account_id, role)
