"""E-mails that something waits: whom they reach, one a day, none for who wants none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from forms.models import Form
from forms.procedure.models import DeadlineReminder, ReportRequest
from forms.procedure.reminding import REMIND, remind_of_deadlines, told_since
from forms.procedure.report_requests import request_report
from forms.surroundings import today_in_berlin
from tenants.context import Scope
from tenants.mail import MailServer, read_mail_server
from tenants.models import Organisation, Tenant
from tenants.notices import Notice, NoticeRefusal, address_of, people_to_notify
from tenants.outbox import Task, enqueue
from tests.support.installation import Installation, Person
from tests.support.mail_server import Mailbox, mail_server
from tests.support.ports import free_port
from tests.support.report_form import report_form
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

T = TypeVar("T")
DUE = date(2027, 3, 31)


@dataclass
class Case:
    """A tenant that asked a Träger for a report long ago, and the people of both."""

    installation: Installation
    tenant: Tenant
    organisation: Organisation
    manager: Person
    coordinator: Person
    runtime: Runtime

    def work(self, work: Callable[[Session], T]) -> T:
        return self.installation.in_scope(Scope(tenant_id=self.tenant.id), work)

    def remind(self, today: date, *, sends_mail: bool = True) -> None:
        self.work(lambda session: remind_of_deadlines(session, today, sends_mail=sends_mail))

    def notified(self, day: date) -> set[int]:
        query = select(Notice.account_id).where(Notice.day == day)
        return self.work(lambda session: set(session.scalars(query)))

    def deliver(self, server: MailServer | None) -> None:
        """Let a worker carry out what is ready."""
        runtime = replace(self.runtime, mail_server=server)
        query = select(Task.id).where(Task.kind == "send_notice", Task.state == "ready")
        for task_id in self.work(lambda session: list(session.scalars(query))):
            perform_task(runtime, task_id)

    def states(self) -> list[str]:
        query = select(Notice.state).order_by(Notice.day, Notice.account_id)
        return self.work(lambda session: list(session.scalars(query)))


@pytest.fixture(scope="module")
def runtime(installation: Installation) -> Iterator[Runtime]:
    with Runtime.from_settings(installation.settings) as opened:
        yield opened


@pytest.fixture
def case(installation: Installation, runtime: Runtime) -> Case:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    installation.publish(tenant, report_form())
    found = Case(
        installation, tenant, organisation,
        installation.person(organisation=organisation, role="traeger_leitung"),
        installation.person(tenant=tenant, role="koordination"),
        runtime,
    )  # fmt: skip
    installation.person(tenant=tenant, role="fachkraft")
    installation.person(organisation=organisation, role="traeger_fachkraft")
    installation.person(
        organisation=installation.found_organisation(tenant), role="traeger_leitung"
    )

    def request(session: Session) -> None:
        made = request_report(
            session, session.scalars(select(Form)).one(), organisation,
            period="2026", due_on=DUE, holidays_in=lambda year: frozenset(),
        )  # fmt: skip
        made.requested_at -= timedelta(days=400)

    found.work(request)
    return found


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as opened:
        yield opened


def server_of(box: Mailbox) -> MailServer:
    return read_mail_server(f"smtp+plain://127.0.0.1:{box.port}", "portal@example.de", "", "")


def test_a_reminder_reaches_the_next_when_nobody_answered(case: Case) -> None:
    """T-3 the Leitung that answers, T+1 it too, T+14 the Koordination besides; nobody else."""
    manager, coordinator = case.manager.account_id, case.coordinator.account_id
    for day, reached in (
        (date(2027, 3, 30), {manager}),
        (date(2027, 3, 31), set[int]()),
        (date(2027, 4, 1), {manager}),
        (date(2027, 4, 14), {manager, coordinator}),
    ):
        case.remind(day)
        assert case.notified(day) == reached, day


def test_without_a_mail_server_nothing_is_written(case: Case) -> None:
    case.remind(date(2027, 3, 30), sends_mail=False)
    assert case.notified(date(2027, 3, 30)) == set()


def test_what_was_asked_yesterday_is_told_this_morning_once(case: Case) -> None:
    tuesday = date(2027, 2, 2)

    def ask_on(day: date) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            found = session.scalars(select(ReportRequest)).one()
            found.requested_at = found.requested_at.replace(
                year=day.year, month=day.month, day=day.day, hour=12
            )

        return work

    case.work(ask_on(date(2027, 2, 1)))
    case.remind(tuesday)
    case.remind(tuesday)
    assert case.notified(tuesday) == {case.manager.account_id}
    assert case.states() == ["waiting"]
    # What was asked on Sonnabend is told on Montag: on Sonntag nobody gets mail.
    case.work(ask_on(date(2027, 2, 6)))
    case.remind(date(2027, 2, 7))
    assert case.notified(date(2027, 2, 7)) == set()
    case.remind(date(2027, 2, 8))
    assert case.notified(date(2027, 2, 8)) == {case.manager.account_id}
    case.remind(date(2027, 2, 9))
    assert case.notified(date(2027, 2, 9)) == set()


def test_the_letter_names_the_portal_and_nothing_else(case: Case, box: Mailbox) -> None:
    case.remind(date(2027, 3, 30))
    case.deliver(server_of(box))
    (message,) = box.messages
    assert message["To"] == case.manager.email
    text = f"{message['Subject']} {message.get_content()}"
    assert f"/{case.tenant.slug}/uebersicht" in text
    for secret in (case.organisation.name, "Sachbericht", "2026", "31.03.", case.tenant.name):
        assert secret not in text, secret
    assert case.states() == ["sent"]
    case.deliver(server_of(box))
    assert len(box.messages) == 1


def test_a_silent_server_is_asked_again_and_a_lost_address_is_given_up(
    case: Case, box: Mailbox
) -> None:
    case.remind(date(2027, 3, 30))
    silent = MailServer("127.0.0.1", free_port(), "none", "portal@example.de")
    with capture_logs() as logged:
        case.deliver(silent)
    assert "notice.postponed" in [one["event"] for one in logged]
    assert "@" not in str(logged)

    def hurry(session: Session) -> tuple[str, str]:
        task = session.scalars(select(Task).where(Task.kind == "send_notice")).one()
        return task.state, task.failure

    state, failure = case.work(hurry)
    assert state == "ready"
    assert "Mailserver" in failure and "@" not in failure
    assert case.states() == ["waiting"]
    box.answer = "552 never"
    with capture_logs() as logged:
        case.deliver(server_of(box))
    assert "notice.given_up" in [one["event"] for one in logged]
    assert "@" not in str(logged)
    assert case.states() == ["failed"]
    assert case.work(hurry)[0] == "failed"


def test_the_morning_job_writes_notices_only_where_there_is_a_server(
    case: Case, box: Mailbox
) -> None:
    today = today_in_berlin()

    def pass_deadline(session: Session) -> None:
        session.scalars(select(ReportRequest)).one().due_on = today - timedelta(days=20)

    def morning(server: MailServer | None) -> set[int]:
        task_id = case.work(lambda session: enqueue(session, REMIND, {}).id)
        perform_task(replace(case.runtime, mail_server=server), task_id)
        return case.notified(today)

    def forget(session: Session) -> None:
        session.execute(delete(DeadlineReminder))

    case.work(pass_deadline)
    assert morning(None) == set()
    case.installation.as_owner(Scope(case.tenant.id), forget)
    people = {case.manager.account_id, case.coordinator.account_id}
    is_silent = case.work(lambda session: told_since(session, today)) is None
    assert morning(server_of(box)) == (set() if is_silent else people)


def test_after_a_day_without_a_server_a_notice_is_given_up(case: Case) -> None:
    case.remind(date(2027, 3, 30))

    def age(session: Session) -> None:
        session.scalars(select(Notice)).one().created_at -= timedelta(hours=25)

    case.work(age)
    case.deliver(MailServer("127.0.0.1", free_port(), "none", "portal@example.de"))
    assert case.states() == ["failed"]


def test_who_wants_none_gets_none_even_of_what_is_on_its_way(
    app: Flask, case: Case, box: Mailbox
) -> None:
    case.remind(date(2027, 3, 30))
    visitor = Visitor(app, case.manager)
    page = visitor.get(f"/{case.tenant.slug}/benachrichtigungen/")
    (ticked,) = document_of(page).xpath("//input[@name='wanted']/@checked")
    assert ticked is not None
    sent = form_of(page, "//form[contains(@action, 'benachrichtigungen')]")
    answer = visitor.post(sent.action, sent.filled({"wanted": None}), follow_redirects=True)
    assert "Sie bekommen keine E-Mails mehr." in text_of(answer)
    case.deliver(server_of(box))
    assert (box.messages, case.states()) == ([], ["dropped"])
    case.remind(date(2027, 4, 1))
    assert case.notified(date(2027, 4, 1)) == set()
    visitor.post(sent.action, sent.filled({"wanted": "1"}))
    case.remind(date(2027, 4, 14))
    assert case.manager.account_id in case.notified(date(2027, 4, 14))


def test_the_menu_offers_the_choice_only_where_mail_is_sent(app: Flask, case: Case) -> None:
    visitor = Visitor(app, case.manager)
    assert "Benachrichtigungen" not in text_of(visitor.get(f"/{case.tenant.slug}/uebersicht"))
    page = text_of(visitor.get(f"/{case.tenant.slug}/benachrichtigungen/"))
    assert "Von hier gehen keine E-Mails aus" in page


def test_addresses_are_for_the_office_and_of_its_own_people_alone(
    case: Case, installation: Installation
) -> None:
    stranger = installation.person(tenant=installation.found_tenant(), role="fachkraft")
    manager = case.manager.account_id
    assert case.work(lambda s: address_of(s, manager)) == case.manager.email
    assert case.work(lambda s: address_of(s, stranger.account_id)) == ""
    traeger = Scope(case.tenant.id, case.organisation.id, manager)

    def ask(session: Session) -> tuple[str, set[int], list[str]]:
        people = people_to_notify(session, organisation_id=None, roles={"koordination"})
        return address_of(session, manager), people, list(session.scalars(select(Notice.id)))

    case.remind(date(2027, 3, 30))
    assert installation.in_scope(traeger, ask) == ("", set(), [])


def test_a_refusal_is_known_to_its_person_alone(case: Case, installation: Installation) -> None:
    mine = Scope(account_id=case.manager.account_id)

    def refuse(session: Session) -> None:
        session.add(NoticeRefusal(account_id=case.manager.account_id))

    installation.in_scope(mine, refuse)
    query = select(NoticeRefusal.account_id)
    assert installation.in_scope(mine, lambda s: list(s.scalars(query))) == [
        case.manager.account_id
    ]
    for other in (Scope(account_id=case.coordinator.account_id), Scope(case.tenant.id)):
        assert installation.in_scope(other, lambda s: list(s.scalars(query))) == []
