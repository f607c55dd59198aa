"""Puts the operations of the API into the web application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, g, jsonify, request

from app.api.document import openapi_document
from app.api.drafts import DRAFT_OPERATIONS
from app.api.evaluations import EVALUATION_OPERATIONS
from app.api.evidence import EVIDENCE_OPERATIONS
from app.api.files import FILE_OPERATIONS
from app.api.forms import FORM_OPERATIONS
from app.api.operations import Operation
from app.api.serving import view_of
from app.api.submissions import SUBMISSION_OPERATIONS
from app.api.work import WORK_OPERATIONS
from app.security.access import public

if TYPE_CHECKING:
    from flask_limiter import Limiter

PREFIX = "/api/v1"

OPERATIONS: tuple[Operation, ...] = (
    *FORM_OPERATIONS,
    *SUBMISSION_OPERATIONS,
    *DRAFT_OPERATIONS,
    *FILE_OPERATIONS,
    *EVIDENCE_OPERATIONS,
    *WORK_OPERATIONS,
    *EVALUATION_OPERATIONS,
)


def make_api(limiter: Limiter) -> Blueprint:
    """Return the rooms of the API; ``limiter`` counts the calls of each token."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    for operation in OPERATIONS:
        api.add_url_rule(
            operation.rule,
            endpoint=operation.name,
            view_func=view_of(operation, limiter),
            methods=[operation.method],
            provide_automatic_options=False,
        )
    api.add_url_rule(
        "/openapi.json", endpoint="document", view_func=document, provide_automatic_options=False
    )
    return api


@public
def document() -> Response:
    """Show what the API can do; that is no secret."""
    if g.tenant is None:
        abort(404)
    return jsonify(openapi_document(OPERATIONS, request.script_root + PREFIX))
