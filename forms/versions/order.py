"""Which elements of a list were moved, when most of it kept its order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def moved_keys(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """Return the fewest keys whose moving turns ``before`` into ``after``.

    Both hold the same keys, each once. What stays is the longest common run of relative order.
    """
    position = {key: index for index, key in enumerate(before)}
    tails: list[int] = []
    ends: list[str] = []
    previous: dict[str, str] = {}
    for key in after:
        index = position[key]
        place = bisect_left(tails, index)
        if place:
            previous[key] = ends[place - 1]
        tails[place : place + 1] = [index]
        ends[place : place + 1] = [key]
    kept: set[str] = set()
    last = ends[-1] if ends else ""
    while last:
        kept.add(last)
        last = previous.get(last, "")
    return frozenset(set(after) - kept)
