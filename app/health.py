"""Whether the parts that the product stands on answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, current_app, jsonify
from redis import Redis, RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app import database
from app.security.access import public
from tenants.settings import Settings
from tenants.storage import StorageError

health = Blueprint("health", __name__, url_prefix="/gesundheit")


@dataclass(frozen=True, slots=True)
class PartState:
    """One part, whether it answers, and in German what to do if not."""

    name: str
    works: bool
    message: str


def check_database() -> PartState:
    """Ask the database for one row."""
    try:
        database.session.execute(
            text("SELECT 1"), execution_options={"tenant_guarded": True}
        ).scalar_one()
    except SQLAlchemyError:
        return PartState("datenbank", False, "Die Datenbank antwortet nicht.")
    finally:
        database.session.rollback()
    return PartState("datenbank", True, "Die Datenbank antwortet.")


def check_queue(redis_url: str) -> PartState:
    """Ask Redis or Valkey for a sign of life."""
    try:
        with Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2) as connection:
            connection.ping()
    except (RedisError, OSError):
        return PartState("warteschlange", False, "Redis/Valkey antwortet nicht.")
    return PartState("warteschlange", True, "Redis/Valkey antwortet.")


def check_storage(settings: Settings) -> PartState:
    """Ask the object storage whether it can be reached."""
    try:
        settings.object_store().stat("gesundheit/vorhanden")
    except StorageError as error:
        return PartState("objektspeicher", False, str(error))
    return PartState("objektspeicher", True, "Der Objektspeicher antwortet.")


@health.get("/lebt")
@public
def alive() -> Response:
    """Say that this process answers requests."""
    return jsonify({"status": "lebt"})


@health.get("/bereit")
@public
def ready() -> tuple[Response, int]:
    """Say whether database, queue and object storage answer: 200, else 503."""
    settings: Settings = current_app.extensions["siegel"].settings
    checks: list[Callable[[], PartState]] = [
        check_database,
        lambda: check_queue(settings.redis_url),
        lambda: check_storage(settings),
    ]
    states = [check() for check in checks]
    code = 200 if all(state.works for state in states) else 503
    return jsonify({state.name: state.message for state in states}), code
