"""Relevance, calculation and checking, at both stages."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from forms.definition import FormDefinition, parse_definition
from forms.evaluation import Evaluation, evaluate, flatten
from forms.evaluation_document import evaluation_document
from forms.expressions.nodes import Json
from tests.support.form_documents import (
    Document,
    field,
    form,
    grant_answers,
    grant_form,
    hourly_rate_answers,
    hourly_rate_form,
    page,
    parsed,
    row_field,
    section,
)
from tests.support.large_form import large_answers, large_form


def submit(definition: FormDefinition, answers: Document) -> Evaluation:
    return evaluate(definition, answers, stage="submission")


def errors(evaluation: Evaluation) -> dict[str, str]:
    return {message.path: message.text for message in evaluation.errors}


@pytest.mark.parametrize(
    ("leitung", "satz", "gesamt"),
    [
        ("15", "64.95", "90500.00"),
        ("10", "62.35", "86880.00"),
        ("20", "67.55", "94120.00"),
    ],
)
def test_hourly_rate(leitung: str, satz: str, gesamt: str) -> None:
    evaluation = submit(parse_definition(hourly_rate_form()), hourly_rate_answers(leitung))
    flat = flatten(evaluation.values)
    assert evaluation.errors == ()
    assert flat["netto_tage"] == 203
    assert flat["bereinigte_h"] == "1583.40"
    assert flat["netto_h"] == "1393.392"
    assert flat["gesamtkosten"] == gesamt
    assert flat["fls_satz"] == satz


def test_grant_to_be_repaid() -> None:
    evaluation = submit(parse_definition(grant_form()), grant_answers())
    flat = flatten(evaluation.values)
    assert evaluation.errors == ()
    assert flat["fehlbedarf"] == "18750.00"
    assert flat["rueckzahlung"] == "1250.00"
    assert evaluation.totals["ausgaben"] == {"betrag": Decimal("61400.00")}
    assert flat["ausgaben[1].betrag"] == "12500.00"


def test_calculated_values_of_the_client_are_ignored() -> None:
    answers = grant_answers() | {"rueckzahlung": "0.00"}
    assert (
        flatten(submit(parse_definition(grant_form()), answers).values)["rueckzahlung"] == "1250.00"
    )


DEPENDENT = form(
    page(
        "eins",
        section(
            "a",
            field("yes_no", "frage", required=True),
            field("text", "warum", visible="frage", required="laenge(name) > 0"),
            field("text", "name"),
        ),
    ),
    page(
        "zwei",
        section("b", field("money", "betrag", required=True), visible="warum == 'Geld'"),
        section("c", field("calculated", "doppelt", result="money", value="betrag * 2")),
        visible="frage",
    ),
)


def test_hidden_is_absent_and_null() -> None:
    definition = parse_definition(DEPENDENT)
    answers: Document = {"frage": False, "warum": "Geld", "betrag": "5.00", "name": "x"}
    evaluation = submit(definition, answers)
    assert evaluation.values == {"frage": False, "name": "x"}
    assert evaluation.visible == {"page:eins", "section:a", "frage", "name"}
    assert evaluation.errors == ()
    evaluation = submit(definition, answers | {"frage": True})
    assert evaluation.values["doppelt"] == Decimal("10.00")
    assert {"page:zwei", "section:b", "section:c", "betrag"} <= evaluation.visible


def test_hidden_values_do_not_keep_others_visible() -> None:
    """„warum“ is hidden, so the section that asks for it is hidden with it."""
    definition = parse_definition(DEPENDENT)
    evaluation = submit(definition, {"frage": True, "warum": "Zeit", "betrag": "5.00"})
    assert "betrag" not in evaluation.values
    assert evaluation.values["doppelt"] is None


def test_required_by_condition_and_by_stage() -> None:
    definition = parse_definition(DEPENDENT)
    answers: Document = {"frage": True, "name": "x"}
    evaluation = submit(definition, answers)
    assert errors(evaluation) == {"warum": "Bitte füllen Sie „Warum“ aus."}
    assert evaluation.errors[0].page_key == "eins"
    assert evaluation.required == {"frage", "warum"}
    draft = evaluate(definition, answers, stage="draft")
    assert draft.errors == ()
    assert draft.required == {"frage", "warum"}
    assert errors(submit(definition, {"frage": True})) == {}


def test_hidden_wrong_types_do_not_count() -> None:
    definition = parse_definition(DEPENDENT)
    answers: Document = {"frage": False, "betrag": "viel"}
    assert submit(definition, answers).errors == ()


def test_draft_reports_types_and_constraints_as_errors_and_rules_as_warnings() -> None:
    definition = parsed(
        field("integer", "zahl", maximum=5),
        field("integer", "alter", valid=[{"rule": "alter >= 18", "message": "Zu jung."}]),
        field("money", "geld"),
    )
    answers: Document = {"zahl": 6, "alter": 17, "geld": "x"}
    draft = evaluate(definition, answers, stage="draft")
    assert set(errors(draft)) == {"zahl", "geld"}
    assert [message.text for message in draft.warnings] == ["Zu jung."]
    final = submit(definition, answers)
    assert set(errors(final)) == {"zahl", "geld", "alter"}
    assert final.warnings == ()


def test_rule_of_level_warning_does_not_block() -> None:
    rule: Json = [{"rule": "zahl < 10", "message": "Ungewöhnlich viel.", "level": "warning"}]
    evaluation = submit(parsed(field("integer", "zahl", valid=rule)), {"zahl": 11})
    assert evaluation.errors == ()
    assert [message.level for message in evaluation.warnings] == ["warning"]


def test_rule_is_not_checked_on_unanswered_or_null_result() -> None:
    rule: Json = [{"rule": "offen if zahl > 0 else false", "message": "Nein."}]
    definition = parsed(field("integer", "zahl", valid=rule), field("yes_no", "offen"))
    assert submit(definition, {}).errors == ()
    assert submit(definition, {"zahl": 1}).errors == ()
    assert errors(submit(definition, {"zahl": 0})) == {"zahl": "Nein."}


def test_failing_rule_is_reported_and_harms_nothing_else() -> None:
    definition = parsed(
        field("date", "tag"),
        field("decimal", "zahl"),
        field("calculated", "wert", result="date", value="tag + zahl"),
        field("text", "gut", visible="tag + zahl > tag"),
        field("calculated", "riesig", result="decimal", value="zahl * 999999999999999 * 99999"),
    )
    answers: Document = {"tag": "2026-01-01", "zahl": "0.5", "gut": "y"}
    evaluation = submit(definition, answers)
    assert set(errors(evaluation)) == {"wert", "gut", "riesig"}
    assert "lässt sich nicht berechnen" in errors(evaluation)["wert"]
    assert evaluation.values["gut"] == "y"
    assert submit(definition, answers | {"zahl": "0"}).errors == ()


def test_unknown_keys_are_named() -> None:
    definition = parse_definition(grant_form())
    answers = grant_answers() | {"geheim": 1}
    answers["ausgaben"] = [{"grund": "x", "betrag": "1.00", "extra": 1}, "keine Zeile"]
    found = errors(submit(definition, answers))
    assert "„geheim“" in found["geheim"]
    assert "„ausgaben[0].extra“" in found["ausgaben[0].extra"]
    assert "ausgaben[1]" in found


KOSTEN = field(
    "repeat",
    "kosten",
    display="table",
    item_label="Position",
    minimum=1,
    maximum=3,
    totals=["gesamt"],
    valid=[{"rule": "summe(kosten.gesamt) <= 100", "message": "Zusammen höchstens 100 €."}],
    fields=[
        row_field("kosten", "integer", "menge", required=True),
        row_field("kosten", "money", "preis", required="zeile.menge > 1"),
        row_field("kosten", "text", "grund", visible="zeile.menge > 5"),
        row_field(
            "kosten", "calculated", "gesamt", result="money", value="zeile.menge * zeile.preis / 3"
        ),
        row_field(
            "kosten", "calculated", "anteil", result="decimal", places=1,
            value="zeile.gesamt / summe(kosten.gesamt) * 100",
        ),
    ],
)  # fmt: skip


def test_rows_with_calculated_columns_and_sums() -> None:
    definition = parsed(
        KOSTEN, field("calculated", "alle", result="money", value="summe(kosten.gesamt)")
    )
    evaluation = submit(
        definition,
        {"kosten": [{"menge": 1, "preis": "1.00", "grund": "weg"}, {"menge": 6, "preis": "1.00"}]},
    )
    flat = flatten(evaluation.values)
    assert evaluation.errors == ()
    assert flat["kosten[0].gesamt"] == "0.33"
    assert flat["kosten[1].gesamt"] == "2.00"
    assert flat["kosten[0].anteil"] == "14.3"
    assert "kosten[0].grund" not in flat
    assert flat["kosten[1].grund"] is None
    # The exact third, not the rounded one: the total agrees with the rule.
    assert flat["alle"] == "2.33"
    assert evaluation.totals["kosten"]["gesamt"] == Decimal("2.33")
    assert "kosten[1].grund" in evaluation.visible
    assert "kosten[0].grund" not in evaluation.visible


def test_errors_in_rows_name_the_row() -> None:
    definition = parsed(KOSTEN)
    evaluation = submit(definition, {"kosten": [{"menge": 1}, {"menge": 2}, {}]})
    assert errors(evaluation) == {
        "kosten[1].preis": "Position 2: Bitte füllen Sie „Preis“ aus.",
        "kosten[2].menge": "Position 3: Bitte füllen Sie „Menge“ aus.",
    }
    assert evaluation.errors[0].label == "Preis (Position 2)"


def test_number_of_rows() -> None:
    definition = parsed(KOSTEN)
    row: Json = {"menge": 1, "preis": "1.00"}
    assert "mindestens 1" in errors(submit(definition, {}))["kosten"]
    assert evaluate(definition, {}, stage="draft").errors == ()
    too_many: Document = {"kosten": [row, row, row, row]}
    assert "höchstens 3" in errors(submit(definition, too_many))["kosten"]
    assert "höchstens 3" in errors(evaluate(definition, too_many, stage="draft"))["kosten"]
    flood: Document = {"kosten": [row] * 501}
    assert "höchstens 500" in errors(submit(definition, flood))["kosten"]


def test_rule_over_a_column() -> None:
    found = errors(submit(parsed(KOSTEN), {"kosten": [{"menge": 2, "preis": "500.00"}]}))
    assert found == {"kosten": "Zusammen höchstens 100 €."}


def test_rules_that_take_too_long_end_in_one_message() -> None:
    columns = [
        row_field("kosten", "calculated", f"s{number}", result="decimal", value="summe(kosten.x)")
        for number in range(10)
    ]
    group = field(
        "repeat",
        "kosten",
        display="table",
        item_label="Position",
        fields=[row_field("kosten", "integer", "x"), *columns],
    )
    evaluation = submit(parsed(group), {"kosten": [{"x": 1}] * 500})
    assert [message.path for message in evaluation.errors] == [""]
    assert "rechnen zu lange" in evaluation.errors[0].text


MATRIX = field(
    "matrix",
    "aufgaben",
    label="Aufgabenmatrix",
    rows={"akquise": "Akquise", "vermittlung": "Vermittlung"},
    columns_from={"repeat": "partner", "key": "kuerzel", "label": "name"},
    cells={"F": "Federführung", "M": "Mitwirkung"},
    required=True,
    row_rules=[
        {"kind": "exactly_one", "value": "F"},
        {"kind": "at_least", "value": "M", "count": 2, "when": {"any": "M"}},
    ],
)
PARTNER = field(
    "repeat",
    "partner",
    display="table",
    item_label="Partner",
    fields=[row_field("partner", "text", "kuerzel"), row_field("partner", "text", "name")],
)
PARTNERS: Json = [
    {"kuerzel": "jugendamt", "name": "Jugendamt"},
    {"kuerzel": "T1"},
    {"name": "ohne Kürzel"},
    {"kuerzel": "T 2.x"},
]


def test_matrix_rules_for_rows() -> None:
    definition = parsed(PARTNER, MATRIX)
    cells: Document = {
        "akquise": {"jugendamt": "F", "T1": "M", "T_2_x": "M", "weg": "F"},
        "vermittlung": {"jugendamt": "F", "T1": "F", "T_2_x": "M"},
    }
    evaluation = submit(definition, {"partner": PARTNERS, "aufgaben": cells})
    texts = [message.text for message in evaluation.errors]
    assert [message.path for message in evaluation.errors] == ["aufgaben.vermittlung"] * 2
    assert "genau 1-mal „Federführung“ wählen, jetzt 2-mal" in texts[0]
    assert "mindestens 2-mal „Mitwirkung“" in texts[1]
    assert flatten(evaluation.values)["aufgaben.akquise.T_2_x"] == "M"
    assert "aufgaben.akquise.weg" not in flatten(evaluation.values)
    draft = evaluate(definition, {"partner": PARTNERS, "aufgaben": cells}, stage="draft")
    assert draft.errors == ()
    assert [message.path for message in draft.warnings] == ["aufgaben.vermittlung"]


def test_matrix_of_a_required_question_needs_every_cell() -> None:
    matrix = field(
        "matrix", "m", rows={"a": "A", "b": "B"}, columns={"x": "X", "y": "Y"},
        cells={"1": "eins"}, required=True,
    )  # fmt: skip
    definition = parsed(matrix, field("text", "grund", visible="m.a.x == '1'"))
    evaluation = submit(definition, {"m": {"a": {"x": "1", "y": "1"}, "b": {"x": "1"}}})
    assert set(errors(evaluation)) == {"m.b"}
    assert "grund" in evaluation.visible
    wrong = submit(definition, {"m": {"a": {"x": "9", "z": "1"}, "q": {}}})
    assert {"m.a.x", "m.a.z", "m.q"} <= set(errors(wrong))


def test_doubled_matrix_column_is_an_error_at_its_key() -> None:
    partners: Json = [{"kuerzel": "T1"}, {"kuerzel": "T1"}]
    evaluation = submit(parsed(PARTNER, MATRIX), {"partner": partners})
    assert "partner[1].kuerzel" in errors(evaluation)


def test_unreadable_entries_are_reported_as_such() -> None:
    definition = parsed(field("money", "geld", required=True), KOSTEN)
    answers: Document = {"kosten": [{"preis": "1.00"}]}
    invalid = {"geld": "viel", "kosten[0].menge": "zwei", "nichts": "x"}
    evaluation = evaluate(definition, answers, stage="submission", invalid=invalid)
    assert set(errors(evaluation)) == {"geld", "kosten[0].menge"}
    assert "Betrag wie 1.234,56" in errors(evaluation)["geld"]


def test_evaluation_document() -> None:
    definition = parse_definition(hourly_rate_form())
    data: Json = {key: value for key, value in hourly_rate_answers().items() if key != "urlaub"}
    assert isinstance(data, dict)
    data |= {"personalkosten": 72400, "wochenstunden": 39.0, "fremd": 1}
    document = evaluation_document(definition, data)
    assert document["errors"] == [
        {"key": "fremd", "message": "Die Angabe „fremd“ gibt es in diesem Formular nicht."},
        {"key": "urlaub", "message": "Bitte füllen Sie „Urlaub“ aus."},
    ]
    visible = document["visible"]
    assert isinstance(visible, list)
    assert visible[:3] == ["page:kosten", "section:kosten", "personalkosten"]
    values = document["values"]
    assert isinstance(values, dict)
    assert values["personalkosten"] == "72400.00"
    assert values["fls_satz"] is None
    assert json.loads(json.dumps(document)) == document
    reordered = dict(reversed(data.items()))
    assert evaluation_document(definition, reordered)["values"] == values


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_evaluation_document_of_anything_else(data: Json) -> None:
    document = evaluation_document(parse_definition(grant_form()), data)
    assert document["errors"] == [
        {"key": "", "message": "Die Daten müssen ein JSON-Objekt sein: Schlüssel und Antwort."}
    ]


def test_large_form_evaluates() -> None:
    evaluation = submit(parse_definition(large_form()), large_answers())
    assert evaluation.errors == ()
    # wahl_8 is 'offen' and zahl_9 is 9: betrag_10 is hidden, so ergebnis_11 is null.
    assert "betrag_10" not in evaluation.visible
    assert evaluation.values["ergebnis_11"] is None
    # wahl_12 is 'ja' and zahl_13 is 13: 98.14 * 13 / 12 = 106.3183…
    assert evaluation.values["ergebnis_15"] == Decimal("106.32")
