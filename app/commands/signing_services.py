"""``siegel signing-service``: where the people of a tenant sign remotely (CSC API)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.console import DATA_OPTION, fail, installation_environment, read_settings

if TYPE_CHECKING:
    from document_templates.signing.remote_credentials import ReleaseBy

TENANT_OPTION = click.option("--tenant", "slug", required=True, metavar="KÜRZEL", help="Mandant")


@click.group("signing-service")
def signing_service() -> None:
    """Fernsignaturdienste der Mandanten einrichten (CSC API 2)."""


@signing_service.command("set")
@TENANT_OPTION
@click.option("--name", required=True, metavar="NAME", help="Wie der Dienst auf den Seiten heißt")
@click.option("--url", required=True, metavar="ADRESSE", help="Was vor /csc/v2 und /oauth2 steht")
@click.option("--client", "client_id", required=True, metavar="KENNUNG", help="client_id")
@click.option(
    "--release",
    "release_by",
    type=click.Choice(["pin", "pages"]),
    default="pin",
    show_default=True,
    help="Wo Personen freigeben: mit PIN und TAN hier, oder auf den Seiten des Dienstes (OAuth 2)",
)
@click.option(
    "--oauth-url",
    default="",
    metavar="ADRESSE",
    help="Was vor /oauth2 steht, wenn es nicht dasselbe ist",
)
@click.option("--secret", default="", envvar="SIEGEL_SIGNING_SECRET", hidden=True)
@DATA_OPTION
def set_service(
    slug: str,
    name: str,
    url: str,
    client_id: str,
    release_by: ReleaseBy,
    oauth_url: str,
    secret: str,
    data: Path,
) -> None:
    """Richtet den Fernsignaturdienst eines Mandanten ein, oder ändert ihn.

    Das client_secret steht in SIEGEL_SIGNING_SECRET, nie auf der Befehlszeile. Der Rechner muss in
    SIEGEL_SIGNING_HOSTS stehen.
    """
    from app.commands.operator_work import OperationRefused
    from app.commands.signing_service_register import keep
    from document_templates.signing.remote_service import Service

    if not secret:
        fail("Es fehlt das client_secret: Setzen Sie SIEGEL_SIGNING_SECRET.")
    service = Service(name, url, client_id, secret, release_by, oauth_url)
    try:
        line = keep(read_settings(installation_environment(data)), slug, service)
    except OperationRefused as error:
        fail(str(error))
    click.echo(line)


@signing_service.command("remove")
@TENANT_OPTION
@DATA_OPTION
def remove_service(slug: str, data: Path) -> None:
    """Nimmt den Fernsignaturdienst eines Mandanten weg."""
    from app.commands.operator_work import OperationRefused
    from app.commands.signing_service_register import remove

    try:
        line = remove(read_settings(installation_environment(data)), slug)
    except OperationRefused as error:
        fail(str(error))
    click.echo(line)
