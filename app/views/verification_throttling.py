"""How often the public proof may be asked, so that nobody tries codes or keeps it busy."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Flask, jsonify, render_template, request
from flask import Response as FlaskResponse

from tenants.language import _

if TYPE_CHECKING:
    from flask.typing import RouteCallable
    from flask_limiter import Limiter, RequestLimit

FILES = "20 per 10 minutes"
FILES_OF_EVERYBODY = "60 per minute"
"""Each keeps a process busy for a second or more."""
WRONG_CODES = "60 per 15 minutes"


def throttle_verification(limiter: Limiter, app: Flask) -> None:
    """Count files and wrong codes by address; the count is kept for that long."""
    wrong = limiter.shared_limit(
        WRONG_CODES, "verification.codes", key_func=_address, deduct_when=_is_unknown,
        on_breach=_answer_breach,
    )  # fmt: skip
    files = limiter.shared_limit(
        FILES, "verification.files", key_func=_address, on_breach=_answer_breach
    )
    everybody = limiter.shared_limit(
        FILES_OF_EVERYBODY, "verification.everybody", key_func=lambda: "all",
        on_breach=_answer_breach,
    )  # fmt: skip
    for endpoint, limits in (
        ("verification.show", (wrong,)),
        ("verification.document", (wrong,)),
        ("file_verification.examine", (files, everybody)),
        ("file_verification.examine_for_programs", (files, everybody)),
    ):
        page = app.view_functions[endpoint]
        throttled = page
        for limit in limits:
            throttled = cast("RouteCallable", limit(throttled))
        throttled.__dict__.setdefault("requires", page.__dict__["requires"])
        app.view_functions[endpoint] = throttled


def _is_unknown(response: FlaskResponse) -> bool:
    return response.status_code == 404


def _address() -> str:
    return request.remote_addr or ""


def _answer_breach(_limit: RequestLimit) -> FlaskResponse:
    if request.path.endswith(".json") or request.accept_mimetypes.best == "application/json":
        answer = jsonify({"refusal": _("Zu viele Anfragen. Bitte warten Sie eine Viertelstunde.")})
        answer.status_code = 429
        return answer
    page = render_template(
        "answering/closed.html",
        title=_("Gerade sind es zu viele Versuche"),
        text=_("Bitte versuchen Sie es in einer Viertelstunde noch einmal."),
    )
    return FlaskResponse(page, 429)
