"""Serves a call: who makes it, may it, what does it say, and how is it answered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response, current_app, g, request
from sqlalchemy import select

from app import database
from app.api.conditions import etag_of, is_unchanged
from app.api.operations import Bearer, Call, Operation, Result, SentFile
from app.api.problems import Problem
from app.api.reading import read_body, read_file, read_query
from app.api.repeating import answer_once
from app.upload_limits import upload_limits
from forms.viewer import Viewer
from tenants.api_tokens import TokenInvalid, find_token
from tenants.context import Scope, acting_as, enter_scope
from tenants.language import _
from tenants.models import Organisation, Tenant

if TYPE_CHECKING:
    from flask_limiter import Limiter

LIMIT_SETTING = "API_CALLS_PER_MINUTE"
View = Callable[..., Response]


def view_of(operation: Operation, limiter: Limiter) -> View:
    """Return the view function of ``operation``."""

    def serve(**path: object) -> Response:
        return _served(operation, {name: str(value) for name, value in path.items()})

    serve.__name__ = serve.__qualname__ = f"serve_{operation.name}"
    throttled = limiter.shared_limit(
        lambda: f"{current_app.config[LIMIT_SETTING]} per minute",
        scope="api",
        key_func=lambda: g.bearer.token_id,
        on_breach=lambda _limit: _with_rate(Problem(429).response(), limiter),
    )(serve)

    def view(**path: object) -> Response:
        g.bearer = None
        try:
            g.bearer = _authenticate()
            response = throttled(**path)
        except Problem as problem:
            database.session.rollback()
            response = problem.response()
        return _with_rate(response, limiter)

    view.__dict__["requires"] = ("token", operation.scope)
    return view


def _authenticate() -> Bearer:
    """Find the token's owner and enter its scope. Raises `Problem`."""
    tenant: Tenant | None = g.tenant
    if tenant is None:
        raise Problem(404)
    kind, _space, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise Problem(401)
    try:
        with acting_as(Scope(tenant_id=tenant.id)):
            bearer, scope = _found(text.strip(), tenant)
            database.session.commit()
    except TokenInvalid:
        raise Problem(401) from None
    enter_scope(scope)
    return bearer


def _found(text: str, tenant: Tenant) -> tuple[Bearer, Scope]:
    session = database.session()
    token = find_token(session, text)
    organisation = session.scalars(
        select(Organisation.name).where(Organisation.id == token.organisation_id)
    ).first()
    bearer = Bearer(
        token.id,
        frozenset(token.scopes),
        Viewer(frozenset({token.participant})),
        token.organisation_id,
        organisation or "",
        token.name,
    )
    return bearer, Scope(tenant.id, token.organisation_id, token.account_id)


def _served(operation: Operation, path: dict[str, str]) -> Response:
    bearer: Bearer = g.bearer
    if operation.scope not in bearer.scopes:
        raise Problem(
            403,
            _("Dafür braucht das Token die Berechtigung „{scope}“.").format(scope=operation.scope),
        )
    if any("\0" in value for value in path.values()):
        raise Problem(404)
    if_match = request.headers.get("If-Match", "")
    query = read_query(operation, request)
    file: SentFile | None = None
    if operation.takes_file:
        body, file = read_file(operation, request, megabytes=upload_limits().megabytes)
    else:
        body = read_body(operation, request)
    if operation.needs_match and not if_match:
        raise Problem(428)
    call = Call(path, query, body, bearer, if_match, file)
    if operation.is_kept:
        result = answer_once(database.session(), operation, call, request)
    else:
        result = operation.work(call)
    database.session.commit()
    return _response(operation, result)


def _response(operation: Operation, result: Result) -> Response:
    etag = result.etag or etag_of(result.document)
    if operation.method == "GET" and is_unchanged(request.headers.get("If-None-Match", ""), etag):
        response = Response(status=304)
    elif result.content is not None:
        # Never by the type of the file: nothing here is to be opened in a browser.
        response = Response(result.content, content_type="application/octet-stream")
        response.headers.set("Content-Disposition", "attachment", filename=result.file_name)
    elif not operation.answer:
        response = Response(status=operation.status)
        del response.headers["Content-Type"]
    else:
        data = json.dumps(result.document, ensure_ascii=False)
        response = Response(data, operation.status, content_type="application/json")
    if operation.method in ("GET", "PUT") or result.etag:
        response.headers["ETag"] = etag
    if result.location:
        response.headers["Location"] = request.script_root + "/api/v1" + result.location
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    return response


def _with_rate(response: Response, limiter: Limiter) -> Response:
    """Say how many calls are left (draft-ietf-httpapi-ratelimit-headers)."""
    limit = limiter.current_limit if g.bearer is not None else None
    if limit is not None:
        seconds = max(0, int(limit.reset_at - time.time()))
        response.headers["RateLimit-Policy"] = f'"token";q={limit.limit.amount};w=60'
        response.headers["RateLimit"] = f'"token";r={max(limit.remaining, 0)};t={seconds}'
        if response.status_code == 429:
            response.headers["Retry-After"] = str(seconds)
    return response
