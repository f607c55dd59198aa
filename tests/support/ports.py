"""Loopback ports for servers that a test starts."""

from __future__ import annotations

from app.embedded.ports import find_free_port


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    return find_free_port()
