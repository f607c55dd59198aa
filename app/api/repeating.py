"""Calls that may be sent twice and work once (``Idempotency-Key``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from flask import Request
from sqlalchemy.orm import Session

from app.api.operations import Call, Operation, Result
from app.api.problems import Problem
from forms.expressions.nodes import Json
from tenants.kept_answers import claim_key
from tenants.language import _

KEY_PATTERN = "^[!-~]{1,200}$"


def answer_once(session: Session, operation: Operation, call: Call, request: Request) -> Result:
    """Do the work of ``call``, or return what the same call was answered before.

    The answer is kept in the transaction of the work: both are there or neither. Raises
    `Problem` 422 when the key was used for another call.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return operation.work(call)
    if not 0 < len(key) <= 200 or not all("!" <= letter <= "~" for letter in key):
        raise Problem(
            400, _("„Idempotency-Key“ ist ein Text aus 1 bis 200 sichtbaren ASCII-Zeichen.")
        )
    digest = _digest(call, request)
    kept, is_first = claim_key(session, call.bearer.token_id, key, digest)
    if is_first:
        result = operation.work(call)
        kept.status = operation.status
        kept.answer = {"location": result.location, "etag": result.etag, **_plain(result.document)}
        return result
    if kept.request_sha256 != digest:
        raise Problem(
            422,
            _("Dieser „Idempotency-Key“ gehört zu einer anderen Anfrage. Nehmen Sie einen neuen."),
        )
    answer = dict(kept.answer)
    location, etag = str(answer.pop("location")), str(answer.pop("etag"))
    document: dict[str, Json] = {**answer}
    return Result(document, location, etag)


def _plain(document: Mapping[str, Json]) -> dict[str, str | int | bool | None]:
    """Return a document that holds identifiers and numbers alone. Raises TypeError for others."""
    plain: dict[str, str | int | bool | None] = {}
    for name, value in document.items():
        if not isinstance(value, str | int | bool | None):
            raise TypeError(f"{name} is not kept")
        plain[name] = value
    return plain


def _digest(call: Call, request: Request) -> str:
    """Return what tells two calls apart: what they say, not how they are written down.

    A form with a file is divided by another line each time it is sent.
    """
    parts = (
        request.method.encode(),
        request.path.encode(),
        call.if_match.encode(),
        json.dumps(dict(call.body), sort_keys=True).encode(),
        call.file.name.encode() if call.file else b"",
        call.file.data if call.file else b"",
    )
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
