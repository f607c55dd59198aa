"""What ``siegel doctor`` looks at: every part of an installation, and in German what is missing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass

from redis import Redis, RedisError
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.migrating import newest_revision
from document_templates.conversion import OfficeMissing, find_office
from document_templates.conversion.isolation import network_isolation
from tenants.keys import MasterKeyUnusable
from tenants.policies import APPLICATION_ROLE
from tenants.settings import SettingMissing, Settings

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
_REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class PartState:
    """One part, whether it works, and what to do if not."""

    name: str
    works: bool
    message: str


def check_process(settings: Settings, process: str) -> list[PartState]:
    """Check what a worker or dispatcher needs, quickly."""
    url = settings.dispatcher_url if process == "dispatcher" else settings.database_url
    return [_check_connection(url), check_queue(settings)]


def check_everything(settings: Settings) -> list[PartState]:
    """Check every part of the installation."""
    return [
        *_check_database(settings.database_url),
        _check_dispatcher(settings.dispatcher_url),
        check_queue(settings),
        _check_storage(settings),
        _check_master_key(settings),
        *_check_office(),
        _check_directory(settings),
    ]


def _check_connection(url: str) -> PartState:
    engine = create_engine(url, pool_pre_ping=False)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return PartState("Datenbank", False, "PostgreSQL antwortet nicht unter dieser Adresse.")
    finally:
        engine.dispose()
    return PartState("Datenbank", True, "PostgreSQL antwortet.")


def _check_database(url: str) -> list[PartState]:
    reachable = _check_connection(url)
    if not reachable.works:
        return [reachable]
    engine = create_engine(url)
    try:
        return [reachable, _check_revision(engine), _check_role(engine), _check_policies(engine)]
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


def _check_dispatcher(url: str) -> PartState:
    if not url:
        return PartState(
            "Dispatcher-Rolle", False, "SIEGEL_DATABASE_DISPATCHER_URL ist nicht gesetzt."
        )
    state = _check_connection(url)
    return PartState("Dispatcher-Rolle", state.works, state.message)


def check_queue(settings: Settings) -> PartState:
    """Ask Redis or Valkey for a sign of life."""
    try:
        with Redis.from_url(
            settings.redis_url, socket_timeout=2, socket_connect_timeout=2
        ) as connection:
            connection.ping()
    except (RedisError, OSError):
        return PartState("Warteschlange", False, "Redis/Valkey antwortet nicht.")
    return PartState("Warteschlange", True, "Redis/Valkey antwortet.")


def _check_storage(settings: Settings) -> PartState:
    report = settings.object_store().probe()
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
    isolation = network_isolation()
    return [
        PartState("LibreOffice", True, f"Gefunden: {office.program}."),
        PartState(
            "Netz der Umwandlung",
            bool(isolation),
            "Die Umwandlung läuft ohne Netz."
            if isolation
            else "Die Umwandlung kann hier nicht vom Netz getrennt werden; sperren Sie es außen.",
        ),
    ]


def _check_directory(settings: Settings) -> PartState:
    try:
        settings.data_directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=settings.data_directory) as probe:
            probe.write(b"x")
            probe.flush()
    except OSError as error:
        return PartState(
            "Datenverzeichnis",
            False,
            f"{settings.data_directory} ist nicht beschreibbar: {error.strerror}.",
        )
    return PartState("Datenverzeichnis", True, f"{settings.data_directory} ist beschreibbar.")
