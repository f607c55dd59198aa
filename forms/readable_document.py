"""A form document as its reader may know it: without what is hidden from that person."""

from __future__ import annotations

from typing import Final

from forms.expressions.nodes import Json
from forms.viewer import Viewer

_INTERNAL: Final = frozenset({"annotations", "provenance"})
"""What whoever builds the form should know, and nobody else."""


def readable_document(
    document: dict[str, Json], viewer: Viewer, *, is_office: bool
) -> dict[str, Json]:
    """Return ``document`` without sections, fields and columns that ``viewer`` may not see.

    Somebody who is not of the office is not told either what was noted for those who build it.
    """
    readable = _cut(document, viewer, is_office)
    return readable if isinstance(readable, dict) else {}


def _cut(value: Json, viewer: Viewer, is_office: bool) -> Json:
    if isinstance(value, list):
        return [_cut(one, viewer, is_office) for one in value if _is_seen(one, viewer)]
    if not isinstance(value, dict):
        return value
    return {
        key: _cut(inner, viewer, is_office)
        for key, inner in value.items()
        if is_office or key not in _INTERNAL
    }


def _is_seen(value: Json, viewer: Viewer) -> bool:
    visible_to = value.get("visible_to") if isinstance(value, dict) else None
    if not isinstance(visible_to, list):
        return True
    return viewer.sees([str(one) for one in visible_to])
