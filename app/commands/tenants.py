"""``siegel tenant``: founding and listing tenants, by the operator's role."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.console import DATA_OPTION, fail, installation_environment, read_settings

# As tenants.models has them, without loading the database for a help text.
KINDS = ("jugendamt", "kommune", "verbund", "katalog")


@click.group()
def tenant() -> None:
    """Mandanten anlegen und auflisten."""


@tenant.command("list")
@DATA_OPTION
def list_tenants(data: Path) -> None:
    """Listet alle Mandanten: Kürzel, Name, Art, Land."""
    from app.commands.operator_work import OperationRefused
    from app.commands.tenant_register import every_tenant

    try:
        for line in every_tenant(read_settings(installation_environment(data))):
            click.echo("\t".join(line))
    except OperationRefused as error:
        fail(str(error))


@tenant.command("create")
@click.argument("slug", metavar="KÜRZEL")
@click.option(
    "--name",
    required=True,
    metavar="NAME",
    help="Name der Kommune, zum Beispiel „Stadt Musterstadt“",
)
@click.option("--office", default="", metavar="NAME", help="Name des Amts")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default=KINDS[0],
    show_default=True,
    metavar="ART",
    help="Art: " + ", ".join(KINDS),
)
@click.option("--land", default="", metavar="NAME", help="Bundesland")
@click.option("--ags", default="", metavar="ZIFFERN", help="Amtlicher Gemeindeschlüssel")
@click.option(
    "--committee", default="Jugendhilfeausschuss", metavar="NAME", help="Name des Gremiums"
)
@click.option(
    "--pattern",
    "patterns",
    multiple=True,
    metavar="ART=MUSTER",
    help="Nummernformat, zum Beispiel dokument='MU-51/{jahr}-{lfd:5}'; mehrfach möglich",
)
@click.option("--admin", default="", metavar="E-MAIL", help="Erste Person mit Verwaltungsrecht")
@click.option("--admin-name", default="", metavar="VORNAME NACHNAME", help="Ihr Name")
@click.option("--admin-password", default="", envvar="SIEGEL_ADMIN_PASSWORD", hidden=True)
@DATA_OPTION
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
    data: Path,
) -> None:
    """Legt einen Mandanten mit Datenschlüssel und Demo-Siegel an.

    KÜRZEL ist sein Teil der Adresse, zum Beispiel „musterstadt“. Das Passwort der ersten
    Person steht in SIEGEL_ADMIN_PASSWORD, nie auf der Befehlszeile.
    """
    if any("=" not in pattern for pattern in patterns):
        raise click.UsageError("--pattern braucht die Form ART=MUSTER.")
    from app.commands.operator_work import OperationRefused
    from app.commands.tenant_register import (
        FirstAdministrator,
        WantedTenant,
        create_tenant,
    )

    wanted = WantedTenant(
        slug=slug, name=name, office=office, kind=kind, land=land, ags=ags, committee=committee,
        number_patterns=dict(pattern.partition("=")[::2] for pattern in patterns),
    )  # fmt: skip
    first = FirstAdministrator(admin, admin_name, admin_password) if admin else None
    try:
        address = create_tenant(read_settings(installation_environment(data)), wanted, first)
    except OperationRefused as error:
        fail(str(error))
    click.echo(f"Der Mandant „{name}“ ist angelegt: {address}")
