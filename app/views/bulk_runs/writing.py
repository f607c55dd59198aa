"""Numbers and times of a run in words, and who acts."""

from __future__ import annotations

from app.security.access import current_actor
from tenants.language import _

SOON = 10
MINUTE = 60
HOUR = 3600


def person_name() -> str:
    """Return the name of the acting person, as documents show it."""
    return current_actor().name


def duration(seconds: int | None) -> str:
    """Return how long something will take, rounded as people say it; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < SOON:
        return _("wenige Sekunden")
    if seconds < MINUTE:
        return _("weniger als eine Minute")
    minutes = -(-seconds // MINUTE)
    if minutes == 1:
        return _("etwa 1 Minute")
    if seconds < HOUR:
        return _("etwa {minutes} Minuten").format(minutes=minutes)
    hours, rest = divmod(minutes, 60)
    return _("etwa {hours} Std. {minutes} Min.").format(hours=hours, minutes=rest)
