"""What an import or export carried over, and what it had to refuse, element by element."""

from __future__ import annotations

from dataclasses import dataclass, field

from forms.elements import MAXIMUM_NESTING
from forms.expressions.nodes import Json
from tenants.language import _

Object = dict[str, Json]

MOST_ENTRIES = 20_000
"""Entries of each list; a file that gives more is no form."""


class ImportRefused(ValueError):
    """The whole file cannot be taken over; the message says why, in German."""


@dataclass(frozen=True, slots=True)
class Carried:
    """An element that was taken over; ``key`` is its name in the result."""

    name: str
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An element, or a property of one, that was not taken over, and why (German)."""

    name: str
    kind: str
    reason: str


@dataclass(slots=True)
class ExchangeReport:
    """Collects, in the order of the file, what was carried over and what was not."""

    carried: list[Carried] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def carry(self, name: str, kind: str, key: str) -> None:
        """Note that the element ``name`` was taken over under ``key``."""
        if len(self.carried) < MOST_ENTRIES:
            self.carried.append(Carried(name, kind, key))

    def refuse(self, name: str, kind: str, reason: str) -> None:
        """Note that ``name`` was not taken over; the same entry again is not repeated."""
        entry = Refused(name, kind, reason)
        if len(self.refused) < MOST_ENTRIES and entry not in self.refused[-50:]:
            self.refused.append(entry)

    def refuse_depth(self, name: str) -> None:
        """Note that a repeat group stands too deep in others to be taken over."""
        reason = _("Wiederholgruppen stehen höchstens {limit} Ebenen tief ineinander.")
        self.refuse(name, "repeat", reason.format(limit=MAXIMUM_NESTING))

    def drop(self, key: str) -> None:
        """Forget that something was carried over as ``key``: it had to be left out after all."""
        self.carried = [entry for entry in self.carried if entry.key != key]

    def as_json(self) -> Object:
        """Return the report as ``siegel form import`` writes it."""
        return {
            "carried": [
                {"name": entry.name, "kind": entry.kind, "key": entry.key} for entry in self.carried
            ],
            "refused": [
                {"name": entry.name, "kind": entry.kind, "reason": entry.reason}
                for entry in self.refused
            ],
        }


@dataclass(frozen=True, slots=True)
class ImportedForm:
    """A usable form document with the report on how it came about."""

    document: Object
    report: ExchangeReport
    source: str
    """What the file was: ``XLSForm``, ``XDatenfelder 2``, ``XDatenfelder 3`` or ``Paket``."""
