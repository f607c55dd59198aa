"""Bausteine: listed, written, let out under four eyes, compared, and missed in agreements."""

from __future__ import annotations

from app.views.clauses import deciding, missing, showing, writing
from app.views.clauses.room import clauses

__all__ = ["clauses", "deciding", "missing", "showing", "writing"]
