"""What every page shows around its content: tenant, person, navigation, addresses."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, session, url_for
from flask_login import current_user

from app.navigation import navigation
from app.security.login import platform_url
from app.security.manager import allowed
from app.security.roles import PLATFORM_OPERATOR, ROLE_NAMES
from forms.german import format_integer
from tenants.language import _

_STATIC = Path(__file__).parent / "static"


@cache
def static_version(filename: str) -> str:
    """Return the first digits of the file's hash, which makes its address change with it."""
    path = _STATIC / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""


def page_url(endpoint: str, **values: object) -> str:
    """Return the address of a page; files of the product have one address for all tenants."""
    if endpoint == "static":
        filename = str(values["filename"])
        return platform_url("static", filename=filename, v=static_version(filename))
    return url_for(endpoint, **values)  # type: ignore[arg-type]


def furnish_pages(app: Flask) -> None:
    """Give every template its shell and its functions."""
    app.jinja_env.globals["url_for"] = page_url
    app.jinja_env.globals["_"] = _
    app.jinja_env.filters["zahl"] = format_integer
    app.context_processor(lambda: {"shell": _shell(), "_": _})

    @app.after_request
    def _keep_files(response: Response) -> Response:
        if request.path.startswith("/static/") and request.args.get("v"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _shell() -> dict[str, object]:
    return {
        "tenant": _tenant(),
        "person": _person(),
        "navigation": _navigation(),
        "tabs": _tabs(),
        "menu": _menu(),
        "logout_url": platform_url("LoginView.logout"),
        "login_url": platform_url("LoginView.login"),
        "home_url": platform_url("start.home"),
        "accessibility_url": platform_url("start.accessibility"),
        "verification_url": platform_url("verification.index"),
    }


def _tenant() -> dict[str, object] | None:
    tenant = g.get("tenant")
    if tenant is None:
        return None
    return {
        "name": tenant.name,
        "office": tenant.office,
        "logo_url": url_for("theme.logo") if tenant.has_logo else "",
        "home_url": url_for("tenant.dashboard"),
        "theme_url": url_for("theme.stylesheet", v=_theme_version(tenant.theme)),
        "is_demo": tenant.is_demo,
    }


def _theme_version(theme: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(theme.items())).encode()).hexdigest()[:12]


def _person() -> dict[str, str] | None:
    if not current_user.is_authenticated:
        return None
    roles = ", ".join(ROLE_NAMES[role] for role in sorted(g.get("roles", ())))
    actor = g.get("actor")
    if actor is not None and actor.capacity.organisation_name:
        roles = f"{roles} · {actor.capacity.organisation_name}"
    return {"name": current_user.get_full_name(), "email": current_user.email, "role": roles}


def _navigation() -> list[dict[str, object]]:
    if g.get("actor") is None:
        return []
    return [
        {"label": entry.label, "url": url_for(entry.rooms[0].endpoint), "current": entry.is_current}
        for entry in navigation(request.endpoint or "", allowed)
    ]


def _tabs() -> dict[str, object] | None:
    if g.get("actor") is None:
        return None
    for entry in navigation(request.endpoint or "", allowed):
        if entry.is_current and len(entry.rooms) > 1:
            rooms = [
                {"label": room.label, "url": url_for(room.endpoint), "current": room.is_current}
                for room in entry.rooms
            ]
            return {"label": entry.label, "rooms": rooms}
    return None


def _menu() -> list[dict[str, str]]:
    if not current_user.is_authenticated:
        return []
    items = [{"label": _("Meine Ämter und Träger"), "url": platform_url("start.home")}]
    actor = g.get("actor")
    if actor is not None and actor.others:
        items.append({"label": _("Rolle wechseln"), "url": url_for("tenant.capacities")})
    if actor is not None and sends_mail():
        items.append({"label": _("Benachrichtigungen"), "url": url_for("notices.show")})
    if PLATFORM_OPERATOR in g.get("roles", ()):
        items += [
            {"label": _("Plattform verwalten"), "url": platform_url("PlatformTenantView.list")},
            {"label": _("Unversehrtheit"), "url": platform_url("platform_integrity.overview")},
        ]
    return items


def sends_mail() -> bool:
    """Say whether the operator lets e-mails out."""
    return current_app.extensions["siegel"].settings.mail_server is not None


def remember_capacity(tenant_id: str, key: str) -> None:
    """Keep in the session how the person acts in a tenant."""
    session["capacity"] = {**session.get("capacity", {}), tenant_id: key}
