"""Story H8: the Elternfragebogen with its numbers, on the shipped package.

Item 5, keyboard and accessibility, is tests/browser/test_answering.py; that no reader works out a
hidden count is tested by property in tests/forms/surveys/test_counting.py and
tests/forms/statistics/test_suppression.py.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle, islice

import pytest

from document_templates.committee_papers import Paper, committee_paper
from forms.definition import parse_definition
from forms.expressions.nodes import Json
from forms.languages import LANGUAGES
from forms.models import Answers
from forms.packages import read_demo_tenants, read_package
from forms.surveys.answering import InvitationUsed
from forms.surveys.evaluating import cross_table, result_of, returns_of
from forms.surveys.fitness import survey_obstacles
from forms.surveys.models import SurveyGroup
from forms.surveys.releasing import note_information, release_report, report_of
from forms.surveys.results import WaveResult, compare_waves, dump_result, load_result
from forms.surveys.returns import Returns
from forms.surveys.waves import SurveyRefused, find_group
from forms.translations import translatable_texts, translate_document
from tests.library.test_templates import text_of_docx
from tests.support.installation import Installation
from tests.support.survey_cases import AFTER, OPENS, THRESHOLD, SurveyCase, open_survey

PACKAGE = "elternfragebogen-kindertagespflege"
ISSUED, VALID, ON_PAPER = 1083, 470, 12
IN_GROUPS = {"KTPP-17": (5, 4), "KTPP-18": (6, 5)}
"""Codes handed out and answers, by Kindertagespflegeperson."""


def form_document() -> dict[str, Json]:
    """Return a copy of the shipped questionnaire."""
    return copy.deepcopy(dict(read_package(PACKAGE).form_document))


def parents() -> Iterator[Answers]:
    """Yield answers in a fixed mixture; hardly anybody in Eickel has a Großtagespflege."""
    districts = ("mitte", "mitte", "wanne", "wanne", "wanne", "sodingen", "sodingen", "eickel")
    places = ("haushalt_ktpp", "haushalt_ktpp", "andere_raeume", "grosstagespflege")
    for number in cycle(range(10_000)):
        district = districts[number % 8]
        place = places[number // 8 % 4]
        if district == "eickel" and place == "grosstagespflege" and number > 64:
            place = "haushalt_ktpp"
        yield {
            "stadtteil": district,
            "betreuungsform": place,
            "raeume": number % 3 + 1,
            "vertretung": "keine_angabe" if number % 10 == 0 else number % 4 + 1,
            "weiterempfehlung": number % 4 + 7,
        }


@dataclass(frozen=True)
class Herne:
    """The wave of the story with all of its answers, not yet completed."""

    case: SurveyCase
    groups: dict[str, SurveyGroup]
    used: tuple[str, ...]
    unused: str


@pytest.fixture(scope="module")
def herne(installation: Installation) -> Herne:
    case = open_survey(installation, document=form_document())
    groups = {title: case.group(title) for title in IN_GROUPS}
    of_groups = {
        title: case.invite(codes, groups[title]) for title, (codes, _n) in IN_GROUPS.items()
    }
    codes = case.invite(ISSUED - sum(len(found) for found in of_groups.values()))
    answering = [
        *of_groups["KTPP-17"][: IN_GROUPS["KTPP-17"][1]],
        *of_groups["KTPP-18"][: IN_GROUPS["KTPP-18"][1]],
        *codes[: VALID - ON_PAPER - 9],
    ]
    answers = parents()
    for code, said in zip(answering, answers, strict=False):
        case.answer(said, code)
    for said in islice(answers, ON_PAPER):
        case.paper(said)
    return Herne(case, groups, tuple(answering), codes[-1])


@pytest.fixture(scope="module")
def result(herne: Herne) -> WaveResult:
    return herne.case.complete()


def test_the_questionnaire_is_shipped_in_three_languages_and_leichte_sprache() -> None:
    document = form_document()
    definition = parse_definition(document)
    assert definition.languages == ("de", "de-simple", "en", "tr", "ar")
    assert LANGUAGES["ar"].is_right_to_left
    assert survey_obstacles(definition) == []
    for text in translatable_texts(document):
        assert set(text.translated) == set(definition.languages[1:]), text.german
    for language in definition.languages[1:]:
        parse_definition(translate_document(document, language))


@pytest.mark.timeout(300)
def test_1_the_return_rates_are_those_of_the_story(herne: Herne) -> None:
    returns = herne.case.on_wave(returns_of)
    assert (returns.issued, returns.evaluable, returns.paper) == (1083, 470, 12)
    assert returns.evaluable_percent == Decimal("43.4")
    goettingen = Returns(issued=392, returned=101, evaluable=97)
    assert goettingen.returned_percent == Decimal("25.8")
    assert goettingen.evaluable_percent == Decimal("24.7")


@pytest.mark.timeout(300)
def test_2_three_attempts_to_use_a_link_again_change_nothing(herne: Herne) -> None:
    for code in herne.used[:3]:
        with pytest.raises(InvitationUsed):
            herne.case.answer({"raeume": 6}, code)
    assert herne.case.on_wave(returns_of).returned == VALID


@pytest.mark.timeout(300)
def test_3_small_cells_of_the_table_are_hidden_and_cannot_be_worked_out(
    herne: Herne, result: WaveResult
) -> None:
    ids = {item.key: item.id for item, _said in result.items}
    table = herne.case.on_wave(
        lambda session, wave: cross_table(
            session, wave, ids["stadtteil"], ids["betreuungsform"], THRESHOLD
        )
    )
    shown = [[cell.submissions for cell in row] for row in table.cells]
    assert table.total.submissions == VALID
    assert not [count for row in shown for count in row if count and count < THRESHOLD]
    eickel = table.rows.index("Eickel")
    assert None in shown[eickel]
    for line in (*shown, *zip(*shown, strict=True)):
        assert line.count(None) != 1, "one alone could be worked out from the total"


@pytest.mark.timeout(300)
def test_4_a_report_needs_five_answers_and_its_release(herne: Herne, result: WaveResult) -> None:
    def release(title: str, *, is_told: bool) -> int:
        def work(session, wave) -> int:  # type: ignore[no-untyped-def]
            group = find_group(session, wave, herne.groups[title].id)
            if is_told:
                note_information(session, wave, group, AFTER, AFTER)
            return len(release_report(session, wave, group, AFTER, THRESHOLD, "Fachberatung"))

        return herne.case.on_wave(work)

    with pytest.raises(SurveyRefused, match="weniger als 5 Antworten"):
        release("KTPP-17", is_told=True)
    with pytest.raises(SurveyRefused, match="zuerst"):
        release("KTPP-18", is_told=False)
    with pytest.raises(SurveyRefused, match="nicht freigegeben"):
        herne.case.on_wave(
            lambda session, wave: report_of(
                session, wave, find_group(session, wave, herne.groups["KTPP-18"].id)
            )
        )
    assert release("KTPP-18", is_told=True) == 8
    means = herne.case.on_wave(
        lambda session, wave: report_of(
            session, wave, find_group(session, wave, herne.groups["KTPP-18"].id)
        )
    )
    rooms = next(one for one in means if "Räumen" in one.label)
    # The fifth to the ninth parent: 2, 3, 1, 2, 3.
    assert (rooms.answered, rooms.mean) == (5, Decimal("2.2"))
    shown = {one.title: one.returned for one in result.groups}
    assert shown["KTPP-17"] is None


@pytest.mark.timeout(300)
def test_6_a_changed_question_is_not_trended(
    installation: Installation, herne: Herne, result: WaveResult
) -> None:
    document = form_document()
    questions = json.loads(json.dumps(document["pages"]))[1]["sections"][0]["fields"]
    changed = questions[2]["label"]
    pages: list[Json] = json.loads(
        json.dumps(document["pages"]).replace(
            json.dumps(changed), json.dumps("Wie gut wird Ihr Kind gefördert?")
        )
    )
    version = installation.publish(herne.case.tenant, document | {"pages": pages})
    second = herne.case.next_wave(version)
    for said in islice(parents(), 40):
        second.answer(said | {"paedagogik": 2}, day=OPENS)
    compared = {one.item.key: one for one in compare_waves([result, second.complete()])}
    assert not compared["paedagogik"].is_comparable
    assert compared["paedagogik"].changed == (True, False)
    others = [one for key, one in compared.items() if key != "paedagogik"]
    assert len(others) == 11
    assert all(one.is_comparable and not any(one.changed) for one in others)


@pytest.mark.timeout(300)
def test_7_the_vorlage_names_the_committee_of_the_tenant(result: WaveResult) -> None:
    tenants = read_demo_tenants()["tenants"]
    assert isinstance(tenants, list)
    committee = next(
        one["committee"] for one in tenants if isinstance(one, dict) and one["slug"] == "herne"
    )
    made = committee_paper(
        Paper(
            committee=str(committee), office="Stadt Herne", title="Elternbefragung", wave="2026",
            period="01.09.2026 bis 30.09.2026", made_on="05.10.2026", result=result,
        )
    )  # fmt: skip
    text = text_of_docx(made)
    assert "Vorlage für den Ausschuss für Kinder, Jugend und Familie" in text
    assert "1083 Bögen" in text
    assert "43,4 %" in text
    assert "12 auf Papier" in text


@pytest.mark.timeout(300)
def test_the_result_is_kept_as_it_was_shown(herne: Herne, result: WaveResult) -> None:
    kept = herne.case.on_wave(result_of)
    assert (kept.returns, kept.items) == (result.returns, result.items)
    assert load_result(dump_result(kept)) == kept
