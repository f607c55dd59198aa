"""Logo and colours of a tenant; public, because the login and proof pages show them too."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g
from sqlalchemy import select

from app import database
from app.security.access import public
from app.theme import theme_css
from tenants.models import Tenant

theme = Blueprint("theme", __name__)


@theme.get("/theme.css")
@public
def stylesheet() -> Response:
    """The tenant's colours as CSS."""
    if g.tenant is None:
        abort(404)
    response = Response(theme_css(g.tenant.theme), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@theme.get("/logo.png")
@public
def logo() -> Response:
    """The tenant's logo."""
    if g.tenant is None:
        abort(404)
    picture = database.session.scalar(select(Tenant.logo).where(Tenant.id == g.tenant.id))
    if picture is None:
        abort(404)
    response = Response(picture, mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
