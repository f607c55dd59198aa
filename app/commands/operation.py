"""``siegel run|web|worker|dispatcher|migrate|health|doctor``: running the product."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from tenants.settings import load_settings

WEB_PORT = 8000
WEB_TIMEOUT_SECONDS = 60


@click.command()
@click.option("--port", default=WEB_PORT, show_default=True)
@click.option("--data", default="var", type=click.Path(file_okay=False, path_type=Path))
def run(port: int, data: Path) -> None:
    """Startet alles auf diesem Rechner, mit Demo; Strg+C beendet es."""
    from app.demo.stack import run_demo_stack

    sys.exit(run_demo_stack(port, data.resolve()))


@click.command()
@click.option("--port", default=WEB_PORT, show_default=True, envvar="SIEGEL_PORT")
@click.option("--bind", default="0.0.0.0", show_default=True, envvar="SIEGEL_BIND")  # noqa: S104 - in a container
def web(port: int, bind: str) -> None:
    """Startet das Web unter gunicorn."""
    settings = load_settings()
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
    """Startet einen Worker: füllt, wandelt um, siegelt und legt ab."""
    _become("worker")


@click.command()
def dispatcher() -> None:
    """Startet den Dispatcher: verteilt Aufträge gerecht auf die Mandanten."""
    _become("dispatcher")


def _become(process: str) -> None:
    os.execv(sys.executable, [sys.executable, "-m", "workers", process])  # noqa: S606 - our own


@click.command()
def migrate() -> None:
    """Bringt die Tabellen auf den neuesten Stand; braucht die Eigentümer-Rolle."""
    from app.migrating import migrate as migrate_database

    settings = load_settings()
    if not settings.owner_url:
        click.echo("Die Einstellung SIEGEL_DATABASE_OWNER_URL fehlt.", err=True)
        sys.exit(1)
    migrate_database(settings.owner_url)
    click.echo("Die Datenbank ist auf dem neuesten Stand.")


@click.command()
@click.argument("process", type=click.Choice(["worker", "dispatcher"]))
def health(process: str) -> None:
    """Sagt mit dem Status, ob PROCESS arbeiten kann: 0 ja, 1 nein."""
    from app.diagnosis import check_process

    states = check_process(load_settings(), process)
    for state in states:
        if not state.works:
            click.echo(state.message, err=True)
    sys.exit(0 if all(state.works for state in states) else 1)


@click.command()
def doctor() -> None:
    """Prüft jeden Teil der Installation und sagt, was fehlt."""
    from app.diagnosis import check_everything

    states = check_everything(load_settings())
    for state in states:
        click.echo(f"{'✓' if state.works else '✗'} {state.name}: {state.message}")
    sys.exit(0 if all(state.works for state in states) else 1)
