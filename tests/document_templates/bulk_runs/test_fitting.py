"""What the columns of a table mean for a form."""

from __future__ import annotations

import pytest

from document_templates.bulk_runs.fitting import (
    RowReader,
    propose_label,
    propose_mapping,
    targets_of,
)
from forms.definition import parse_definition
from tests.support.form_documents import field, form, identity, page, section

DEFINITION = parse_definition(
    form(
        page(
            "angaben",
            section(
                "a",
                field("text", "nachname", label="Nachname", required=True),
                field("date", "beginn", label="Beginn"),
                field("money", "betrag", label="Betrag"),
                field("yes_no", "zusage", label="Zusage"),
                field(
                    "radio",
                    "art",
                    label="Art",
                    options=[
                        {"id": identity("kita"), "value": "kita", "label": "Kita"},
                        {"id": identity("ktpp"), "value": "ktpp", "label": "Tagespflege"},
                    ],
                ),
                field("date_range", "zeitraum", label="Zeitraum"),
                field("calculated", "doppelt", result="money", value="betrag * 2"),
            ),
        )
    )
)
TARGETS = targets_of(DEFINITION)
PATHS = [one.path for one in TARGETS]
EVERYTHING = {path: path for path in PATHS}


def test_every_answer_but_the_calculated_can_be_filled_parts_one_by_one() -> None:
    assert PATHS == [
        "nachname", "beginn", "betrag", "zusage", "art", "zeitraum.von", "zeitraum.bis",
    ]  # fmt: skip


def test_columns_are_found_by_path_and_by_label_whatever_the_case() -> None:
    columns = ["NACHNAME", "Zeitraum.Von", "Betrag ", "Sonstiges", "art"]
    assert propose_mapping(TARGETS, columns) == {
        "nachname": "NACHNAME",
        "zeitraum.von": "Zeitraum.Von",
        "betrag": "Betrag ",
        "art": "art",
    }


def test_people_are_known_by_a_name_or_else_by_the_first_column() -> None:
    assert propose_label(["Schlüssel", "Name", "Ort"]) == "Name"
    assert propose_label(["Aktenzeichen", "Ort"]) == "Aktenzeichen"
    assert propose_label([]) == ""


@pytest.mark.parametrize(
    ("cells", "answers"),
    [
        ({"nachname": " Müller & Söhne "}, {"nachname": "Müller & Söhne"}),
        ({"nachname": "A", "beginn": "2027-08-01"}, {"nachname": "A", "beginn": "2027-08-01"}),
        ({"nachname": "A", "beginn": "1.8.2027"}, {"nachname": "A", "beginn": "2027-08-01"}),
        ({"nachname": "A", "betrag": "1.250,50"}, {"nachname": "A", "betrag": "1250.50"}),
        ({"nachname": "A", "betrag": "1250.5"}, {"nachname": "A", "betrag": "1250.50"}),
        ({"nachname": "A", "zusage": "Ja"}, {"nachname": "A", "zusage": True}),
        ({"nachname": "A", "zusage": "false"}, {"nachname": "A", "zusage": False}),
        ({"nachname": "A", "art": "tagespflege"}, {"nachname": "A", "art": "ktpp"}),
        ({"nachname": "A", "art": "kita"}, {"nachname": "A", "art": "kita"}),
        (
            {"nachname": "A", "zeitraum.von": "01.01.2027", "zeitraum.bis": "31.12.2027"},
            {"nachname": "A", "zeitraum": {"von": "2027-01-01", "bis": "2027-12-31"}},
        ),
    ],
)
def test_cells_become_answers(cells: dict[str, str], answers: dict[str, object]) -> None:
    fitted = RowReader(TARGETS, PATHS, EVERYTHING).read(cells)
    assert fitted.problems == ()
    assert fitted.answers == answers


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({}, "„Nachname“ fehlt."),
        ({"nachname": "A", "beginn": "bald"}, "Beginn"),
        ({"nachname": "A", "betrag": "viel"}, "Betrag"),
        ({"nachname": "A", "art": "Hort"}, "Art"),
        ({"nachname": "A", "zusage": "vielleicht"}, "Zusage"),
        ({"nachname": "A", "zeitraum.von": "nie"}, "Zeitraum"),
    ],
)
def test_what_does_not_fit_is_named_and_the_rest_is_kept(cells: dict[str, str], word: str) -> None:
    fitted = RowReader(TARGETS, PATHS, EVERYTHING).read(cells)
    assert len(fitted.problems) == 1
    assert word in fitted.problems[0]
    assert ("nachname" in fitted.answers) == ("nachname" in cells)


def test_what_the_template_does_not_print_may_be_missing() -> None:
    assert RowReader(TARGETS, {"betrag"}, EVERYTHING).read({"betrag": "5"}).problems == ()


def test_a_formula_counts_only_where_it_would_be_used() -> None:
    cells = {"nachname": "A"}
    unused = RowReader(TARGETS, PATHS, {"nachname": "nachname"}).read(cells, ["betrag"])
    assert unused.problems == ()
    (problem,) = RowReader(TARGETS, PATHS, EVERYTHING).read(cells, ["betrag"]).problems
    assert "„betrag“ ist eine Formel" in problem


def test_a_reader_reads_every_row_as_if_it_were_the_only_one() -> None:
    rows = [{"nachname": "A", "betrag": "5"}, {"betrag": "viel"}, {"nachname": "A", "betrag": "5"}]
    rows += [{"nachname": "B", "betrag": "viel"}, {"nachname": "5", "betrag": "A"}]
    reader = RowReader(TARGETS, PATHS, EVERYTHING)
    alone = [RowReader(TARGETS, PATHS, EVERYTHING).read(row) for row in rows]
    assert [reader.read(row) for row in rows] == alone
