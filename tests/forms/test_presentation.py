"""What pages and the review show."""

from __future__ import annotations

import re

import pytest

from forms.definition import FormDefinition, parse_definition
from forms.evaluation import evaluate
from forms.presentation import FieldView, PageView, present_page, review
from tests.support.form_documents import (
    Document,
    field,
    form,
    grant_answers,
    grant_form,
    hourly_rate_answers,
    hourly_rate_form,
    page,
    row_field,
    section,
)

NBSP = "\u00a0"

DEFINITION = parse_definition(
    form(
        page(
            "eins",
            section(
                "a",
                field("yes_no", "frage", required=True, help="Bitte ehrlich."),
                field("text", "warum", visible="frage", autocomplete="organization", max_length=9),
                field("radio", "art", options={"x": "X-Art", "y": "Y-Art"}),
                field("declaration", "stimmt", text="Eins.\n\nZwei.", required=True),
                field("info", "hinweis", text="Absatz eins.\n\nAbsatz zwei."),
            ),
            section("leer", field("text", "nie", visible="false")),
            intro="Guten Tag.\n\nLos geht es.",
        ),
        page("zwei", section("b", field("text", "mehr")), visible="frage"),
        page(
            "drei",
            section(
                "c",
                field(
                    "repeat",
                    "partner",
                    display="table",
                    item_label="Partner",
                    maximum=2,
                    fields=[
                        row_field("partner", "text", "kuerzel", required=True),
                        row_field("partner", "text", "name", visible="zeile.kuerzel == 'ja'"),
                    ],
                ),
                field(
                    "matrix",
                    "m",
                    rows={"akquise": "Akquise"},
                    columns_from={"repeat": "partner", "key": "kuerzel", "label": "name"},
                    cells={"F": "Federführung", "M": "Mitwirkung"},
                    row_rules=[{"kind": "exactly_one", "value": "F"}],
                ),
            ),
        ),
    )
)


def show(key: str, answers: Document, stage: str = "submission") -> PageView:
    evaluation = evaluate(DEFINITION, answers, stage="draft" if stage == "draft" else "submission")
    return present_page(DEFINITION, key, evaluation)


def fields(view: PageView) -> dict[str, FieldView]:
    return {item.path: item for part in view.sections for item in part.fields}


def test_page_shows_relevant_fields_only() -> None:
    view = show("eins", {})
    assert list(fields(view)) == ["frage", "art", "stimmt", "hinweis"]
    assert [part.key for part in view.sections] == ["a"]
    assert view.intro == ("Guten Tag.", "Los geht es.")
    assert "warum" in fields(show("eins", {"frage": True}))


def test_pages_are_counted_as_they_are_relevant() -> None:
    view = show("drei", {"frage": False})
    assert (view.number, view.count, view.previous_key, view.next_key) == (2, 2, "eins", None)
    view = show("zwei", {"frage": True})
    assert (view.number, view.count, view.previous_key, view.next_key) == (2, 3, "eins", "drei")
    assert show("zwei", {}).number == 0
    with pytest.raises(KeyError):
        show("vier", {})


def test_field_views() -> None:
    shown = fields(show("eins", {"frage": True, "warum": "Darum", "art": "y"}))
    assert shown["frage"].required
    assert shown["frage"].help == "Bitte ehrlich."
    assert [(o.value, o.label, o.checked) for o in shown["frage"].options] == [
        ("ja", "Ja", True),
        ("nein", "Nein", False),
    ]
    assert shown["warum"].entry == "Darum"
    assert (shown["warum"].autocomplete, shown["warum"].max_length) == ("organization", 9)
    assert [option.checked for option in shown["art"].options] == [False, True]
    assert shown["art"].marker_name == "art.__present"
    assert shown["warum"].marker_name == ""
    assert shown["stimmt"].paragraphs == ("Eins.", "Zwei.")
    assert [option.checked for option in shown["stimmt"].options] == [False]
    assert shown["hinweis"].paragraphs == ("Absatz eins.", "Absatz zwei.")


def test_errors_are_at_the_field_and_in_the_summary() -> None:
    view = show("eins", {})
    assert fields(view)["frage"].errors == ("Bitte wählen Sie bei „Frage“ Ja oder Nein.",)
    assert [(link.path, link.html_id) for link in view.errors] == [
        ("frage", "f-frage"),
        ("stimmt", "f-stimmt"),
    ]
    assert show("eins", {}, "draft").errors == ()


def test_numbers_are_shown_and_entered_in_german() -> None:
    definition = parse_definition(hourly_rate_form())
    evaluation = evaluate(definition, hourly_rate_answers(), stage="submission")
    costs = fields(present_page(definition, "kosten", evaluation))
    assert costs["personalkosten"].entry == "72.400,00"
    assert costs["personalkosten"].unit == "€"
    assert costs["personalkosten"].input_mode == "decimal"
    assert costs["gesamtkosten"].display == f"90.500,00{NBSP}€"
    assert costs["gesamtkosten"].entry == ""
    times = fields(present_page(definition, "zeit", evaluation))
    assert times["bereinigte_h"].display == f"1.583,40{NBSP}h"
    assert times["fls_satz"].display == f"64,95{NBSP}€"
    assert times["urlaub"].input_mode == "numeric"


def test_table_of_rows() -> None:
    answers: Document = {"partner": [{"_id": "r1", "kuerzel": "ja"}, {"_id": "r2"}]}
    group = fields(show("drei", answers))["partner"].repeat
    assert group is not None
    assert [heading.key for heading in group.headings] == ["kuerzel", "name"]
    assert [heading.required for heading in group.headings] == [True, False]
    first, second = group.rows
    assert [item.type for item in first.fields] == ["text", "text"]
    # The cell keeps its place under its heading, though the field is not asked for.
    assert [item.type for item in second.fields] == ["text", "info"]
    assert second.fields[0].errors == ("Bitte füllen Sie „Kuerzel“ aus.",)
    assert (first.id, first.id_name, first.title) == ("r1", "partner[0]._id", "Partner 1")
    assert (first.can_move_up, first.can_move_down) == (False, True)
    assert (second.remove_name, second.up_name) == ("partner[1].__remove", "partner[1].__up")
    assert not group.can_add
    assert group.add_name == "partner.__add"


def test_cards_leave_out_what_is_not_asked_and_totals_are_shown() -> None:
    definition = parse_definition(grant_form())
    evaluation = evaluate(definition, grant_answers(), stage="submission")
    group = fields(present_page(definition, "zahlen", evaluation))["ausgaben"].repeat
    assert group is not None
    assert [heading.total for heading in group.headings] == ["", f"61.400,00{NBSP}€"]
    assert group.has_totals


def test_matrix_grid() -> None:
    answers: Document = {
        "partner": [{"kuerzel": "ja", "name": "Jugendamt"}, {"kuerzel": "t1"}],
        "m": {"akquise": {"ja": "M"}},
    }
    grid = fields(show("drei", answers))["m"].matrix
    assert grid is not None
    assert [column.label for column in grid.columns] == ["Jugendamt", "t1"]
    cell = grid.rows[0].cells[0]
    assert cell.path == "m.akquise.ja"
    assert cell.label == "Akquise, Jugendamt"
    assert cell.display == "Mitwirkung"
    assert [option.checked for option in cell.options] == [False, True]
    assert "genau 1-mal" in grid.rows[0].errors[0]
    empty = fields(show("drei", {}))["m"].matrix
    assert empty is not None
    assert empty.columns == ()
    assert "„Partner“" in empty.empty_text


def test_ids_are_unique_and_fit_for_html() -> None:
    answers: Document = {
        "partner": [{"kuerzel": "ja", "name": "J"}, {"kuerzel": "t1"}],
        "m": {"akquise": {"ja": "M"}},
    }
    for key in ("eins", "drei"):
        found = re.findall(r"html_id='([^']*)'", repr(show(key, answers).sections))
        assert len(found) == len(set(found))
        assert all(re.fullmatch(r"[a-z][A-Za-z0-9_-]*", item) for item in found)


def entries(definition: FormDefinition, answers: Document) -> dict[str, tuple[str, bool]]:
    pages = review(definition, evaluate(definition, answers, stage="submission"))
    return {
        entry.path: (entry.display, entry.answered)
        for shown in pages
        for part in shown.sections
        for entry in part.entries
    }


def test_review_shows_all_answers() -> None:
    assert entries(DEFINITION, {"frage": True, "art": "x", "stimmt": True}) == {
        "frage": ("Ja", True),
        "warum": ("nicht angegeben", False),
        "art": ("X-Art", True),
        "stimmt": ("Ja, erklärt", True),
        "mehr": ("nicht angegeben", False),
        "partner": ("nicht angegeben", False),
        "m": ("nicht angegeben", False),
    }


def test_review_of_rows_and_sums() -> None:
    definition = parse_definition(grant_form())
    answers = grant_answers() | {"zuwendung": None}
    (shown,) = review(definition, evaluate(definition, answers, stage="submission"))
    assert not shown.complete
    found = {entry.path: entry for entry in shown.sections[0].entries}
    table = found["einnahmen"].table
    assert table is not None
    assert table.headings == ("Einnahme", "Einzahler", "Betrag")
    assert table.rows[0] == ("1", "Unternehmen", f"34.500,00{NBSP}€")
    assert table.footer == ("Summe", "", f"42.650,00{NBSP}€")
    assert found["zuwendung"].errors == ("Bitte füllen Sie „Zuwendung“ aus.",)
    assert found["rueckzahlung"].display == "nicht berechenbar"


def test_review_of_a_matrix_and_of_unreadable_entries() -> None:
    answers: Document = {"partner": [{"kuerzel": "ja"}], "m": {"akquise": {"ja": "F"}}}
    invalid = {"warum": "x", "partner[0].kuerzel": "??"}
    evaluation = evaluate(DEFINITION, answers | {"frage": True}, stage="draft", invalid=invalid)
    pages = review(DEFINITION, evaluation, invalid)
    found = {entry.path: entry for shown in pages for entry in shown.sections[0].entries}
    assert found["warum"].display == "„x“"
    rows, grid = found["partner"].table, found["m"].table
    assert rows is not None
    assert rows.rows[0][1] == "„??“"
    assert grid is not None
    assert grid.rows == (("Akquise", "Federführung"),)
