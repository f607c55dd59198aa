"""Reminding of deadlines day by day: requested reports, and Rückfragen that wait for an answer.

The words of a reminder stand on the first page of those concerned; that it was given is kept, is
in the audit trail of both sides, and is told to programs, which may send letters of their own.
Where the operator lets e-mails out, those whom it reaches get one: that something waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from forms.models import Submission
from forms.procedure.deadlines import OFFICER, Reminder, latest_reminder, reached_by
from forms.procedure.models import DeadlineReminder, Inquiry, ReportRequest
from forms.procedure.reached_people import Concern, concern_of_inquiry, people_reached
from forms.surroundings import today_in_berlin
from forms.tenant_surroundings import current_surroundings
from forms.working_days import HolidaysOfYear
from tenants.audit import record_concerning
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.notices import notify_people
from tenants.outbox import Task, finish_task
from tenants.webhooks import announce

log = structlog.get_logger()

REMIND: Final = "remind_of_deadlines"
EVENT: Final = "deadline.reminded"
_SUNDAY: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deadline:
    """A deadline that waits; ``request`` or ``inquiry`` is the id of what it belongs to."""

    organisation_id: str | None
    due_on: date
    asked_on: date
    subject_kind: str
    subject_id: str
    concern: Concern
    request_id: str | None = None
    inquiry_id: str | None = None


def remind(sessions: sessionmaker[Session], *, task_id: str, sends_mail: bool) -> None:
    """Give the reminders of the day in the tenant in scope and finish the task, all at once."""
    with sessions.begin() as session:
        given = remind_of_deadlines(session, today_in_berlin(), sends_mail=sends_mail)
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.state != "done":
            finish_task(task)
    log.info("deadlines.reminded", given=given)


def remind_of_deadlines(session: Session, today: date, *, sends_mail: bool = False) -> int:
    """Give every reminder that stands on ``today`` and was not given yet; return how many.

    None is given on a Sonntag or Feiertag, and none twice; of several that were missed the last
    alone. A deadline that was extended is reminded of anew. With ``sends_mail`` whom they reach
    gets one e-mail for all, and so does who is in charge of what was asked since the last time.
    """
    holidays_in = current_surroundings(session).holidays_in
    last = told_since(session, today)
    if last is None:
        return 0
    given, reached = 0, set[int]()
    for deadline in _waiting_deadlines(session):
        reminder = _give(session, deadline, today, holidays_in)
        given += reminder is not None
        if not sends_mail:
            continue
        if reminder is not None:
            reached |= people_reached(session, deadline.concern, reached_by(reminder.offset))
        elif last <= deadline.asked_on < today:
            reached |= people_reached(session, deadline.concern, (OFFICER,))
    notify_people(session, reached, today)
    return given


def told_since(session: Session, today: date) -> date | None:
    """Return the first day of which people are told on ``today``: the last one with reminders.

    None on a Sonntag or Feiertag, on which nobody is told of anything.
    """
    holidays_in = current_surroundings(session).holidays_in
    if _is_silent(today, holidays_in):
        return None
    last = today - timedelta(days=1)
    while _is_silent(last, holidays_in):
        last -= timedelta(days=1)
    return last


def _is_silent(day: date, holidays_in: HolidaysOfYear) -> bool:
    return day.weekday() == _SUNDAY or day in holidays_in(day.year)


def _waiting_deadlines(session: Session) -> Iterator[_Deadline]:
    requests = session.scalars(
        select(ReportRequest)
        .where(ReportRequest.state == "open", ReportRequest.received_at.is_(None))
        .order_by(ReportRequest.due_on, ReportRequest.id)
    )
    for request in requests:
        yield _Deadline(
            organisation_id=request.organisation_id,
            due_on=request.due_on,
            asked_on=today_in_berlin(request.requested_at),
            subject_kind="report_request",
            subject_id=request.id,
            concern=Concern(request.organisation_id),
            request_id=request.id,
        )
    inquiries = session.execute(
        select(Inquiry, Submission)
        .join(
            Submission,
            (Submission.tenant_id == Inquiry.tenant_id) & (Submission.id == Inquiry.submission_id),
        )
        .where(Inquiry.state == "open")
        .order_by(Inquiry.due_on, Inquiry.id)
    )
    for inquiry, submission in inquiries:
        yield _Deadline(
            organisation_id=inquiry.organisation_id,
            due_on=inquiry.due_on,
            asked_on=today_in_berlin(inquiry.asked_at),
            subject_kind="submission",
            subject_id=inquiry.submission_id,
            concern=concern_of_inquiry(inquiry, submission),
            inquiry_id=inquiry.id,
        )


def _give(
    session: Session, deadline: _Deadline, today: date, holidays_in: HolidaysOfYear
) -> Reminder | None:
    """Give the reminder that stands on ``today`` and return it, None if it is no new one."""
    reminder = latest_reminder(deadline.due_on, today, holidays_in)
    # Whoever was asked later than that has just read the deadline.
    if reminder is None or reminder.day <= deadline.asked_on:
        return None
    given = session.execute(
        insert(DeadlineReminder)
        .values(
            tenant_id=current_tenant_id(),
            id=new_id(),
            organisation_id=deadline.organisation_id,
            report_request_id=deadline.request_id,
            inquiry_id=deadline.inquiry_id,
            due_on=deadline.due_on,
            days=reminder.offset,
            reminded_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(DeadlineReminder.id)
    ).first()
    if given is None:
        return None
    record_concerning(
        session,
        deadline.organisation_id,
        EVENT,
        deadline.subject_kind,
        deadline.subject_id,
        due_on=deadline.due_on.isoformat(),
        days=reminder.offset,
        reached=", ".join(reached_by(reminder.offset)),
    )
    announce(session, EVENT, deadline.subject_id)
    return reminder


def reminders_of(
    session: Session, *, requests: Collection[str] = (), inquiries: Collection[str] = ()
) -> dict[str, list[DeadlineReminder]]:
    """Return the reminders that were given of requests and Rückfragen, by id, the first first."""
    found: dict[str, list[DeadlineReminder]] = {}
    rows = session.scalars(
        select(DeadlineReminder)
        .where(
            DeadlineReminder.report_request_id.in_(requests)
            | DeadlineReminder.inquiry_id.in_(inquiries)
        )
        .order_by(DeadlineReminder.reminded_at)
    )
    for one in rows:
        found.setdefault(one.report_request_id or one.inquiry_id or "", []).append(one)
    return found
