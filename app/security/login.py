"""Signing in and out.

What a person had typed when the session ended travels along on the login page and is offered
for sending again afterwards: nothing typed is lost, also without JavaScript.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Response as FlaskResponse
from flask import (
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.views import AuthDBView
from flask_login import current_user, login_user, logout_user
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response

from tenants.language import _

if TYPE_CHECKING:
    from flask.typing import RouteCallable
    from flask_limiter import Limiter, RequestLimit

Fields = list[tuple[str, str]]
KEPT_PREFIX = "behalten."
_KEPT_PATH = "behalten_pfad"
_NOT_KEPT = frozenset({"csrf_token", "username", "password", "next", _KEPT_PATH})
START_PAGE = "/start"
LOGIN_LIMIT_PER_NAME = "10 per 15 minutes"
LOGIN_LIMIT_PER_ADDRESS = "200 per 15 minutes"
_LONGEST_NAME = 320
_REFUSED = 422


def is_own_password(password: str) -> bool:
    """Say whether ``password`` is that of the person who is signed in.

    Asked before an act that must be hers and not of whoever sits at her screen. Attempts are
    counted where the page is (`throttle_confirmation`).
    """
    return bool(password) and check_password_hash(current_user.password, password)


def throttle_confirmation(limiter: Limiter, endpoint: str) -> None:
    """Count the refused attempts to confirm something at ``endpoint`` with the password."""
    throttled = limiter.limit(
        LOGIN_LIMIT_PER_NAME,
        key_func=lambda: str(current_user.get_id()),
        methods=["POST"],
        deduct_when=lambda response: response.status_code == _REFUSED,
    )
    pages = current_app.view_functions
    page = pages[endpoint]
    marked = throttled(page)
    marked.__dict__.setdefault("requires", page.__dict__["requires"])
    pages[endpoint] = cast("RouteCallable", marked)


def login_name() -> str:
    """Return what the throttle counts: the name that somebody tries to sign in with."""
    return _typed_name().lower()


def _typed_name() -> str:
    # PostgreSQL's text holds no NUL; no address has one.
    return request.form.get("username", "").replace("\0", "").strip()[:_LONGEST_NAME]


def throttle_login(limiter: Limiter) -> None:
    """Count failed attempts to sign in, by name and, more generously, by address.

    Whole municipalities stand behind one address, so the name is what counts.
    """
    for limit, key in ((LOGIN_LIMIT_PER_ADDRESS, _address), (LOGIN_LIMIT_PER_NAME, login_name)):
        throttled = limiter.limit(
            limit,
            key_func=key,
            methods=["POST"],
            deduct_when=lambda response: response.status_code == _REFUSED,
            on_breach=_answer_breach,
        )
        pages = current_app.view_functions
        pages["LoginView.login"] = cast("RouteCallable", throttled(pages["LoginView.login"]))


def _address() -> str:
    return request.remote_addr or ""


def _answer_breach(_limit: RequestLimit) -> FlaskResponse:
    message = _(
        "Zu viele Versuche: Die Anmeldung ist für 15 Minuten gesperrt. Versuchen Sie es danach"
        " noch einmal; was Sie vorher eingegeben haben, bleibt auf dieser Seite erhalten."
    )
    return FlaskResponse(_login_page(message), 429)


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
            return _login_page()
        user = self.appbuilder.sm.auth_user_db(_typed_name(), request.form.get("password", ""))
        if user is None:
            message = _(
                "E-Mail-Adresse oder Passwort stimmt nicht. Prüfen Sie beides; nach zehn"
                " Versuchen ist die Anmeldung 15 Minuten gesperrt."
            )
            return _login_page(message), _REFUSED
        kept_path, kept = request.form.get(_KEPT_PATH, ""), _kept_fields(request.form)
        # A fresh session: what an attacker may have planted before is gone.
        session.clear()
        login_user(user, remember=False)
        session.permanent = True
        if kept and kept_path:
            return render_template(
                "login_kept.html",
                target=own_path(kept_path),
                fields=kept,
            )
        return redirect(_target())

    @expose("/abmelden", methods=["POST"])
    def logout(self) -> Response:
        """End the session."""
        logout_user()
        session.clear()
        flash(_("Sie sind abgemeldet."), "info")
        return redirect(url_for("LoginView.login"))


def _login_page(message: str = "", *, session_lost: bool = False, target: str = "") -> str:
    kept = _typed_fields(request.form) if session_lost else _carried_fields(request.form)
    if target:
        kept = [*kept, (_KEPT_PATH, target)]
    return render_template(
        "login.html",
        username="" if session_lost else request.form.get("username", ""),
        message=message,
        session_lost=session_lost,
        has_errors=bool(message),
        demo_logins=[],
        kept_fields=[{"name": name, "value": value} for name, value in kept],
        urls={
            "sign_in": platform_url("LoginView.login"),
            "next": target or _target(),
            "verification": platform_url("verification.index"),
            "help_email": "",
        },
    )


def _target() -> str:
    return own_path(request.values.get("next", ""))


def own_path(address: str) -> str:
    """Return ``address`` if it is a path of this platform, else the start page.

    Browsers read a backslash as a slash and skip control characters: neither may hide a host.
    """
    is_path = address.startswith("/") and not address.startswith("//")
    is_plain = "\\" not in address and address.isprintable()
    return address if is_path and is_plain else START_PAGE


def _kept_fields(form: MultiDict[str, str]) -> Fields:
    """Return what was typed before the session ended, under its own names."""
    return [
        (name.removeprefix(KEPT_PREFIX), value)
        for name, value in form.items(multi=True)
        if name.startswith(KEPT_PREFIX)
    ]


def _carried_fields(form: MultiDict[str, str]) -> Fields:
    """Return what a second attempt to sign in must carry along."""
    return [
        (name, value)
        for name, value in form.items(multi=True)
        if name.startswith(KEPT_PREFIX) or name == _KEPT_PATH
    ]


def _typed_fields(form: MultiDict[str, str]) -> Fields:
    """Return what was just typed, under names by which the login page carries it along."""
    return [
        (KEPT_PREFIX + name, value)
        for name, value in form.items(multi=True)
        if name not in _NOT_KEPT
    ]


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
    return _login_page(session_lost=True, target=path), 401
