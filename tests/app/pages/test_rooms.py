"""What each role finds where, and what is said where nothing is."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.pages.conftest import Draft, Office
from tests.support.web import Visitor
from tests.support.web_forms import document_of, text_of

ROOMS = {
    "administrator": {"Übersicht", "Vordrucke", "Vorlagen", "Verzeichnisse", "Verwaltung"},
    "specialist": {"Übersicht", "Vordrucke", "Einreichungen", "Dokumente"},
    "manager": {"Übersicht", "Vordrucke", "Einreichungen", "Dokumente"},
}


@pytest.mark.parametrize("role", ROOMS)
def test_each_role_has_its_own_rooms(app: Flask, office: Office, role: str) -> None:
    visitor = Visitor(app, getattr(office, role))
    page = visitor.get(f"{office.path}/uebersicht")
    assert page.status_code == 200
    links = {
        " ".join(link.text_content().split()): link.get("href")
        for link in document_of(page).xpath("//nav//ul[@id='navigation']//a")
    }
    rooms = {name: url for name, url in links.items() if name in {*set().union(*ROOMS.values())}}
    assert set(rooms) == ROOMS[role]
    for name, url in rooms.items():
        assert visitor.get(url).status_code == 200, name


def test_rooms_behind_one_entry_are_tabs_on_their_pages(app: Flask, office: Office) -> None:
    visitor = Visitor(app, office.administrator)
    for start in ("vorlagen", "saetze", "befragungen", "aufbewahrung"):
        page = document_of(visitor.get(f"{office.path}/{start}/"))
        tabs = page.xpath("//nav[contains(@class, 'siegel-tabs')]//a")
        assert len(tabs) > 1, start
        assert [tab.get("href") for tab in tabs if tab.get("aria-current") == "page"] == [
            f"{office.path}/{start}/"
        ]
        for tab in tabs:
            assert visitor.get(tab.get("href")).status_code == 200, tab.get("href")


def test_the_dashboard_counts_for_those_who_see_all_cases(app: Flask, office: Office) -> None:
    office_page = text_of(Visitor(app, office.specialist).get(f"{office.path}/uebersicht"))
    assert "Dokumente in Arbeit" in office_page
    own_cases = office.installation.person(
        organisation=office.organisation, role="traeger_fachkraft"
    )
    others_page = text_of(Visitor(app, own_cases).get(f"{office.path}/uebersicht"))
    assert "Dokumente in Arbeit" not in others_page


def test_the_dashboard_leads_to_the_own_draft(draft: Draft) -> None:
    page = draft.visitor.get(f"{draft.office.path}/uebersicht")
    assert draft.url() in document_of(page).xpath("//main//a/@href")


@pytest.mark.parametrize(
    "path",
    [
        "/gibt-es-nicht",
        "/vordrucke/gibt-es-nicht",
        "/einreichungen/00000000-0000-4000-8000-000000000000",
        "/einreichungen/keine-uuid",
        "/dokumente/00000000-0000-4000-8000-000000000000",
        "/dokumente/auftrag/00000000-0000-4000-8000-000000000000",
        "/dokumente/fassung/00000000-0000-4000-8000-000000000000/pdf",
        "/ausfuellen/00000000-0000-4000-8000-000000000000/seite/person",
        "/pruefen/",
    ],
)
def test_what_is_not_there_is_404_in_german(app: Flask, office: Office, path: str) -> None:
    answer = Visitor(app, office.specialist).get(office.path + path)
    assert answer.status_code == 404
    page = document_of(answer)
    assert page.get("lang") == "de"
    assert page.xpath("//main//h1")
    assert page.xpath("//main//a/@href")


def test_an_unknown_tenant_is_404(app: Flask) -> None:
    assert Visitor(app).get("/nirgendwo/uebersicht").status_code == 404


def test_a_stranger_is_led_to_the_login_and_back(app: Flask, office: Office) -> None:
    visitor = Visitor(app)
    answer = visitor.get(f"{office.path}/einreichungen/?seite=2")
    assert answer.status_code == 302
    assert answer.location.startswith("/anmelden?next=")
    page = visitor.get(answer.location)
    assert page.status_code == 200
    assert f"{office.path}/einreichungen/" in page.get_data(as_text=True)


def test_the_accessibility_page_is_public(app: Flask, office: Office) -> None:
    page = Visitor(app).get("/barrierefreiheit")
    assert page.status_code == 200
    assert "EN 301 549" in text_of(page)
    assert "/barrierefreiheit" in document_of(
        Visitor(app, office.manager).get(f"{office.path}/uebersicht")
    ).xpath("//footer//a/@href")


def test_acting_for_an_organisation_is_chosen(app: Flask, office: Office) -> None:
    both = office.installation.person(tenant=office.tenant, role="fachkraft")
    from tenants.context import Scope
    from tenants.founding import appoint_in_organisation

    office.installation.as_owner(
        Scope(organisation_id=office.organisation.id),
        lambda session: appoint_in_organisation(
            session, office.organisation.id, both.account_id, "traeger_leitung"
        ),
    )
    visitor = Visitor(app, both)
    choice = visitor.get(f"{office.path}/rolle")
    assert office.organisation.name in text_of(choice)
    answer = visitor.get(f"{office.path}/handeln-als/{office.organisation.id}")
    if answer.status_code == 405:
        answer = visitor.post(f"{office.path}/handeln-als/{office.organisation.id}")
    assert answer.status_code == 302
    assert office.organisation.name in text_of(visitor.get(answer.location), "//header")
    assert visitor.get(f"{office.path}/handeln-als/fremd").status_code in (404, 405)
