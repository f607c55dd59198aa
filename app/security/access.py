"""Who stands behind a request, and what a page asks of that person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, abort, g, request, session
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import database
from app.security.actor import Actor, find_capacities, platform_roles
from app.security.login import ask_to_sign_in
from app.security.manager import allowed
from app.tenant_path import SLUG_KEY
from tenants.context import NOBODY, Scope, acting_as, enter_scope, leave_scope
from tenants.models import Tenant

P = ParamSpec("P")
R = TypeVar("R")
Answer = Response | str | tuple[str, int]


def resolve_requests(app: Flask) -> None:
    """Find tenant, person and capacity of each request and set its database scope.

    Registered before Flask-AppBuilder, whose own hook comes after. Each look-up ends its
    transaction, because a transaction keeps the scope it began with.
    """

    @app.before_request
    def _resolve() -> None:
        g.scope_token = enter_scope(NOBODY)
        g.tenant = None
        g.actor = None
        g.roles = frozenset()
        if request.path.startswith(("/static/", "/gesundheit/")):
            return
        slug = request.environ.get(SLUG_KEY)
        if slug is not None:
            g.tenant = _find_tenant(slug)
            if g.tenant is None:
                abort(404)
        if is_for_programs():
            return
        if not current_user.is_authenticated:
            database.session.rollback()
            return
        account_id, name = current_user.id, current_user.get_full_name()
        database.session.rollback()
        _identify(account_id, name)

    @app.teardown_request
    def _forget(_error: BaseException | None) -> None:
        database.session.remove()
        token = g.pop("scope_token", None)
        if token is not None:
            leave_scope(token)


def is_for_programs() -> bool:
    """Say whether the request is one of the API: a session means nothing there, a token does."""
    return request.path.startswith("/api/")


def _find_tenant(slug: str) -> Tenant | None:
    """Return the tenant, detached: the transaction that read it is over when pages use it."""
    tenant = database.session.scalars(select(Tenant).where(Tenant.slug == slug)).first()
    if tenant is not None:
        database.session.expunge(tenant)
    database.session.rollback()
    return tenant


def _identify(account_id: int, name: str) -> None:
    tenant: Tenant | None = g.tenant
    own_scope = Scope(account_id=account_id)
    with acting_as(own_scope):
        if tenant is None:
            g.roles = platform_roles(database.session(), account_id)
        else:
            g.actor = _find_actor(account_id, name, tenant)
        database.session.rollback()
    if g.actor is not None:
        g.roles = g.actor.capacity.roles
    # The token of the first scope stays: leaving it ends this one as well.
    enter_scope(g.actor.scope if g.actor else own_scope)


def _find_actor(account_id: int, name: str, tenant: Tenant) -> Actor | None:
    capacities = find_capacities(database.session(), account_id, tenant)
    if not capacities:
        return None
    wanted = session.get("capacity", {}).get(tenant.id)
    chosen = next((one for one in capacities if one.key == wanted), capacities[0])
    others = tuple(one for one in capacities if one is not chosen)
    return Actor(account_id, name, tenant, chosen, others)


def current_actor() -> Actor:
    """Return the person acting in the tenant of this request. 404 when there is none."""
    actor: Actor | None = g.actor
    if actor is None:
        abort(404)
    return actor


def requires(permission: str, view: str) -> Callable[[Callable[P, R]], Callable[P, R | Answer]]:
    """Let a page of a tenant through to people with ``permission`` on ``view`` only.

    Without a session it leads to the login; everybody else gets 404: what one may not do
    one need not know of.
    """

    def decorate(page: Callable[P, R]) -> Callable[P, R | Answer]:
        @wraps(page)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Answer:
            if g.tenant is None:
                abort(404)
            if not current_user.is_authenticated:
                return ask_to_sign_in()
            if g.actor is None or not allowed(permission, view):
                abort(404)
            return page(*args, **kwargs)

        guarded.__dict__["requires"] = (permission, view)
        return guarded

    return decorate


def requires_account(page: Callable[P, R]) -> Callable[P, R | Answer]:
    """Let a platform page through to any signed-in person."""

    @wraps(page)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Answer:
        if g.tenant is not None:
            abort(404)
        if not current_user.is_authenticated:
            return ask_to_sign_in()
        return page(*args, **kwargs)

    guarded.__dict__["requires"] = ("account", "")
    return guarded


def public(page: Callable[P, R]) -> Callable[P, R]:
    """Mark a page as open to everybody; the route test counts unmarked pages as defects."""
    page.__dict__["requires"] = ("public", "")
    return page
