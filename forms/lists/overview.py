"""The submissions of all forms together, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import literal, or_, select, tuple_
from sqlalchemy.orm import Session, defer

from forms.lists.searching import Turn, bounded
from forms.models import Submission
from tenants.context import current_scope

_NOT_LISTED = (
    Submission.answers,
    Submission.invalid,
    Submission.completed_pages,
    Submission.acknowledged,
    Submission.surroundings,
    Submission.origins,
)
"""What no row of the list shows; answers are long."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of submissions."""

    submissions: list[Submission]
    has_previous: bool
    has_next: bool


def find_submissions(
    session: Session,
    *,
    own_only: bool,
    size: int,
    turn: Turn | None = None,
    form_id: str | None = None,
    state: str = "",
    text: str = "",
) -> Overview:
    """Return a page of the declarations that the acting person may see, newest first.

    ``state`` is one of `forms.procedure.states.SUBMISSION_STATES`, empty for all;
    ``text`` is the beginning of a number or of an organisation's name. Raises
    `forms.lists.searching.SearchTooSlow`.
    """
    scope = current_scope()
    query = (
        select(Submission)
        .where(Submission.submitted_at.is_not(None), Submission.state != "draft")
        .options(*(defer(one) for one in _NOT_LISTED))
    )
    if scope.organisation_id is not None:
        query = query.where(Submission.organisation_id == scope.organisation_id)
    if own_only:
        query = query.where(Submission.account_id == scope.account_id)
    if form_id is not None:
        query = query.where(Submission.form_id == form_id)
    if state:
        query = query.where(Submission.state == state)
    if text:
        query = query.where(
            or_(
                Submission.number.startswith(text, autoescape=True),
                Submission.organisation_name.istartswith(text, autoescape=True),
            )
        )
    turn = turn or Turn()
    with bounded(session, by_index=True):
        start = _start(session, turn)
        backwards = turn.direction == "before" and start is not None
        key = tuple_(Submission.submitted_at, Submission.id)
        if start is not None:
            place = tuple_(literal(start.submitted_at), literal(start.id, Submission.id.type))
            query = query.where(key > place if backwards else key < place)
        order = [Submission.submitted_at, Submission.id]
        ordered = query.order_by(*(one if backwards else one.desc() for one in order))
        found = list(session.scalars(ordered.limit(size + 1)))
    has_more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    return Overview(
        found,
        has_previous=has_more if backwards else start is not None,
        has_next=backwards or has_more,
    )


def _start(session: Session, turn: Turn) -> Submission | None:
    if turn.direction == "first":
        return None
    return session.scalars(
        select(Submission).where(
            Submission.id == turn.submission_id, Submission.submitted_at.is_not(None)
        )
    ).first()
