"""Rahmen: listed, made, let out under four eyes, compared, and put around templates."""

from __future__ import annotations

from app.views.frames import deciding, making, renewing, showing
from app.views.frames.room import frames

__all__ = ["deciding", "frames", "making", "renewing", "showing"]
