"""Single answers go after six months, results after ten years, drafts with the wave."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import func, select

from forms.surveys.answering import start_draft
from forms.surveys.codes import read_code
from forms.surveys.evaluating import result_of, years_later
from forms.surveys.models import (
    Survey,
    SurveyAnswer,
    SurveyDraft,
    SurveyInvitation,
    SurveyResult,
    SurveyWave,
)
from forms.surveys.retention import BERLIN, TEND_WAVE, months_later, plan_tending, tend_wave
from forms.surveys.waves import find_wave
from tenants.context import Scope, acting_as
from tenants.outbox import Task
from tests.support.installation import Installation
from tests.support.survey_cases import AFTER, CLOSES, OPENS, SurveyCase, open_survey


@pytest.fixture
def case(installation: Installation) -> SurveyCase:
    case = open_survey(installation)
    for code in case.invite(9)[:8]:
        case.answer({"raeume": 2}, code)
    return case


def count(case: SurveyCase, model: type) -> int:
    reader = case.participant if model is SurveyDraft else case.office
    return reader(
        lambda session: (
            session.scalar(
                select(func.count()).select_from(model).where(model.wave_id == case.wave_id)  # type: ignore[attr-defined]
            )
            or 0
        )
    )


def tend(case: SurveyCase, day: date) -> datetime | None:
    """Do what a worker does on ``day``; return when it wants to come again."""

    def plan(session) -> str:  # type: ignore[no-untyped-def]
        plan_tending(session, find_wave(session, case.wave_id), OPENS)
        return session.scalars(
            select(Task.id).where(Task.kind == TEND_WAVE, Task.state == "ready")
        ).first()

    task_id = case.office(plan)
    with acting_as(Scope(tenant_id=case.tenant.id)):
        tend_wave(case.installation.sessions, task_id=task_id, wave_id=case.wave_id, day=day)
        tend_wave(case.installation.sessions, task_id=task_id, wave_id=case.wave_id, day=day)
    return case.office(
        lambda session: session.scalars(
            select(Task.available_at).where(Task.kind == TEND_WAVE, Task.state == "ready")
        ).first()
    )


def test_answers_are_deleted_six_months_after_completion(case: SurveyCase) -> None:
    case.complete(AFTER)
    assert tend(case, date(2027, 4, 4)) is not None
    assert count(case, SurveyAnswer) == 8
    tend(case, date(2027, 4, 5))
    assert count(case, SurveyAnswer) == 0
    assert count(case, SurveyInvitation) == 0
    assert count(case, SurveyResult) == 1
    kept = case.on_wave(result_of)
    assert (kept.returns.issued, kept.returns.evaluable) == (9, 8)


def test_a_wave_that_nobody_completed_is_evaluated_and_deleted(case: SurveyCase) -> None:
    """Six months after its last day, 30.09.2026; the last day of March has 31."""
    tend(case, date(2027, 3, 29))
    assert count(case, SurveyAnswer) == 8
    tend(case, date(2027, 3, 30))
    assert count(case, SurveyAnswer) == 0
    assert case.on_wave(result_of).returns.evaluable == 8


def test_results_are_deleted_after_ten_years(case: SurveyCase) -> None:
    case.complete(AFTER)
    tend(case, date(2027, 4, 5))
    tend(case, date(2036, 10, 4))
    assert count(case, SurveyResult) == 1
    tend(case, date(2036, 10, 5))
    waves = case.office(
        lambda session: session.scalar(select(func.count()).select_from(SurveyWave))
    )
    surveys = case.office(lambda session: session.scalar(select(func.count()).select_from(Survey)))
    assert (waves, surveys) == (0, 1)


def test_drafts_go_on_the_day_after_the_last_one(case: SurveyCase) -> None:
    code = case.invite(1)[0]
    case.participant(
        lambda session: start_draft(
            session, find_wave(session, case.wave_id), read_code(code), OPENS
        )
    )
    assert count(case, SurveyDraft) == 9
    again = tend(case, CLOSES)
    assert count(case, SurveyDraft) == 9
    assert again == datetime(2026, 10, 1, 3, tzinfo=BERLIN)
    tend(case, CLOSES + timedelta(days=1))
    assert count(case, SurveyDraft) == 0
    assert count(case, SurveyAnswer) == 8


@given(some.dates(date(2000, 1, 1), date(2190, 1, 1)), some.integers(0, 120))
def test_months_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


def test_a_leap_day_is_a_day_later_in_other_years() -> None:
    assert years_later(date(2028, 2, 29), 10) == date(2038, 3, 1)
    assert years_later(date(2026, 10, 5), 10) == date(2036, 10, 5)
