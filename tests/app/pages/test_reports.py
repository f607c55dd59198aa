"""Story H5: two Träger are asked for the yearly Sachbericht 2026."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.models import Answers, FormVersion, Submission
from forms.packages import read_package
from forms.procedure.deciding import decide
from forms.procedure.models import ReportRequest
from forms.procedure.report_requests import list_requests, request_report, requested_facts
from forms.procedure.return_rate import return_rate
from forms.submitting import SavedDraft, draft_at, save_draft, start_submission, submit_answers
from forms.viewer import Viewer
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of

T = TypeVar("T")
PACKAGE = "sachbericht-fachberatung"
TRAEGER = Viewer(frozenset({"traeger"}))
OFFICE = Viewer(frozenset({"koordination"}))
DUE = date(2027, 3, 31)


@dataclass(frozen=True)
class City:
    """A Jugendamt in Baden-Württemberg, two Träger, and what they reported for 2025."""

    app: Flask
    installation: Installation
    tenant: Tenant
    first: Organisation
    second: Organisation
    people: dict[str, Person]
    version: FormVersion

    def work(
        self, work: Callable[[Session], T], organisation: Organisation | None = None, who: str = ""
    ) -> T:
        scope = Scope(
            tenant_id=self.tenant.id,
            organisation_id=organisation.id if organisation else None,
            account_id=self.people[who or ("first" if organisation else "koordination")].account_id,
        )
        return self.installation.in_scope(scope, work)

    def visitor(self, who: str) -> Visitor:
        return Visitor(self.app, self.people[who])

    def url(self, rest: str) -> str:
        return f"/{self.tenant.slug}/{rest}"

    def ask(self, organisation: Organisation, period: str, due_on: date = DUE) -> str:
        """Ask ``organisation`` for the report of ``period``."""

        def ask(session: Session) -> str:
            form = session.get_one(FormVersion, (self.tenant.id, self.version.id)).form
            return request_report(
                session, form, organisation, period=period, due_on=due_on,
                holidays_in=lambda year: frozenset(),
            ).id  # fmt: skip

        return self.work(ask)

    def requests(self) -> dict[str, ReportRequest]:
        return {one.organisation_id: one for one in self.work(list_requests)}


def report(number: int, **changes: object) -> Answers:
    """Return a sample of the package with changes."""
    return {**dict(read_package(PACKAGE).samples[number - 1].data), **changes}  # type: ignore[dict-item]


def hand_in(
    session: Session, city: City, organisation: Organisation, answers: Answers, period: str
) -> Submission:
    submission = start_submission(
        session, city.version, person_name="Kim Muster", organisation_name=organisation.name,
        period=period, viewer=TRAEGER,
    )  # fmt: skip
    saved = save_draft(
        session,
        submission,
        base=draft_at(session, submission, submission.revision),
        answers=answers,
        invalid={},
        page_paths=frozenset(),
    )
    assert isinstance(saved, SavedDraft)
    return submit_answers(session, submission, warnings_confirmed=True, viewer=TRAEGER)


@pytest.fixture
def city(app: Flask, installation: Installation) -> City:
    tenant = installation.found_tenant(name="Landeshauptstadt Stuttgart")
    installation.as_owner(
        Scope(tenant_id=tenant.id),
        lambda session: session.execute(
            update(Tenant).where(Tenant.id == tenant.id).values(land="Baden-Württemberg")
        ),
    )
    first = installation.found_organisation(tenant, name="Träger Rebhang e. V.")
    second = installation.found_organisation(tenant, name="Kesselblick gGmbH")
    people = {
        "koordination": installation.person(tenant=tenant, role="koordination"),
        "first": installation.person(organisation=first, role="traeger_leitung"),
        "second": installation.person(organisation=second, role="traeger_leitung"),
    }
    version = installation.publish(tenant, read_package(PACKAGE).form_document)
    city = City(app, installation, tenant, first, second, people, version)
    last_year = {1: (first, "first"), 2: (second, "second")}
    for number, (organisation, who) in last_year.items():

        def report_2025(
            session: Session, organisation: Organisation = organisation, number: int = number
        ) -> Submission:
            return hand_in(session, city, organisation, report(number, berichtsjahr=2025), "2025")

        city.work(report_2025, organisation, who)

    def accept(session: Session) -> None:
        for submission in session.scalars(select(Submission).where(Submission.period == "2025")):
            for action in ("check", "review", "accept"):
                decide(session, submission, action, viewer=OFFICE)

    city.work(accept)
    return city


def test_the_yearly_report_from_the_request_to_the_rate(city: City) -> None:
    office, first = city.visitor("koordination"), city.visitor("first")
    # 1. Both are asked, at once, on one page.
    sent = form_of(office.get(city.url("anforderungen/neu")), "//main//form")
    refused = office.post(sent.action, sent.filled({"period": "2026"}))
    assert refused.status_code == 422
    assert set(error_links(refused).values()) == {"#form", "#traeger", "#due_on"}
    asked = {
        "form": "sachbericht_fachberatung", "period": "2026", "due_on": "31.03.2027",
        "organisation": [city.first.id, city.second.id],
    }  # fmt: skip
    assert office.post(sent.action, sent.filled(asked)).location == city.url("anforderungen/")
    requests = city.requests()
    assert {one.due_on for one in requests.values()} == {DUE}
    # Asked again, each is asked once.
    office.post(sent.action, sent.filled(asked))
    assert {key: one.id for key, one in city.requests().items()} == {
        key: one.id for key, one in requests.items()
    }

    # Each finds its own request, and begins with last year's end and goals.
    inbox = text_of(first.get(city.url("uebersicht")))
    assert "Sachbericht" in inbox and "Frist 31.03.2027" in inbox
    assert city.second.name not in text_of(first.get(city.url("anforderungen/")))
    mine, theirs = requests[city.first.id], requests[city.second.id]
    assert first.get(city.url(f"anforderungen/{theirs.id}")).status_code == 404
    page = first.get(city.url(f"anforderungen/{mine.id}"))
    begun = first.post(form_of(page, "//main//form").action)
    draft_id = begun.location.rpartition("/")[2]
    draft = city.work(
        lambda session: session.scalars(select(Submission).where(Submission.id == draft_id)).one(),
        city.first,
    )
    assert draft.period == "2026"
    assert draft.answers["berichtsjahr"] == 2026
    last_year = report(1)
    assert draft.answers["bestand_anfang"] == last_year["bestand_ende"] == 131
    goals, former = draft.answers["ziele_vorjahr"], last_year["ziele_folgejahr"]
    assert isinstance(goals, list) and isinstance(former, list)
    assert [row["ziel"] for row in goals] == [row["ziel"] for row in former]  # type: ignore[index,call-overload]
    shown = text_of(first.get(city.url(f"ausfuellen/{draft_id}/seite/bestand")))
    assert "übernommen aus Jährlicher Sachbericht der Fachberatung Kindertagespflege 2025" in shown
    # A second click leads to the same draft.
    again = first.post(city.url(f"anforderungen/{mine.id}/beginnen"))
    assert again.location == begun.location

    # 3. and 5.: submitted on 25.03.; the other asks for more time, which is granted.
    def submit(session: Session) -> None:
        submission = session.scalars(select(Submission).where(Submission.id == draft_id)).one()
        wrong = report(1, bestand_anfang=131, zugaenge=19, abgaenge=15, bestand_ende=136)
        save_draft(
            session, submission,
            base=draft_at(session, submission, submission.revision), answers=wrong,
            invalid={}, page_paths=frozenset(),
        )  # fmt: skip

    city.work(submit, city.first)
    review = text_of(first.get(city.url(f"ausfuellen/{draft_id}/pruefen")))
    assert "Verbindlich absenden" not in review  # one more than reckoned needs a Begründung

    def correct(session: Session) -> None:
        submission = session.scalars(select(Submission).where(Submission.id == draft_id)).one()
        fitting = report(
            1, bestand_anfang=131, zugaenge=15, abgaenge=15, bestand_ende=131, berichtsjahr=2026
        )
        save_draft(
            session, submission,
            base=draft_at(session, submission, submission.revision), answers=fitting,
            invalid={}, page_paths=frozenset(),
        )  # fmt: skip
        submit_answers(session, submission, warnings_confirmed=True, viewer=TRAEGER)

    city.work(correct, city.first)
    received = city.requests()[city.first.id]
    assert received.received_at is not None
    assert "2026" not in text_of(first.get(city.url("uebersicht")), "//main//table")

    second = city.visitor("second")
    page = second.get(city.url(f"anforderungen/{theirs.id}"))
    extend = form_of(page, "//form[contains(@action, 'fristverlaengerung')]")
    early = second.post(extend.action, extend.filled({"until": "01.03.2027", "reason": "x"}))
    assert early.status_code == 422
    second.post(extend.action, extend.filled({"until": "15.04.2027", "reason": "Krankheit"}))
    assert "Fristverlängerung beantragt" in text_of(office.get(city.url("uebersicht")))
    page = office.get(city.url(f"anforderungen/{theirs.id}"))
    decision = form_of(page, "//form[contains(@action, 'entscheiden')]")
    office.post(decision.action, decision.filled(None, decision="grant"))
    extended = city.requests()[city.second.id]
    assert (extended.due_on, extended.first_due_on) == (date(2027, 4, 15), DUE)


def test_the_rate_counts_what_the_office_waits_for(city: City) -> None:
    """5. On 01.04. half has come in, on 20.04. all of it."""
    for organisation in (city.first, city.second):
        city.ask(organisation, "2026")

    def rates(session: Session) -> list[Decimal | None]:
        found = [one for one in list_requests(session) if one.period == "2026"]
        days = {
            city.first.id: datetime(2027, 3, 25, 9, tzinfo=UTC),
            city.second.id: datetime(2027, 4, 15, 9, tzinfo=UTC),
        }
        for one in found:
            one.received_at = days[one.organisation_id]
        session.flush()
        facts = requested_facts(session, found)
        days_asked = (date(2027, 4, 1), date(2027, 4, 20))
        session.expunge_all()
        return [return_rate(facts, day).received_percent for day in days_asked]

    class Undo(Exception):
        pass

    result: list[Decimal | None] = []

    def undone(session: Session) -> None:
        result.extend(rates(session))
        raise Undo

    with pytest.raises(Undo):
        city.work(undone)
    assert result == [Decimal("50.0"), Decimal("100.0")]


def test_what_is_dispensed_waits_no_more(city: City) -> None:
    office = city.visitor("koordination")
    request_id = city.ask(city.second, "2030", date(2031, 3, 30))
    # 30.03.2031 is a Sonntag: the deadline ends on the next working day (§ 26 Abs. 3 SGB X).
    assert "31.03.2031" in text_of(office.get(city.url(f"anforderungen/{request_id}")))
    office.post(city.url(f"anforderungen/{request_id}/entbehrlich"))
    second = city.visitor("second")
    page = second.get(city.url(f"anforderungen/{request_id}"))
    assert "Entbehrlich" in text_of(page)
    assert document_of(page).xpath("//main//form") == []


def test_a_later_correction_marks_what_was_taken_over(city: City) -> None:
    """6. Whoever took over figures that are corrected later is told so."""

    def begin(session: Session) -> str:
        draft = start_submission(
            session, city.version, person_name="Kim Muster", period="2026", viewer=TRAEGER
        )
        assert draft.answers["bestand_anfang"] == report(2)["bestand_ende"]
        return draft.id

    draft_id = city.work(begin, city.second, "second")
    visitor = city.visitor("second")
    former = city.work(
        lambda session: session.scalars(
            select(Submission.id).where(
                Submission.period == "2025", Submission.organisation_id == city.second.id
            )
        ).one()
    )
    visitor.get(city.url(f"einreichungen/{former}"))
    work = visitor.post(city.url(f"einreichungen/{former}/bearbeiten")).location
    sent = form_of(visitor.get(f"{work}/seite/qualitaet"))
    visitor.post(sent.action, sent.filled({"gefaehrdungsmeldungen": "7"}, __action="next"))
    review = form_of(visitor.get(f"{work}/pruefen"), "//main//form")
    handed = visitor.post(review.action, review.filled({"__acknowledged": "1"}))
    assert handed.location == city.url(f"einreichungen/{former}"), text_of(handed)
    shown = text_of(visitor.get(city.url(f"ausfuellen/{draft_id}/seite/bestand")))
    assert "dort inzwischen berichtigt" in shown


def test_nothing_is_taken_over_from_another_traeger(city: City) -> None:
    """7. Neither Träger sees or inherits the other's report; the office sees both."""
    first = city.visitor("first")
    other = city.work(
        lambda session: list(
            session.scalars(
                select(Submission.id).where(
                    Submission.organisation_id == city.second.id, Submission.state != "draft"
                )
            )
        )
    )
    assert other
    for submission_id in other:
        for rest in ("", "/vergleich", "/rueckfrage"):
            path = city.url(f"einreichungen/{submission_id}{rest}")
            assert first.get(path).status_code == 404
        office = city.visitor("koordination").get(city.url(f"einreichungen/{submission_id}"))
        assert office.status_code == 200


def test_the_rate_of_each_traeger_is_shown_to_who_asks_alone(city: City) -> None:
    city.ask(city.first, "2026")
    city.ask(city.second, "2026")
    dispensed = city.ask(city.second, "2030")
    office = city.visitor("koordination")
    office.get(city.url(f"anforderungen/{dispensed}"))
    office.post(city.url(f"anforderungen/{dispensed}/entbehrlich"))
    page = city.visitor("koordination").get(city.url("anforderungen/ruecklauf"))
    table = document_of(page).xpath("//table[contains(@class, 'returns-table')]")[0]
    rows = {
        row.xpath("string(th)"): [int(cell.text_content()) for cell in row.xpath("td")[:4]]
        for row in table.xpath(".//tr[td]")
    }
    counted = city.work(counted_requests)
    assert len(counted) == 2
    assert set(rows) == {*counted, "Gesamt"}
    assert all(asked == came + open_ + late for asked, came, open_, late in rows.values())
    assert rows["Gesamt"][0] == len(counted)
    (picture,) = document_of(page).xpath("//*[@class='chart']")
    assert picture.get("role") == "img"
    empty = city.visitor("koordination").get(city.url("anforderungen/ruecklauf?zeitraum=1999"))
    assert "keine Anforderung" in text_of(empty)
    assert city.visitor("first").get(city.url("anforderungen/ruecklauf")).status_code == 404


def counted_requests(session: Session) -> list[str]:
    """Return of each request that counts who was asked: all but what was dispensed with."""
    return [one.organisation_name for one in list_requests(session) if one.state != "dispensed"]
