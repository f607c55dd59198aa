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


@seal.command("token")
@click.option("--tenant", "slug", required=True, metavar="KÜRZEL", help="Mandant")
@click.option("--token", required=True, metavar="NAME", help="Name (Label) des Tokens")
@click.option("--key", required=True, metavar="NAME", help="Name (Label) des privaten Schlüssels")
@click.option(
    "--certificates",
    required=True,
    type=FILE,
    metavar="PEM",
    help="Zertifikat des Siegels, danach die seiner Aussteller",
)
@click.option("--pin-file", type=FILE, metavar="DATEI", help="Datei, in der nur die PIN steht")
@click.option("--pin", default="", envvar="SIEGEL_TOKEN_PIN", hidden=True)
@DATA_OPTION
def bind(
    slug: str, token: str, key: str, certificates: Path, pin_file: Path | None, pin: str, data: Path
) -> None:
    """Bindet ein Siegel, dessen Schlüssel in einem Token liegt (PKCS#11, HSM).

    Es siegelt ab sofort. Welche Bibliothek zum Token führt, sagt SIEGEL_PKCS11_LIBRARY. Die
    PIN steht in SIEGEL_TOKEN_PIN oder in der Datei, nie auf der Befehlszeile.
    """
    from app.commands.operator_work import OperationRefused
    from app.commands.seal_register import TokenPlace, bind_token

    if pin_file is not None:
        pin = read_file(pin_file).decode("utf-8", "replace").strip()
    if not pin:
        fail("Es fehlt die PIN: Setzen Sie SIEGEL_TOKEN_PIN oder geben Sie --pin-file an.")
    place = TokenPlace(token, key, pin, read_file(certificates))
    try:
        line = bind_token(read_settings(installation_environment(data)), slug, place)
    except OperationRefused as error:
        fail(str(error))
    click.echo(line)
