"""From the review to the receipt: the whole declaration is seen, and submitted once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.models import DocumentRequest
from forms.surroundings import read_surroundings, today_in_berlin
from tenants.context import Scope
from tenants.outbox import Task
from tests.app.pages.conftest import Draft, Office, begin
from tests.support.form_documents import field, form, page, section
from tests.support.installation import Installation
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of

REVIEW = "//main//form"


def requests_of(draft: Draft) -> int:
    """Return how many documents were asked for; each must have its task."""

    def count(session: Session) -> int:
        ids = session.scalars(
            select(DocumentRequest.id).where(DocumentRequest.submission_id == draft.id)
        ).all()
        tasks = session.scalar(
            select(func.count()).select_from(Task).where(Task.payload["request_id"].astext.in_(ids))
        )
        assert tasks == len(ids)
        return len(ids)

    return draft.office.installation.in_scope(Scope(tenant_id=draft.office.tenant.id), count)


def submitted(draft: Draft) -> Draft:
    """Complete and submit the draft."""
    draft.complete()
    sent = form_of(draft.visitor.get(draft.url("/pruefen")), REVIEW)
    response = draft.visitor.post(sent.action, sent.filled())
    assert response.location == draft.url("/eingang")
    return draft


def test_the_review_shows_the_whole_declaration(draft: Draft) -> None:
    draft.complete()
    review = draft.visitor.get(draft.url("/pruefen"))
    words = text_of(review).replace("\N{NO-BREAK SPACE}", " ")
    expected = ["Muster", "Ja", "8", "Miete", "1.250,50 €", "§ 36a Abs. 2c SGB I", "Kim Muster"]
    for text in (*expected, draft.office.organisation.name, draft.office.tenant.name):
        assert text in words, text
    for key in ("person", "angaben", "kosten"):
        assert document_of(review).xpath(
            f"//main//a[starts-with(@href, '{draft.url('/seite/' + key)}')]"
        )
    assert error_links(review) == {}


def test_an_incomplete_declaration_is_not_submitted(draft: Draft) -> None:
    draft.fill("person", vorname="Kim", email="kim@")
    review = draft.visitor.get(draft.url("/pruefen"))
    links = error_links(review)
    assert set(links.values()) == {
        draft.url("/seite/person") + "?pruefen=1",
        draft.url("/seite/angaben") + "?pruefen=1",
    }
    # The text that could not be read is part of what the person sees.
    assert "kim@" in text_of(review)
    sent = form_of(review, REVIEW)
    refused = draft.visitor.post(sent.action, sent.filled())
    assert refused.status_code == 422
    assert error_links(refused) == links
    assert draft.stored.state == "draft"
    assert requests_of(draft) == 0
    # The link leads to the page with its errors.
    assert error_links(draft.visitor.get(draft.url("/seite/angaben?pruefen=1"))) != {}


def test_warnings_are_to_be_confirmed(draft: Draft) -> None:
    draft.complete()
    draft.fill("angaben", eigenanteil="2.000")
    review = draft.visitor.get(draft.url("/pruefen"))
    assert "Bitte prüfen Sie den hohen Eigenanteil." in text_of(review)
    sent = form_of(review, REVIEW)
    refused = draft.visitor.post(sent.action, sent.filled())
    assert refused.status_code == 422
    assert "Bitte bestätigen Sie" in text_of(refused)
    assert draft.stored.state == "draft"
    confirmed = draft.visitor.post(sent.action, sent.filled({"__acknowledged": "1"}))
    assert confirmed.location == draft.url("/eingang")
    assert draft.stored.acknowledged == ["eigenanteil"]


def test_what_changed_since_the_review_is_reviewed_again(draft: Draft) -> None:
    draft.complete()
    sent = form_of(draft.visitor.get(draft.url("/pruefen")), REVIEW)
    draft.fill("person", nachname="Anders")
    response = draft.visitor.post(sent.action, sent.filled())
    assert response.status_code == 409
    assert "inzwischen geändert" in text_of(response)
    assert "Anders" in text_of(response)
    assert draft.stored.state == "draft"


def test_submitting_twice_submits_once(draft: Draft) -> None:
    draft.complete()
    sent = form_of(draft.visitor.get(draft.url("/pruefen")), REVIEW)
    first = draft.visitor.post(sent.action, sent.filled())
    number = draft.stored.number
    second = draft.visitor.post(sent.action, sent.filled())
    assert first.location == second.location == draft.url("/eingang")
    assert draft.stored.number == number
    assert requests_of(draft) == 1


def test_submitting_at_the_same_moment_submits_once(
    app: Flask, office: Office, draft: Draft
) -> None:
    draft.complete()
    visitors = [Visitor(app, office.manager) for _number in range(4)]
    forms = [form_of(one.get(draft.url("/pruefen")), REVIEW) for one in visitors]
    with ThreadPoolExecutor(len(visitors)) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[0].post(pair[1].action, pair[1].filled()),
                zip(visitors, forms, strict=True),
            )
        )
    assert {answer.location for answer in answers} == {draft.url("/eingang")}
    assert requests_of(draft) == 1


def test_the_receipt_names_number_and_time(draft: Draft) -> None:
    before = draft.visitor.get(draft.url("/eingang"))
    assert before.location == draft.url()
    receipt = draft.visitor.get(submitted(draft).url("/eingang"))
    words = text_of(receipt)
    assert draft.stored.number in words
    assert re.search(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d Uhr", words)
    for rest in ("", "/seite/person", "/pruefen"):
        assert draft.visitor.get(draft.url(rest)).location == draft.url("/eingang"), rest


def test_the_copy_is_a_file_that_needs_nothing_else(draft: Draft) -> None:
    response = submitted(draft).visitor.get(draft.url("/kopie"))
    assert "Fassung des Vordrucks1.0.0" in text_of(response)
    assert response.status_code == 200
    number = (draft.stored.number or "").replace("/", "-")
    assert response.headers["Content-Disposition"] == (
        f"attachment; filename=Erklaerung-{number}.html"
    )
    words = text_of(response)
    assert "Miete" in words
    assert draft.stored.content_sha256 in words
    assert document_of(response).xpath("//@src | //link | //script") == []
    assert draft.visitor.get(draft.url("/kopie")).status_code == 200


def test_a_submitted_declaration_is_not_deleted(draft: Draft) -> None:
    submitted(draft)
    assert draft.visitor.post(draft.url("/verwerfen")).status_code == 302
    assert "schon eingereicht" in text_of(draft.visitor.get(f"{draft.office.path}/vordrucke/"))
    assert draft.stored.state == "submitted"


def test_the_office_finds_the_submission(app: Flask, office: Office, draft: Draft) -> None:
    number = submitted(draft).stored.number or ""
    visitor = Visitor(app, office.specialist)
    listing = visitor.get(f"{office.path}/einreichungen/")
    assert number in text_of(listing)
    page = visitor.get(f"{office.path}/einreichungen/{draft.id}")
    words = text_of(page)
    assert "Miete" in words
    assert "Entwurf begonnen" in words
    assert "In Arbeit" in words
    copy = document_of(page).xpath("//main//aside//a/@href")
    assert visitor.get(copy[0]).status_code == 200
    sent = form_of(listing, f"//form[@action='{office.path}/einreichungen/suche']")
    assert visitor.post(sent.action, sent.filled({"text": number})).status_code == 302
    assert number in text_of(visitor.get(f"{office.path}/einreichungen/"))
    visitor.post(sent.action, sent.filled({"text": "E-1900"}))
    assert "Nichts gefunden" in text_of(visitor.get(f"{office.path}/einreichungen/"))
    visitor.get(f"{office.path}/einreichungen/suche/zuruecksetzen")
    assert number in text_of(visitor.get(f"{office.path}/einreichungen/"))


@pytest.mark.parametrize("role", ["administrator", "specialist", "manager"])
def test_the_receipt_leads_only_where_the_person_may_go(
    app: Flask, office: Office, role: str
) -> None:
    own = begin(Visitor(app, getattr(office, role)), office)
    page = own.visitor.get(submitted(own).url("/eingang"))
    links = html.document_fromstring(page.get_data(as_text=True)).xpath("//main//a/@href")
    for link in links:
        if link.startswith("/"):
            assert own.visitor.get(link).status_code in (200, 302), link
    assert any(link.endswith("/kopie") for link in links)


def test_the_declaration_keeps_day_and_place_it_was_evaluated_with(draft: Draft) -> None:
    assert draft.stored.surroundings is None
    stored = submitted(draft).stored
    assert stored.surroundings is not None and stored.submitted_at is not None
    kept = read_surroundings(stored.surroundings)
    assert kept.today == today_in_berlin(stored.submitted_at)
    assert (kept.land, kept.municipality) == ("HE", "06000000")


def test_without_a_template_the_receipt_promises_no_document(
    app: Flask, installation: Installation
) -> None:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    installation.publish(tenant, form(page("a", section("a", field("text", "name"))), key="brief"))
    visitor = Visitor(app, installation.person(organisation=organisation, role="traeger_leitung"))
    visitor.get(f"/{tenant.slug}/vordrucke/brief")
    draft = visitor.post(f"/{tenant.slug}/vordrucke/brief/beginnen").location
    visitor.get(f"{draft}/pruefen")
    sent = form_of(visitor.get(f"{draft}/pruefen"), "//main//form")
    receipt = visitor.get(visitor.post(sent.action, sent.filled()).location)  # type: ignore[arg-type]
    words = text_of(receipt)
    assert "eingegangen" in words
    assert "gesiegelt" not in words
