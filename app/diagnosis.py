"""What ``siegel doctor`` looks at: every part of an installation, and in German what is missing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from redis import Redis, RedisError
from rq import Worker
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from app.migrating import newest_revision
from document_templates.conversion import OfficeMissing, find_office
from document_templates.conversion.isolation import Isolation, network_isolation
from tenants.keys import MasterKeyUnusable
from tenants.policies import APPLICATION_ROLE
from tenants.settings import SettingMissing, Settings, load_settings
from tenants.storage.objects import StorageError

_ROLE = text(
    "SELECT rolsuper, rolbypassrls,"
    " (SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)"
    " FROM pg_roles WHERE rolname = current_user"
)
_UNPROTECTED = text(
    "SELECT count(*) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
    " WHERE attname = 'tenant_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " AND NOT relforcerowsecurity"
)
_JOBS = text("SELECT name, started_at, due_at FROM scheduled_job ORDER BY name")
_REVISION = text("SELECT version_num FROM alembic_version")
# What no installation can do without, and what an operator puts there.
NEEDED_SETTINGS = {
    "SIEGEL_DATABASE_URL": f"die Adresse von PostgreSQL mit der Rolle {APPLICATION_ROLE}",
    "SIEGEL_REDIS_URL": "die Adresse von Redis oder Valkey",
    "SIEGEL_SECRET_KEY": "ein zufälliger Schlüssel für Sitzungen (mindestens 32 Zeichen)",
}
_CONNECT_SECONDS = 5
_LATE = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class PartState:
    """One part, whether it works, and what to do if not."""

    name: str
    works: bool
    message: str


def check_process(settings: Settings, process: str) -> list[PartState]:
    """Check what a worker or dispatcher needs, quickly."""
    url = settings.dispatcher_url if process == "dispatcher" else settings.database_url
    return [_check_connection(url), _check_queue(settings.redis_url)]


def check_everything(environment: Mapping[str, str]) -> list[PartState]:
    """Check every part of the installation that ``environment`` describes; raises nothing.

    What cannot be checked because a setting is missing is named by that setting.
    """
    if not any(environment.get(name) for name in NEEDED_SETTINGS):
        hint = (
            "Es ist keine eingestellt, und hier läuft keine eingebettete. „siegel run“ startet"
            " eine; für eine eigene setzen Sie " + ", ".join(NEEDED_SETTINGS) + " in der Umgebung."
        )
        return [PartState("Installation", False, hint), *_check_office()]
    states, settings = _check_settings(environment)
    if url := environment.get("SIEGEL_DATABASE_URL", ""):
        states += _check_database(url)
    if url := environment.get("SIEGEL_DATABASE_DISPATCHER_URL", ""):
        reached = _check_connection(url)
        states.append(PartState("Datenbank des Dispatchers", reached.works, reached.message))
    if url := environment.get("SIEGEL_REDIS_URL", ""):
        states += _check_queue_and_workers(url)
    if settings is not None:
        states += [_check_storage(settings), _check_master_key(settings)]
    states += _check_office()
    if settings is not None:
        states.append(_check_directory(settings.data_directory))
    return states


def _check_settings(environment: Mapping[str, str]) -> tuple[list[PartState], Settings | None]:
    missing = {
        name: meaning for name, meaning in NEEDED_SETTINGS.items() if not environment.get(name)
    }
    states = [
        PartState(
            "Einstellungen",
            False,
            f"{name} fehlt: {meaning}. Setzen Sie die Einstellung in der Umgebung.",
        )
        for name, meaning in missing.items()
    ]
    try:
        settings = load_settings({**dict.fromkeys(missing, "-"), **environment})
    except SettingMissing as error:
        return [*states, PartState("Einstellungen", False, str(error))], None
    if not missing:
        states.append(PartState("Einstellungen", True, "Alle nötigen sind gesetzt."))
    return states, settings


def _check_connection(url: str) -> PartState:
    try:
        engine = create_engine(url, connect_args={"connect_timeout": _CONNECT_SECONDS})
    except (ArgumentError, ImportError, ValueError):
        return PartState(
            "Datenbank",
            False,
            "Das ist keine Adresse von PostgreSQL. Sie hat die Form"
            " postgresql+psycopg://rolle:passwort@rechner:5432/datenbank.",
        )
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return PartState("Datenbank", False, _connection_fault(error))
    finally:
        engine.dispose()
    return PartState("Datenbank", True, "PostgreSQL antwortet.")


def _connection_fault(error: SQLAlchemyError) -> str:
    if "password authentication failed" in str(error):
        return "PostgreSQL lehnt Rolle oder Passwort ab. Prüfen Sie beide in der Adresse."
    if "does not exist" in str(error):
        return "PostgreSQL kennt diese Datenbank oder Rolle nicht. Legen Sie sie an."
    return (
        "PostgreSQL antwortet nicht unter dieser Adresse. Prüfen Sie, ob es läuft und von hier"
        " aus erreichbar ist."
    )


def _check_database(url: str) -> list[PartState]:
    reachable = _check_connection(url)
    if not reachable.works:
        return [reachable]
    engine = create_engine(url)
    try:
        revision = _check_revision(engine)
        jobs = [_check_jobs(engine, datetime.now(UTC))] if revision.works else []
        return [reachable, revision, _check_role(engine), _check_policies(engine), *jobs]
    finally:
        engine.dispose()


def _check_revision(engine: Engine) -> PartState:
    wanted = newest_revision()
    try:
        with engine.connect() as connection:
            found = connection.execute(_REVISION).scalar()
    except SQLAlchemyError:
        found = None
    if found == wanted:
        return PartState("Tabellen", True, f"Stand {found}.")
    return PartState(
        "Tabellen",
        False,
        f"Stand {found or 'leer'}, nötig {wanted}. Führen Sie „siegel migrate“ aus.",
    )


def _check_role(engine: Engine) -> PartState:
    with engine.connect() as connection:
        superuser, bypasses, owned = connection.execute(_ROLE).one()
    if superuser or bypasses or owned:
        return PartState(
            "Datenbankrolle",
            False,
            f"Die Rolle der Anwendung darf Zeilenregeln umgehen. Verwenden Sie {APPLICATION_ROLE}:"
            " kein Superuser, kein BYPASSRLS, keine eigenen Tabellen.",
        )
    return PartState("Datenbankrolle", True, "Die Anwendung kann Zeilenregeln nicht umgehen.")


def _check_policies(engine: Engine) -> PartState:
    with engine.connect() as connection:
        count = connection.execute(_UNPROTECTED).scalar_one()
    if count:
        return PartState(
            "Zeilenregeln", False, f"{count} Tabellen sind nicht nach Mandant geschützt."
        )
    return PartState("Zeilenregeln", True, "Jede Tabelle mit Mandantendaten ist geschützt.")


def _check_jobs(engine: Engine, moment: datetime) -> PartState:
    with engine.connect() as connection:
        jobs = connection.execute(_JOBS).all()
    late = [job.name for job in jobs if job.due_at < moment - _LATE]
    if late:
        return PartState(
            "Regelmäßige Arbeiten",
            False,
            f"Überfällig: {', '.join(late)}. Starten Sie „siegel dispatcher“.",
        )
    if not jobs:
        return PartState("Regelmäßige Arbeiten", True, "Noch keine; der Dispatcher trägt sie ein.")
    told = (
        f"{job.name} zuletzt {job.started_at.astimezone(BERLIN):%d.%m.%Y %H:%M}"
        if job.started_at
        else f"{job.name} zum ersten Mal {job.due_at.astimezone(BERLIN):%d.%m.%Y %H:%M}"
        for job in jobs
    )
    return PartState("Regelmäßige Arbeiten", True, f"{'; '.join(told)}.")


def _check_queue(url: str) -> PartState:
    try:
        with _open_queue(url) as connection:
            connection.ping()
    except ValueError:
        return PartState(
            "Warteschlange",
            False,
            "SIEGEL_REDIS_URL ist keine Adresse. Sie hat die Form redis://rechner:6379/0.",
        )
    except (RedisError, OSError):
        return PartState(
            "Warteschlange",
            False,
            "Redis/Valkey antwortet nicht unter SIEGEL_REDIS_URL. Einreichen geht weiter; Dokumente"
            " entstehen, sobald sie antwortet.",
        )
    return PartState("Warteschlange", True, "Redis/Valkey antwortet.")


def _check_queue_and_workers(url: str) -> list[PartState]:
    queue = _check_queue(url)
    if not queue.works:
        return [queue]
    with _open_queue(url) as connection:
        count = Worker.count(connection=connection)
    if not count:
        message = "Es läuft kein Worker, Dokumente entstehen nicht. Starten Sie „siegel worker“."
        return [queue, PartState("Worker", False, message)]
    message = "Ein Worker läuft." if count == 1 else f"{count} Worker laufen."
    return [queue, PartState("Worker", True, message)]


def _open_queue(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def _check_storage(settings: Settings) -> PartState:
    try:
        report = settings.object_store().probe()
    except (StorageError, ValueError) as error:
        return PartState("Objektspeicher", False, str(error))
    message = " ".join(finding.text for finding in report.findings) or "Alles zugesichert."
    return PartState("Objektspeicher", report.usable, message)


def _check_master_key(settings: Settings) -> PartState:
    try:
        settings.master_key()
    except (SettingMissing, MasterKeyUnusable) as error:
        return PartState("Hauptschlüssel", False, str(error))
    return PartState("Hauptschlüssel", True, "Der Hauptschlüssel ist lesbar.")


def _check_office() -> list[PartState]:
    office = find_office()
    if isinstance(office, OfficeMissing):
        return [PartState("LibreOffice", False, office.message)]
    return [
        PartState("LibreOffice", True, f"Gefunden: {office.program}."),
        describe_isolation(network_isolation(office.python)),
    ]


def describe_isolation(isolation: Isolation) -> PartState:
    """Tell which walls stand around the conversion of documents."""
    walls = []
    if isolation.namespace:
        walls.append("leerer Netz-Namensraum")
    if isolation.socket_filter:
        walls.append("Netzwerk-Sockets gesperrt (seccomp)")
    if isolation.foreign_processes_hidden:
        walls.append("fremde Prozesse verborgen")
    if isolation.without_network:
        message = f"Die Umwandlung läuft ohne Netz: {', '.join(walls)}."
    else:
        message = "Die Umwandlung kann hier nicht vom Netz getrennt werden; sperren Sie es außen."
    if not isolation.foreign_processes_hidden:
        message += (
            " Sie könnte die Umgebung anderer Prozesse desselben Benutzers lesen. Dagegen helfen"
            " ein Linux-Kern ab 5.19 mit Landlock und ein Benutzer, der nicht root ist."
        )
    return PartState("Netz der Umwandlung", isolation.without_network, message)


def _check_directory(directory: Path) -> PartState:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=directory) as probe:
            probe.write(b"x")
            probe.flush()
    except OSError as error:
        return PartState(
            "Datenverzeichnis",
            False,
            f"{directory} ist nicht beschreibbar ({error.strerror}). Prüfen Sie Eigentümer, Rechte"
            " und freien Platz oder setzen Sie SIEGEL_DATA_DIRECTORY.",
        )
    return PartState("Datenverzeichnis", True, f"{directory} ist beschreibbar.")
