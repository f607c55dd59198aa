"""Single questions counted: several answers, scales, matrices and fields in rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forms.models import Answers, Submission
from tenants.context import Scope
from tests.support.form_documents import field, form, page, row_field, section
from tests.support.installation import Installation
from tests.support.web import Visitor
from tests.support.web_forms import document_of, text_of


@dataclass(frozen=True)
class Office:
    """A tenant with 30 answers to every kind of question, and somebody who plans."""

    path: str
    ids: dict[str, str]
    planner: Visitor


def answers(place: int) -> Answers:
    """Return the answers of one of 30 people."""
    return {
        # 20 ticked both, 4 the second alone, 6 nothing.
        "themen": ["a", "b"] if place < 20 else ["b"] if place < 24 else [],
        # 10 times each of 1, 2 and 5: mean 8/3, median 2.
        "note": (1, 2, 5)[place % 3],
        "raeume": {"bad": {"jetzt": "gut" if place < 12 else "schlecht"}},
        # Two rows for everybody: 60 rows, 40 of them short.
        "kurse": [
            {"_id": f"{place:08}-0000-4000-8000-000000000001", "art": "kurz", "stunden": 90},
            {"_id": f"{place:08}-0000-4000-8000-000000000002",
             "art": "kurz" if place < 10 else "lang", "stunden": 60},
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def office(app: Flask, installation: Installation) -> Office:
    tenant = installation.found_tenant()
    fields = [
        field("checkboxes", "themen", label="Themen", options={"a": "Schlaf", "b": "Essen"}),
        field("scale", "note", label="Note", minimum=1, maximum=5, minimum_label="gut",
              maximum_label="schlecht"),
        field("matrix", "raeume", label="Räume", rows={"bad": "Bad", "hof": "Hof"},
              columns={"jetzt": "jetzt"}, cells={"gut": "gut", "schlecht": "schlecht"}),
        field("repeat", "kurse", label="Kurse", item_label="Kurs", display="cards", fields=[
            row_field("kurse", "radio", "art", label="Art",
                      options={"kurz": "kurz", "lang": "lang"}),
            row_field("kurse", "hours", "stunden", label="Stunden"),
        ]),
        field("text", "name", label="Name"),
    ]  # fmt: skip
    version = installation.publish(
        tenant, form(page("seite", section("abschnitt", *fields)), key="umfrage")
    )
    person = installation.person(tenant=tenant, role="planung")

    def write(session: Session) -> None:
        for place in range(30):
            session.add(
                Submission(
                    form_version_id=version.id, account_id=person.account_id, state="submitted",
                    number=f"U-{place}", answers=answers(place),
                    submitted_at=datetime(2026, 3, 1, 12, place, tzinfo=UTC),
                )
            )  # fmt: skip

    installation.in_scope(Scope(tenant.id, account_id=person.account_id), write)
    ids = {str(one["label"]): str(one["id"]) for one in fields}
    inner = fields[3]["fields"]
    assert isinstance(inner, list)
    ids |= {str(one["label"]): str(one["id"]) for one in inner if isinstance(one, dict)}
    return Office(f"/{tenant.slug}/auswertungen/umfrage", ids, Visitor(app, person))


def counted(office: Office, label: str) -> dict[str, dict[str, list[str]]]:
    """Return of each thing counted the cells of its table by row."""
    found = document_of(office.planner.get(f"{office.path}/fragen?frage={office.ids[label]}"))
    return {
        item.xpath("string(h2)").strip(): {
            row.xpath("string(th)").strip(): [
                cell.text_content().replace("·nicht gezeigt", "·").strip()
                for cell in row.xpath("td")
            ]
            for row in item.xpath(".//tr[td]")
        }
        for item in found.xpath("//section[contains(@class, 'survey-item')]")
    }


def test_several_answers_are_shares_of_persons(office: Office) -> None:
    """20 of 30 are 66,7 percent and 24 of 30 are 80,0: together more than 100, which is said."""
    assert counted(office, "Themen") == {
        "Themen": {"Schlaf": ["20", "66,7 %"], "Essen": ["24", "80,0 %"]}
    }
    page = text_of(office.planner.get(f"{office.path}/fragen?frage={office.ids['Themen']}"))
    assert "mehr als 100 %" in page


def test_a_scale_has_distribution_mean_and_median(office: Office) -> None:
    (rows,) = counted(office, "Note").values()
    assert rows["2"] == ["10", "33,3 %"]
    assert rows["3"] == ["0", "0,0 %"]
    assert rows["Mittel"][0] == "2,67"
    assert rows["Median"][0] == "2"
    assert rows["keine Angabe"][0] == "0"


def test_a_matrix_is_counted_row_by_row(office: Office) -> None:
    found = counted(office, "Räume")
    assert list(found) == ["Bad", "Hof"]
    assert found["Bad"]["gut"] == ["12", "40,0 %"]
    assert found["Bad"]["schlecht"] == ["18", "60,0 %"]
    assert found["Hof"]["keine Angabe"][0] == "30"


def test_fields_in_rows_are_counted_by_row(office: Office) -> None:
    (rows,) = counted(office, "Art").values()
    assert rows["kurz"] == ["40", "66,7 %"]
    assert rows["lang"] == ["20", "33,3 %"]


def test_rows_are_added_up_one_by_one(office: Office) -> None:
    """30 rows of 1,5 h and 10 of 1 h are 55 h; 20 long ones of 1 h are 20 h."""
    query = f"einheit={office.ids['Kurse']}&zeilen={office.ids['Art']}&wert={office.ids['Stunden']}"
    page = office.planner.get(f"{office.path}?{query}")
    table = {
        row.xpath("string(th)").strip(): [cell.text_content() for cell in row.xpath("td")]
        for row in document_of(page).xpath("//table[contains(@class, 'evaluation-table')]//tr[td]")
    }
    assert table == {
        "kurz": ["40", "55", "1,38"], "lang": ["20", "20", "1,00"], "Gesamt": ["60", "75", "1,25"],
    }  # fmt: skip
    assert "Zeilen von „Kurse“" in text_of(page)


def test_what_stands_once_is_not_added_up_for_each_row(office: Office) -> None:
    for query in (f"einheit={office.ids['Note']}", "einheit=unbekannt",
                  f"einheit={office.ids['Kurse']}&wert={office.ids['Note']}"):  # fmt: skip
        assert office.planner.get(f"{office.path}?{query}").status_code == 422


def test_free_text_is_no_question(office: Office) -> None:
    page = office.planner.get(f"{office.path}/fragen")
    offered = document_of(page).xpath("//select[@id='frage']/option/text()")
    assert offered == ["Themen", "Note", "Räume", "Kurse: Art"]
    refused = office.planner.get(f"{office.path}/fragen?frage={office.ids['Name']}")
    assert refused.status_code == 422
