"""Evaluations: figures of groups for the office, small ones hidden, results that are frozen."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from lxml import etree
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.lists.columns import STATE
from forms.lists.filters import Filter, View
from forms.lists.saving import save_view
from forms.models import FormVersion, Submission
from forms.statistics.models import EvaluationSource
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tests.support.form_documents import field, form, page, section
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, text_of

FIRST = datetime(2025, 11, 3, 10, tzinfo=UTC)
DISTRICTS = {"n": "Nord", "s": "Süd", "w": "West", "l": "Leer"}
# Submissions by district: West is small, Süd the next to hide with it, nobody is in Leer.
COUNTS = {"n": 14, "s": 6, "w": 3}


@dataclass(frozen=True)
class Office:
    """A tenant with 23 reports, and people who evaluate."""

    installation: Installation
    tenant: Tenant
    organisation: Organisation
    version: FormVersion
    specialist: Person
    planner: Person
    ids: dict[str, str]

    @property
    def path(self) -> str:
        return f"/{self.tenant.slug}/auswertungen/lage"

    def do(self, work: Callable[[Session], object]) -> object:
        scope = Scope(tenant_id=self.tenant.id, account_id=self.specialist.account_id)
        return self.installation.in_scope(scope, work)


@pytest.fixture(scope="module")
def office(installation: Installation) -> Office:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant, name="Anker <gGmbH>")
    fields = [
        field("text", "name", label="Name des Kindes"),
        field("radio", "ort", label="Stadtteil", options=DISTRICTS),
        field("radio", "lage", label="Lage", options={"a": "Alt"}, not_recorded=True),
        field("yes_no", "neu", label="Neu aufgenommen"),
        field("money", "betrag", label="Betrag"),
        field("checkboxes", "themen", label="Themen", options={"a": "A"}),
    ]
    document = form(page("seite", section("abschnitt", *fields)), key="lage")
    version = installation.publish(tenant, document)
    specialist = installation.person(tenant=tenant, role="fachkraft")
    answers = [
        {
            "name": f"Kind {ort}{place}",
            "ort": ort,
            "neu": place % 2 == 0,
            "betrag": "100.50",
            "lage": {"_not_recorded": "weil Frau Geheimnis fehlte"},
        }
        for ort, count in COUNTS.items()
        for place in range(count)
    ]

    def write(session: Session) -> None:
        for place, one in enumerate(answers):
            session.add(
                Submission(
                    form_version_id=version.id, organisation_id=organisation.id,
                    organisation_name=organisation.name, account_id=specialist.account_id,
                    person_name="Kim Geheimnis", state="submitted", number=f"L-{place}",
                    answers=one, submitted_at=FIRST + timedelta(days=5 * place),
                    content_sha256=f"{place:064}",
                )
            )  # fmt: skip

    installation.in_scope(
        Scope(tenant.id, organisation.id, account_id=specialist.account_id), write
    )
    return Office(
        installation, tenant, organisation, version, specialist,
        installation.person(tenant=tenant, role="planung"),
        {one["label"]: str(one["id"]) for one in fields},  # type: ignore[misc]
    )  # fmt: skip


@pytest.fixture
def specialist(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.specialist)


@pytest.fixture
def planner(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.planner)


def figures(visitor: Visitor, path: str) -> dict[str, list[str]]:
    """Return the cells of each row of the result."""
    document = document_of(visitor.get(path))
    return {
        row.xpath("string(th)").strip(): [
            cell.text_content().replace("·nicht gezeigt", "·") for cell in row.xpath("td")
        ]
        for row in document.xpath(
            "//table[contains(@class, 'evaluation-table')]//tr[th[@scope='row']]"
        )
    }


def test_small_figures_are_hidden_and_zeros_shown(planner: Visitor, office: Office) -> None:
    path = f"{office.path}?zeilen={office.ids['Stadtteil']}"
    assert figures(planner, path) == {
        "Nord": ["14"], "Süd": ["·"], "West": ["·"], "Leer": ["0"], "Gesamt": ["23"],
    }  # fmt: skip
    assert "· steht für eine Zahl" in text_of(planner.get(path))


def test_two_groups_cross(planner: Visitor, office: Office) -> None:
    path = f"{office.path}?zeilen={office.ids['Stadtteil']}&spalten={office.ids['Neu aufgenommen']}"
    found = figures(planner, path)
    # Of Süd and West together four are in one column: beside Nord they could be worked out.
    assert found["Nord"] == ["·", "·", "14"]
    assert found["Süd"][2] == found["West"][2] == "·"
    assert found["Gesamt"] == ["12", "11", "23"]


def test_sums_and_means_are_of_shown_groups_only(planner: Visitor, office: Office) -> None:
    path = f"{office.path}?zeilen={office.ids['Stadtteil']}&wert={office.ids['Betrag']}"
    found = figures(planner, path)
    assert found["Nord"] == ["14", "1.407,00", "100,50"]
    assert found["West"] == ["·", "·", "·"]
    assert found["Leer"] == ["0", "–", "–"]
    assert found["Gesamt"] == ["23", "2.311,50", "100,50"]


def test_months_follow_each_other_and_the_chart_says_what_the_table_says(
    planner: Visitor, office: Office
) -> None:
    page = planner.get(f"{office.path}?zeilen=monat")
    rows = list(figures(planner, f"{office.path}?zeilen=monat"))
    assert rows == ["November 2025", "Dezember 2025", "Januar 2026", "Februar 2026", "Gesamt"]
    (picture,) = document_of(page).xpath("//*[@class='chart']")
    assert picture.get("role") == "img"
    assert "style" not in etree.tostring(picture).decode()
    ids = picture.get("aria-labelledby").split()
    assert [document_of(page).xpath(f"string(//*[@id='{one}'])") for one in ids] == [
        "Anzahl der Einreichungen nach Monat des Eingangs",
        "Alle Werte stehen in der Tabelle darunter.",
    ]


def test_the_organisation_is_a_group_and_no_person_ever_is(
    planner: Visitor, office: Office
) -> None:
    page = planner.get(f"{office.path}?zeilen=traeger")
    assert figures(planner, f"{office.path}?zeilen=traeger")["Anker <gGmbH>"] == ["23"]
    offered = document_of(page).xpath("//select[@id='zeilen']/option/text()")
    assert offered == [
        "Tag des Eingangs", "Monat des Eingangs", "Jahr des Eingangs", "Träger", "Stadtteil",
        "Lage", "Neu aufgenommen",
    ]  # fmt: skip
    for name in ("account_id", "person_name", office.ids["Name des Kindes"], STATE):
        assert planner.get(f"{office.path}?zeilen={name}").status_code == 422


def test_the_reason_why_something_is_missing_is_no_group(planner: Visitor, office: Office) -> None:
    assert figures(planner, f"{office.path}?zeilen={office.ids['Lage']}") == {
        "Alt": ["0"], "keine Angabe": ["23"], "Gesamt": ["23"],
    }  # fmt: skip


def test_who_plans_sees_no_submission_and_cannot_narrow_down(
    planner: Visitor, specialist: Visitor, office: Office
) -> None:
    """Two counts that differ by one submission would tell what that one says."""
    narrowed = f"{office.path}?zeilen=jahr&von=01.01.2026&abgenommen=1"
    assert figures(planner, narrowed)["Gesamt"] == ["23"]
    assert figures(specialist, narrowed.replace("&abgenommen=1", ""))["Gesamt"] == ["11"]
    start = office.path.removesuffix("auswertungen/lage")
    for path in ("einreichungen/", "einreichungen/vordruck/lage/", "dokumente/", "vordrucke/",
                 "einreichungen/vordruck/lage/export/csv"):  # fmt: skip
        assert planner.get(start + path).status_code == 404
    for path in ("uebersicht", "auswertungen/", "auswertungen/lage"):
        page = planner.get(start + path)
        assert page.status_code == 200
        assert "Geheimnis" not in page.get_data(as_text=True)


def test_fewer_than_the_threshold_in_all_show_nothing(specialist: Visitor, office: Office) -> None:
    page = specialist.get(f"{office.path}?zeilen=jahr&von=10.02.2026")
    assert "Zu wenige Einreichungen" in text_of(page)
    assert not document_of(page).xpath("//table[contains(@class, 'evaluation-table')]")


def test_nothing_submitted_is_an_empty_state(specialist: Visitor, office: Office) -> None:
    page = specialist.get(f"{office.path}?zeilen=monat&von=01.01.2030")
    assert "Noch nichts auszuwerten" in text_of(page)


@pytest.mark.parametrize(
    ("query", "field"),
    [("von=gestern", "von"), ("von=2.1.2026&bis=1.1.2026", "bis"), ("wert=x", "wert"),
     ("zeilen=monat&spalten=traeger", "spalten"), ("zeilen=jahr&spalten=jahr", "spalten"),
     ("ansicht=00000000-0000-0000-0000-000000000000", "ansicht")],
)  # fmt: skip
def test_mistakes_are_named_at_their_control(
    specialist: Visitor, office: Office, query: str, field: str
) -> None:
    page = specialist.get(f"{office.path}?{query}")
    assert page.status_code == 422
    assert list(error_links(page).values()) == [f"#{field}"]


def test_too_many_groups_are_refused_in_words(specialist: Visitor, office: Office) -> None:
    page = specialist.get(f"{office.path}?zeilen=tag")
    assert "mehr als 60 Gruppen" in text_of(page)


def test_the_table_is_downloaded_as_it_is_shown(planner: Visitor, office: Office) -> None:
    path = f"{office.path}?zeilen={office.ids['Stadtteil']}&ausgabe="
    text = planner.get(f"{path}csv").get_data().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";")) == [
        ["Stadtteil", "Anzahl"], ["Nord", "14"], ["Süd", "·"], ["West", "·"], ["Leer", "0"],
        ["Gesamt", "23"],
    ]  # fmt: skip
    book = load_workbook(io.BytesIO(planner.get(f"{path}xlsx").get_data()))
    assert [cell.value for cell in book["Auswertung"]["B"]] == ["Anzahl", 14, "·", "·", 0, 23]
    assert planner.get(f"{path}exe").status_code == 404


def save(visitor: Visitor, office: Office, title: str, **settings: str) -> str:
    """Save an evaluation and return its address."""
    visitor.get(office.path)
    fields = {"zeilen": office.ids["Stadtteil"], "titel": title, **settings}
    response = visitor.post(f"{office.path}/speichern", fields)
    assert response.status_code == 302
    return str(response.location)


def test_a_frozen_result_stays_and_is_outdated_by_a_correction(
    specialist: Visitor, planner: Visitor, office: Office
) -> None:
    address = save(specialist, office, "Lage je Stadtteil")
    assert figures(planner, address)["Nord"] == ["14"]
    assert planner.post(f"{address}/festhalten").status_code == 404
    frozen = str(specialist.post(f"{address}/festhalten").location)
    assert "23 Einreichungen, Fassung 1" in text_of(planner.get(frozen))
    assert "Veraltet" not in text_of(planner.get(frozen))

    def actions(session: Session) -> set[str]:
        return set(session.scalars(select(AuditEntry.action)))

    assert {"evaluation.saved", "evaluation.frozen"} <= office.do(actions)  # type: ignore[operator]

    def correct(session: Session) -> None:
        found = session.scalars(select(Submission).where(Submission.number == "L-0")).one()
        found.answers = {**found.answers, "ort": "l"}
        found.content_sha256 = "f" * 64

    office.do(correct)
    try:
        assert "Veraltet Mindestens eine" in text_of(planner.get(frozen))
        assert figures(planner, frozen)["Nord"] == ["14"]
        assert "veraltet" in text_of(planner.get(address))
        assert figures(planner, address)["Nord"] == ["13"]

        def count_sources(session: Session) -> int:
            return len(session.scalars(select(EvaluationSource)).all())

        assert office.do(count_sources) == 23
    finally:

        def undo(session: Session) -> None:
            found = session.scalars(select(Submission).where(Submission.number == "L-0")).one()
            found.answers = {**found.answers, "ort": "n"}

        office.do(undo)
    assert specialist.post(f"{address}/loeschen").status_code == 302
    assert planner.get(frozen).status_code == 404


def test_a_saved_evaluation_keeps_the_filters_of_its_view(
    specialist: Visitor, planner: Visitor, office: Office
) -> None:
    def keep(session: Session) -> str:
        view = View(filters=(Filter(office.ids["Neu aufgenommen"], values=("true",)),))
        save_view(session, office.version.form_id, "Nur neue", view, is_shared=False)
        from forms.lists.saving import named_views

        return named_views(session, office.version.form_id)[0].id

    view_id = str(office.do(keep))
    address = save(specialist, office, "Neue", ansicht=view_id)
    assert figures(planner, address)["Gesamt"] == ["12"]
    assert "gefiltert" in text_of(planner.get(address))


def test_an_evaluation_needs_a_title(specialist: Visitor, office: Office) -> None:
    specialist.get(office.path)
    specialist.post(f"{office.path}/speichern", {"zeilen": "jahr", "titel": ""})
    assert "Geben Sie der Auswertung einen Titel" in text_of(specialist.get(office.path))


def test_a_traeger_finds_no_evaluation(app: Flask, office: Office, specialist: Visitor) -> None:
    address = save(specialist, office, "Für das Amt")
    manager = office.installation.person(organisation=office.organisation, role="traeger_leitung")
    visitor = Visitor(app, manager)
    for path in (office.path, address, office.path.removesuffix("lage")):
        assert visitor.get(path).status_code == 404
