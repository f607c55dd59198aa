"""The table of one form's submissions, as the office and its Träger use it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forms.lists import searching
from forms.models import Submission
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.installation import Person
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of

# The package names the blueprint like the module.
pages = importlib.import_module("app.views.submission_table")

FIRST = datetime(2026, 3, 1, 10, tzinfo=UTC)
COUNT = 7


@dataclass(frozen=True)
class Table:
    """The office's table of a form with seven submissions of its Träger."""

    office: Office
    visitor: Visitor

    @property
    def path(self) -> str:
        return f"{self.office.path}/einreichungen/vordruck/antrag/"

    def filter(self, changes: dict[str, str | list[str] | None], action: str = "anzeigen") -> str:
        """Send the filters and return what the table then says."""
        sent = form_of(self.visitor.get(self.path), "//form[@id='filter']")
        response = self.visitor.post(sent.action, sent.filled(changes, aktion=action))
        assert response.status_code == 302, error_links(response)
        return text_of(self.visitor.get(self.path))


@pytest.fixture(scope="module")
def filled(office: Office) -> Office:
    def write(session: Session) -> None:
        for place in range(COUNT):
            session.add(
                Submission(
                    form_version_id=office.version.id,
                    organisation_id=office.organisation.id,
                    organisation_name=office.organisation.name,
                    account_id=office.manager.account_id,
                    state="submitted",
                    number=f"T-{place}",
                    submitted_at=FIRST + timedelta(days=place),
                    answers={"nachname": f"Name{place}", "stunden": place * 10,
                             "bericht": "Ein langer Bericht. " * 30},
                )
            )  # fmt: skip

    scope = Scope(
        office.tenant.id,
        organisation_id=office.organisation.id,
        account_id=office.manager.account_id,
    )
    office.installation.in_scope(scope, write)
    return office


@pytest.fixture
def table(app: Flask, filled: Office) -> Table:
    person = filled.installation.person(tenant=filled.tenant, role="fachkraft")
    return Table(filled, Visitor(app, person))


def test_newest_first_with_the_columns_of_the_product(table: Table) -> None:
    page = table.visitor.get(table.path)
    numbers = [text_of_row(row)[0] for row in rows_of(page)]
    assert numbers == [f"T-{place}" for place in reversed(range(COUNT))]
    assert "7 Einreichungen" in text_of(page)


def test_at_first_the_table_shows_the_first_simple_answers(table: Table) -> None:
    headings = [
        " ".join(one.text_content().split())
        for one in document_of(table.visitor.get(table.path)).xpath("//main//thead//th")
    ]
    assert headings[:7] == [
        "Vorgangsnummer", "Eingang", "Träger", "Stand", "Nachname", "Vorname", "E-Mail-Adresse",
    ]  # fmt: skip


def rows_of(response: object) -> list[object]:
    return list(document_of(response).xpath("//table[contains(@class, 'lists-table')]/tbody/tr"))  # type: ignore[arg-type]


def text_of_row(row: object) -> list[str]:
    return [" ".join(cell.text_content().split()) for cell in row.xpath("./td")]  # type: ignore[attr-defined]


def test_a_filter_is_added_filled_in_kept_and_removed(table: Table) -> None:
    document = document_of(table.visitor.get(table.path))
    (hours,) = document.xpath("//select[@name='spalte']//option[text()='Stunden']/@value")
    table.filter({"spalte": hours}, "hinzufuegen")
    text = table.filter({"filter.2.von": "20", "filter.2.bis": "40"}, "anzeigen")
    # Filters with an entry come first when they are stored in the order they were sent.
    assert "3 Einreichungen" in text
    # Another visit, another browser: the same person finds the same table.
    assert "3 Einreichungen" in text_of(table.visitor.get(table.path))
    assert "7 Einreichungen" in table.filter({}, "leeren")


def test_a_mistake_is_named_and_what_was_typed_stands_again(table: Table) -> None:
    sent = form_of(table.visitor.get(table.path), "//form[@id='filter']")
    response = table.visitor.post(
        sent.action, sent.filled({"filter.0.von": "gestern"}, aktion="anzeigen")
    )
    assert response.status_code == 422
    assert error_links(response) == {
        "„Eingang“: Bitte geben Sie einen Tag wie 31.03.2027 an.": "#filter-0-von"
    }
    assert form_of(response, "//form[@id='filter']").fields["filter.0.von"] == ["gestern"]
    assert rows_of(response) == []


def test_columns_are_chosen_in_the_order_of_the_form(table: Table) -> None:
    page = table.visitor.get(f"{table.path}spalten")
    document = document_of(page)
    wanted = [
        document.xpath(f"//input[@id=//label[text()='{label}']/@for]/@value")[0]
        for label in ("Stunden", "Nachname", "Bericht")
    ]
    response = table.visitor.post(f"{table.path}spalten", {"spalte": wanted})
    assert response.status_code == 302
    page = table.visitor.get(table.path)
    heads = [head.text_content() for head in document_of(page).xpath("//thead//th")]
    assert heads[:3] == ["Nachname", "Bericht", "Stunden"]
    first = text_of_row(rows_of(page)[0])
    assert first[0] == "Name6" and first[2] == "60"
    assert len(first[1]) <= pages.LONGEST_CELL


@pytest.mark.parametrize("count", [0, 41])
def test_too_few_and_too_many_columns_are_refused(table: Table, count: int) -> None:
    document = document_of(table.visitor.get(f"{table.path}spalten"))
    values = [str(one) for one in document.xpath("//input[@name='spalte']/@value")]
    response = table.visitor.post(f"{table.path}spalten", {"spalte": values[:count]})
    assert response.status_code == (422 if count == 0 else 302)


def test_pages_follow_each_other_without_a_name_in_the_address(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 3)
    sent = form_of(table.visitor.get(table.path), "//form[@id='filter']")
    table.visitor.post(sent.action, sent.filled({"ordnung": "traeger"}, aktion="anzeigen"))
    seen: list[str] = []
    address: str | None = table.path
    while address:
        assert "M%C3%BCller" not in address and "Name" not in address
        page = table.visitor.get(address)
        seen += [text_of_row(row)[0] for row in rows_of(page)]
        links = document_of(page).xpath("//a[@rel='next']/@href")
        address = str(links[0]) if links else None
    assert sorted(seen) == [f"T-{place}" for place in range(COUNT)]


def test_a_view_is_saved_shared_opened_and_deleted(
    app: Flask, table: Table, filled: Office
) -> None:
    table.filter({"filter.0.von": "05.03.2026"})
    saved = table.visitor.post(f"{table.path}ansichten", {"name": "Ab März", "geteilt": "1"})
    assert saved.status_code == 302
    colleague = Visitor(app, filled.installation.person(tenant=filled.tenant, role="fachkraft"))
    page = colleague.get(table.path)
    assert "7 Einreichungen" in text_of(page)
    (opening,) = document_of(page).xpath(
        "//nav[@aria-label='Gespeicherte Ansichten']//form/@action"
    )
    assert colleague.post(opening).status_code == 302
    assert "3 Einreichungen" in text_of(colleague.get(table.path))
    deleting = str(opening).replace("oeffnen", "loeschen")
    assert colleague.post(deleting).status_code == 404
    assert table.visitor.post(deleting).status_code == 302
    assert colleague.post(opening).status_code == 404


def test_a_view_needs_a_name(table: Table) -> None:
    table.visitor.get(table.path)
    table.visitor.post(f"{table.path}ansichten", {"name": "  "})
    assert "Geben Sie der Ansicht einen Namen." in text_of(table.visitor.get(table.path))


def test_a_slow_search_says_so_on_the_page(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_slow(*_arguments: object, **_options: object) -> None:
        raise searching.SearchTooSlow("Grenzen Sie den Eingang ein.")

    monkeypatch.setattr(pages, "find_rows", too_slow)
    page = table.visitor.get(table.path)
    assert page.status_code == 200
    assert "Die Suche wurde abgebrochen Grenzen Sie den Eingang ein." in text_of(page)


def test_who_sees_which_rows(app: Flask, filled: Office, table: Table) -> None:
    installation = filled.installation
    other = installation.found_organisation(filled.tenant, name="Anderer Träger")
    people: dict[Person, int] = {
        filled.manager: COUNT,
        installation.person(organisation=other, role="traeger_leitung"): 0,
        installation.person(organisation=filled.organisation, role="traeger_fachkraft"): 0,
    }
    for person, count in people.items():
        page = Visitor(app, person).get(table.path)
        assert page.status_code == 200
        assert len(rows_of(page)) == count
    for role in ("tenant_admin", "planung"):
        visitor = Visitor(app, installation.person(tenant=filled.tenant, role=role))
        assert visitor.get(table.path).status_code == 404


def test_an_unknown_form_is_not_there(table: Table) -> None:
    assert table.visitor.get(table.path.replace("antrag", "gibtesnicht")).status_code == 404
