"""Errors are for people: a German page with the way out, and a reference for questions."""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app import database
from app.api.problems import Problem, problem_for
from app.security.access import is_for_programs
from app.security.login import ask_to_sign_in
from tenants.language import _
from tenants.storage.objects import StoreUnavailable

log = structlog.get_logger()

_TOKEN_MISSING = _(
    "Das Sicherheitsmerkmal der Seite fehlt oder ist veraltet. Laden Sie die Seite neu und"
    " senden Sie sie noch einmal ab."
)
PAGES = frozenset({400, 403, 404, 413, 429, 500, 503})
Answer = tuple[str, int]


def answer_errors(app: Flask) -> None:
    """Answer every error of ``app`` with a page of its own, programs with a problem."""

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Response | str | Answer:
        if not current_user.is_authenticated and not request.path.startswith("/anmelden"):
            return ask_to_sign_in()
        if request.method == "POST" and request.form and current_user.is_authenticated:
            return _ask_to_send_again(), 400
        return _page(400, _TOKEN_MISSING)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Answer | Response:
        if error.response is not None:
            return error.get_response()
        code = error.code or 500
        if is_for_programs():
            database.session.rollback()
            return problem_for(code, getattr(error, "valid_methods", None))
        return _page(code if code in PAGES else 400 if code < 500 else 500, "", code)

    @app.errorhandler(StoreUnavailable)
    def _store(error: StoreUnavailable) -> Answer | Response:
        database.session.rollback()
        log.error("web.storage", fault=type(error).__name__)
        return _page(503, str(error))

    @app.errorhandler(OperationalError)
    def _database(error: OperationalError) -> Answer | Response:
        database.session.remove()
        state = getattr(error.orig, "sqlstate", None) or ""
        log.error("web.database", fault=type(error).__name__, sqlstate=state)
        return _page(503, _("Die Datenbank antwortet nicht. Bitte versuchen Sie es gleich wieder."))

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Answer | Response:
        database.session.rollback()
        reference = secrets.token_hex(4)
        log.exception("web.fault", reference=reference, endpoint=request.endpoint or "")
        return _page(500, "", reference=reference)


def _ask_to_send_again() -> str:
    """Show a form that was sent with an old token once more, with a new one and its text.

    The session's cookie does not come along from other sites (SameSite), so the form was one
    of ours: signing in again in another window had made its token old.
    """
    return render_template(
        "login_kept.html",
        target=request.script_root + request.path,
        fields=[pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"],
        reason=_(
            "Die Seite war älter als Ihre Anmeldung. Ihre Eingaben sind nicht verloren: Mit dem"
            " nächsten Schritt werden sie gesendet."
        ),
    )


def _page(
    template: int, message: str, code: int | None = None, reference: str = ""
) -> Answer | Response:
    if is_for_programs():
        members = {"reference": reference} if reference else {}
        return Problem(code or template, str(message), members=members).response()
    page = render_template(f"errors/{template}.html", message=message, reference=reference)
    return page, code or template
