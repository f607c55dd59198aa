"""Answers in groups inside groups: relevance, values, sums and messages at every level."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from forms import answers as loading
from forms.answers import dump_value, load_answers
from forms.context import placeholder_paths, template_context
from forms.definition import parse_definition
from forms.evaluation import Evaluation, evaluate, flatten
from forms.evaluation_document import evaluation_document
from tests.support.form_documents import field, one_page, row_field
from tests.support.nested_forms import (
    course_answers,
    course_form,
    invoice_answers,
    invoice_form,
)

INVOICE = parse_definition(invoice_form())
COURSE = parse_definition(course_form())


def changed(path: list[str | int], value: object) -> dict[str, Any]:
    """Return the answers of the invoice with one of them changed."""
    document: Any = copy.deepcopy(invoice_answers())
    place = document["faelle"]
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    answers: dict[str, Any] = document
    return answers


def texts(evaluation: Evaluation) -> dict[str, str]:
    return {message.path: message.text for message in evaluation.errors}


def test_amounts_of_all_levels() -> None:
    evaluation = evaluate(INVOICE, invoice_answers(), stage="submission")
    assert evaluation.errors == ()
    values = flatten(evaluation.values)
    # 90 min × 64,95 €/h = 97,425; 45 min = 48,7125; together 146,1375; 60 min × 60 €/h = 60.
    assert values["faelle[0].einsaetze[0].betrag"] == "97.43"
    assert values["faelle[0].einsaetze[1].betrag"] == "48.71"
    assert values["faelle[0].summe"] == "146.14"
    assert values["faelle[1].summe"] == "60.00"
    assert values["minuten"] == 195
    assert values["gesamt"] == "206.14"
    assert values["faelle[1].einsaetze[0].art"] == "direkt"
    assert "_id" not in str(values)


def test_totals_by_path_of_the_group() -> None:
    evaluation = evaluate(INVOICE, invoice_answers(), stage="submission")
    assert evaluation.totals == {
        "faelle": {"summe": Decimal("206.14")},
        "faelle[0].einsaetze": {"minuten": Decimal(135), "betrag": Decimal("146.14")},
        "faelle[1].einsaetze": {"minuten": Decimal(60), "betrag": Decimal("60.00")},
    }


def test_three_levels() -> None:
    values = flatten(evaluate(COURSE, course_answers(), stage="submission").values)
    assert values["kurse[0].ue"] == 18
    assert values["kurse[1].ue"] == 0
    assert values["kurse[0].module[1].termine[0].kosten"] == "240.00"
    assert values["kosten"] == "720.00"


def test_a_hidden_inner_group_is_not_asked_and_does_not_count() -> None:
    evaluation = evaluate(INVOICE, changed([0, "mit_einsaetzen"], False), stage="submission")
    assert evaluation.errors == ()
    assert "faelle[0].einsaetze" not in evaluation.visible
    assert "faelle[1].einsaetze" in evaluation.visible
    values = flatten(evaluation.values)
    assert not any(path.startswith("faelle[0].einsaetze") for path in values)
    assert (values["minuten"], values["gesamt"]) == (60, "60.00")
    assert set(evaluation.totals) == {"faelle", "faelle[1].einsaetze"}


def test_relevance_in_an_inner_row() -> None:
    answers = changed([0, "einsaetze", 1, "art"], "ausfall")
    evaluation = evaluate(INVOICE, answers, stage="submission")
    assert texts(evaluation) == {
        "faelle[0].einsaetze[1].grund": (
            "Fall 1, Einsatz 2: Bitte füllen Sie „Grund des Ausfalls“ aus."
        )
    }
    assert evaluation.errors[0].label == "Grund des Ausfalls (Fall 1, Einsatz 2)"
    assert evaluation.errors[0].page_key == "rechnung"
    assert "faelle[0].einsaetze[0].grund" not in evaluation.visible


@pytest.mark.parametrize(
    ("path", "value", "where", "text"),
    [
        ([1, "einsaetze"], [], "faelle[1].einsaetze",
         "Fall 2: „Einsätze“ braucht mindestens 1 × „Einsatz“, es sind 0."),
        ([1, "einsaetze"], "viele", "faelle[1].einsaetze",
         "Fall 2: „Einsätze“: erwartet wird eine Liste von Zeilen."),
        ([1, "einsaetze"], ["kein"], "faelle[1].einsaetze[0]", "ist keine Zeile"),
        ([1, "einsaetze", 0, "minuten"], 601, "faelle[1].einsaetze[0].minuten", "höchstens"),
        ([1, "einsaetze", 0, "minuten"], "x", "faelle[1].einsaetze[0].minuten", "Fall 2, Einsatz"),
        ([1, "einsaetze", 0, "fremd"], 1, "faelle[1].einsaetze[0].fremd", "gibt es in diesem"),
        ([0, "einsaetze", 0, "minuten"], None, "faelle[0].einsaetze[0].minuten", "Minuten"),
    ],
)  # fmt: skip
def test_message_at_its_place(path: list[str | int], value: object, where: str, text: str) -> None:
    found = texts(evaluate(INVOICE, changed(path, value), stage="submission"))
    assert text in found[where]


def test_a_rule_of_the_outer_row_looks_into_its_inner_rows() -> None:
    visit = {"datum": "2027-03-01", "minuten": 600, "art": "direkt"}
    visits = [visit | {"_id": f"v{number}"} for number in range(11)]
    found = texts(evaluate(INVOICE, changed([0, "einsaetze"], visits), stage="submission"))
    assert found == {"faelle[0].summe": "Fall 1: Das sind mehr als 100 Stunden."}


def test_unreadable_text_in_an_inner_row() -> None:
    answers = changed([0, "einsaetze", 0, "minuten"], None)
    raw = {"faelle[0].einsaetze[0].minuten": "neunzig"}
    found = texts(evaluate(INVOICE, answers, stage="submission", invalid=raw))
    assert found["faelle[0].einsaetze[0].minuten"].startswith("Fall 1, Einsatz 1: ")
    assert "ausfüllen" not in found["faelle[0].einsaetze[0].minuten"]


def test_rows_of_one_group_are_limited() -> None:
    visit = {"datum": "2027-03-01", "minuten": 1, "art": "direkt"}
    answers = changed([0, "einsaetze"], [visit | {"_id": f"v{n}"} for n in range(501)])
    found = texts(evaluate(INVOICE, answers, stage="submission"))
    assert found["faelle[0].einsaetze"] == "Fall 1: „Einsätze“ darf höchstens 500 Zeilen haben."


def test_rows_of_the_form_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MAXIMUM_FORM_ROWS", 4)
    evaluation = evaluate(INVOICE, invoice_answers(), stage="submission")
    # Two cases and the two visits of the first are four rows.
    assert texts(evaluation)["faelle[1].einsaetze"] == (
        "Fall 2: „Einsätze“: Alle Wiederholgruppen zusammen dürfen höchstens 4 Zeilen haben."
    )


def test_stored_answers_come_back_as_they_were() -> None:
    loaded = load_answers(COURSE.fields, course_answers())
    assert loaded.errors == {}
    assert loaded.rows == 2 + 2 + 3
    stored = {key: dump_value(COURSE.fields[key], value) for key, value in loaded.values.items()}
    assert stored == course_answers()


def test_document_of_an_evaluation() -> None:
    document = evaluation_document(INVOICE, changed([0, "einsaetze", 1, "art"], "ausfall"))
    visible = document["visible"]
    assert isinstance(visible, list)
    place = visible.index("faelle[0].einsaetze[0].datum")
    assert visible[place - 1 : place + 6] == [
        "faelle[0].einsaetze",
        "faelle[0].einsaetze[0].datum",
        "faelle[0].einsaetze[0].minuten",
        "faelle[0].einsaetze[0].art",
        "faelle[0].einsaetze[0].betrag",
        "faelle[0].einsaetze[1].datum",
        "faelle[0].einsaetze[1].minuten",
    ]
    assert document["errors"] == [
        {
            "key": "faelle[0].einsaetze[1].grund",
            "message": "Fall 1, Einsatz 2: Bitte füllen Sie „Grund des Ausfalls“ aus.",
        }
    ]


def test_context_of_a_template() -> None:
    context: Any = template_context(
        INVOICE, evaluate(INVOICE, invoice_answers(), stage="submission")
    )
    case = context["faelle"][0]
    assert case["name"] == "51.2-A"
    assert [visit["minuten"] for visit in case["einsaetze"]] == [90, 45]
    assert case["einsaetze"][1]["art_text"] == "Bericht"
    assert case["einsaetze"][1]["grund"] is None
    assert case["einsaetze_summe"] == {"minuten": Decimal(135), "betrag": Decimal("146.14")}
    assert context["faelle_summe"] == {"summe": Decimal("206.14")}


def test_placeholders_of_inner_rows() -> None:
    paths = placeholder_paths(INVOICE)
    assert paths["faelle[].einsaetze[].minuten"] == "Fälle: Einsätze: Minuten"
    assert paths["faelle[].einsaetze[].art_text"] == "Fälle: Einsätze: Leistung (Beschriftung)"
    assert paths["faelle[].einsaetze"] == "Fälle: Zeilen von „Einsätze“"
    assert paths["faelle[].einsaetze_summe.minuten"].endswith("„Minuten“ über alle Zeilen")


def test_each_of_many_messages_is_said_once() -> None:
    group = field("repeat", "zeilen", display="table", item_label="Zeile", fields=[
        row_field("zeilen", "text", f"t{number}", required=True) for number in range(8)
    ])  # fmt: skip
    definition = parse_definition(one_page(group))
    rows: Any = [{"_id": f"z{number}"} for number in range(500)]
    evaluation = evaluate(definition, {"zeilen": rows}, stage="submission")
    assert len(evaluation.errors) == len(set(evaluation.errors)) == 4000
