"""Reading a posted page, and the buttons of rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import pytest

from forms.definition import parse_definition
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from forms.input import PageInput, read_page
from forms.presentation import FieldView, PageView, present_page
from forms.rows import RowOperation, apply_row_operation, read_row_button
from tests.support.form_documents import Document, field, form, page, parsed, row_field, section

DEFINITION = parse_definition(
    form(
        page(
            "eins",
            section(
                "a",
                field("text", "name", max_length=50),
                field("money", "betrag"),
                field("checkboxes", "themen", options={"a": "A", "b": "B"}),
                field("radio", "art", options={"x": "X", "y": "Y"}),
                field("declaration", "stimmt", text="Alles stimmt."),
                field("yes_no", "mehr"),
                field("long_text", "warum", visible="mehr"),
                field("calculated", "doppelt", result="money", value="betrag * 2"),
                field(
                    "repeat",
                    "kosten",
                    display="table",
                    item_label="Position",
                    maximum=4,
                    fields=[
                        row_field("kosten", "text", "grund"),
                        row_field("kosten", "money", "betrag"),
                        row_field("kosten", "checkboxes", "art", options={"p": "P", "q": "Q"}),
                        row_field("kosten", "text", "geheim", visible="zeile.betrag > 100"),
                    ],
                ),
                field(
                    "matrix",
                    "aufgaben",
                    rows={"akquise": "Akquise", "beratung": "Beratung"},
                    columns={"ja": "Jugendamt", "t1": "Träger"},
                    cells={"F": "F", "M": "M"},
                ),
            ),
        ),
        page("zwei", section("b", field("text", "anderswo"))),
    )
)

STORED: Document = {
    "name": "Alt",
    "warum": "Nur so",
    "anderswo": "bleibt",
    "themen": ["a"],
    "stimmt": True,
    "kosten": [
        {"_id": "r1", "grund": "Miete", "betrag": "5.00", "geheim": "x"},
        {"_id": "r2", "grund": "Strom", "art": ["p"]},
    ],
}


def ids() -> Callable[[], str]:
    counter = itertools.count(1)
    return lambda: f"neu-{next(counter)}"


def read(posted: Mapping[str, str | Sequence[str]], stored: Document | None = None) -> PageInput:
    lists = {name: [value] if isinstance(value, str) else value for name, value in posted.items()}
    answers = STORED if stored is None else stored
    return read_page(DEFINITION, "eins", lists, answers, new_row_id=ids())


def test_reads_values_and_leaves_other_pages() -> None:
    result = read(
        {"name": " Neu ", "betrag": "1.234,5", "mehr": "ja", "csrf_token": "t", "_x": "y"}
    )
    assert result.errors == ()
    assert result.answers["name"] == "Neu"
    assert result.answers["betrag"] == "1234.50"
    assert result.answers["mehr"] is True
    assert result.answers["anderswo"] == "bleibt"
    assert STORED["name"] == "Alt"


def test_answers_of_fields_not_on_the_page_stay() -> None:
    result = read({"name": "Neu"})
    assert result.answers["warum"] == "Nur so"
    assert result.answers["themen"] == ["a"]
    assert result.answers["kosten"] == STORED["kosten"]


def test_marker_tells_an_unticked_box() -> None:
    result = read({"themen.__present": "1", "stimmt.__present": "1", "name": ""})
    assert {"themen", "stimmt", "name"}.isdisjoint(result.answers)
    kept = read({"themen.__present": "1", "themen": ["b", "a"]})
    assert kept.answers["themen"] == ["a", "b"]


def test_unreadable_entry_is_kept_raw() -> None:
    result = read({"betrag": "viel Geld", "art": "z"}, {"betrag": "5.00", "art": "x"})
    assert result.invalid == {"betrag": "viel Geld", "art": "z"}
    assert "betrag" not in result.answers
    assert {error.path for error in result.errors} == {"betrag", "art"}
    assert "„Betrag“" in result.errors[0].text


def test_too_long_text_is_kept_as_answer_for_the_check_to_name() -> None:
    result = read({"name": "x" * 60})
    assert result.answers["name"] == "x" * 60
    evaluation = evaluate(DEFINITION, result.answers, stage="draft")
    assert "höchstens 50 Zeichen" in evaluation.messages_at("name")[0].text


def test_enormous_text_is_cut_and_refused() -> None:
    result = read({"warum": "x" * 100_000})
    assert len(result.invalid["warum"]) == 40_000
    assert result.errors[0].path == "warum"


def test_unknown_names_are_errors_and_computed_values_are_passed_over() -> None:
    result = read({"doppelt": "1", "fremd": "1", "anderswo": "x", "kosten[0].fremd": "1"})
    assert {error.path for error in result.errors} == {"fremd", "anderswo", "kosten[0].fremd"}
    assert "doppelt" not in result.answers
    assert result.answers["anderswo"] == "bleibt"


def test_too_many_fields_change_nothing() -> None:
    result = read({"name": ["x"] * 20_001})
    assert result.answers == STORED
    assert "20000" in result.errors[0].text


def test_unknown_page() -> None:
    with pytest.raises(KeyError):
        read_page(DEFINITION, "drei", {}, {}, new_row_id=ids())


def test_rows_come_in_posted_order_with_their_ids() -> None:
    result = read(
        {
            "kosten.__present": "1",
            "kosten[1]._id": "r2",
            "kosten[1].grund": "Gas",
            "kosten[1].art.__present": "1",
            "kosten[0]._id": "r1",
            "kosten[0].betrag": "sechs",
            "kosten[2].grund": "Neu",
            "kosten[3]._id": "r1",
            "kosten[3].grund": "Doppelt",
        }
    )
    assert result.answers["kosten"] == [
        {"_id": "r2", "grund": "Gas"},
        {"_id": "r1", "grund": "Miete", "geheim": "x"},
        {"_id": "neu-1", "grund": "Neu"},
        {"_id": "neu-2", "grund": "Doppelt"},
    ]
    assert result.invalid == {"kosten[1].betrag": "sechs"}


def test_all_rows_removed() -> None:
    assert read({"kosten.__present": "1"}).answers["kosten"] == []


def test_flood_of_rows_is_cut() -> None:
    result = read({f"kosten[{number}].grund": "x" for number in range(600)})
    rows = result.answers["kosten"]
    assert isinstance(rows, list)
    assert len(rows) == 500
    assert "höchstens 500" in result.errors[0].text


def test_matrix_cells() -> None:
    stored: Document = {"aufgaben": {"akquise": {"ja": "F", "t1": "M"}}}
    posted = {"aufgaben.akquise.ja": "", "aufgaben.beratung.t1": "F", "aufgaben.beratung.ja": "Z"}
    result = read(posted, stored)
    assert result.answers["aufgaben"] == {"akquise": {"t1": "M"}, "beratung": {"t1": "F"}}
    assert [error.path for error in result.errors] == ["aufgaben.beratung.ja"]
    wrong = read({"aufgaben.fehlt.ja": "F", "aufgaben.akquise.t9": "F"}, {})
    assert len(wrong.errors) == 2
    assert "aufgaben" not in wrong.answers


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("kosten.__add", RowOperation("kosten", "add")),
        ("kosten[1].__remove", RowOperation("kosten", "remove", 1)),
        ("kosten[12].__up", RowOperation("kosten", "up", 12)),
        ("kosten[0].__down", RowOperation("kosten", "down", 0)),
        ("kosten[0].__add", None),
        ("kosten.__remove", None),
        ("kosten[-1].__up", None),
        ("kosten[1].betrag", None),
    ],
)
def test_row_buttons(name: str, operation: RowOperation | None) -> None:
    assert read_row_button(name) == operation


@pytest.mark.parametrize("posted", [{"kosten[1].__up": "1"}, {"__action": "kosten[1].__up"}])
def test_pressed_button_is_found(posted: dict[str, str]) -> None:
    result = read(posted)
    assert result.operation == RowOperation("kosten", "up", 1)
    assert result.errors == ()


def test_button_follows_its_row_in_posted_order() -> None:
    posted = {"kosten[5]._id": "r2", "kosten[3]._id": "r1", "kosten[3].__remove": "1"}
    assert read(posted).operation == RowOperation("kosten", "remove", 1)


@pytest.mark.parametrize(
    ("operation", "order", "invalid"),
    [
        (RowOperation("kosten", "add"), ["r1", "r2", "neu-1"], "kosten[1].betrag"),
        (RowOperation("kosten", "remove", 0), ["r2"], "kosten[0].betrag"),
        (RowOperation("kosten", "remove", 1), ["r1"], None),
        (RowOperation("kosten", "up", 1), ["r2", "r1"], "kosten[0].betrag"),
        (RowOperation("kosten", "down", 0), ["r2", "r1"], "kosten[0].betrag"),
        (RowOperation("kosten", "up", 0), ["r1", "r2"], "kosten[1].betrag"),
        (RowOperation("kosten", "down", 1), ["r1", "r2"], "kosten[1].betrag"),
        (RowOperation("kosten", "remove", 9), ["r1", "r2"], "kosten[1].betrag"),
        (RowOperation("name", "add"), ["r1", "r2"], "kosten[1].betrag"),
    ],
)
def test_row_operations(operation: RowOperation, order: list[str], invalid: str | None) -> None:
    answers, raw = apply_row_operation(
        DEFINITION, STORED, {"kosten[1].betrag": "x", "betrag": "y"}, operation, ids()
    )
    rows = answers["kosten"]
    assert isinstance(rows, list)
    assert [row["_id"] for row in rows if isinstance(row, dict)] == order
    assert raw == {"betrag": "y"} | ({invalid: "x"} if invalid else {})


def test_full_group_takes_no_more_rows() -> None:
    answers: Document = {"kosten": [{"_id": str(number)} for number in range(4)]}
    result, _raw = apply_row_operation(
        DEFINITION, answers, {}, RowOperation("kosten", "add"), ids()
    )
    assert result == answers


def posted_by(view: PageView) -> dict[str, list[str]]:
    """Post what a browser would: every input of the page as it stands."""
    posted: dict[str, list[str]] = {}
    for part in view.sections:
        for item in part.fields:
            _post(item, posted)
    return posted


def _post(view: FieldView, posted: dict[str, list[str]]) -> None:
    if view.marker_name:
        posted[view.marker_name] = ["1"]
    for row in view.repeat.rows if view.repeat else ():
        posted[row.id_name] = [row.id]
        for inner in row.fields:
            _post(inner, posted)
    for cell in (cell for line in (view.matrix.rows if view.matrix else ()) for cell in line.cells):
        posted[cell.path] = [option.value for option in cell.options if option.checked] or [""]
    if view.options:
        chosen = [option.value for option in view.options if option.checked]
        posted |= {view.path: chosen} if chosen else {}
    elif view.type not in ("calculated", "info", "repeat", "matrix"):
        posted[view.path] = [view.entry]


FULL: Document = {
    "name": "Haus",
    "betrag": "1234.50",
    "themen": ["a", "b"],
    "art": "y",
    "stimmt": True,
    "mehr": True,
    "warum": "Zeile 1\nZeile 2",
    "kosten": [
        {"_id": "r1", "grund": "Miete", "betrag": "500.00", "art": ["q"], "geheim": "g"},
        {"_id": "r2"},
    ],
    "aufgaben": {"akquise": {"ja": "F"}, "beratung": {"t1": "M"}},
}


@pytest.mark.parametrize("answers", [FULL, {}, {"kosten": [{"_id": "r1", "betrag": "3.00"}]}])
def test_page_posted_back_unchanged_changes_nothing(answers: dict[str, Json]) -> None:
    evaluation = evaluate(DEFINITION, answers, stage="draft")
    posted = posted_by(present_page(DEFINITION, "eins", evaluation))
    result = read_page(DEFINITION, "eins", posted, answers, new_row_id=ids())
    assert result.errors == ()
    assert result.answers == answers | ({} if "kosten" in answers else {"kosten": []})


def test_raw_text_stands_in_its_input_again() -> None:
    invalid = {"betrag": "viel", "kosten[0].betrag": "mehr"}
    evaluation = evaluate(DEFINITION, STORED, stage="draft", invalid=invalid)
    view = present_page(DEFINITION, "eins", evaluation, invalid)
    posted = posted_by(view)
    assert posted["betrag"] == ["viel"]
    assert posted["kosten[0].betrag"] == ["mehr"]
    assert [link.html_id for link in view.errors] == ["f-betrag", "f-kosten-0-betrag"]


@pytest.mark.parametrize(
    "asked", [field("radio", "art", options={"a": "A"}), field("organisation", "art")]
)
def test_a_nul_in_what_cannot_be_read_is_left_out(asked: Document) -> None:
    """PostgreSQL keeps no such character; the page once ended with a fault."""
    entry = read_page(parsed(asked), "seite", {"art": ["\0x"]}, {}, new_row_id=lambda: "r")
    assert entry.invalid == {"art": "x"}
