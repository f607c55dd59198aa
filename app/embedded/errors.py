"""What can go wrong with the embedded stack, told in German to who started it."""

from __future__ import annotations


class EmbeddedStackError(Exception):
    """A part of the embedded stack cannot do its work; the message says why and the way out."""
