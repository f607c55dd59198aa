"""Long lists in parts, so that memory and statements stay small. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

PART = 1000
"""Rows that one statement writes."""
Item = TypeVar("Item")


def in_parts(items: Iterable[Item], size: int = PART) -> Iterator[list[Item]]:
    """Yield ``items`` in lists of at most ``size``."""
    waiting = iter(items)
    while part := list(islice(waiting, size)):
        yield part
