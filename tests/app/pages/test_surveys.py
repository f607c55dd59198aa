"""The office's pages of Befragungen: from the first wave to the Vorlage for the committee."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from forms.surveys.codes import read_code
from forms.surveys.waves import groups_of
from tenants.models import Tenant
from tests.app.pages.test_answering import open_now, set_days, stored
from tests.library.test_templates import text_of_docx
from tests.support.form_documents import field, one_page
from tests.support.installation import Installation
from tests.support.survey_cases import SurveyCase, questionnaire
from tests.support.web import Visitor


class Office:
    """Somebody of the office in front of one survey."""

    def __init__(
        self, app: Flask, installation: Installation, case: SurveyCase, role: str = "fachkraft"
    ) -> None:
        self.visitor = Visitor(app, installation.person(tenant=case.tenant, role=role))
        self.case = case
        self.room = f"/{case.tenant.slug}/befragungen"
        self.wave = f"{self.room}/welle/{case.wave_id}"

    def body(self, path: str = "") -> str:
        response = self.visitor.get(f"{self.wave}{path}")
        assert response.status_code == 200, path
        return response.get_data(as_text=True)

    def post(self, path: str, **fields: object) -> TestResponse:
        self.visitor.get(f"{self.room}/")
        self.visitor.get(self.wave)
        return self.visitor.post(f"{self.wave}{path}", fields)


@pytest.fixture
def case(installation: Installation) -> SurveyCase:
    return open_now(installation)


def test_a_survey_is_created_with_its_first_wave(app: Flask, installation: Installation) -> None:
    tenant: Tenant = installation.found_tenant()
    installation.publish(tenant, questionnaire())
    visitor = Visitor(app, installation.person(tenant=tenant, role="planung"))
    room = f"/{tenant.slug}/befragungen"
    assert "Noch keine Befragung" in visitor.get(f"{room}/").get_data(as_text=True)
    visitor.get(f"{room}/neu")
    refused = visitor.post(f"{room}/neu", {"survey_title": "Eltern", "opens_on": "gestern"})
    body = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert 'value="Eltern"' in body
    assert 'value="gestern"' in body
    fields = {
        "survey_title": "Eltern", "form": "fragebogen", "title": "Herbst", "access": "link",
        "opens_on": "01.09.2026", "closes_on": "30.09.2026", "contact": "Frau Muster",
    }  # fmt: skip
    made = visitor.post(f"{room}/neu", fields)
    page = visitor.get(urlsplit(made.headers["Location"]).path).get_data(as_text=True)
    assert "01.09.2026 – 30.09.2026" in page
    assert f"/{tenant.slug}/befragung/" in page
    assert "Herbst" in visitor.get(f"{room}/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("closes_on", "31.08.2026", "liegt vor dem ersten"), ("access", "post", "wie die Menschen"),
        ("title", "", "Namen bis 120 Zeichen"), ("form", "gibtesnicht", "wählen Sie einen"),
        ("survey_title", " ", "einen Titel"), ("opens_on", "01.01.0001", "einen Tag wie"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    app: Flask, installation: Installation, case: SurveyCase, field: str, value: str, says: str
) -> None:
    office = Office(app, installation, case)
    fields = {
        "survey_title": "Eltern", "form": "fragebogen", "title": "Herbst", "access": "link",
        "opens_on": "01.09.2026", "closes_on": "30.09.2026",
    }  # fmt: skip
    office.visitor.get(f"{office.room}/neu")
    response = office.visitor.post(f"{office.room}/neu", {**fields, field: value})
    assert response.status_code == 422
    assert says in response.get_data(as_text=True)


def issued(body: str) -> str:
    found = re.search(r'name="issued_before" value="([0-9]+)"', body)
    assert found
    return found.group(1)


def test_codes_are_handed_out_once(
    app: Flask, installation: Installation, case: SurveyCase
) -> None:
    office = Office(app, installation, case)
    before = issued(office.body())
    response = office.post("/codes", count="7", format="csv", issued_before=before)
    rows = list(
        csv.reader(io.StringIO(response.get_data(as_text=True).lstrip("\ufeff")), delimiter=";")
    )
    assert rows[0] == ["Code", "Link"]
    assert len(rows) == 8
    for code, link in rows[1:]:
        assert read_code(code) is not None
        assert link == f"http://localhost:8000/{case.tenant.slug}/befragung/einladung/{code}"
    again = office.post("/codes", count="7", format="csv", issued_before=before)
    assert again.status_code == 422
    assert "Inzwischen wurden Codes ausgegeben" in again.get_data(as_text=True)
    assert rows[1][0] not in office.body()


def test_codes_are_printed_with_a_picture(
    app: Flask, installation: Installation, case: SurveyCase
) -> None:
    group = case.group("Kita Ahorn")
    office = Office(app, installation, case)
    response = office.post(
        "/codes", count="6", format="print", issued_before="0", group_id=group.id
    )
    body = response.get_data(as_text=True)
    codes = re.findall(r'class="codes-code">([^<]+)<', body)
    assert len(set(codes)) == 6
    assert {code[-4:] for code in codes} == {"0001"}
    assert body.count("<svg") == 6
    assert "style=" not in body
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("count", ["0", "-1", "viele", "", "5001", "99999999999", "1e3"])
def test_numbers_that_are_none(
    app: Flask, installation: Installation, case: SurveyCase, count: str
) -> None:
    office = Office(app, installation, case)
    assert office.post("/codes", count=count, format="csv", issued_before="0").status_code == 422
    if count != "0":
        expected = 302 if count == "5001" else 422
        assert office.post("/ausgegeben", issued=count).status_code == expected


def test_a_small_group_gets_no_codes(
    app: Flask, installation: Installation, case: SurveyCase
) -> None:
    group = case.group("Tagespflege 17")
    office = Office(app, installation, case)
    response = office.post("/codes", count="4", format="csv", issued_before="0", group_id=group.id)
    assert response.status_code == 422
    assert "mindestens 5 Einladungen" in response.get_data(as_text=True)


def test_sheets_from_paper_follow_each_other(
    app: Flask, installation: Installation, case: SurveyCase
) -> None:
    office = Office(app, installation, case, role="planung")
    group = case.group("Kita Ahorn")
    assert "Bogen 1<" in office.body("/papier")
    for number in range(2):
        taken = office.post(
            "/papier", raeume="2", wege=["brief"], freitext=f"Nr. {number}", group_id=group.id,
            __action="take",
        )  # fmt: skip
        assert taken.headers["Location"].endswith(f"?gruppe={group.id}")
    body = office.visitor.get(taken.headers["Location"]).get_data(as_text=True)
    assert "Bogen 3<" in body
    assert f'<option value="{group.id}" selected>' in body
    assert 'value="2" checked' not in body
    assert office.post("/papier", __action="unusable").status_code == 302
    assert len(stored(case)) == 3
    assert {"raeume": 2, "wege": ["brief"], "freitext": "Nr. 1"} in stored(case)
    page = office.body()
    assert re.search(r"davon auf Papier</dt><dd>3<", page)
    assert re.search(r"auswertbar</dt><dd>2", page)


def test_an_empty_sheet_is_not_taken_by_mistake(
    app: Flask, installation: Installation, case: SurveyCase
) -> None:
    office = Office(app, installation, case)
    assert office.post("/papier", __action="take").status_code == 422
    wrong = office.post("/papier", raeume="99", freitext="Bleibt stehen", __action="take")
    assert wrong.status_code == 422
    assert "Bleibt stehen" in wrong.get_data(as_text=True)
    assert stored(case) == []


def test_before_completion_there_is_no_result(
    app: Flask, installation: Installation, case: SurveyCase
) -> None:
    office = Office(app, installation, case)
    for path in ("/auswertung", "/vorlage.docx"):
        response = office.visitor.get(f"{office.wave}{path}")
        assert response.headers["Location"].endswith(f"/welle/{case.wave_id}")
    assert office.post("/abschliessen").status_code == 422
    assert "Erst nach dem letzten Tag" in office.post("/abschliessen").get_data(as_text=True)


@pytest.fixture(scope="module")
def completed(app: Flask, installation: Installation) -> SurveyCase:
    """Return a wave with 30 answers in two groups, closed and completed in the browser."""
    case = open_now(installation)
    first, second = case.group("Kita Ahorn"), case.group("Kita Birke")
    for number in range(30):
        case.paper(
            {
                "raeume": number % 3 + 1,
                "form": "haus" if number % 2 else "raum",
                "stadtteil": ("nord", "sued")[number % 4 > 1],
                "wieder": number % 5 > 0,
            },
            group=(first, second)[number % 2],
        )
    set_days(case, -20, -1)
    office = Office(app, installation, case)
    response = office.post("/abschliessen")
    assert response.headers["Location"].endswith("/auswertung")
    return case


def test_the_result_shows_every_question(
    app: Flask, installation: Installation, completed: SurveyCase
) -> None:
    body = Office(app, installation, completed, role="planung").body("/auswertung")
    assert "Wie finden Sie die Räume?" in body
    assert '<th scope="row">Mittel</th><td class="siegel-table__number">2,00</td>' in body
    assert body.count('role="img"') >= 4
    assert "style=" not in body


def test_two_questions_are_counted_together_and_kept(
    app: Flask, installation: Installation, completed: SurveyCase
) -> None:
    office = Office(app, installation, completed)
    ids = re.findall(r'<option value="([0-9a-f-]{36})"', office.body("/auswertung"))
    query = f"zeilen={ids[0]}&spalten={ids[1]}"
    body = office.body(f"/auswertung?{query}")
    assert "Form und Stadtteil" in re.sub(r"\s+", " ", body)
    assert office.post("/tabelle", zeilen=ids[0], spalten=ids[1]).status_code == 302
    assert "Form und Stadtteil" in re.sub(r"\s+", " ", office.body("/auswertung"))
    wrong = office.visitor.get(f"{office.wave}/auswertung?zeilen={ids[0]}&spalten={ids[0]}")
    assert wrong.status_code == 422
    assert office.visitor.get(f"{office.wave}/auswertung?zeilen=x&spalten=y").status_code == 422


def test_the_vorlage_names_the_committee_of_the_tenant(
    app: Flask, installation: Installation, completed: SurveyCase
) -> None:
    office = Office(app, installation, completed, role="planung")
    response = office.visitor.get(f"{office.wave}/vorlage.docx")
    assert response.status_code == 200
    text = text_of_docx(response.get_data())
    assert f"Vorlage für den {completed.tenant.committee}" in text
    assert "Wie finden Sie die Räume?" in text


def test_a_report_is_released_after_telling(
    app: Flask, installation: Installation, completed: SurveyCase
) -> None:
    group = completed.on_wave(lambda session, wave: groups_of(session, wave)[0])
    office = Office(app, installation, completed)
    planning = Office(app, installation, completed, role="planung")
    path = f"/gruppe/{group.id}"
    assert "noch nicht freigegeben" in planning.body(path)
    assert planning.post(f"{path}/freigeben").status_code == 404
    early = office.post(f"{path}/freigeben")
    assert early.status_code == 422
    assert "zuerst" in early.get_data(as_text=True)
    assert office.post(f"{path}/informiert", informed_on="bald").status_code == 422
    assert office.post(f"{path}/informiert", informed_on="31.12.2199").status_code == 422
    assert office.post(f"{path}/informiert", informed_on="01.10.2026").status_code == 302
    assert office.post(f"{path}/freigeben").status_code == 302
    body = planning.body(path)
    assert "Kim Muster" in body
    assert "Mittel aller" in body


def test_a_completed_wave_takes_nothing_more(
    app: Flask, installation: Installation, completed: SurveyCase
) -> None:
    office = Office(app, installation, completed)
    assert office.visitor.get(f"{office.wave}/papier").status_code == 302
    assert office.post("/papier", raeume="1", __action="take").status_code == 302
    assert len(stored(completed)) == 30
    for path, fields in (
        ("/codes", {"count": "5", "format": "csv", "issued_before": "0"}),
        ("/gruppe", {"group": "Neu"}),
        ("/ausgegeben", {"issued": "7"}),
        ("/abschliessen", {}),
        ("/aendern", {"title": "x", "opens_on": "01.01.2026", "closes_on": "02.01.2026"}),
    ):
        assert office.post(path, **fields).status_code == 422, path


def test_waves_are_compared(app: Flask, installation: Installation, completed: SurveyCase) -> None:
    office = Office(app, installation, completed)
    address = f"{office.room}/{completed.survey_id}/vergleich"
    assert office.visitor.get(address).headers["Location"].endswith(completed.survey_id)
    changed = installation.publish(
        completed.tenant, questionnaire(beratung="Wie gut berät Sie die Fachberatung?")
    )
    second = completed.next_wave(changed)
    for number in range(20):
        second.paper({"raeume": number % 2 + 1, "beratung": 1})
    set_days(second, -20, -1)
    Office(app, installation, second).post("/abschliessen")
    body = office.visitor.get(address).get_data(as_text=True)
    assert "Anders gefragt in:" in body
    assert "Wie finden Sie die Räume?" in body
    assert '<td class="siegel-table__number">1,50</td>' in body


@pytest.mark.parametrize("role", ["wjh"])
def test_who_has_no_part_in_it_finds_nothing(
    app: Flask, installation: Installation, case: SurveyCase, role: str
) -> None:
    visitor = Visitor(app, installation.person(tenant=case.tenant, role=role))
    for path in ("", f"/welle/{case.wave_id}", f"/{case.survey_id}"):
        assert visitor.get(f"/{case.tenant.slug}/befragungen{path or '/'}").status_code == 404
    assert "Befragungen" not in visitor.get(f"/{case.tenant.slug}/").get_data(as_text=True)


def test_a_form_that_asks_who_answers_is_not_offered(
    app: Flask, installation: Installation
) -> None:
    tenant = installation.found_tenant()
    installation.publish(tenant, one_page(field("email", "mail")) | {"key": "mit_mail"})
    visitor = Visitor(app, installation.person(tenant=tenant, role="tenant_admin"))
    body = visitor.get(f"/{tenant.slug}/befragungen/neu").get_data(as_text=True)
    assert "Warum fehlen hier Vordrucke?" in body
    assert 'value="mit_mail"' not in body
