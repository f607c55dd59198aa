"""Submissions as files: what Excel opens, what a program reads, and what nobody may calculate."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.models import Submission
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.models import Tenant
from tests.support.form_documents import Document, field, form, page, row_field, section
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import document_of

IBAN = "DE02120300000000202051"
EVIL = '=HYPERLINK("http://boese.example";"Klick")'


def report(label: str = "Betrag") -> Document:
    """Return the form with one of everything that an export treats differently."""
    inner = row_field(
        "termine", "repeat", "orte", label="Orte", display="cards", item_label="Ort",
        fields=[row_field("orte", "text", "ort", label="Ort")],
    )  # fmt: skip
    return form(
        page(
            "seite",
            section(
                "abschnitt",
                field("text", "name", label="Name", required=True),
                field("money", "betrag", label=label),
                field("hours", "stunden", label="Stunden"),
                field("iban", "konto", label="Konto", masked={"shown_to": ["fachkraft"]}),
                field("date", "beginn", label="Beginn"),
                field("yes_no", "einig", label="Einig"),
                field("radio", "art", label="Art", options={"a": "Alt", "n": "Neu"}),
                field("checkboxes", "themen", label="Themen", options={"x": "X", "y": "Y"}),
                field("matrix", "plan", label="Plan", rows={"r": "Zeile"}, columns={"c": "Spalte"},
                      cells={"j": "Ja"}),
                field("repeat", "termine", label="Termine", display="cards", item_label="Termin",
                      fields=[row_field("termine", "integer", "dauer", label="Dauer"), inner]),
            ),
            section("amt", field("text", "vermerk", label="Vermerk"), visible_to=["fachkraft"]),
        ),
        key="ausfuhr",
    )  # fmt: skip


ANSWERS: list[dict[str, object]] = [
    {"name": EVIL, "betrag": "-1234.50", "stunden": 765, "konto": IBAN,
     "beginn": "2026-03-01", "einig": True, "art": "n",
     "themen": ["x", "y"], "plan": {"r": {"c": "j"}}, "vermerk": "nur intern",
     "termine": [
         {"_id": "1", "dauer": 30,
          "orte": [{"_id": "a", "ort": "Amt"}, {"_id": "b", "ort": "@A1"}]},
         {"_id": "2", "dauer": 45},
     ]},
    {"name": "Größe\x07 ‚ä‘\nzweite Zeile", "einig": False},
]  # fmt: skip


@dataclass(frozen=True)
class Office:
    installation: Installation
    tenant: Tenant
    specialist: Person
    manager: Person

    @property
    def path(self) -> str:
        return f"/{self.tenant.slug}/einreichungen/vordruck/ausfuhr/export/"


@pytest.fixture(scope="module")
def office(installation: Installation) -> Office:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant, name="Anker")
    versions = [
        installation.publish(tenant, report()),
        installation.publish(tenant, report("Euro")),
    ]
    manager = installation.person(organisation=organisation, role="traeger_leitung")

    def write(session: Session) -> None:
        for place, (version, answers) in enumerate(zip(versions, ANSWERS, strict=True)):
            session.add(
                Submission(
                    form_version_id=version.id, organisation_id=organisation.id,
                    organisation_name=organisation.name, account_id=manager.account_id,
                    state="submitted", number=f"A-{place}", answers=answers,
                    submitted_at=datetime(2026, 7, 1 + place, 22, 30, tzinfo=UTC),
                )
            )  # fmt: skip

    installation.in_scope(Scope(tenant.id, organisation.id, manager.account_id), write)
    specialist = installation.person(tenant=tenant, role="fachkraft")
    return Office(installation, tenant, specialist, manager)


@pytest.fixture
def specialist(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.specialist)


def rows_of(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file by heading."""
    assert data.startswith(b"\xef\xbb\xbf"), "Excel knows UTF-8 by its mark"
    text = data.decode("utf-8-sig")
    assert "\r\n" in text
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_csv_opens_in_a_german_excel_and_calculates_nothing(
    specialist: Visitor, office: Office
) -> None:
    newest, oldest = rows_of(specialist.get(f"{office.path}csv?umfang=alle").get_data())
    assert oldest == {
        "Vorgangsnummer": "A-0", "Eingang": "02.07.2026 00:30", "Träger": "Anker",
        "Stand": oldest["Stand"], "Fassung": "1", "Name": f"'{EVIL}", "Euro": "-1234,50",
        "Stunden": "12,75", "Konto": IBAN,
        "Beginn": "01.03.2026", "Einig": "Ja", "Art": "Neu", "Themen": "X, Y",
        "Plan": "Zeile, Spalte: Ja", "Termine": "2", "Vermerk": "nur intern",
    }  # fmt: skip
    assert newest["Name"] == "Größe ‚ä‘\nzweite Zeile"
    assert (newest["Einig"], newest["Euro"]) == ("Nein", "")


def test_the_columns_of_the_view_are_exported(specialist: Visitor, office: Office) -> None:
    (first, _second) = rows_of(specialist.get(f"{office.path}csv").get_data())
    answers = ["Name", "Euro", "Stunden"]
    assert list(first) == ["Vorgangsnummer", "Eingang", "Träger", "Stand", *answers]


def test_rows_of_groups_are_joined_by_number_and_place(specialist: Visitor, office: Office) -> None:
    outer = rows_of(specialist.get(f"{office.path}csv?gruppe=1").get_data())
    assert [list(row.values()) for row in outer] == [["A-0", "1", "30"], ["A-0", "2", "45"]]
    inner = rows_of(specialist.get(f"{office.path}csv?gruppe=2").get_data())
    assert [list(row.values()) for row in inner] == [
        ["A-0", "1.1", "1", "Amt"], ["A-0", "1.2", "1", "'@A1"],
    ]  # fmt: skip
    for wrong in ("0", "3", "-1", "²", "x"):
        assert specialist.get(f"{office.path}csv?gruppe={wrong}").status_code == 404


def test_an_entry_of_a_list_has_its_name_and_what_was_taken_over(
    app: Flask, office: Office
) -> None:
    """As it was when it was chosen: the register may say something else by now."""

    def house(*takes: tuple[str, str, str]) -> Document:
        taken = [dict(zip(("key", "label", "type"), one, strict=True)) for one in takes]
        wanted = {"label": "Haus", "register": "haeuser", "takes": taken}
        return form(
            page(
                "seite",
                section(
                    "abschnitt",
                    field("register", "haus", **wanted),
                    field("repeat", "besuche", label="Besuche", display="cards",
                          item_label="Besuch",
                          fields=[row_field("besuche", "register", "ort", **wanted)]),
                ),
            ),
            key="haeuser",
        )  # fmt: skip

    places, since = ("plaetze", "Plätze", "integer"), ("seit", "Seit", "date")
    old = office.installation.publish(office.tenant, house(places))
    new = office.installation.publish(office.tenant, house(since, places))
    north = {"schluessel": "kita-nord", "name": "=Kita Nord", "plaetze": 85}
    south = {"schluessel": "kita-sued", "name": "Kita Süd", "seit": "2020-08-01"}
    stored = (
        (old, {"haus": north}),
        (new, {"haus": south, "besuche": [{"_id": "1", "ort": north}]}),
    )

    def write(session: Session) -> None:
        for place, (version, answers) in enumerate(stored):
            session.add(
                Submission(
                    form_version_id=version.id, account_id=office.specialist.account_id,
                    state="submitted", number=f"H-{place}", answers=answers,
                    submitted_at=datetime(2026, 7, 1 + place, tzinfo=UTC),
                )
            )  # fmt: skip

    office.installation.in_scope(Scope(office.tenant.id, None, office.specialist.account_id), write)
    specialist, path = Visitor(app, office.specialist), office.path.replace("ausfuhr", "haeuser")
    newest, oldest = rows_of(specialist.get(f"{path}csv?umfang=alle").get_data())
    named = ["Haus", "Haus: Schlüssel", "Haus: Seit", "Haus: Plätze"]
    assert [oldest[one] for one in named] == ["'=Kita Nord", "kita-nord", "", "85"]
    assert [newest[one] for one in named] == ["Kita Süd", "kita-sued", "01.08.2020", ""]
    (visit,) = rows_of(specialist.get(f"{path}csv?gruppe=1").get_data())
    assert list(visit.values()) == ["H-1", "1", "'=Kita Nord", "kita-nord", "", "85"]
    book = load_workbook(io.BytesIO(specialist.get(f"{path}xlsx?umfang=alle").get_data()))
    heads = [cell.value for cell in book["Einreichungen"][1]]
    assert book["Einreichungen"].cell(3, heads.index("Haus: Plätze") + 1).value == 85
    given = json.loads(specialist.get(f"{path}json").get_data())
    assert given["submissions"][1]["answers"]["haus"] == north


def test_a_workbook_has_typed_cells_and_a_sheet_per_group(
    specialist: Visitor, office: Office
) -> None:
    data = specialist.get(f"{office.path}xlsx?umfang=alle").get_data()
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Einreichungen", "Termine", "Termine, Orte"]
    sheet = book["Einreichungen"]
    heads = [cell.value for cell in sheet[1]]
    cells = {head: sheet.cell(3, place + 1) for place, head in enumerate(heads)}
    assert cells["Name"].value == EVIL and cells["Name"].data_type == "s"
    assert cells["Euro"].value == -1234.5
    assert cells["Euro"].number_format == "#,##0.00"
    assert cells["Stunden"].value == 12.75
    assert cells["Beginn"].value.date() == date(2026, 3, 1)
    assert cells["Eingang"].value == datetime(2026, 7, 2, 0, 30)
    assert cells["Einig"].value is True
    assert cells["Termine"].value == 2
    assert [[cell.value for cell in row] for row in book["Termine, Orte"].iter_rows(min_row=2)] == [
        ["A-0", "1.1", "1", "Amt"], ["A-0", "1.2", "1", "@A1"],
    ]  # fmt: skip
    assert sheet.freeze_panes == "A2"


def test_json_keeps_to_the_schema_of_each_version(specialist: Visitor, office: Office) -> None:
    document = json.loads(specialist.get(f"{office.path}json").get_data())
    schemas = {version["number"]: version["schema"] for version in document["versions"]}
    assert sorted(schemas) == [1, 2]
    for submission in document["submissions"]:
        schema = schemas[submission["version"]]
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema).validate(submission["answers"])
        own = specialist.get(f"{office.path}schema/{submission['version']}").get_json()
        assert own == schema
    assert document["submissions"][1]["answers"] == ANSWERS[0]
    assert specialist.get(f"{office.path}schema/3").status_code == 404


def test_what_a_traeger_may_not_see_is_in_no_file(app: Flask, office: Office) -> None:
    visitor = Visitor(app, office.manager)
    for name in ("csv?umfang=alle", "xlsx?umfang=alle", "json", "schema/1"):
        answer = visitor.get(f"{office.path}{name}")
        assert answer.status_code == 200
        data = answer.get_data()
        if name.startswith("xlsx"):
            sheet = load_workbook(io.BytesIO(data))["Einreichungen"]
            data = repr([[cell.value for cell in row] for row in sheet.iter_rows()]).encode()
        assert b"ermerk" not in data and b"nur intern" not in data
        assert IBAN.encode() not in data
    table = office.path.removesuffix("export/")
    assert "Konto" not in document_of(visitor.get(table)).xpath("//select//option/text()")
    row = rows_of(visitor.get(f"{office.path}csv?umfang=alle").get_data())[1]
    assert row["Konto"].endswith("51") and row["Konto"] != IBAN


def test_every_export_is_in_the_audit_trail(specialist: Visitor, office: Office) -> None:
    def entries(session: Session) -> list[object]:
        query = select(AuditEntry).where(AuditEntry.action == "submission.exported")
        return [one.detail for one in session.scalars(query.order_by(AuditEntry.at))]

    scope = Scope(tenant_id=office.tenant.id)
    before = len(office.installation.in_scope(scope, entries))
    for kind in ("csv", "xlsx", "json"):
        specialist.get(f"{office.path}{kind}")
    found = office.installation.in_scope(scope, entries)[before:]
    assert found == [{"format": kind, "submissions": 2} for kind in ("csv", "xlsx", "json")]


def test_a_filter_with_a_mistake_exports_nothing(specialist: Visitor, office: Office) -> None:
    table = office.path.removesuffix("export/")
    specialist.get(table)
    specialist.post(
        f"{table}suche",
        {"filter.0.spalte": "eingang", "filter.0.von": "gestern", "aktion": "anzeigen"},
    )
    answer = specialist.get(f"{office.path}csv")
    assert answer.status_code == 302
    specialist.get(table)
    specialist.post(f"{table}suche", {"aktion": "leeren"})
