"""When a version of a form may be begun and handed in.

Days are days in Berlin and half-open: on its Ablösedatum a version may no longer be begun. A draft
of it may be handed in through the last day of the Karenz. The closing time is another matter: it
ends handing in at a minute, whatever version is in use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tenants.language import _

GRACE_DAYS = 28
"""The Karenz unless somebody says otherwise: four weeks."""
MAXIMUM_GRACE_DAYS = 730

State = Literal["announced", "in_use", "deprecated", "ended", "closed", "locked"]

STATE_NAMES: dict[State, str] = {
    "announced": _("angekündigt"),
    "in_use": _("veröffentlicht"),
    "deprecated": _("abgekündigt"),
    "ended": _("abgelaufen"),
    "closed": _("geschlossen"),
    "locked": _("gesperrt"),
}

_BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From when a version is binding, and when it ends.

    ``binding_from``: verbindlich ab. ``deprecated_on``: Ablösung am, None while it is in use.
    ``closes_at``: the hard deadline, aware, None without one. ``locked``: withdrawn at once.
    """

    binding_from: date
    deprecated_on: date | None = None
    grace_days: int = GRACE_DAYS
    closes_at: datetime | None = None
    locked: bool = False

    @property
    def last_day(self) -> date | None:
        """The last day on which a draft may be handed in, None while no end is known."""
        if self.deprecated_on is None:
            return None
        return self.deprecated_on + timedelta(days=self.grace_days)

    def state(self, moment: datetime) -> State:
        """Return the state at an aware ``moment``."""
        today = berlin_day(moment)
        if self.locked:
            return "locked"
        if self.closes_at is not None and moment >= self.closes_at:
            return "closed"
        if today < self.binding_from:
            return "announced"
        if self.deprecated_on is None or today < self.deprecated_on:
            return "in_use"
        return "deprecated" if self.last_day and today <= self.last_day else "ended"

    def may_start(self, moment: datetime) -> bool:
        """Say whether a new draft may be begun at ``moment``."""
        return self.state(moment) == "in_use"

    def may_hand_in(self, moment: datetime) -> bool:
        """Say whether a draft may be handed in at ``moment``."""
        return self.state(moment) in ("in_use", "deprecated")


def berlin_day(moment: datetime) -> date:
    """Return the day in Berlin of an aware ``moment``."""
    return in_berlin(moment).date()


def in_berlin(moment: datetime) -> datetime:
    """Return an aware ``moment`` in the time of Berlin."""
    return moment.astimezone(_BERLIN)
