"""Every morning the workers remind of deadlines: once each, to those concerned, with a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.models import Form, FormVersion, Submission
from forms.procedure.deciding import decide
from forms.procedure.inquiries import ask
from forms.procedure.models import DeadlineReminder, Inquiry, ReportRequest
from forms.procedure.reminding import REMIND, remind_of_deadlines
from forms.procedure.report_requests import request_report
from forms.publishing import definition_of
from forms.submitting import start_submission, submit_answers
from forms.surroundings import today_in_berlin
from forms.viewer import Viewer
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tenants.outbox import Task, enqueue
from tests.support.installation import Installation, Person
from tests.support.report_form import report_answers, report_form
from tests.support.web import Visitor
from tests.support.web_forms import text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

T = TypeVar("T")
DUE = date(2027, 3, 31)
OFFICE = Viewer(frozenset({"fachkraft"}))


@pytest.fixture(scope="module")
def runtime(installation: Installation) -> Iterator[Runtime]:
    with Runtime.from_settings(installation.settings) as opened:
        yield opened


@dataclass
class Case:
    """A tenant that asked a Träger for a report long ago."""

    installation: Installation
    tenant: Tenant
    organisation: Organisation
    manager: Person

    def work(self, work: Callable[[Session], T]) -> T:
        return self.installation.in_scope(Scope(tenant_id=self.tenant.id), work)

    def given(self) -> list[tuple[date, int]]:
        """Return deadline and offset of every reminder, in the order they were given."""
        query = select(DeadlineReminder).order_by(DeadlineReminder.reminded_at)
        return self.work(lambda session: [(r.due_on, r.days) for r in session.scalars(query)])

    def remind(self, today: date) -> int:
        return self.work(lambda session: remind_of_deadlines(session, today))

    def request(self, due_on: date = DUE) -> str:
        def request(session: Session) -> str:
            found = request_report(
                session, session.scalars(select(Form)).one(), self.organisation,
                period="2026", due_on=due_on, holidays_in=lambda year: frozenset(),
            )  # fmt: skip
            found.requested_at -= timedelta(days=400)
            return found.id

        return self.work(request)


@pytest.fixture
def case(installation: Installation) -> Case:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    installation.publish(tenant, report_form())
    manager = installation.person(organisation=organisation, role="traeger_leitung")
    return Case(installation, tenant, organisation, manager)


def test_each_reminder_of_a_report_is_given_once_on_its_day(case: Case) -> None:
    case.request()
    day, given = DUE - timedelta(days=40), []
    while day < DUE + timedelta(days=40):
        if case.remind(day):
            given.append(day)
        assert case.remind(day) == 0
        day += timedelta(days=1)
    # T-3 is Ostersonntag, and Ostermontag is no day for it either.
    assert given == [
        date(2027, 3, 3), date(2027, 3, 17), date(2027, 3, 30), date(2027, 4, 1),
        date(2027, 4, 14),
    ]  # fmt: skip
    assert case.given() == [(DUE, offset) for offset in (-28, -14, -3, 1, 14)]


def test_after_an_outage_the_last_reminder_is_given_and_not_on_a_sunday(case: Case) -> None:
    case.request()
    assert case.remind(date(2027, 3, 28)) == 0
    assert case.remind(date(2027, 3, 27)) == 1
    assert case.given() == [(DUE, -14)]


def test_an_extension_is_reminded_of_anew_and_what_came_in_not_at_all(case: Case) -> None:
    request = case.request()
    assert case.remind(date(2027, 3, 30)) == 1
    later = date(2027, 4, 30)

    def extend(session: Session) -> None:
        session.get_one(ReportRequest, (case.tenant.id, request)).due_on = later

    case.work(extend)
    assert case.remind(date(2027, 4, 16)) == 1
    assert case.given() == [(DUE, -3), (later, -14)]

    def receive(session: Session) -> None:
        found = session.get_one(ReportRequest, (case.tenant.id, request))
        found.received_at = found.requested_at

    case.work(receive)
    assert case.remind(date(2027, 5, 4)) == 0


def test_whoever_was_asked_later_than_the_reminder_is_not_reminded_at_once(case: Case) -> None:
    request, today = case.request(), today_in_berlin()

    def ask_today(session: Session) -> None:
        found = session.get_one(ReportRequest, (case.tenant.id, request))
        found.requested_at += timedelta(days=400)
        found.due_on = today + timedelta(days=10)

    case.work(ask_today)
    assert case.remind(today) == 0


def test_a_rueckfrage_is_reminded_of_by_the_worker_and_both_sides_see_it(
    app: Flask, case: Case, runtime: Runtime
) -> None:
    scope = Scope(case.tenant.id, case.organisation.id, case.manager.account_id)

    def hand_in(session: Session) -> str:
        version = session.scalars(select(FormVersion)).one()
        draft = start_submission(
            session, version, person_name="Kim Muster", viewer=Viewer(frozenset({"traeger"}))
        )
        draft.answers = report_answers()
        session.flush()
        submit_answers(
            session, draft, warnings_confirmed=True, viewer=Viewer(frozenset({"traeger"}))
        )
        return draft.id

    submission_id = case.installation.in_scope(scope, hand_in)

    def inquire(session: Session) -> None:
        submission = session.get_one(Submission, (case.tenant.id, submission_id))
        decide(session, submission, "check", viewer=OFFICE)
        wanted = definition_of(submission.form_version).fields["zugaenge"]
        inquiry = ask(
            session, submission, kind="inquiry", field_ids=[wanted.id], text="Stimmt das?",
            due_on=today_in_berlin() + timedelta(days=14), viewer=OFFICE, person_name="Kim",
        )  # fmt: skip
        inquiry.asked_at -= timedelta(days=60)
        # Of several reminders that were missed the last is given, whatever day it is today.
        inquiry.due_on = today_in_berlin() - timedelta(days=20)

    case.work(inquire)
    task_id = case.work(lambda session: enqueue(session, REMIND, {}, is_bulk=True).id)
    perform_task(runtime, task_id)
    assert (
        case.work(lambda session: session.get_one(Task, (case.tenant.id, task_id)).state) == "done"
    )
    if not case.given():
        # Today is a Sonntag or Feiertag: nobody is reminded on it.
        assert case.remind(date(2030, 1, 8)) == 1
    traeger = Visitor(app, case.manager)
    tasks = text_of(traeger.get(f"/{case.tenant.slug}/uebersicht"))
    assert "Mahnung: seit mindestens 14 Tagen überfällig, auch an die Koordination" in tasks
    page = text_of(traeger.get(f"/{case.tenant.slug}/einreichungen/{submission_id}"))
    assert "erinnert:" in page and "An die Frist erinnert" in page
    entries = case.work(
        lambda session: list(
            session.scalars(select(AuditEntry).where(AuditEntry.action == "deadline.reminded"))
        )
    )
    assert [(one.organisation_id, one.detail["days"]) for one in entries] == [
        (case.organisation.id, 14)
    ]
    assert case.work(lambda session: session.scalars(select(Inquiry)).one().state) == "open"
