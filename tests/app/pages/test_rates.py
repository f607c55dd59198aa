"""Keeping rates in the browser, and declarations that are priced with them."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.evaluation import flatten
from forms.models import Submission
from forms.submitting import (
    draft_at,
    evaluate_submission,
    find_submission,
    save_draft,
    start_submission,
    submit_answers,
)
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.form_documents import field, one_page
from tests.support.web import Visitor
from tests.support.web_forms import error_links, form_of, text_of

ADDING = "//main//form"


@pytest.fixture
def administrator(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.administrator)


def create(visitor: Visitor, office: Office, key: str, **typed: str) -> str:
    """Create a table and return the path of its page."""
    page = visitor.get(f"{office.path}/saetze/neu")
    sent = form_of(page, ADDING)
    values = {"title": f"Sätze {key}", "key": key, **typed}
    response = visitor.post(sent.action, sent.filled(values))
    assert response.status_code == 302, text_of(response)
    return f"{office.path}/saetze/{key}"


def add(visitor: Visitor, path: str, **typed: str) -> None:
    """Add a rate and follow to the page."""
    sent = form_of(visitor.get(path), ADDING)
    response = visitor.post(sent.action, sent.filled(typed))
    assert response.status_code == 302, error_links(response)


def test_a_rate_for_one_traeger_prices_its_declarations_alone(
    administrator: Visitor, office: Office
) -> None:
    path = create(administrator, office, "satz_je_traeger")
    add(administrator, path, value="60", valid_from="1.1.2020")
    first = office.installation.found_organisation(office.tenant, name="Anker e. V.")
    second = office.installation.found_organisation(office.tenant, name="Zweiter e. V.")
    add(administrator, path, value="64,95", valid_from="1.1.2020", owner=first.id)
    words = text_of(administrator.get(path))
    assert "Anker e. V." in words and words.count("gilt heute") == 2
    document = one_page(
        field("calculated", "preis", result="money", value="satz('satz_je_traeger', heute())"),
    )
    version = office.installation.publish(office.tenant, document)
    prices = {}
    for organisation in (first, second):
        person = office.installation.person(organisation=organisation, role="traeger_leitung")

        def begin(session: Session, name: str = organisation.name) -> str:
            return start_submission(
                session, version, person_name="Kim Muster", organisation_name=name
            ).id

        scope = Scope(office.tenant.id, organisation.id, person.account_id)
        draft_id = office.installation.in_scope(scope, begin)

        def price(session: Session, draft_id: str = draft_id) -> object:
            draft = find_submission(session, draft_id, own_only=False)
            return evaluate_submission(session, draft).values["preis"]

        prices[organisation.id] = office.installation.in_scope(scope, price)
    assert [str(prices[one.id]) for one in (first, second)] == ["64.95", "60.00"]


def test_a_table_is_created_filled_and_corrected(administrator: Visitor, office: Office) -> None:
    path = create(administrator, office, "fls", unit="€ je Stunde", source="Beschluss vom 1.12.")
    assert "noch kein Satz" in text_of(administrator.get(path))
    add(administrator, path, value="64,95", valid_from="1.1.2026")
    add(administrator, path, value="67,22 ", valid_from="01.07.2027", source="Nachtrag 1")
    add(administrator, path, value="64,96", valid_from="2026-01-01")
    words = text_of(administrator.get(path))
    for text in ("67,22", "64,96", "64,95", "berichtigt", "gilt heute", "Nachtrag 1", "offen"):
        assert text in words, text
    assert "satz('fls', datum)" in words
    overview = text_of(administrator.get(f"{office.path}/saetze/"))
    assert "64,96" in overview and "67,22" not in overview


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        ({"value": "viel", "valid_from": "1.1.2026"}, "#value", "als Zahl"),
        ({"value": "1", "valid_from": "31.02.2026"}, "#valid_from", "Tag an, ab dem"),
        ({"value": "1", "valid_from": "1.1.2026", "valid_until": "bald"}, "#valid_until", "Datum"),
        (
            {"value": "1", "valid_from": "1.1.2026", "valid_until": "1.1.2025"},
            "#valid_from",
            "Ende liegt nach",
        ),
        ({"value": "1", "valid_from": "1.1.2026", "category": "x" * 65}, "#category", "64 Zeichen"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(
    administrator: Visitor, office: Office, typed: dict[str, str], place: str, said: str
) -> None:
    key = f"k{abs(hash(json.dumps(typed)))}"
    path = create(administrator, office, key)
    sent = form_of(administrator.get(path), ADDING)
    response = administrator.post(sent.action, sent.filled(typed))
    assert response.status_code == 422
    ((text, link),) = error_links(response).items()
    assert link == place and said in text
    kept = form_of(response, ADDING).fields
    for name, value in typed.items():
        assert kept[name] == [value]
    assert "noch kein Satz" in text_of(administrator.get(path))


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ({"title": "", "key": "neu"}, "#title"),
        ({"title": "Neu", "key": "Neu!"}, "#key"),
        ({"title": "Neu", "key": ""}, "#key"),
    ],
)
def test_a_table_needs_title_and_key(
    administrator: Visitor, office: Office, typed: dict[str, str], place: str
) -> None:
    sent = form_of(administrator.get(f"{office.path}/saetze/neu"), ADDING)
    response = administrator.post(sent.action, sent.filled(typed))
    assert response.status_code == 422
    assert list(error_links(response).values()) == [place]


@pytest.mark.parametrize("role", ["specialist", "manager"])
def test_others_do_not_find_the_room(app: Flask, office: Office, role: str) -> None:
    visitor = Visitor(app, getattr(office, role))
    for path in ("/saetze/", "/saetze/neu", "/saetze/fls"):
        assert visitor.get(f"{office.path}{path}").status_code == 404


def test_unknown_tables_are_not_found(administrator: Visitor, office: Office) -> None:
    assert administrator.get(f"{office.path}/saetze/gibt_es_nicht").status_code == 404


def test_what_was_submitted_stays_priced_as_it_was(administrator: Visitor, office: Office) -> None:
    path = create(administrator, office, "satz_fest")
    add(administrator, path, value="64,95", valid_from="1.1.2026")
    version = office.installation.publish(
        office.tenant,
        one_page(
            field("date", "am"),
            field("calculated", "preis", result="money", value="12.75 * satz('satz_fest', am)"),
        ),
    )
    scope = Scope(tenant_id=office.tenant.id, account_id=office.specialist.account_id)

    def begin(session: Session) -> str:
        submission = start_submission(session, version, person_name="Kim Muster")
        save_draft(
            session,
            submission,
            base=draft_at(session, submission, 0),
            answers={"am": "2027-06-30"},
            invalid={},
            page_paths=frozenset({"am"}),
        )
        return submission.id

    def price(session: Session, submission_id: str) -> object:
        submission = find_submission(session, submission_id)
        return flatten(evaluate_submission(session, submission).values)["preis"]

    first = office.installation.in_scope(scope, begin)
    second = office.installation.in_scope(scope, begin)

    def submit(session: Session) -> None:
        submission = find_submission(session, first, lock=True)
        submit_answers(session, submission, warnings_confirmed=False)

    office.installation.in_scope(scope, submit)
    add(administrator, path, value="65,00", valid_from="1.1.2026")
    prices = [
        office.installation.in_scope(scope, lambda session, one=one: price(session, one))
        for one in (first, second)
    ]
    assert prices == ["828.11", "828.75"]
    stored = office.installation.in_scope(
        scope,
        lambda session: session.scalars(select(Submission).where(Submission.id == first)).one(),
    )
    assert stored.surroundings is not None
    (table,) = stored.surroundings["rates"]  # type: ignore[misc]
    assert table["key"] == "satz_fest" and table["rates"][0]["version"] == 1  # type: ignore[index,call-overload]
