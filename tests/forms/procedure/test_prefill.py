"""What an answer begins with, and where it came from."""

from __future__ import annotations

import pytest

from forms.definition import DefinitionError, parse_definition
from forms.procedure.prefill import Answered, Source, parse_source, prefilled
from tests.support.form_documents import field, form, one_page, page, row_field, section
from tests.support.report_form import report_answers, report_form

FORM = parse_definition(report_form())


def last_year(source: Source) -> Answered | None:
    if source.kind != "vorjahr":
        return None
    return Answered(
        "s1", 2, "übernommen aus Monatsbericht 2025, E-1", FORM.fields,
        {**report_answers(), "ende": 112},
    )  # fmt: skip


def test_last_years_end_is_this_years_beginning() -> None:
    answers, origins = prefilled(
        FORM.fields, {"organisation.name": "Haus Morgentau"}, last_year, lambda: "neu"
    )
    assert answers == {
        "anfang": 112,
        "traegername": "Haus Morgentau",
        "ziele_vorjahr": [{"_id": "neu", "ziel": "Mehr Vertretung"}],
    }
    assert origins["anfang"].text == "übernommen aus Monatsbericht 2025, E-1"
    assert origins["anfang"].dump()["submission_id"] == "s1"
    assert origins["anfang"].handover == 2
    assert origins["traegername"].text == "aus den Stammdaten"


def test_without_a_source_nothing_is_made_up() -> None:
    assert prefilled(FORM.fields, {}, lambda source: None, lambda: "neu") == ({}, {})


def test_another_type_is_not_taken_over() -> None:
    other = parse_definition(
        one_page(field("text", "ende"), field("integer", "ziele"))
    )  # a text where a number is wanted, a number where rows are
    found = Answered("s1", 1, "x", other.fields, {"ende": "viele", "ziele": 3})
    answers, _origins = prefilled(FORM.fields, {}, lambda source: found, lambda: "neu")
    assert answers == {}


def test_sources_are_read() -> None:
    assert parse_source("einreichung:sachbericht.bestand") == Source(
        "einreichung", "bestand", "sachbericht"
    )
    assert parse_source("vorjahr.ende").is_submission
    assert not parse_source("organisation.city").is_submission


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (field("text", "a", prefill={"source": "organisation.iban"}), "gibt es nicht"),
        (field("integer", "a", prefill={"source": "organisation.name"}), "ist ein Text"),
        (
            field("repeat", "a", display="cards", item_label="Zeile", fields=[
                row_field("a", "text", "b", prefill={"source": "vorjahr.b"})]),
            "an der Gruppe",
        ),
        (field("text", "a", prefill={"source": "internet.name"}), "source"),
    ],
)  # fmt: skip
def test_impossible_sources_are_findings(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        parse_definition(one_page(wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sections", "steps", "words"),
    [
        ([section("a", field("text", "x"), filled_by=["wjh"])], [], "braucht einen Ablauf"),
        (
            [section("a", field("text", "x"), filled_by=["wjh"])],
            [{"key": "s", "title": "Träger", "role": "traeger"}],
            "Kein Schritt",
        ),
        (
            [section("a", field("text", "x"))],
            [{"key": "s", "title": "Träger", "role": "traeger"},
             {"key": "s", "title": "Noch einmal", "role": "wjh"}],
            "steht doppelt",
        ),
        (
            [section("a", field("text", "x"))],
            [{"key": "s", "title": "Träger", "role": "traeger", "sections": ["b"]}],
            "den es nicht gibt",
        ),
        (
            [section("a", field("text", "x"), visible_to=["wjh"])],
            [{"key": "s", "title": "Träger", "role": "traeger"}],
            "muss ihn sehen",
        ),
        (
            [section("a", field("text", "x", required=True, visible_to=["wjh"]))],
            [{"key": "s", "title": "Träger", "role": "traeger"}],
            "darf es nicht sehen",
        ),
    ],
)  # fmt: skip
def test_impossible_procedures_are_findings(
    sections: list[dict[str, object]], steps: list[dict[str, object]], words: str
) -> None:
    document = form(page("seite", *sections))  # type: ignore[arg-type]
    if steps:
        document["procedure"] = {"steps": steps}  # type: ignore[dict-item]
    with pytest.raises(DefinitionError, match=words):
        parse_definition(document)
