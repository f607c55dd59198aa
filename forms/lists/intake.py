"""What came in, in the order in which it came: for programs that read everything once.

The oldest comes first, so what arrives while somebody turns the pages stands on a later page: none
is left out and none comes twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.orm import Session

from forms.lists.searching import bounded
from forms.models import Submission
from tenants.context import current_scope

_BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which submissions are wanted; days are those of Berlin, both included."""

    form_id: str | None = None
    state: str = ""
    organisation_id: str = ""
    submitted_from: date | None = None
    submitted_until: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which submission to go on."""

    submitted_at: datetime
    submission_id: str


def read_intake(
    session: Session, wanted: Wanted, *, after: Place | None, size: int
) -> tuple[Sequence[Submission], bool]:
    """Return the next submissions that the side in scope may see, and whether more follow.

    Raises `forms.lists.searching.SearchTooSlow`.
    """
    query = select(Submission).where(*_conditions(wanted))
    if after is not None:
        place = tuple_(
            literal(after.submitted_at), literal(after.submission_id, Submission.id.type)
        )
        query = query.where(tuple_(Submission.submitted_at, Submission.id) > place)
    ordered = query.order_by(Submission.submitted_at, Submission.id)
    with bounded(session, by_index=True):
        found = list(session.scalars(ordered.limit(size + 1)))
    return found[:size], len(found) > size


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Submission.submitted_at.is_not(None),
        Submission.state != "draft",
    ]
    own = current_scope().organisation_id
    if own is not None:
        conditions.append(Submission.organisation_id == own)
    if wanted.organisation_id:
        conditions.append(Submission.organisation_id == wanted.organisation_id)
    if wanted.form_id is not None:
        conditions.append(Submission.form_id == wanted.form_id)
    if wanted.state:
        conditions.append(Submission.state == wanted.state)
    if wanted.submitted_from is not None:
        conditions.append(Submission.submitted_at >= _midnight(wanted.submitted_from))
    if wanted.submitted_until is not None:
        end = _midnight(wanted.submitted_until + timedelta(days=1))
        conditions.append(Submission.submitted_at < end)
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _BERLIN)
