"""ETags: the same document is not sent twice, and nobody overwrites what he has not seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from app.api.problems import Problem
from forms.expressions.nodes import Json


def etag_of(document: Mapping[str, Json]) -> str:
    """Return the strong ETag of ``document``, with its quotes."""
    data = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def check_match(if_match: str, current: str) -> None:
    """Raise `Problem` 412 when ``if_match`` does not name the ``current`` state."""
    named = [one.strip() for one in if_match.split(",")]
    if "*" not in named and current not in named:
        raise Problem(412, headers={"ETag": current})


def is_unchanged(if_none_match: str, current: str) -> bool:
    """Say whether the caller has the ``current`` state already (weak comparison)."""
    named = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in named or current in named
