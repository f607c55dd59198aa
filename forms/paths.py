"""Where an answer stands: ``betrag``, ``kosten[0].betrag``, ``faelle[0].einsaetze[2].minuten``.

What stands in brackets is the number of a row from 0, or empty for any row; in a merge it is the
row's id, since the two sides may number differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\[\]]*)\])?(\.|$)")


@dataclass(frozen=True, slots=True)
class PathStep:
    """A name on the way; ``row`` is None where no bracket follows it."""

    key: str
    row: str | None


def top_key(path: str) -> str:
    """Return the key of the field at the top that ``path`` leads into."""
    return path.partition(".")[0].partition("[")[0]


@lru_cache(maxsize=8192)
def path_steps(path: str) -> tuple[PathStep, ...]:
    """Return the steps of ``path``, none for what is no path.

    A large table asks for each of its paths several times a page: those asked last are kept.
    """
    steps: list[PathStep] = []
    position = 0
    end = "."
    while end == ".":
        match = _STEP.match(path, position)
        if match is None:
            return ()
        steps.append(PathStep(match[1], match[2]))
        position, end = match.end(), match[3]
    return tuple(steps)
