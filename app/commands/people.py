"""``siegel account`` and ``siegel organisation``: people and Träger, by the operator's role."""

from __future__ import annotations

import re
from pathlib import Path

import click

from app.commands.console import DATA_OPTION, fail, installation_environment, read_settings

# As tenants.models has them, without loading the database for a help text.
TENANT_ROLES = ("tenant_admin", "fachkraft", "planung", "koordination", "wjh")
ORGANISATION_ROLES = ("traeger_leitung", "traeger_fachkraft")
PASSWORD_OPTION = click.option(
    "--password", default="", envvar="SIEGEL_ACCOUNT_PASSWORD", hidden=True
)
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@click.group()
def account() -> None:
    """Konten anlegen, Rollen vergeben, Passwörter setzen."""


@account.command("create")
@click.argument("email", metavar="E-MAIL")
@click.option("--name", required=True, metavar="NAME", help="Vorname und Nachname")
@PASSWORD_OPTION
@DATA_OPTION
def create_account(email: str, name: str, password: str, data: Path) -> None:
    """Legt ein Konto ohne Rolle an; das Passwort steht in SIEGEL_ACCOUNT_PASSWORD."""
    from app.commands.operator_work import OperationRefused
    from app.commands.people_register import create_person

    try:
        create_person(read_settings(installation_environment(data)), email, name, password)
    except OperationRefused as error:
        fail(str(error))
    click.echo(
        f"Das Konto „{email}“ ist angelegt. Geben Sie ihm mit „siegel account appoint“ eine Rolle."
    )


@account.command("password")
@click.argument("email", metavar="E-MAIL")
@PASSWORD_OPTION
@DATA_OPTION
def password_(email: str, password: str, data: Path) -> None:
    """Setzt ein neues Passwort; es steht in SIEGEL_ACCOUNT_PASSWORD."""
    from app.commands.operator_work import OperationRefused
    from app.commands.people_register import change_password

    try:
        change_password(read_settings(installation_environment(data)), email, password)
    except OperationRefused as error:
        fail(str(error))
    click.echo(f"Das Konto „{email}“ hat ein neues Passwort.")


@account.command("appoint")
@click.argument("email", metavar="E-MAIL")
@click.option(
    "--role",
    required=True,
    metavar="ROLLE",
    type=click.Choice((*TENANT_ROLES, *ORGANISATION_ROLES)),
    help="Rolle: " + ", ".join((*TENANT_ROLES, *ORGANISATION_ROLES)),
)
@click.option("--tenant", default="", metavar="KÜRZEL", help="Mandant, für Rollen im Amt")
@click.option("--organisation", default="", metavar="KENNUNG", help="Träger, für seine Rollen")
@DATA_OPTION
def appoint(email: str, role: str, tenant: str, organisation: str, data: Path) -> None:
    """Gibt einem Konto eine Rolle in einem Mandanten oder bei einem Träger."""
    place = organisation if role in ORGANISATION_ROLES else tenant
    if not place:
        needed = "--organisation" if role in ORGANISATION_ROLES else "--tenant"
        raise click.UsageError(f"Die Rolle {role} braucht {needed}.")
    if role in ORGANISATION_ROLES and not _UUID.match(place):
        raise click.UsageError(
            "--organisation braucht die Kennung aus „siegel organisation create“."
        )
    from app.commands.operator_work import OperationRefused
    from app.commands.people_register import appoint_person

    try:
        appoint_person(read_settings(installation_environment(data)), email, role, place)
    except OperationRefused as error:
        fail(str(error))
    click.echo(f"„{email}“ hat jetzt die Rolle {role}.")


@click.group()
def organisation() -> None:
    """Träger anlegen."""


@organisation.command("create")
@click.argument("name", metavar="NAME")
@click.option(
    "--tenant",
    "tenants",
    multiple=True,
    required=True,
    metavar="KÜRZEL",
    help="Mandant, mit dem er zusammenarbeitet; mehrfach möglich",
)
@click.option("--street", default="", metavar="STRASSE", help="Straße und Hausnummer")
@click.option("--city", default="", metavar="ORT", help="Postleitzahl und Ort")
@click.option("--represented-by", default="", metavar="NAME", help="Wer ihn vertritt")
@DATA_OPTION
def create_organisation(
    name: str, tenants: tuple[str, ...], street: str, city: str, represented_by: str, data: Path
) -> None:
    """Legt einen Träger an, der mit Mandanten zusammenarbeitet, und nennt seine Kennung."""
    from app.commands.operator_work import OperationRefused
    from app.commands.people_register import create_organisation as create
    from tenants.models import Organisation

    wanted = Organisation(name=name, street=street, city=city, represented_by=represented_by)
    try:
        identity = create(read_settings(installation_environment(data)), wanted, tenants)
    except OperationRefused as error:
        fail(str(error))
    click.echo(f"Der Träger „{name}“ ist angelegt: {identity}")
