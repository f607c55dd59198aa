"""How far a signing is: whose turn it is, whose signature is not needed any more. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from document_templates.signing.rules import Rule, Signer, is_fulfilled
from tenants.language import _

SIGNATURE_STATES: Final = {
    "waiting": _("ausstehend"),
    "signed": _("unterschrieben"),
    "declined": _("abgelehnt"),
}
SIGNING_STATES: Final = {
    "preparing": _("wird vorbereitet"),
    "open": _("in Zeichnung"),
    "completing": _("wird abgeschlossen"),
    "completed": _("unterzeichnet"),
    "declined": _("abgelehnt"),
    "withdrawn": _("zurückgezogen"),
    "overtaken": _("überholt"),
}
RUNNING: Final = frozenset({"preparing", "open", "completing"})
"""States of a signing that has not ended."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The signature asked of one person, and its state (`SIGNATURE_STATES`)."""

    signer: Signer
    state: str = "waiting"


@dataclass(frozen=True, slots=True)
class Party:
    """A party with its rule and everybody asked for it."""

    rule: Rule
    slots: tuple[Slot, ...] = field(default=())

    @property
    def is_bound(self) -> bool:
        """Whether those who signed bind the party."""
        return is_fulfilled(self.rule, self._with("signed"))

    @property
    def can_be_bound(self) -> bool:
        """Whether it could still come to that."""
        return is_fulfilled(self.rule, self._with("signed", "waiting"))

    def _with(self, *states: str) -> list[Signer]:
        return [slot.signer for slot in self.slots if slot.state in states]


@dataclass(frozen=True, slots=True)
class Progress:
    """All parties of a signing, in the order in which they sign if ``in_order``."""

    parties: tuple[Party, ...]
    in_order: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every party is bound."""
        return all(party.is_bound for party in self.parties)

    @property
    def is_lost(self) -> bool:
        """Whether some party can no longer be bound."""
        return not all(party.can_be_bound for party in self.parties)

    def turn(self) -> list[Slot]:
        """Return the signatures that may be given now."""
        if self.is_lost:
            return []
        pending = [party for party in self.parties if not party.is_bound]
        now = pending[:1] if self.in_order else pending
        return [slot for party in now for slot in party.slots if slot.state == "waiting"]

    def unneeded(self) -> list[Slot]:
        """Return the signatures that nobody waits for, because their party is bound."""
        return [
            slot
            for party in self.parties
            if party.is_bound
            for slot in party.slots
            if slot.state == "waiting"
        ]
