"""Signing in and out.

What a person had typed when the session ended travels along on the login page and is offered
for sending again afterwards: nothing typed is lost, also without JavaScript.
"""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_login import login_user, logout_user
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from tenants.language import _

KEPT_PREFIX = "behalten."
_KEPT_PATH = "behalten_pfad"
_NOT_KEPT = frozenset({"csrf_token", "username", "password", "next", _KEPT_PATH})
LOGIN_LIMIT_PER_NAME = "10 per 15 minutes"
LOGIN_LIMIT_PER_ADDRESS = "200 per 15 minutes"


def login_name() -> str:
    """Return what the throttle counts: the name that somebody tries to sign in with."""
    return request.form.get("username", "").strip().lower()[:320]


class LoginView(AuthDBView):
    """The login page of the platform, ``/anmelden``; one account for all tenants."""

    route_base = ""

    @expose("/anmelden", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Response | str | tuple[str, int]:
        """Show the form, or check name and password and open a fresh session."""
        if g.tenant is not None:
            return redirect(platform_url("LoginView.login", next=_target()))
        if g.user is not None and g.user.is_authenticated:
            return redirect(_target())
        if request.method != "POST" or "password" not in request.form:
            return render_template("login.html", **self._page())
        user = current_app.appbuilder.sm.auth_user_db(
            request.form.get("username", "").strip(), request.form.get("password", "")
        )
        if user is None:
            page = self._page(
                error=_(
                    "E-Mail-Adresse oder Passwort stimmt nicht. Prüfen Sie beides; nach zehn"
                    " Versuchen ist die Anmeldung 15 Minuten gesperrt."
                )
            )
            return render_template("login.html", **page), 422
        kept_path, kept = request.form.get(_KEPT_PATH, ""), _kept_fields(request.form)
        # A fresh session: what an attacker may have planted before is gone.
        session.clear()
        login_user(user, remember=False)
        session.permanent = True
        if kept and kept_path:
            return render_template(
                "login_kept.html",
                target=get_safe_redirect(kept_path),
                fields=list(kept.items(True)),
            )
        return redirect(_target())

    @expose("/abmelden", methods=["POST"])
    def logout(self) -> Response:
        """End the session."""
        logout_user()
        session.clear()
        flash(_("Sie sind abgemeldet."), "info")
        return redirect(url_for("LoginView.login"))

    def _page(self, error: str = "") -> dict[str, object]:
        kept = _kept_fields(request.form)
        return {
            "title": _("Anmelden"),
            "error": error,
            "username": request.form.get("username", ""),
            "next_url": _target(),
            "kept_path": request.form.get(_KEPT_PATH, ""),
            "kept_fields": [(KEPT_PREFIX + name, value) for name, value in kept.items(True)],
        }


def _target() -> str:
    wanted = request.values.get("next", "")
    safe: str = get_safe_redirect(wanted) if wanted else "/start"
    return safe


def _kept_fields(form: MultiDict[str, str]) -> MultiDict[str, str]:
    return MultiDict(
        (name.removeprefix(KEPT_PREFIX), value)
        for name, value in form.items(multi=True)
        if name.startswith(KEPT_PREFIX)
    )


def platform_url(endpoint: str, **values: object) -> str:
    """Return the address of a page outside of any tenant, from wherever one is."""
    adapter = current_app.url_map.bind("", script_name="/")
    return adapter.build(endpoint, values)


def ask_to_sign_in() -> Response | str | tuple[str, int]:
    """Answer a request that needs a signed-in person and has none.

    A page leads to the login; a form that was sent is shown again as hidden fields of the
    login page (401), so that its text survives.
    """
    path = request.script_root + request.path
    if request.headers.get("HX-Request"):
        return "", 401
    if request.method == "GET":
        query = (
            f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
        )
        return redirect(platform_url("LoginView.login", next=path + query))
    if request.method != "POST":
        raise NotFound
    fields = [
        (KEPT_PREFIX + name, value)
        for name, value in request.form.items(multi=True)
        if name not in _NOT_KEPT
    ]
    page = render_template(
        "login.html",
        title=_("Anmelden"),
        error=_(
            "Ihre Sitzung ist abgelaufen. Ihre Eingaben sind noch da: Melden Sie sich an, dann"
            " geht es dort weiter."
        ),
        username="",
        next_url=path,
        kept_path=path,
        kept_fields=fields,
        action=platform_url("LoginView.login"),
    )
    return page, 401
