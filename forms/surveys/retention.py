"""Deleting: single answers after six months, results after ten years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from forms.surveys.answering import DRAFT_DAYS
from forms.surveys.evaluating import RESULT_YEARS, make_result, years_later
from forms.surveys.models import (
    SurveyAnswer,
    SurveyDraft,
    SurveyInvitation,
    SurveyResult,
    SurveyWave,
)
from tenants.audit import record
from tenants.context import acting_as, current_tenant_id, participant_scope
from tenants.models import Tenant
from tenants.outbox import Task, enqueue, finish_task

TEND_WAVE = "tend_wave"
BERLIN = ZoneInfo("Europe/Berlin")
EARLY = time(3)
"""When waves are looked after: nobody waits for it."""

ANSWER_MONTHS = 6
"""Months after its completion until the single answers of a wave are deleted."""


def months_later(day: date, months: int) -> date:
    """Return the same day ``months`` later, else the last of that month (§ 188 Abs. 3 BGB)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, 28)


def erasure_day(wave: SurveyWave) -> date:
    """Return the day on which the single answers of a wave are deleted.

    A wave that nobody completed counts from its last day: forgetting keeps no answer alive.
    """
    return months_later(wave.completed_on or wave.closes_on, ANSWER_MONTHS)


def next_tending(wave: SurveyWave, day: date) -> date | None:
    """Return the next day after ``day`` on which something of the wave is to be deleted."""
    drafts = wave.closes_on + timedelta(days=DRAFT_DAYS)
    if day < drafts:
        return drafts
    if wave.erased_on is None:
        return max(erasure_day(wave), day + timedelta(days=1))
    return years_later(wave.completed_on or wave.erased_on, RESULT_YEARS)


def plan_tending(session: Session, wave: SurveyWave, day: date) -> None:
    """Have the wave looked after on the next day on which something of it is to be deleted."""
    planned = next_tending(wave, day)
    if planned is not None:
        at = datetime.combine(planned, EARLY, BERLIN)
        enqueue(session, TEND_WAVE, {"wave_id": wave.id}, available_at=at)


def tend_wave(sessions: sessionmaker[Session], *, task_id: str, wave_id: str, day: date) -> None:
    """Delete what of a wave is to be deleted on ``day``, plan the next time, finish the task.

    Harmless to repeat.
    """
    with (
        acting_as(participant_scope(current_tenant_id())),
        sessions.begin() as session,
    ):
        erase_drafts(session, wave_id, day)
    with sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.state == "done":
            return
        wave = session.scalars(
            select(SurveyWave).where(SurveyWave.id == wave_id).with_for_update(of=SurveyWave)
        ).first()
        if wave is not None and not erase_result(session, wave, day):
            threshold = session.get_one(Tenant, current_tenant_id()).smallest_figure
            erase_answers(session, wave, day, threshold)
            plan_tending(session, wave, day)
        finish_task(task)


def erase_drafts(session: Session, wave_id: str, day: date) -> None:
    """Delete the drafts of a wave whose time is over. In the scope of a participant."""
    session.execute(
        delete(SurveyDraft).where(SurveyDraft.wave_id == wave_id, SurveyDraft.kept_until <= day)
    )


def erase_answers(session: Session, wave: SurveyWave, day: date, threshold: int) -> bool:
    """Delete the single answers of a wave if their time is over; say whether it was.

    They become the result first, if that was not made before. The wave's row must be locked. In
    the scope of the office.
    """
    if wave.erased_on is not None or day < erasure_day(wave):
        return False
    if wave.completed_on is None:
        wave.completed_on = day
        session.flush()
        make_result(session, wave, day, threshold)
    session.execute(delete(SurveyAnswer).where(SurveyAnswer.wave_id == wave.id))
    session.execute(delete(SurveyInvitation).where(SurveyInvitation.wave_id == wave.id))
    wave.erased_on = day
    session.flush()
    record(session, "survey.answers_erased", "survey", wave.survey_id, number=wave.number)
    return True


def erase_result(session: Session, wave: SurveyWave, day: date) -> bool:
    """Delete a wave with its result if that was kept long enough; say whether it was."""
    result = session.scalars(select(SurveyResult).where(SurveyResult.wave_id == wave.id)).first()
    if result is None or day < result.kept_until:
        return False
    record(session, "survey.result_erased", "survey", wave.survey_id, number=wave.number)
    session.delete(wave)
    session.flush()
    return True
