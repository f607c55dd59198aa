"""Whether this process lives and can serve pages."""

from __future__ import annotations

from flask import Blueprint, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app import database
from app.security.access import public

health = Blueprint("health", __name__, url_prefix="/gesundheit")


def database_answers() -> bool:
    """Ask the database for one row."""
    try:
        database.session.execute(
            text("SELECT 1"), execution_options={"tenant_guarded": True}
        ).scalar_one()
    except SQLAlchemyError:
        return False
    finally:
        database.session.rollback()
    return True


@health.get("/lebt")
@public
def alive() -> Response:
    """Say that this process answers requests."""
    return jsonify({"status": "lebt"})


@health.get("/bereit")
@public
def ready() -> tuple[Response, int]:
    """Say whether pages can be served: 200, else 503.

    The database alone decides. Queue and object storage may be away for a while: what is
    submitted meanwhile is stored and its documents are made later.
    """
    works = database_answers()
    return jsonify(
        {"datenbank": "antwortet" if works else "antwortet nicht"}
    ), 200 if works else 503
