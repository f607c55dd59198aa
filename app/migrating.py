"""Bringing the database to the newest state of its tables."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from app.metadata import all_metadata, is_ours
from tenants.policies import APPLICATION_ROLE

# Alembic makes this table before any migration, so none can grant it.
_LET_READ = text(f"GRANT SELECT ON alembic_version TO {APPLICATION_ROLE}")


def _configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(owner_url: str) -> None:
    """Run every migration that the database has not seen yet, as the owner's role."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            config = _configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.execute(_LET_READ)
            connection.commit()
    finally:
        engine.dispose()


def newest_revision() -> str:
    """Return the newest migration that this version of the product knows."""
    return str(ScriptDirectory.from_config(_configuration()).get_current_head())


def draft_migration(owner_url: str, message: str) -> None:
    """Write a new migration file with the differences between tables and models."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            config = _configuration()
            config.attributes["connection"] = connection
            command.revision(config, message=message, autogenerate=True)
    finally:
        engine.dispose()


def pending_differences(owner_url: str) -> list[object]:
    """Return what a migrated database still lacks against the models: normally nothing."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={"target_metadata": all_metadata(), "include_object": is_ours},
            )
            return list(compare_metadata(context, all_metadata()))  # type: ignore[arg-type]
    finally:
        engine.dispose()
