"""How many of the requested submissions have come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """One requested submission: when it was due first, when it came in and was accepted."""

    due_on: date
    received_on: date | None = None
    accepted_on: date | None = None
    is_dispensed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRate:
    """The Rücklauf on one day."""

    due: int
    received: int
    accepted: int

    @property
    def received_percent(self) -> Decimal | None:
        """Return percent received, to one place; None if none is due."""
        return _percent(self.received, self.due)

    @property
    def accepted_percent(self) -> Decimal | None:
        """Return percent accepted, to one place; None if none is due."""
        return _percent(self.accepted, self.due)


def return_rate(requests: Iterable[Requested], day: date) -> ReturnRate:
    """Return the Rücklauf at the end of ``day``.

    Due is what was due before or on that day by its first deadline: a Fristverlängerung excuses
    the sender, it does not change what the office waits for. What is entbehrlich counts nowhere.
    """
    counted = [one for one in requests if not one.is_dispensed and one.due_on <= day]
    return ReturnRate(
        due=len(counted),
        received=sum(1 for one in counted if _by(one.received_on, day)),
        accepted=sum(1 for one in counted if _by(one.accepted_on, day)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyReturns:
    """What one Träger was asked for and where it stands on one day.

    Each request is received, open or overdue; overdue is what waits beyond its deadline, an
    extension taken into account.
    """

    party: str
    received: int
    open: int
    overdue: int
    rate: ReturnRate

    @property
    def requested(self) -> int:
        """Return how many were asked for and not dispensed with."""
        return self.received + self.open + self.overdue


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRequest:
    """A request with whom it was made to and the deadline that holds now."""

    party: str
    requested: Requested
    due_on: date


def returns_by_party(requests: Iterable[PartyRequest], day: date) -> list[PartyReturns]:
    """Return where each Träger stands at the end of ``day``, by name."""
    by_party: dict[str, list[PartyRequest]] = {}
    for one in requests:
        if not one.requested.is_dispensed:
            by_party.setdefault(one.party, []).append(one)
    return [_party(party, by_party[party], day) for party in sorted(by_party, key=str.casefold)]


def _party(party: str, requests: list[PartyRequest], day: date) -> PartyReturns:
    waiting = [one for one in requests if not _by(one.requested.received_on, day)]
    overdue = sum(1 for one in waiting if one.due_on < day)
    return PartyReturns(
        party=party,
        received=len(requests) - len(waiting),
        open=len(waiting) - overdue,
        overdue=overdue,
        rate=return_rate((one.requested for one in requests), day),
    )


def _by(moment: date | None, day: date) -> bool:
    return moment is not None and moment <= day


def _percent(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
