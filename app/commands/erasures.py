"""``siegel erasures``: what was erased stays so, in a restored backup too."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.console import DATA_OPTION, fail, installation_environment, read_settings


@click.group()
def erasures() -> None:
    """Löschungen nach einer Wiederherstellung nachholen."""


@erasures.command("reapply")
@DATA_OPTION
def reapply(data: Path) -> None:
    """Löscht noch einmal, was nach der eingespielten Sicherung gelöscht worden war."""
    from app.commands.erasure_register import reapply_everywhere
    from app.commands.operator_work import OperationRefused

    try:
        for line in reapply_everywhere(read_settings(installation_environment(data))):
            click.echo(line)
    except OperationRefused as error:
        fail(str(error))
