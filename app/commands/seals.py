"""``siegel seal``: the seals of tenants."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.console import (
    DATA_OPTION,
    FILE,
    fail,
    installation_environment,
    read_file,
    read_settings,
)


@click.group()
def seal() -> None:
    """Siegel der Mandanten einsetzen."""


@seal.command("import")
@click.argument("file", type=FILE, metavar="DATEI")
@click.option("--tenant", "slug", required=True, metavar="KÜRZEL", help="Mandant")
@click.option("--password", default="", envvar="SIEGEL_SEAL_PASSWORD", hidden=True)
@DATA_OPTION
def import_file(file: Path, slug: str, password: str, data: Path) -> None:
    """Setzt das Siegel einer PKCS#12-Datei ein; es siegelt ab sofort.

    Das Passwort der Datei steht in SIEGEL_SEAL_PASSWORD, nie auf der Befehlszeile.
    """
    from app.commands.operator_work import OperationRefused
    from app.commands.seal_register import take_seal

    content = read_file(file)
    try:
        line = take_seal(read_settings(installation_environment(data)), slug, content, password)
    except OperationRefused as error:
        fail(str(error))
    click.echo(line)
