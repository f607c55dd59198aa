"""Letting a version out under four eyes: asked for by one person, decided by another.

What is let out says what else that means; here is who may decide what, and what is written down.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tenants.context import current_scope
from tenants.database import now
from tenants.language import _

REVIEW_STATES = {
    "draft": "Entwurf",
    "in_review": "in Prüfung",
    "published": "veröffentlicht",
}


class ReleaseRefused(ValueError):
    """The act is not possible now or not for this person (German message)."""


class Reviewed(Protocol):
    """A version that is a draft, lies before a second person, or is published for ever."""

    state: str
    requested_by: int | None
    requested_by_name: str
    requested_at: datetime | None
    decided_by_name: str
    decision_comment: str
    published_at: datetime | None


def ask_for_release(version: Reviewed, *, person_name: str) -> None:
    """Lay a draft before a second person; it no longer changes."""
    version.state = "in_review"
    version.requested_by = current_scope().account_id
    version.requested_by_name, version.requested_at = person_name, now()


def release(version: Reviewed, *, four_eyes: bool, person_name: str) -> None:
    """Publish what was asked for. With ``four_eyes`` nobody approves its own wish.

    Raises `ReleaseRefused`.
    """
    _expect_review(version)
    if four_eyes and version.requested_by == current_scope().account_id:
        raise ReleaseRefused(
            _("Sie haben die Veröffentlichung beantragt. Freigeben muss sie eine andere Person.")
        )
    version.state, version.published_at = "published", now()
    version.decided_by_name = person_name


def give_back(version: Reviewed, *, comment: str, person_name: str) -> None:
    """Make it a draft again, saying why. Raises `ReleaseRefused`."""
    if not comment.strip():
        raise ReleaseRefused(_("Schreiben Sie bitte, was geändert werden soll."))
    _expect_review(version)
    version.state = "draft"
    version.decided_by_name, version.decision_comment = person_name, comment.strip()[:2000]


def take_back(version: Reviewed) -> None:
    """Take back one's own wish to publish. Raises `ReleaseRefused`."""
    _expect_review(version)
    if version.requested_by != current_scope().account_id:
        raise ReleaseRefused(_("Zurückziehen kann den Antrag nur, wer ihn gestellt hat."))
    version.state = "draft"


def _expect_review(version: Reviewed) -> None:
    if version.state != "in_review":
        raise ReleaseRefused(_("Über diesen Antrag ist schon entschieden."))
