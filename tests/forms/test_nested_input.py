"""Posting rows inside rows: read, added, removed and moved at every level; nothing is lost."""

from __future__ import annotations

import copy
from itertools import count
from typing import Any

import pytest

from forms import input as reading
from forms.definition import parse_definition
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from forms.input import PageInput, read_page
from forms.presentation import present_page
from forms.rows import RowOperation, apply_row_operation, place_after, read_row_button
from forms.views import FieldView
from tests.support.nested_forms import (
    course_answers,
    course_form,
    invoice_answers,
    invoice_form,
)

INVOICE = parse_definition(invoice_form())
COURSE = parse_definition(course_form())
Posted = dict[str, list[str]]


def posted_by(field: FieldView) -> Posted:
    """Return what a browser sends of a drawn field that nobody touches."""
    if field.type in ("calculated", "info"):
        return {}
    sent: Posted = {field.marker_name: ["1"]} if field.marker_name else {}
    if field.repeat:
        for row in field.repeat.rows:
            sent[row.id_name] = [row.id]
            for inner in row.fields:
                sent |= posted_by(inner)
    elif field.options:
        chosen = [option.value for option in field.options if option.checked]
        sent |= {field.path: chosen or [""]} if field.type == "select" or chosen else {}
    else:
        sent[field.path] = [field.entry]
    return sent


def page_of(answers: Any, invalid: dict[str, str] | None = None) -> Posted:
    evaluation = evaluate(INVOICE, answers, stage="draft", invalid=invalid)
    view = present_page(INVOICE, "rechnung", evaluation, invalid)
    sent: Posted = {}
    for section in view.sections:
        for field in section.fields:
            sent |= posted_by(field)
    return sent


def send(posted: Posted, stored: Any | None = None) -> PageInput:
    numbers = count(1)
    return read_page(
        INVOICE,
        "rechnung",
        posted,
        invoice_answers() if stored is None else stored,
        new_row_id=lambda: f"neu-{next(numbers)}",
    )


def press(posted: Posted, name: str, stored: Any | None = None) -> tuple[Any, dict[str, str]]:
    """Send the page with a row button, and return answers and raw texts after it."""
    entry = send({**posted, name: ["1"]}, stored)
    assert entry.operation is not None
    numbers = count(100)
    return apply_row_operation(
        INVOICE, entry.answers, entry.invalid, entry.operation, lambda: f"neu-{next(numbers)}"
    )


def test_a_page_nobody_touched_changes_nothing() -> None:
    entry = send(page_of(invoice_answers()))
    assert entry.answers == invoice_answers()
    assert (entry.errors, entry.invalid, entry.operation) == ((), {}, None)


def test_an_inner_answer_is_read() -> None:
    posted = page_of(invoice_answers()) | {"faelle[0].einsaetze[1].minuten": ["50"]}
    expected: Any = invoice_answers()
    expected["faelle"][0]["einsaetze"][1]["minuten"] = 50
    assert send(posted).answers == expected


def test_answers_of_a_hidden_inner_group_survive() -> None:
    hidden: Any = invoice_answers()
    hidden["faelle"][0]["mit_einsaetzen"] = False
    posted = page_of(hidden)
    assert not any(name.startswith("faelle[0].einsaetze") for name in posted)
    assert send(posted, hidden).answers == hidden


def test_answers_of_a_hidden_inner_field_survive() -> None:
    stored: Any = invoice_answers()
    stored["faelle"][0]["einsaetze"][0]["grund"] = "Krankheit"
    posted = page_of(stored)
    assert "faelle[0].einsaetze[0].grund" not in posted
    assert send(posted, stored).answers == stored


def test_all_inner_rows_may_go() -> None:
    posted = {
        name: values
        for name, values in page_of(invoice_answers()).items()
        if not name.startswith("faelle[1].einsaetze[")
    }
    answers: Any = send(posted).answers
    assert answers["faelle"][1]["einsaetze"] == []
    assert len(answers["faelle"][0]["einsaetze"]) == 2


@pytest.mark.parametrize(
    "name",
    [
        "faelle[0].einsaetze[0].fremd",
        "faelle[0].fremd[0].minuten",
        "faelle[0].name[0].minuten",
        "einsaetze[0].minuten",
        "faelle[0].einsaetze.minuten",
        "faelle.einsaetze[0].minuten",
        "faelle[0].einsaetze[0]",
        "faelle[0].einsaetze[0].minuten[0]",
        "faelle[0].einsaetze[00000].minuten",
        "faelle[0].einsaetze[-1].minuten",
        "faelle[0].einsaetze[0].minuten.__add",
        "faelle[0].name.__add",
        "faelle[0]einsaetze[0].minuten",
    ],
)
def test_unknown_names_are_refused(name: str) -> None:
    entry = send({**page_of(invoice_answers()), name: ["1"]})
    assert [error.path for error in entry.errors] == [name]
    assert "gehört nicht zu dieser Seite" in entry.errors[0].text
    assert entry.answers == invoice_answers()
    assert entry.operation is None


def test_a_posted_calculation_is_passed_over() -> None:
    posted = page_of(invoice_answers()) | {"faelle[0].einsaetze[0].betrag": ["1.000.000"]}
    entry = send(posted)
    assert entry.errors == ()
    assert entry.answers == invoice_answers()


def test_rows_take_the_order_and_numbers_of_the_page() -> None:
    """Gaps close at both levels, and raw texts stand where their row now stands."""
    posted = {
        "faelle.__present": ["1"],
        "faelle[7]._id": ["f2"],
        "faelle[7].einsaetze.__present": ["1"],
        "faelle[7].einsaetze[9]._id": ["e3"],
        "faelle[7].einsaetze[9].minuten": ["sechzig"],
        "faelle[3]._id": ["f1"],
        "faelle[3].einsaetze[5].minuten": ["7"],
    }
    entry = send(posted)
    answers: Any = entry.answers
    assert [row["_id"] for row in answers["faelle"]] == ["f2", "f1"]
    assert answers["faelle"][1]["einsaetze"] == [{"_id": "neu-1", "minuten": 7}]
    assert entry.invalid == {"faelle[0].einsaetze[0].minuten": "sechzig"}
    assert answers["faelle"][0]["einsaetze"][0]["datum"] == "2027-03-02"
    assert "minuten" not in answers["faelle"][0]["einsaetze"][0]


def test_a_row_without_any_posted_field_of_its_own_is_found_through_its_inner_rows() -> None:
    entry = send({"faelle[4].einsaetze[2].minuten": ["5"]}, {})
    answers: Any = entry.answers
    assert answers == {"faelle": [{"_id": "neu-1", "einsaetze": [{"_id": "neu-2", "minuten": 5}]}]}


def test_inner_rows_are_added_removed_and_moved() -> None:
    posted = page_of(invoice_answers())
    answers, _raw = press(posted, "faelle[1].einsaetze.__add")
    assert [row["_id"] for row in answers["faelle"][1]["einsaetze"]] == ["e3", "neu-100"]
    assert answers["faelle"][0] == invoice_answers()["faelle"][0]  # type: ignore[index,call-overload]
    answers, _raw = press(posted, "faelle[0].einsaetze[1].__up")
    assert [row["_id"] for row in answers["faelle"][0]["einsaetze"]] == ["e2", "e1"]
    answers, _raw = press(posted, "faelle[0].einsaetze[0].__down")
    assert [row["_id"] for row in answers["faelle"][0]["einsaetze"]] == ["e2", "e1"]
    answers, _raw = press(posted, "faelle[0].einsaetze[0].__remove")
    assert [row["_id"] for row in answers["faelle"][0]["einsaetze"]] == ["e2"]


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("faelle[1].__up", {"faelle[0].einsaetze[0].minuten": "x", "faelle[1].satz": "y"}),
        ("faelle[0].__remove", {"faelle[0].einsaetze[0].minuten": "x"}),
        (
            "faelle[1].einsaetze.__add",
            {"faelle[1].einsaetze[0].minuten": "x", "faelle[0].satz": "y"},
        ),
        ("faelle[1].einsaetze[0].__remove", {"faelle[0].satz": "y"}),
        (
            "faelle[0].einsaetze[0].__down",
            {"faelle[1].einsaetze[0].minuten": "x", "faelle[0].satz": "y"},
        ),
    ],
)
def test_raw_texts_move_with_their_rows(button: str, expected: dict[str, str]) -> None:
    posted = page_of(invoice_answers()) | {
        "faelle[1].einsaetze[0].minuten": ["x"],
        "faelle[0].satz": ["y"],
    }
    _answers, raw = press(posted, button)
    assert raw == expected


def test_a_raw_text_of_an_inner_row_moves_inside_it() -> None:
    posted = page_of(invoice_answers()) | {"faelle[0].einsaetze[1].minuten": ["x"]}
    answers, raw = press(posted, "faelle[0].einsaetze[1].__up")
    assert raw == {"faelle[0].einsaetze[0].minuten": "x"}
    again = page_of(answers, raw)
    assert again["faelle[0].einsaetze[0].minuten"] == ["x"]
    assert again["faelle[0].einsaetze[0]._id"] == ["e2"]


def test_a_button_means_the_row_of_the_page_not_of_the_store() -> None:
    posted = {
        "faelle.__present": ["1"],
        "faelle[7]._id": ["f2"],
        "faelle[7].einsaetze[4]._id": ["e3"],
        "faelle[7].einsaetze[8]._id": ["e9"],
    }
    entry = send({**posted, "faelle[7].einsaetze[8].__up": ["1"]})
    assert entry.operation == RowOperation("faelle[0].einsaetze", "up", 1)
    entry = send({**posted, "__action": ["faelle[7].einsaetze.__add"]})
    assert entry.operation == RowOperation("faelle[0].einsaetze", "add")


def test_a_button_of_a_row_that_is_gone_changes_nothing() -> None:
    for operation in (
        RowOperation("faelle[5].einsaetze", "add"),
        RowOperation("faelle[0].einsaetze", "remove", 9),
        RowOperation("faelle[0].name", "add"),
        RowOperation("faelle[0]", "add"),
        RowOperation("fremd", "add"),
    ):
        answers, raw = apply_row_operation(
            INVOICE, invoice_answers(), {"faelle[0].satz": "y"}, operation, lambda: "neu"
        )
        assert answers == invoice_answers()
        assert raw == {"faelle[0].satz": "y"}


def test_the_given_answers_are_not_changed_by_an_operation() -> None:
    stored = invoice_answers()
    apply_row_operation(
        INVOICE, stored, {}, RowOperation("faelle[0].einsaetze", "remove", 0), lambda: "neu"
    )
    assert stored == invoice_answers()


def test_three_levels_of_rows() -> None:
    stored: Any = course_answers()
    path = "kurse[0].module[0].termine"
    answers, raw = apply_row_operation(
        COURSE, stored, {f"{path}[1].ue": "vier"}, RowOperation(path, "up", 1), lambda: "neu"
    )
    module: Any = answers["kurse"][0]["module"][0]  # type: ignore[index,call-overload]
    assert [row["_id"] for row in module["termine"]] == ["t2", "t1"]
    assert raw == {f"{path}[0].ue": "vier"}


def test_names_of_buttons() -> None:
    assert read_row_button("a[1].b[2].c.__add") == RowOperation("a[1].b[2].c", "add")
    assert read_row_button("a[1].b[2].__down") == RowOperation("a[1].b", "down", 2)
    for name in ("a[1].__add", "a.b.__add", "a[1].b.__up", "a[1]b[2].__up", "[1].__up", "a[].__up"):
        assert read_row_button(name) is None, name


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        (RowOperation("faelle", "add"), "faelle[1]"),
        (RowOperation("faelle[0].einsaetze", "add"), "faelle[0].einsaetze[1]"),
        (RowOperation("faelle[0].einsaetze", "remove", 1), "faelle[0].einsaetze[1]"),
        (RowOperation("faelle[0].einsaetze", "remove", 2), "faelle[0].einsaetze[1]"),
        (RowOperation("faelle[0].einsaetze", "up", 1), "faelle[0].einsaetze[0]"),
        (RowOperation("faelle[0].einsaetze", "up", 0), "faelle[0].einsaetze[0]"),
        (RowOperation("faelle[0].einsaetze", "down", 1), "faelle[0].einsaetze[1]"),
        (RowOperation("faelle[9].einsaetze", "remove", 0), "faelle[9].einsaetze"),
    ],
)
def test_where_to_go_on(operation: RowOperation, place: str) -> None:
    assert place_after(operation, invoice_answers()) == place


def test_a_full_form_takes_no_more_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms.rows.MAXIMUM_FORM_ROWS", 5)
    answers, _raw = apply_row_operation(
        INVOICE, invoice_answers(), {}, RowOperation("faelle[0].einsaetze", "add"), lambda: "neu"
    )
    assert answers == invoice_answers()
    monkeypatch.setattr("forms.group_views.MAXIMUM_FORM_ROWS", 5)
    evaluation = evaluate(INVOICE, invoice_answers(), stage="draft")
    view = present_page(INVOICE, "rechnung", evaluation)
    repeat = view.sections[0].fields[0].repeat
    assert repeat is not None
    assert not repeat.can_add
    assert "im ganzen Vordruck nicht möglich: höchstens 5" in repeat.full_text


def test_too_many_posted_rows_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAXIMUM_FORM_ROWS", 4)
    entry = send(page_of(invoice_answers()))
    assert [error.path for error in entry.errors] == ["faelle[1].einsaetze"]
    assert entry.errors[0].text.startswith("„Einsätze“: Alle Wiederholgruppen zusammen")
    assert entry.errors[0].text.endswith("Die übrigen fehlen.")


def test_hidden_rows_count_among_those_of_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden: Any = copy.deepcopy(invoice_answers())
    hidden["faelle"][0]["mit_einsaetzen"] = False
    posted = page_of(hidden)
    monkeypatch.setattr(reading, "MAXIMUM_FORM_ROWS", 4)
    answers: dict[str, Json] = hidden
    assert [error.path for error in send(posted, answers).errors] == ["faelle[1].einsaetze"]
