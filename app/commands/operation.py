"""``siegel run|web|worker|dispatcher|migrate|health|doctor``: running the product."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from app.commands.console import DATA_OPTION, fail, installation_environment, read_settings

WEB_PORT = 8000
WEB_TIMEOUT_SECONDS = 60


@click.command()
@click.option(
    "--port", default=WEB_PORT, show_default=True, metavar="NUMMER", help="Port der Webseiten"
)
@DATA_OPTION
def run(port: int, data: Path) -> None:
    """Startet alles hier, mit Demo; Strg+C beendet."""
    from app.demo.stack import run_demo_stack

    sys.exit(run_demo_stack(port, data.resolve()))


@click.command()
@click.option(
    "--port",
    default=WEB_PORT,
    show_default=True,
    envvar="SIEGEL_PORT",
    metavar="NUMMER",
    help="Port der Webseiten",
)
@click.option(
    "--bind",
    default="0.0.0.0",  # noqa: S104 - in a container
    show_default=True,
    envvar="SIEGEL_BIND",
    metavar="ADRESSE",
    help="Adresse, auf der das Web hört",
)
def web(port: int, bind: str) -> None:
    """Startet das Web unter gunicorn."""
    settings = read_settings(os.environ)
    arguments = [
        "gunicorn", "app.wsgi:application",
        "--bind", f"{bind}:{port}",
        "--workers", str(settings.web_workers),
        "--worker-class", "sync",
        "--timeout", str(WEB_TIMEOUT_SECONDS),
        "--max-requests", "5000", "--max-requests-jitter", "500",
        "--no-control-socket",
        "--log-level", "warning",
    ]  # fmt: skip
    os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606 - our own interpreter


@click.command()
def worker() -> None:
    """Startet einen Worker, der Dokumente erstellt."""
    _become("worker")


@click.command()
def dispatcher() -> None:
    """Startet den Dispatcher, der Aufträge verteilt."""
    _become("dispatcher")


def _become(process: str) -> None:
    read_settings(os.environ)
    os.execv(sys.executable, [sys.executable, "-m", "workers", process])  # noqa: S606 - our own


@click.command()
@DATA_OPTION
def migrate(data: Path) -> None:
    """Bringt die Tabellen auf den neuesten Stand.

    Braucht SIEGEL_DATABASE_OWNER_URL, die Adresse mit der Rolle der Eigentümerin."""
    from sqlalchemy.exc import OperationalError

    from app.migrating import migrate as migrate_database

    settings = read_settings(installation_environment(data))
    if not settings.owner_url:
        fail("Die Einstellung SIEGEL_DATABASE_OWNER_URL fehlt. Setzen Sie sie in der Umgebung.")
    try:
        migrate_database(settings.owner_url)
    except OperationalError:
        fail(
            "PostgreSQL antwortet nicht unter SIEGEL_DATABASE_OWNER_URL oder lehnt die Anmeldung"
            " ab. Prüfen Sie Adresse, Rolle und Passwort."
        )
    click.echo("Die Datenbank ist auf dem neuesten Stand.")


@click.command()
@click.argument(
    "process", type=click.Choice(["worker", "dispatcher"]), metavar="{worker|dispatcher}"
)
@DATA_OPTION
def health(process: str, data: Path) -> None:
    """Sagt, ob ein Prozess arbeiten kann.

    Status 0: ja, 1: nein; der Grund steht auf der Fehlerausgabe."""
    from app.diagnosis import check_process

    states = check_process(read_settings(installation_environment(data)), process)
    for state in states:
        if not state.works:
            click.echo(f"{state.name}: {state.message}", err=True)
    sys.exit(0 if all(state.works for state in states) else 1)


@click.command()
@DATA_OPTION
def doctor(data: Path) -> None:
    """Prüft die Installation und sagt, was fehlt.

    Geprüft wird die Installation, die die Umgebung beschreibt, sonst die eingebettete, die
    auf --data läuft. Status 0: alles arbeitet, 1: etwas fehlt.
    """
    from app.diagnosis import check_everything

    states = check_everything(installation_environment(data))
    for state in states:
        click.echo(f"{'✓' if state.works else '✗'} {state.name}: {state.message}")
    broken = sum(not state.works for state in states)
    if broken:
        click.echo("")
        click.echo("Ein Teil arbeitet nicht." if broken == 1 else f"{broken} Teile arbeiten nicht.")
    sys.exit(1 if broken else 0)
