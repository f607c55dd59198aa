"""``siegel trust``: by what signatures, seals and time stamps are judged."""

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
def trust() -> None:
    """Vertrauenslisten (ETSI TS 119 612) und Vertrauensanker laden und auflisten."""


@trust.command("load")
@click.argument("file", type=FILE, metavar="DATEI")
@click.option("--lotl", type=FILE, metavar="DATEI", help="Europäische Liste der Listen (LOTL)")
@click.option(
    "--lotl-certificate",
    "lotl_certificates",
    type=FILE,
    multiple=True,
    metavar="PEM",
    help="Zertifikat, mit dem die LOTL signiert ist; ohne Angabe die zuletzt bekannten",
)
@click.option(
    "--certificate",
    "certificates",
    type=FILE,
    multiple=True,
    metavar="PEM",
    help="Zertifikat, mit dem die Liste selbst signiert ist; statt der LOTL",
)
@DATA_OPTION
def load(
    file: Path,
    lotl: Path | None,
    lotl_certificates: tuple[Path, ...],
    certificates: tuple[Path, ...],
    data: Path,
) -> None:
    """Lädt die Vertrauensliste eines Landes, nachdem ihre Signatur geprüft ist."""
    from app.commands.operator_work import OperationRefused
    from app.commands.trust_register import TrustFiles, keep_trust_list

    files = TrustFiles(
        read_file(file),
        lotl=read_file(lotl) if lotl else b"",
        lotl_certificates=b"".join(read_file(one) for one in lotl_certificates),
        certificates=b"".join(read_file(one) for one in certificates),
    )
    try:
        line = keep_trust_list(read_settings(installation_environment(data)), files)
    except OperationRefused as error:
        fail(str(error))
    click.echo(line)


@trust.command("list")
@DATA_OPTION
def list_lists(data: Path) -> None:
    """Listet, was geladen ist: Land, Nummer, Dienste, Ausgabe, nächste Ausgabe."""
    from app.commands.operator_work import OperationRefused
    from app.commands.trust_register import every_trust_list

    try:
        lines = every_trust_list(read_settings(installation_environment(data)))
    except OperationRefused as error:
        fail(str(error))
    for line in lines:
        click.echo("\t".join(line))


@trust.command("root")
@click.argument("file", type=FILE, metavar="PEM")
@DATA_OPTION
def add_root(file: Path, data: Path) -> None:
    """Nimmt eine Zertifizierungsstelle auf, etwa die des Zeitstempeldienstes.

    Die Prüfseite erkennt sie dann an, und Siegel können die Stufe PAdES B-LT erreichen.
    """
    from app.commands.operator_work import OperationRefused
    from app.commands.trust_register import keep_roots

    try:
        lines = keep_roots(read_settings(installation_environment(data)), read_file(file))
    except OperationRefused as error:
        fail(str(error))
    for line in lines:
        click.echo(line)
