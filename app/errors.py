"""Errors are for people: a German page with the way out, and a reference for questions."""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app import database
from app.security.login import ask_to_sign_in
from tenants.language import _
from tenants.storage.objects import StoreUnavailable

log = structlog.get_logger()

PAGES = frozenset({400, 403, 404, 413, 429, 500, 503})
Answer = tuple[str, int]


def answer_errors(app: Flask) -> None:
    """Answer every error of ``app`` with a page of its own."""

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError):  # type: ignore[no-untyped-def]
        from flask_login import current_user

        if not current_user.is_authenticated and not request.path.startswith("/anmelden"):
            return ask_to_sign_in()
        return _page(
            400,
            _(
                "Das Sicherheitsmerkmal der Seite fehlt oder ist veraltet. Laden Sie die Seite"
                " neu und senden Sie sie noch einmal ab."
            ),
        )

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Answer:
        code = error.code or 500
        return _page(code if code in PAGES else 400 if code < 500 else 500, "", code)

    @app.errorhandler(StoreUnavailable)
    def _store(error: StoreUnavailable) -> Answer:
        database.session.rollback()
        log.error("web.storage", fault=type(error).__name__)
        return _page(503, str(error))

    @app.errorhandler(OperationalError)
    def _database(error: OperationalError) -> Answer:
        database.session.remove()
        log.error("web.database", fault=type(error).__name__)
        return _page(503, _("Die Datenbank antwortet nicht. Bitte versuchen Sie es gleich wieder."))

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Answer:
        database.session.rollback()
        reference = secrets.token_hex(4)
        log.exception("web.fault", reference=reference, endpoint=request.endpoint or "")
        return _page(500, "", reference=reference)


def _page(template: int, message: str, code: int | None = None, reference: str = "") -> Answer:
    page = render_template(f"errors/{template}.html", message=message, reference=reference)
    return page, code or template
