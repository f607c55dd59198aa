"""The OpenAPI 3.1 document, made from the description of the operations."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from app.api.operations import Operation, Parameter
from app.api.problems import PROBLEM_TYPE, TITLES
from app.api.repeating import KEY_PATTERN
from app.api.schemas import SCHEMAS, Schema, ref
from forms.expressions.nodes import Json
from tenants.language import _

VERSION = "1.0.0"
_RATE_HEADERS: Schema = {
    "RateLimit-Policy": {
        "description": _("Wie viele Anfragen ein Token in welcher Zeit stellen darf."),
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": _(
            "Wie viele davon noch frei sind, und nach wie vielen Sekunden wieder alle."
        ),
        "schema": {"type": "string"},
    },
}


def openapi_document(operations: Sequence[Operation], base: str) -> dict[str, Json]:
    """Return the document for an API that is reached under ``base``."""
    paths: dict[str, Json] = {}
    for operation in operations:
        entry = paths.setdefault(operation.path, {})
        if isinstance(entry, dict):
            entry[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _("Brief & Siegel: Schnittstelle"),
            "version": VERSION,
            "description": _(
                "Vordrucke, Einreichungen und Auswertungen eines Mandanten. Ein Zugang wird in der"
                " Verwaltung unter „Schnittstellen“ angelegt. Fehler kommen als"
                " „application/problem+json“ (RFC 9457)."
            ),
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": {**SCHEMAS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "bs_…",
                    "description": _("Ein Token des Mandanten aus der Adresse."),
                }
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Json]:
    responses: dict[str, Json] = {str(operation.status): _success(operation)}
    if operation.method == "GET":
        responses["304"] = {
            "description": _("Unverändert, wie „If-None-Match“ es nennt."),
            "headers": _RATE_HEADERS,
        }
    for status in sorted(operation.all_problems):
        responses[str(status)] = _problem(status)
    scope_text = _("Berechtigung: „{scope}“.").format(scope=operation.scope)
    document: dict[str, Json] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.description} {scope_text}".strip(),
        "x-scope": operation.scope,
        "parameters": _parameters(operation),
        "responses": responses,
    }
    if operation.body:
        document["requestBody"] = {
            "required": True,
            "content": {
                "multipart/form-data" if operation.takes_file else "application/json": {
                    "schema": ref(operation.body)
                }
            },
        }
    return document


def _parameters(operation: Operation) -> list[Json]:
    found: list[Json] = [_parameter(one) for one in operation.parameters]
    if operation.method == "GET":
        found.append(_header("If-None-Match", _("ETag, das Sie schon haben."), required=False))
    if operation.needs_match:
        found.append(
            _header("If-Match", _("ETag der Antworten, von denen Sie ausgehen."), required=True)
        )
    if operation.is_kept:
        described = _("Ein Text Ihrer Wahl: Dieselbe Anfrage wirkt damit 24 Stunden lang einmal.")
        header = _header("Idempotency-Key", described, required=False)
        found.append(header | {"schema": {"type": "string", "pattern": KEY_PATTERN}})
    return found


def _parameter(parameter: Parameter) -> dict[str, Json]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _header(name: str, description: str, *, required: bool) -> dict[str, Json]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }


def _success(operation: Operation) -> dict[str, Json]:
    headers = dict(_RATE_HEADERS)
    if operation.method in ("GET", "PUT"):
        headers["ETag"] = {"schema": {"type": "string"}}
    answered: dict[str, Json] = {
        "description": HTTPStatus(operation.status).phrase,
        "headers": headers,
    }
    if operation.answers_file:
        answered["content"] = {"application/octet-stream": {}}
    elif operation.answer:
        answered["content"] = {"application/json": {"schema": ref(operation.answer)}}
    return answered


def _problem(status: int) -> dict[str, Json]:
    return {
        "description": str(TITLES[status]),
        "content": {PROBLEM_TYPE: {"schema": ref("Problem")}},
    }
