"""Letting a version out under four eyes: asked for by one person, decided by another.

What is let out says what else that means; here is who may decide what, and what is written down.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Integer, String, func, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from tenants.audit import record
from tenants.context import current_scope
from tenants.database import TenantScoped, now
from tenants.language import _

REVIEW_STATES = {
    "draft": "Entwurf",
    "in_review": "in Prüfung",
    "published": "veröffentlicht",
}


class ReleaseRefused(ValueError):
    """The act is not possible now or not for this person (German message)."""


class Reviewed(TenantScoped):
    """A version that is a draft, lies before a second person, or is published for ever."""

    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(1000), default="")
    changed_by_name: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)
    requested_by: Mapped[int | None] = mapped_column(Integer)
    requested_by_name: Mapped[str] = mapped_column(String(200), default="")
    requested_at: Mapped[datetime | None]
    decided_by_name: Mapped[str] = mapped_column(String(200), default="")
    decision_comment: Mapped[str] = mapped_column(String(2000), default="")
    published_at: Mapped[datetime | None]


Version = TypeVar("Version", bound=Reviewed)


class Releases(Generic[Version]):
    """The versions of one kind of thing on their way out: draft, wish, release.

    Each step stands in the audit trail under the name of the thing. Permission of every verb that
    changes something: Tenant-Admin.
    """

    def __init__(
        self, version: type[Version], owner: InstrumentedAttribute[str], subject: str
    ) -> None:
        """``owner`` is the column that names the thing, ``subject`` its kind in the audit trail."""
        self._version = version
        self._owner = owner
        self._subject = subject

    def versions(self, session: Session, thing: TenantScoped) -> list[Version]:
        """Return the versions of a thing, its draft among them, the newest first."""
        return list(
            session.scalars(
                select(self._version)
                .where(self._owner == thing.id)
                .order_by(self._version.number.desc())
            )
        )

    def open(self, session: Session, thing: TenantScoped, *, lock: bool = False) -> Version | None:
        """Return the version that is still being made or looked at, None if there is none."""
        query = select(self._version).where(
            self._owner == thing.id, self._version.state != "published"
        )
        if lock:
            query = query.with_for_update(of=self._version)
        return session.scalars(query.execution_options(populate_existing=True)).first()

    def newest(self, session: Session, thing_id: str) -> Version | None:
        """Return the newest published version."""
        return session.scalars(
            select(self._version)
            .where(self._owner == thing_id, self._version.state == "published")
            .order_by(self._version.number.desc())
        ).first()

    def waiting(self, session: Session) -> list[Version]:
        """Return the versions that wait for a second person, the oldest first."""
        return list(
            session.scalars(
                select(self._version)
                .where(self._version.state == "in_review")
                .order_by(self._version.requested_at)
            )
        )

    def next_number(self, session: Session, thing: TenantScoped) -> int:
        """Return the number of the next version of a thing."""
        last = session.scalar(select(func.max(self._version.number)).where(self._owner == thing.id))
        return (last or 0) + 1

    def draft(self, session: Session, thing: TenantScoped) -> Version:
        """Lock and return the draft that may be asked for. Raises `ReleaseRefused`."""
        draft = self.open(session, thing, lock=True)
        if draft is None or draft.state != "draft":
            raise ReleaseRefused(_("Es gibt keinen Entwurf, oder er liegt schon zur Prüfung vor."))
        return draft

    def discard(self, session: Session, thing: TenantScoped) -> bool:
        """Throw the draft away; a thing that never was published goes with it.

        Return whether the thing is gone. Raises `ReleaseRefused`.
        """
        draft = self.open(session, thing, lock=True)
        if draft is None or draft.state != "draft":
            raise ReleaseRefused(_("Es gibt keinen Entwurf, der sich verwerfen ließe."))
        self._tell(session, "draft_discarded", thing, draft)
        session.delete(draft)
        session.flush()
        if self.newest(session, thing.id) is not None:
            return False
        session.delete(thing)
        session.flush()
        return True

    def request(self, session: Session, thing: TenantScoped, *, person_name: str) -> Version:
        """Ask for the draft to be published; it can no longer be changed.

        Raises `ReleaseRefused` when nothing was changed.
        """
        draft = self.draft(session, thing)
        newest = self.newest(session, thing.id)
        if newest is not None and newest.sha256 == draft.sha256:
            raise ReleaseRefused(_("Der Entwurf ist derselbe wie die veröffentlichte Fassung."))
        draft.state = "in_review"
        draft.requested_by = current_scope().account_id
        draft.requested_by_name, draft.requested_at = person_name, now()
        session.flush()
        self._tell(session, "publication_requested", thing, draft)
        return draft

    def approve(
        self, session: Session, thing: TenantScoped, *, four_eyes: bool, person_name: str
    ) -> Version:
        """Publish what was asked for. With ``four_eyes`` nobody approves its own wish.

        No template changes by it: each holds the version that it was published with. Raises
        `ReleaseRefused`.
        """
        version = self._in_review(session, thing)
        if four_eyes and version.requested_by == current_scope().account_id:
            raise ReleaseRefused(
                _(
                    "Sie haben die Veröffentlichung beantragt. Freigeben muss sie eine andere"
                    " Person."
                )
            )
        version.state, version.published_at = "published", now()
        version.decided_by_name = person_name
        session.flush()
        self._tell(session, "published", thing, version)
        return version

    def give_back(
        self, session: Session, thing: TenantScoped, *, comment: str, person_name: str
    ) -> None:
        """Make it a draft again, saying why. Raises `ReleaseRefused`."""
        if not comment.strip():
            raise ReleaseRefused(_("Schreiben Sie bitte, was geändert werden soll."))
        version = self._in_review(session, thing)
        version.state = "draft"
        version.decided_by_name = person_name
        version.decision_comment = comment.strip()[:2000]
        session.flush()
        self._tell(session, "publication_returned", thing, version)

    def take_back(self, session: Session, thing: TenantScoped) -> None:
        """Take back one's own wish to publish. Raises `ReleaseRefused`."""
        version = self._in_review(session, thing)
        if version.requested_by != current_scope().account_id:
            raise ReleaseRefused(_("Zurückziehen kann den Antrag nur, wer ihn gestellt hat."))
        version.state = "draft"
        session.flush()
        self._tell(session, "publication_withdrawn", thing, version)

    def _in_review(self, session: Session, thing: TenantScoped) -> Version:
        version = self.open(session, thing, lock=True)
        if version is None or version.state != "in_review":
            raise ReleaseRefused(_("Über diesen Antrag ist schon entschieden."))
        return version

    def _tell(self, session: Session, act: str, thing: TenantScoped, version: Version) -> None:
        action = f"{self._subject}.{act}"
        record(session, action, self._subject, thing.id, number=version.number)
