"""``siegel tenant``: founding and listing tenants, by the operator's role."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from app.accounts import create_account
from app.tenant_path import PLATFORM_SEGMENTS
from document_templates.seal_keys import demo_authority, issue_demo_seal
from tenants.context import NOBODY, Scope, acting_as
from tenants.database import create_database_engine, new_id
from tenants.founding import FoundingRefused, appoint_in_tenant, check_tenant, found_tenant
from tenants.isolation import TenantSession, guard_engine
from tenants.key_ring import open_tenant_key
from tenants.models import TENANT_KINDS, Tenant
from tenants.number_patterns import NumberPatternInvalid
from tenants.settings import Settings, load_settings


@click.group()
def tenant() -> None:
    """Mandanten anlegen und auflisten."""


def _sessions(settings: Settings) -> sessionmaker[TenantSession]:
    engine = create_database_engine(settings.owner_url, statement_timeout_seconds=60, pool_size=1)
    guard_engine(engine)
    return sessionmaker(engine, class_=TenantSession, expire_on_commit=False)


@tenant.command("list")
def list_tenants() -> None:
    """Listet alle Mandanten: Kürzel, Name, Art, Land."""
    with acting_as(NOBODY), _sessions(load_settings()).begin() as session:
        for one in session.scalars(select(Tenant).order_by(Tenant.slug)):
            click.echo(f"{one.slug}\t{one.name}\t{TENANT_KINDS[one.kind]}\t{one.land}")


@tenant.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="Name der Kommune, zum Beispiel „Stadt Musterstadt“")
@click.option("--office", default="", help="Name des Amts")
@click.option("--kind", type=click.Choice(list(TENANT_KINDS)), default="jugendamt")
@click.option("--land", default="", help="Bundesland")
@click.option("--ags", default="", help="Amtlicher Gemeindeschlüssel")
@click.option("--committee", default="Jugendhilfeausschuss", help="Name des Gremiums")
@click.option(
    "--pattern",
    "patterns",
    multiple=True,
    metavar="ART=MUSTER",
    help="Nummernformat, zum Beispiel dokument='MU-51/{jahr}-{lfd:5}'",
)
@click.option("--admin", default="", metavar="E-MAIL", help="Erste Person mit Verwaltungsrecht")
@click.option("--admin-name", default="", metavar="VORNAME NACHNAME")
@click.option("--admin-password", default="", envvar="SIEGEL_ADMIN_PASSWORD", hidden=True)
def create(
    slug: str,
    name: str,
    office: str,
    kind: str,
    land: str,
    ags: str,
    committee: str,
    patterns: tuple[str, ...],
    admin: str,
    admin_name: str,
    admin_password: str,
) -> None:
    """Legt den Mandanten SLUG mit Datenschlüssel und Demo-Siegel an."""
    settings = load_settings()
    wanted = Tenant(
        id=new_id(), slug=slug, name=name, office=office, kind=kind, land=land, ags=ags,
        committee=committee, members=[], theme={},
        number_patterns=dict(pattern.partition("=")[::2] for pattern in patterns),
    )  # fmt: skip
    sessions = _sessions(settings)
    master_key = settings.master_key()
    try:
        check_tenant(wanted, PLATFORM_SEGMENTS)
        with acting_as(Scope(tenant_id=wanted.id)), sessions.begin() as session:
            found_tenant(session, wanted, master_key)
            issue_demo_seal(
                session,
                demo_authority(session, master_key),
                name,
                open_tenant_key(session, master_key),
            )
            if admin:
                first, _space, last = admin_name.partition(" ")
                account = create_account(
                    session,
                    email=admin,
                    first_name=first or admin,
                    last_name=last or "-",
                    password=_password(admin_password),
                )
                appoint_in_tenant(session, account.id, "tenant_admin")
    except (FoundingRefused, NumberPatternInvalid) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"Der Mandant „{name}“ ist angelegt: {settings.public_url}/{slug}")


def _password(given: str) -> str:
    if len(given) < 12:
        raise FoundingRefused(
            "Setzen Sie SIEGEL_ADMIN_PASSWORD auf ein Passwort mit mindestens 12 Zeichen."
        )
    return given
