"""Rücklauf: how many of those who were asked have answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Issued, returned and evaluable questionnaires of a wave or a group."""

    issued: int
    returned: int
    evaluable: int
    paper: int = 0

    @property
    def returned_percent(self) -> Decimal | None:
        """Return percent returned, to one place; None if nobody was counted as asked."""
        return percent(self.returned, self.issued)

    @property
    def evaluable_percent(self) -> Decimal | None:
        """Return percent evaluable of those issued, to one place (Rücklaufquote)."""
        return percent(self.evaluable, self.issued)


def percent(part: int, whole: int) -> Decimal | None:
    """Return ``part`` in percent of ``whole``, rounded half up to one place; None of nothing."""
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
