"""Counting by entries of registers and rows inside of rows; entries that are persons are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forms.expressions.nodes import Json
from forms.models import Answers, Submission
from forms.registers.keeping import EntryContent, RegisterShape, add_entry, create_register
from tenants.context import Scope
from tests.support.form_documents import field, form, page, row_field, section
from tests.support.installation import Installation
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Office:
    """A tenant with 23 submissions that name a house, a Fachkraft and the visits of their cases."""

    path: str
    ids: dict[str, str]
    planner: Visitor
    specialist: Visitor


def pick(key: str, name: str) -> Json:
    return {"schluessel": key, "name": name}


def answers(place: int) -> Answers:
    """Return what the submission ``place`` of 23 says."""
    house = pick("nord", "Kita Nord") if place < 14 else pick("sued", "Kita Süd")
    if place == 14:
        house = pick("sued", "Kita Süden (früher)")
    if place >= 20:
        house = pick("west", "Kita West")
    visits: list[Json] = [
        {"_id": f"{place:08}-0000-4000-8000-00000000000{n}", "form": "tel", "dauer": 30,
         "ort": pick("sued", "Kita Süd") if place < 8 else pick("nord", "Kita Nord")}
        for n in (1, 2)
    ]  # fmt: skip
    return {
        "haus": house,
        "kraft": pick("p1", "Kim Geheimnis"),
        "kind": pick("k1", "Fall Geheimnis"),
        "offen": pick("k1", "Beauftragte"),
        "faelle": [
            {"_id": f"{place:08}-0000-4000-8000-000000000009", "lage": "neu", "besuche": visits},
            {"_id": f"{place:08}-0000-4000-8000-000000000008", "lage": "alt", "besuche": []},
        ],
    }


@pytest.fixture(scope="module")
def office(app: Flask, installation: Installation) -> Office:
    tenant = installation.found_tenant()

    def keep(session: Session) -> None:
        houses = create_register(
            session, "haeuser", RegisterShape(title="Häuser", names_people=False)
        )
        for key, label in (("nord", "Kita Nord"), ("sued", "Kita Süd"), ("leer", "Kita Leer")):
            add_entry(session, houses, key, EntryContent(label=label))
        create_register(session, "kinder", RegisterShape(title="Fälle"))

    installation.in_scope(Scope(tenant.id), keep)
    visits = row_field("faelle", "repeat", "besuche", label="Besuche", item_label="Besuch",
                       display="cards", fields=[
        row_field("faelle.besuche", "radio", "form", label="Form",
                  options={"tel": "Telefon", "ort": "vor Ort"}),
        row_field("faelle.besuche", "integer", "dauer", label="Dauer"),
        row_field("faelle.besuche", "register", "ort", label="Ort", register="haeuser"),
    ])  # fmt: skip
    fields = [
        field("register", "haus", label="Haus", register="haeuser"),
        field("person", "kraft", label="Fachkraft", side="office"),
        field("register", "kind", label="Kind", register="kinder"),
        field("register", "offen", label="Beauftragte", register="kinder", data_class="K1"),
        field("repeat", "faelle", label="Fälle", item_label="Fall", display="cards", fields=[
            row_field("faelle", "radio", "lage", label="Lage",
                      options={"neu": "neu", "alt": "alt"}),
            visits,
        ]),
    ]  # fmt: skip
    document = form(page("seite", section("abschnitt", *fields)), key="besuche")
    version = installation.publish(tenant, document)
    person = installation.person(tenant=tenant, role="fachkraft")

    def write(session: Session) -> None:
        for place in range(23):
            session.add(
                Submission(
                    form_version_id=version.id, account_id=person.account_id, state="submitted",
                    number=f"B-{place}", answers=answers(place),
                    submitted_at=FIRST + timedelta(days=place),
                )
            )  # fmt: skip

    installation.in_scope(Scope(tenant.id, account_id=person.account_id), write)
    inner = [one for group in (fields[4], visits) for one in _dicts(group["fields"])]
    return Office(
        f"/{tenant.slug}/auswertungen/besuche",
        {str(one["label"]): str(one["id"]) for one in [*fields, *inner]},
        Visitor(app, installation.person(tenant=tenant, role="planung")),
        Visitor(app, person),
    )


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def figures(office: Office, **names: str) -> dict[str, list[str]]:
    """Return the cells of each row of a result."""
    query = "&".join(f"{name}={office.ids.get(label, label)}" for name, label in names.items())
    document = document_of(office.planner.get(f"{office.path}?{query}"))
    return {
        row.xpath("string(th)").strip(): [
            cell.text_content().replace("·nicht gezeigt", "·") for cell in row.xpath("td")
        ]
        for row in document.xpath(
            "//table[contains(@class, 'evaluation-table')]//tr[th[@scope='row']]"
        )
    }


def test_entries_of_a_register_are_groups_small_ones_hidden_and_unchosen_ones_named(
    office: Office,
) -> None:
    """An entry that changed its name is one group, and is called what it is called now."""
    assert figures(office, zeilen="Haus") == {
        "Kita Leer": ["0"], "Kita Nord": ["14"], "Kita Süd": ["·"], "Kita West": ["·"],
        "Gesamt": ["23"],
    }  # fmt: skip


def test_entries_that_are_persons_are_no_group_and_no_question(office: Office) -> None:
    """Neither staff nor a register of persons, but a field that is classed as open."""
    shown = document_of(office.planner.get(f"{office.path}?zeilen={office.ids['Haus']}"))
    offered = shown.xpath("//select[@id='zeilen']/option/text()")
    assert offered == [
        "Tag des Eingangs", "Monat des Eingangs", "Jahr des Eingangs", "Träger", "Haus",
        "Beauftragte",
    ]  # fmt: skip
    for label in ("Fachkraft", "Kind"):
        for path in (f"{office.path}?zeilen=", f"{office.path}/fragen?frage="):
            answer = office.planner.get(f"{path}{office.ids[label]}")
            assert answer.status_code == 422
            assert "Geheimnis" not in answer.get_data(as_text=True)


def test_rows_inside_of_rows_count_one_by_one(office: Office) -> None:
    """23 submissions with two cases each, and two visits in the first: 46 and 46 rows."""
    shown = document_of(office.planner.get(office.path))
    assert shown.xpath("//select[@id='einheit']/option/text()") == [
        "Einreichungen", "Zeilen von „Fälle“", "Zeilen von „Fälle: Besuche“",
    ]  # fmt: skip
    by_case = figures(office, einheit="Fälle", zeilen="Lage")
    assert by_case == {"neu": ["23"], "alt": ["23"], "Gesamt": ["46"]}
    by_form = figures(office, einheit="Besuche", zeilen="Form", wert="Dauer")
    assert by_form["Telefon"] == ["46", "1380", "30,00"]
    assert by_form["vor Ort"][0] == "0"


def test_rows_inside_of_rows_are_grouped_by_what_stands_around_them(office: Office) -> None:
    """By the case of a visit, by the house of its submission, by its own place."""
    assert figures(office, einheit="Besuche", zeilen="Lage")["neu"] == ["46"]
    assert figures(office, einheit="Besuche", zeilen="Haus")["Kita Nord"] == ["28"]
    crossed = figures(office, einheit="Besuche", zeilen="Ort", spalten="Form")
    assert crossed["Kita Süd"] == ["16", "0", "16"]
    assert crossed["Kita Nord"] == ["30", "0", "30"]


def test_what_stands_around_the_rows_is_not_added_up_for_each(office: Office) -> None:
    path = f"{office.path}?einheit={office.ids['Fälle']}&zeilen=jahr&wert={office.ids['Dauer']}"
    assert office.planner.get(path).status_code == 422


def test_a_question_counts_entries_and_those_in_inner_rows(office: Office) -> None:
    def counted(label: str) -> dict[str, str]:
        shown = document_of(office.planner.get(f"{office.path}/fragen?frage={office.ids[label]}"))
        return {
            row.xpath("string(th)").strip(): row.xpath("string(td[1])").strip()[:2]
            for row in shown.xpath("//section[contains(@class, 'survey-item')]//tr[td]")
        }

    found = counted("Ort")
    assert (found["Kita Nord"], found["Kita Süd"], found["Kita Leer"]) == ("30", "16", "0")
    assert "Fälle: Besuche: Ort" in text_of(
        office.planner.get(f"{office.path}/fragen?frage={office.ids['Ort']}")
    )


def test_the_table_filters_and_sorts_by_the_name_of_an_entry(office: Office) -> None:
    path = f"{office.path.removesuffix('auswertungen/besuche')}einreichungen/vordruck/besuche/"

    def send(changes: dict[str, str | list[str] | None], action: str) -> str:
        sent = form_of(office.specialist.get(path), "//form[@id='filter']")
        answer = office.specialist.post(sent.action, sent.filled(changes, aktion=action))
        assert answer.status_code == 302, text_of(answer)
        return text_of(office.specialist.get(path))

    send({"spalte": office.ids["Haus"]}, "hinzufuegen")
    shown = send({"filter.2.text": "kita wes", "ordnung": office.ids["Haus"]}, "anzeigen")
    assert "3 Einreichungen" in shown
    assert "Kita West" in shown
