"""Who looks at a form, and what of it that person may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

PARTICIPANTS: Final = {
    "traeger": "Träger",
    "fachkraft": "Fachkraft im Jugendamt",
    "wjh": "Wirtschaftliche Jugendhilfe",
    "koordination": "Koordination",
}
"""Who may take part in filling a form, as forms name them (``filled_by``, ``visible_to``)."""
SENDING: Final = "traeger"
"""Who takes part from outside the office."""
PARTICIPATION: Final = {
    "fachkraft": "fachkraft",
    "koordination": "koordination",
    "wjh": "wjh",
    "traeger_leitung": "traeger",
    "traeger_fachkraft": "traeger",
}
"""As what a role (`tenants.models`) takes part."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person before a form: as what it takes part, in the words of `PARTICIPANTS`."""

    roles: frozenset[str] = frozenset()

    def sees(self, visible_to: Collection[str]) -> bool:
        """Say whether the person may see what is shown to ``visible_to``; empty is everybody."""
        return not visible_to or any(role in self.roles for role in visible_to)
