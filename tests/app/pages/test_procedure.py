"""A report on its way: three steps, Rückfragen, corrections, and who sees what of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from document_templates.models import DocumentRequest
from forms.models import FormVersion, Submission
from forms.procedure.models import Handover, Inquiry
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tests.support.docx_files import docx_of
from tests.support.form_documents import identity
from tests.support.installation import Installation, Person
from tests.support.report_form import report_form
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of

T = TypeVar("T")
REVIEW = "//main//form"
TEMPLATE = docx_of("Bestand {{ ende }}", "Bewertung {{ bewertung }}")


@dataclass(frozen=True)
class Desk:
    """A tenant with the report, and one person for each part in it."""

    installation: Installation
    tenant: Tenant
    organisation: Organisation
    version: FormVersion
    people: dict[str, Person]

    def read(self, work: Callable[[Session], T], *, as_traeger: bool = False) -> T:
        """Read as the office or as the Träger."""
        organisation_id = self.organisation.id if as_traeger else None
        return self.installation.in_scope(
            Scope(tenant_id=self.tenant.id, organisation_id=organisation_id), work
        )


@pytest.fixture(scope="module")
def desk(installation: Installation) -> Desk:
    from document_templates.publishing import publish_template, upload_template

    tenant = installation.found_tenant(with_seal=True)
    organisation = installation.found_organisation(tenant, name="Haus Morgentau")
    other = installation.found_organisation(tenant)
    version = installation.publish(tenant, report_form())

    def publish(session: Session) -> None:
        template = upload_template(
            session, installation.store, version, title="Bericht", file_name="b.docx",
            data=TEMPLATE,
        )  # fmt: skip
        publish_template(session, template)

    installation.in_scope(Scope(tenant_id=tenant.id), publish)
    people = {
        role: installation.person(tenant=tenant, role=role)
        for role in ("fachkraft", "wjh", "koordination")
    }
    people["traeger"] = installation.person(organisation=organisation, role="traeger_leitung")
    people["stranger"] = installation.person(organisation=other, role="traeger_leitung")
    return Desk(installation, tenant, organisation, version, people)


@dataclass
class Case:
    """One report and the people who work on it."""

    app: Flask
    desk: Desk
    id: str = ""
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def by(self, role: str) -> Visitor:
        if role not in self.visitors:
            self.visitors[role] = Visitor(self.app, self.desk.people[role])
        return self.visitors[role]

    def url(self, rest: str = "") -> str:
        return f"/{self.desk.tenant.slug}/einreichungen/{self.id}{rest}"

    def show(self, role: str) -> TestResponse:
        response = self.by(role).get(self.url())
        assert response.status_code == 200
        return response

    def do(self, role: str, action: str) -> str:
        """Press a decision and return the state after it."""
        self.show(role)
        response = self.by(role).post(self.url(f"/entscheidung/{action}"))
        assert response.status_code == 302, response.status_code
        return self.stored.state

    def begin(self) -> str:
        """Begin the report as the Träger; return the address of the draft."""
        visitor = self.by("traeger")
        base = f"/{self.desk.tenant.slug}/vordrucke/monatsbericht"
        visitor.get(base)
        response = visitor.post(f"{base}/beginnen")
        self.id = response.location.rpartition("/")[2]
        return str(response.location)

    def open_work(self, role: str) -> str:
        """Open the draft for what the person has to do; return its address."""
        self.show(role)
        response = self.by(role).post(self.url("/bearbeiten"))
        assert response.status_code == 302
        assert "/ausfuellen/" in response.location, response.location
        return str(response.location)

    def fill(self, role: str, draft: str, page: str, **answers: str | list[str]) -> TestResponse:
        """Fill in a page of a draft and lead on."""
        visitor = self.by(role)
        sent = form_of(visitor.get(f"{draft}/seite/{page}"))
        return visitor.post(sent.action, sent.filled(answers, __action="next"))

    def hand_over(self, role: str, draft: str, **fields: str) -> TestResponse:
        """Send the review of a draft."""
        visitor = self.by(role)
        sent = form_of(visitor.get(f"{draft}/pruefen"), REVIEW)
        return visitor.post(sent.action, sent.filled(fields))

    def submit(self) -> None:
        """Fill in the Träger's part and submit it."""
        draft = self.begin()
        answered = self.fill(
            "traeger", draft, "bericht", berichtsjahr="2026", anfang="100", zugaenge="12",
            bericht="Es ging gut voran.",
        )  # fmt: skip
        assert answered.location.endswith("/pruefen"), text_of(answered)
        assert self.hand_over("traeger", draft).location.endswith("/eingang")

    def ask(self, role: str, *keys: str, **entries: str) -> TestResponse:
        """Put a Rückfrage to some fields."""
        visitor = self.by(role)
        sent = form_of(visitor.get(self.url("/rueckfrage")), REVIEW)
        wanted = {
            "field": [identity(f"field {key}") for key in keys],
            "text": "Die Zugänge sind höher als gemeldet.",
            **entries,
        }
        return visitor.post(sent.action, sent.filled(wanted))

    @property
    def stored(self) -> Submission:
        return self.desk.read(
            lambda session: session.scalars(
                select(Submission).where(Submission.id == self.id)
            ).one()
        )

    def handovers(self) -> list[Handover]:
        from sqlalchemy.orm import undefer

        return self.desk.read(
            lambda session: list(
                session.scalars(
                    select(Handover)
                    .where(Handover.submission_id == self.id)
                    .options(undefer(Handover.answers))
                    .order_by(Handover.number)
                )
            )
        )

    def requested_documents(self) -> list[tuple[str, int, int]]:
        return self.desk.read(
            lambda session: [
                (one.number, one.version, one.handover_number)
                for one in session.scalars(
                    select(DocumentRequest)
                    .where(DocumentRequest.submission_id == self.id)
                    .order_by(DocumentRequest.version)
                )
            ]
        )


@pytest.fixture
def case(app: Flask, desk: Desk) -> Case:
    return Case(app, desk)


def through_all_steps(case: Case) -> None:
    """Träger, Fachkraft and Wirtschaftliche Jugendhilfe fill in their parts."""
    case.submit()
    assert case.do("fachkraft", "check") == "checking"
    draft = case.open_work("fachkraft")
    case.fill("fachkraft", draft, "amt", bewertung="Schlüssig.", notiz="Nachfassen")
    assert case.hand_over("fachkraft", draft).location == case.url()
    draft = case.open_work("wjh")
    case.fill("wjh", draft, "amt", richtig="ja")
    assert case.hand_over("wjh", draft).location == case.url()


def test_each_part_is_filled_in_by_its_own_people(case: Case) -> None:
    through_all_steps(case)
    stored = case.stored
    assert (stored.step, stored.handover_number, stored.state) == (3, 3, "checking")
    assert [(one.reason, one.by_office) for one in case.handovers()] == [
        ("submit", False), ("step", True), ("step", True),
    ]  # fmt: skip
    first, second, third = case.handovers()
    assert "bewertung" not in first.answers
    assert second.answers["bewertung"] == "Schlüssig."
    assert third.answers["richtig"] is True
    # The document waits for the last step.
    assert [entry[1:] for entry in case.requested_documents()] == [(1, 3)]
    assert case.do("wjh", "review") == "checking"
    assert case.do("fachkraft", "review") == "reviewed"
    assert case.do("koordination", "accept") == "accepted"
    assert case.stored.accepted_at is not None


def test_the_steps_come_in_their_order(case: Case) -> None:
    case.submit()
    assert case.do("fachkraft", "check") == "checking"
    assert case.do("fachkraft", "review") == "checking"
    assert "alle Schritte" in text_of(case.show("fachkraft"))
    for role in ("wjh", "traeger"):
        case.show(role)
        assert case.by(role).post(case.url("/bearbeiten")).location == case.url()
    assert case.requested_documents() == []


def test_what_a_person_may_not_see_is_nowhere(case: Case) -> None:
    through_all_steps(case)
    hidden = {
        "traeger": ["Nachfassen", "Interne Notiz", "Rechnerisch richtig"],
        "wjh": ["Es ging gut voran", "Kurznotiz", "Nachfassen", "Interne Notiz"],
    }
    copy = case.url().replace("einreichungen", "ausfuellen")
    for role, words in hidden.items():
        pages = [case.show(role), case.by(role).get(f"{copy}/kopie")]
        pages += [case.by(role).get(case.url("/vergleich?von=1&bis=3"))]
        pages += [case.by(role).get(f"/{case.desk.tenant.slug}/{path}") for path in
                  ("einreichungen/", "uebersicht", "vordrucke/")]  # fmt: skip
        for page in pages:
            assert page.status_code == 200
            found = page.get_data(as_text=True)
            assert [word for word in words if word in found] == [], (role, page.request.path)
    assert "Nachfassen" in text_of(case.show("fachkraft"))
    assert "Schlüssig." in text_of(case.show("traeger"))


def test_the_office_writes_unseen_until_it_hands_over(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    draft = case.open_work("fachkraft")
    case.fill("fachkraft", draft, "amt", bewertung="Erst einmal ein Gedanke")
    assert "Gedanke" not in text_of(case.show("traeger"))
    assert case.by("traeger").get(draft).status_code == 404
    assert case.by("traeger").get(f"{draft}/seite/amt").status_code == 404
    # The Träger's own part is shown there for reading, and takes nothing.
    page = case.by("fachkraft").get(f"{draft}/seite/amt")
    assert document_of(page).xpath("//*[@name='zugaenge']") == []


def test_forged_posts_to_other_parts_are_refused(case: Case) -> None:
    draft = case.begin()
    visitor = case.by("traeger")
    sent = form_of(visitor.get(f"{draft}/seite/bericht"))
    answer = visitor.post(
        sent.action,
        sent.filled({"berichtsjahr": "2026", "bewertung": "Alles gut"}, __action="save"),
    )
    assert answer.status_code == 422
    assert any("bewertung" in text for text in error_links(answer))
    assert visitor.get(f"{draft}/seite/amt").status_code == 404
    stored = case.desk.read(
        lambda session: session.scalars(select(Submission).where(Submission.id == case.id)).one(),
        as_traeger=True,
    )
    assert stored.answers.get("berichtsjahr") == 2026
    assert "bewertung" not in stored.answers


def test_a_rueckfrage_opens_its_fields_and_keeps_the_original(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    asked = case.ask("fachkraft", "zugaenge")
    assert asked.location == case.url(), error_links(asked)
    assert case.stored.state == "inquiry"
    tasks = text_of(case.by("traeger").get(f"/{case.desk.tenant.slug}/uebersicht"))
    assert "Rückfrage: Monatsbericht" in tasks

    draft = case.open_work("traeger")
    page = case.by("traeger").get(f"{draft}/seite/bericht")
    inputs = {
        name for name in document_of(page).xpath("//main//form//*[@name]/@name")
        if not name.startswith("_") and name != "csrf_token"
    }  # fmt: skip
    assert inputs == {"zugaenge"}
    assert "höher als gemeldet" in text_of(page)
    # A forged change of another field is refused, the asked one is kept.
    sent = form_of(page)
    forged = case.by("traeger").post(
        sent.action, sent.filled({"zugaenge": "60", "anfang": "1"}, __action="save")
    )
    assert forged.status_code == 422
    # The corrected answer has made a question relevant that was not asked before.
    page = case.by("traeger").get(f"{draft}/seite/bericht")
    assert document_of(page).xpath("//*[@name='grund']")
    assert "Bitte füllen Sie „Grund der vielen Zugänge“ aus." in text_of(
        case.by("traeger").get(f"{draft}/pruefen")
    )
    case.fill("traeger", draft, "bericht", grund="Zwei neue Kurse")
    review = text_of(case.by("traeger").get(f"{draft}/pruefen"))
    assert "bisher" in review and "60" in review
    handed = case.hand_over("traeger", draft, __remark="Die Meldung war zu früh.")
    assert handed.location == case.url()

    stored = case.stored
    assert stored.state == "answered"
    assert (stored.answers["zugaenge"], stored.answers["anfang"]) == (60, 100)
    assert stored.answers["ende"] == 160
    old, new = case.handovers()
    assert (old.answers["zugaenge"], new.answers["zugaenge"]) == (12, 60)
    for role in ("fachkraft", "traeger"):
        compared = text_of(case.by(role).get(case.url("/vergleich?von=1&bis=2")))
        assert "Zugänge 12 60" in compared, role
        assert "Endbestand 112 160" in compared
        assert "Die Meldung war zu früh." in compared
    assert case.by("stranger").get(case.url("/vergleich")).status_code == 404
    assert case.by("traeger").get(draft).status_code == 404


def test_several_rounds_and_a_rueckfrage_taken_back(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    for zugaenge in ("13", "14"):
        case.ask("fachkraft", "zugaenge", kind="supplement")
        draft = case.open_work("traeger")
        case.fill("traeger", draft, "bericht", zugaenge=zugaenge)
        case.hand_over("traeger", draft)
        assert case.do("fachkraft", "check") == "checking"
    assert [one.answers["zugaenge"] for one in case.handovers()] == [12, 13, 14]
    assert case.ask("fachkraft", "bericht").status_code == 302
    assert case.do("traeger", "recall") == "inquiry"
    draft = case.open_work("traeger")
    assert case.do("fachkraft", "recall") == "checking"
    # What was typed for it is still there, but there is nothing to hand over any more.
    refused = case.hand_over("traeger", draft)
    assert refused.status_code == 422
    states = case.desk.read(
        lambda session: list(
            session.scalars(
                select(Inquiry.state)
                .where(Inquiry.submission_id == case.id)
                .order_by(Inquiry.number)
            )
        )
    )
    assert states == ["answered", "answered", "recalled"]


def test_a_rueckfrage_needs_fields_text_and_a_future_day(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    for changes, place in (
        ({"text": " "}, "#text"),
        ({"due_on": "übermorgen"}, "#due_on"),
        ({"due_on": "01.02.2020"}, "#due_on"),
    ):
        refused = case.ask("fachkraft", "zugaenge", **changes)
        assert refused.status_code == 422, changes
        assert list(error_links(refused).values()) == [place]
    assert list(error_links(case.ask("fachkraft")).values()) == ["#felder"]
    foreign = case.by("fachkraft").post(
        case.url("/rueckfrage"),
        {"field": identity("field bewertung"), "text": "x", "due_on": "01.02.2040"},
    )
    assert foreign.status_code == 422
    assert case.stored.state == "checking"


def test_a_deadline_on_a_sunday_ends_on_the_next_working_day(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    sunday = date.today() + timedelta(days=60)
    sunday += timedelta(days=6 - sunday.weekday())
    case.ask("fachkraft", "zugaenge", due_on=sunday.strftime("%d.%m.%Y"))
    due = case.desk.read(
        lambda session: session.scalars(
            select(Inquiry.due_on).where(Inquiry.submission_id == case.id)
        ).one()
    )
    assert due > sunday
    assert due.weekday() < 5


def test_the_sender_takes_back_what_nobody_has_begun_to_check(case: Case) -> None:
    case.submit()
    assert case.do("traeger", "withdraw") == "withdrawn"
    draft = case.open_work("traeger")
    case.fill("traeger", draft, "bericht", zugaenge="20")
    assert case.hand_over("traeger", draft).location == case.url()
    assert case.stored.state == "submitted"
    assert case.stored.answers["zugaenge"] == 20
    assert case.do("fachkraft", "check") == "checking"
    assert case.do("traeger", "withdraw") == "checking"


def test_a_correction_after_acceptance_makes_the_next_version(case: Case) -> None:
    through_all_steps(case)
    case.do("fachkraft", "review")
    assert case.do("fachkraft", "accept") == "accepted"
    draft = case.open_work("traeger")
    case.fill("traeger", draft, "bericht", zugaenge="15")
    assert case.hand_over("traeger", draft).location == case.url()
    stored = case.stored
    assert (stored.state, stored.accepted_at, stored.handover_number) == ("answered", None, 4)
    assert stored.answers["bewertung"] == "Schlüssig."
    first, second = case.requested_documents()
    assert first[0] == second[0]
    assert (first[1:], second[1:]) == ((1, 3), (2, 4))


def test_every_act_is_in_the_audit_trail_of_both_sides(case: Case) -> None:
    through_all_steps(case)
    case.do("fachkraft", "review")

    def actions(session: Session) -> list[str]:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject_id == case.id)
                .order_by(AuditEntry.at)
            )
        )

    every = [
        "submission.started", "submission.submitted", "submission.check",
        "submission.continued", "submission.step", "submission.continued", "submission.step",
        "submission.review",
    ]  # fmt: skip
    assert case.desk.read(actions) == every
    # The Träger reads what was done with its report, but not that somebody is writing.
    theirs = case.desk.read(actions, as_traeger=True)
    assert theirs == [action for action in every if action != "submission.continued"]


def test_handing_over_twice_hands_over_once(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    draft = case.open_work("fachkraft")
    case.fill("fachkraft", draft, "amt", bewertung="Gut")
    sent = form_of(case.by("fachkraft").get(f"{draft}/pruefen"), REVIEW)
    assert case.by("fachkraft").post(sent.action, sent.filled()).status_code == 302
    assert case.by("fachkraft").post(sent.action, sent.filled()).status_code == 404
    count = case.desk.read(
        lambda session: session.scalar(
            select(func.count()).select_from(Handover).where(Handover.submission_id == case.id)
        )
    )
    assert count == 2


def test_the_list_is_filtered_by_state(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    number = case.stored.number or ""
    visitor = case.by("fachkraft")
    base = f"/{case.desk.tenant.slug}/einreichungen/"
    sent = form_of(visitor.get(base), f"//form[@action='{base}suche']")
    visitor.post(sent.action, sent.filled({"status": "accepted", "text": number}))
    assert number not in text_of(visitor.get(base), "//main//table")
    visitor.post(sent.action, sent.filled({"status": "checking", "text": number}))
    assert number in text_of(visitor.get(base), "//main//table")


def test_a_rueckfrage_says_everything_that_is_wrong_with_it_at_once(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    refused = case.ask("fachkraft", text="", due_on="1.1.2020")
    assert refused.status_code == 422
    assert set(error_links(refused).values()) == {"#felder", "#text", "#due_on"}


def test_both_sides_see_which_fields_a_rueckfrage_asks_about(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    case.ask("fachkraft", "zugaenge")
    label = case.desk.version.definition["pages"][0]["sections"][0]["fields"]  # type: ignore[index, call-overload]
    [wanted] = [one["label"] for one in label if one["key"] == "zugaenge"]  # type: ignore[index, union-attr]
    for role in ("fachkraft", "traeger"):
        assert f"Gefragt wird nach: {wanted}" in text_of(case.show(role))
    draft = case.open_work("traeger")
    page = case.by("traeger").get(f"{draft}/seite/bericht")
    assert f"Gefragt wird nach: {wanted}" in text_of(page)


def test_only_those_are_awaited_whose_turn_it_is(case: Case) -> None:
    def waits(role: str) -> bool:
        page = case.by(role).get(f"/{case.desk.tenant.slug}/uebersicht")
        return case.url() in document_of(page).xpath("//main//a/@href")

    case.submit()
    assert (waits("fachkraft"), waits("wjh")) == (True, False)
    case.do("fachkraft", "check")
    draft = case.open_work("fachkraft")
    case.fill("fachkraft", draft, "amt", bewertung="Schlüssig.")
    case.hand_over("fachkraft", draft)
    assert (waits("fachkraft"), waits("wjh")) == (False, True)


def test_the_receipt_promises_a_document_only_where_one_is_made(case: Case) -> None:
    case.submit()
    receipt = case.by("traeger").get(case.url("/eingang").replace("einreichungen", "ausfuellen"))
    assert "gesiegelt" not in text_of(receipt)
    assert "Das Jugendamt prüft Ihre Angaben." in text_of(receipt)


def test_a_rueckfrage_to_a_later_step_opens_its_fields_to_its_people_alone(case: Case) -> None:
    through_all_steps(case)
    before = case.stored.answers
    asked = case.ask("wjh", "bewertung", text="Bitte die Bewertung begründen.")
    assert asked.location == case.url(), text_of(asked)
    assert (case.stored.state, case.stored.asked_step) == ("inquiry", 1)
    # The Träger learns nothing of it, and has nothing to answer.
    page = text_of(case.show("traeger"))
    assert "Rückfrage im Amt" in page and "begründen" not in page
    assert "Rückfrage beantworten" not in page
    overview = f"/{case.desk.tenant.slug}/uebersicht"
    hrefs = "//main//a/@href"
    assert case.url() not in document_of(case.by("traeger").get(overview)).xpath(hrefs)
    case.by("traeger").post(case.url("/bearbeiten"))
    # Neither has who asks, but those whose step it was.
    for role in ("wjh", "koordination"):
        case.show(role)
        assert case.by(role).post(case.url("/bearbeiten")).location == case.url()
    assert case.url() in document_of(case.by("fachkraft").get(overview)).xpath(hrefs)
    draft = case.open_work("fachkraft")
    sheet = case.by("fachkraft").get(f"{draft}/seite/amt")
    names = set(document_of(sheet).xpath("//form[@id='formular']//*/@name"))
    assert "bewertung" in names and not {"notiz", "richtig", "zugaenge"} & names
    case.fill("fachkraft", draft, "amt", bewertung="Schlüssig, weil belegt.")
    assert case.hand_over("fachkraft", draft, __remark="Ergänzt.").location == case.url()
    stored = case.stored
    assert (stored.state, stored.asked_step, stored.step) == ("answered", 0, 3)
    assert stored.answers == before | {"bewertung": "Schlüssig, weil belegt."}
    assert "Ergänzt." in text_of(case.show("wjh"))
    assert "Ergänzt." not in text_of(case.show("traeger"))
    actions = case.desk.read(
        lambda session: list(
            session.execute(
                select(AuditEntry.action, AuditEntry.organisation_id).where(
                    AuditEntry.subject_id == case.id,
                    AuditEntry.action.in_(("submission.inquire", "submission.answer")),
                )
            )
        )
    )
    assert sorted(tuple(row) for row in actions) == [
        ("submission.answer", None), ("submission.inquire", None),
    ]  # fmt: skip


def test_what_was_begun_in_a_step_waits_while_an_earlier_one_is_asked(case: Case) -> None:
    case.submit()
    case.do("fachkraft", "check")
    draft = case.open_work("fachkraft")
    case.fill("fachkraft", draft, "amt", bewertung="Schlüssig.")
    case.hand_over("fachkraft", draft)
    begun = case.open_work("wjh")
    case.fill("wjh", begun, "amt", richtig="nein")
    assert case.ask("wjh", "bewertung").location == case.url()
    answer = case.open_work("fachkraft")
    assert answer != begun
    case.fill("fachkraft", answer, "amt", bewertung="Anders.")
    case.hand_over("fachkraft", answer)
    assert case.do("wjh", "check") == "checking"
    assert case.open_work("wjh") == begun
    assert case.hand_over("wjh", begun).location == case.url()
    answers = case.stored.answers
    assert (answers["bewertung"], answers["richtig"]) == ("Anders.", False)


def test_a_rueckfrage_asks_one_step_and_only_what_the_asking_person_sees(case: Case) -> None:
    through_all_steps(case)
    page = case.by("wjh").get(case.url("/rueckfrage"))
    words = text_of(page)
    assert "Angaben des Trägers – gefragt wird: Haus Morgentau" in words
    assert "Fachliche Bewertung – gefragt wird: Fachkraft im Jugendamt" in words
    assert "Verlauf" not in words and "Interne Notiz" not in words
    both = case.ask("wjh", "zugaenge", "bewertung", text="Beides?")
    assert both.status_code == 422
    assert "nur Felder eines Schritts" in text_of(both) and "Beides?" in text_of(both)
    assert case.ask("wjh", "notiz").status_code == 422
    assert case.stored.state == "checking"
    # To the Träger as before, whoever asks.
    assert case.ask("wjh", "zugaenge").location == case.url()
    assert "Rückfrage beantworten" in text_of(case.show("traeger"))
