"""How often the public pages may be asked, so that nobody tries codes or fills the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Flask, render_template, request
from flask import Response as FlaskResponse

from app.views.answering.entering import is_refused
from tenants.language import _

if TYPE_CHECKING:
    from flask.typing import RouteCallable
    from flask_limiter import Limiter, RequestLimit

WRONG_CODES = "30 per 15 minutes"
BEGINNINGS = "600 per hour"
"""A whole Kita stands behind one address, and so does its tablet."""


def throttle_answering(limiter: Limiter, app: Flask) -> None:
    """Count wrong codes and begun questionnaires by address; the count is kept for that long."""
    wrong = limiter.shared_limit(
        WRONG_CODES, "answering.codes", key_func=_address, deduct_when=is_refused,
        on_breach=_answer_breach,
    )  # fmt: skip
    beginnings = limiter.limit(BEGINNINGS, key_func=_address, on_breach=_answer_breach)
    for endpoint, throttled in (
        ("answering.enter_by_code", wrong),
        ("answering.invitation", wrong),
        ("answering.begin", beginnings),
    ):
        pages = app.view_functions
        page = pages[endpoint]
        marked = throttled(page)
        marked.__dict__.setdefault("requires", page.__dict__["requires"])
        pages[endpoint] = cast("RouteCallable", marked)


def _address() -> str:
    return request.remote_addr or ""


def _answer_breach(_limit: RequestLimit) -> FlaskResponse:
    page = render_template(
        "answering/closed.html",
        title=_("Gerade sind es zu viele Versuche"),
        text=_("Bitte versuchen Sie es in einer Viertelstunde noch einmal."),
    )
    return FlaskResponse(page, 429)
