"""Forms whose rules run over rows, ask for days and name rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from forms.definition import DefinitionError, parse_definition
from forms.evaluation import Evaluation, evaluate
from forms.expressions.interpreting import compile_expression, evaluate_expression
from forms.expressions.nodes import Json
from forms.expressions.operands import BudgetError, Operand, Rows, Scope
from forms.rate_tables import Rate, make_rate_table
from forms.surroundings import Surroundings
from tests.support.form_documents import Document, field, one_page, parsed, row_field
from tests.support.reference_interpreter import World
from tests.support.reference_interpreter import evaluate as reference

FLS = make_rate_table(
    "fls",
    [
        Rate(
            valid_from=date(2026, 1, 1),
            valid_until=date(2027, 7, 1),
            value=Decimal("64.95"),
            version=1,
        ),
        Rate(valid_from=date(2027, 7, 1), valid_until=None, value=Decimal("67.22"), version=2),
    ],
)
SURROUNDINGS = Surroundings(today=date(2027, 8, 1), land="NW", rates={"fls": FLS})
OVERLAP = {
    "rule": "not ueberschneidet(einsaetze.von, einsaetze.bis, einsaetze.am, einsaetze.wer)",
    "message": "Eine Fachkraft ist zweimal zur selben Zeit eingetragen.",
}
DOUBLED = {
    "rule": "anzahl(einsaetze, nur=zeile.am == diese.am and zeile.wer == diese.wer) == 1",
    "message": "Diese Fachkraft steht an dem Tag noch einmal.",
    "level": "warning",
}


def visits() -> Document:
    return field(
        "repeat",
        "einsaetze",
        label="Einsätze",
        display="table",
        item_label="Einsatz",
        valid=[OVERLAP],
        fields=[
            row_field("einsaetze", "date", "am", valid=[DOUBLED]),
            row_field("einsaetze", "integer", "von"),
            row_field("einsaetze", "integer", "bis"),
            row_field("einsaetze", "text", "wer"),
            row_field("einsaetze", "text", "art"),
        ],
    )


def visit(am: str, von: int, bis: int, wer: str = "f1", art: str = "direkt") -> dict[str, Json]:
    return {"am": am, "von": von, "bis": bis, "wer": wer, "art": art}


def calculated(key: str, value: str, result: str = "money") -> Document:
    return field("calculated", key, result=result, value=value)


def evaluated(answers: dict[str, Json], *fields: Document) -> Evaluation:
    return evaluate(parsed(*fields), answers, stage="submission", surroundings=SURROUNDINGS)


def test_visits_are_priced_at_the_rate_of_their_day() -> None:
    direct = "summe(einsaetze, minuten(zeile.von, zeile.bis), nur=zeile.art == 'direkt')"
    amount = "summe(einsaetze, stunden(zeile.bis - zeile.von) * satz('fls', zeile.am))"
    evaluation = evaluated(
        {
            "einsaetze": [
                visit("2027-06-30", 600, 660),
                visit("2027-07-01", 600, 660),
                visit("2027-07-02", 600, 630, art="bericht"),
            ]
        },
        visits(),
        calculated("direkt", direct, "integer"),
        calculated("betrag", amount),
    )
    assert evaluation.errors == ()
    assert evaluation.values["direkt"] == 120
    assert evaluation.values["betrag"] == Decimal("165.78")
    assert [rate.version for rate in evaluation.surroundings.rates["fls"].rates] == [1, 2]


def test_a_day_without_rate_names_key_and_day() -> None:
    evaluation = evaluated(
        {"am": "2025-12-31"}, field("date", "am"), calculated("preis", "satz('fls', am)")
    )
    (message,) = evaluation.errors
    assert message.path == "preis"
    assert "„fls“" in message.text and "31.12.2025" in message.text


def test_the_kept_surroundings_give_the_same_after_the_rate_was_corrected() -> None:
    form = parsed(
        field("date", "am"),
        calculated("preis", "satz('fls', am)"),
        calculated("frist", "naechster_werktag(am)", "date"),
        calculated("heute_war", "heute()", "date"),
    )
    answers: dict[str, Json] = {"am": "2027-05-27"}
    then = evaluate(form, answers, stage="submission", surroundings=SURROUNDINGS)
    again = evaluate(form, answers, stage="submission", surroundings=then.surroundings)
    assert then.values["frist"] == date(2027, 5, 28)
    assert (again.values, again.surroundings) == (then.values, then.surroundings)


@pytest.mark.parametrize(
    ("second", "errors", "warnings"),
    [
        (visit("2027-07-01", 660, 720), {"einsaetze"}, {0, 1}),
        (visit("2027-07-01", 690, 720), set(), {0, 1}),
        (visit("2027-07-01", 660, 720, wer="f2"), set(), set()),
        (visit("2027-07-02", 660, 720), set(), set()),
    ],
)
def test_one_person_is_at_one_place_at_a_time(
    second: dict[str, Json], errors: set[str], warnings: set[int]
) -> None:
    answers: dict[str, Json] = {"einsaetze": [visit("2027-07-01", 600, 690), second]}
    evaluation = evaluated(answers, visits())
    assert {message.path for message in evaluation.errors} == errors
    assert {message.path for message in evaluation.warnings} == {
        f"einsaetze[{index}].am" for index in warnings
    }


def test_the_tables_that_a_form_asks_for_are_known() -> None:
    form = parsed(
        field("date", "am", visible="satz('an', heute()) > 0"),
        calculated("a", "satz('fls', am) + summe([satz('zwei', am, 'x')])"),
    )
    assert form.rate_keys == {"an", "fls", "zwei"}


def findings(*fields: Document) -> str:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(one_page(*fields))
    return "\n".join(caught.value.findings)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("summe(einsaetze, zeile.vom)", "„einsaetze.vom“ unbekannt"),
        ("summe(einsaetze.bis, nur=zeile.arten == 'x')", "„einsaetze.arten“ unbekannt"),
        ("summe(einsaetze.bis, nur=uebergeordnet.x == 1)", "uebergeordnet.x“ unbekannt"),
        ("summe(einsaetze.bis, nur=diese.bis == 1)", "„zeile.bis“ unbekannt"),
        ("summe(einsaetze.wer, nur=true)", "erwartet eine Zahl, nicht einen Text"),
        ("summe(fehlt, zeile.x)", "„fehlt“ unbekannt"),
        ("satz('fls', 1)", "erwartet ein Datum, nicht eine Zahl"),
    ],
)
def test_a_rule_over_rows_is_tried_before_anybody_fills_in(value: str, said: str) -> None:
    assert said in findings(visits(), calculated("c", value, "integer"))


@pytest.mark.parametrize(
    "value",
    [
        "summe(kosten.betrag, nur=zeile.grenze > gesamt)",
        "anzahl(kosten, nur=zeile.grenze > gesamt)",
        "summe(kosten, zeile.anteil)",
        "maximum(kosten, zeile.grenze if zeile.anteil > 1 else 0)",
    ],
)
def test_a_circle_through_filter_or_row_expression_is_named(value: str) -> None:
    said = findings(
        field(
            "repeat",
            "kosten",
            display="table",
            item_label="Position",
            fields=[
                row_field("kosten", "money", "betrag"),
                row_field("kosten", "money", "grenze"),
                row_field("kosten", "calculated", "anteil", result="money", value="gesamt / 2"),
            ],
        ),
        calculated("gesamt", value),
    )
    assert "hängen im Kreis" in said
    assert "gesamt → " in said and " → gesamt" in said


def test_a_function_may_share_its_name_with_a_field() -> None:
    evaluation = evaluated(
        {"stunden": 3}, field("integer", "stunden"), calculated("halb", "stunden(stunden * 30)")
    )
    assert evaluation.values["halb"] == Decimal("1.50")


def test_rows_in_rows_in_rows_use_up_the_budget() -> None:
    rows: list[dict[str, Operand]] = [{"x": Decimal(number)} for number in range(500)]
    source = "summe(k, summe(k, summe(k, zeile.x)))"
    with pytest.raises(BudgetError):
        evaluate_expression(compile_expression(source), Scope({"k": Rows(rows)}))
    pairs = "anzahl(k, nur=zeile.x == diese.x)"
    scope = Scope({"k": Rows(rows)}, rows[0])
    assert evaluate_expression(compile_expression(pairs), scope) == 1
    assert scope.row is rows[0] and scope.own_row is None


def test_counting_werktage_over_a_century_is_charged() -> None:
    names: dict[str, Operand] = {"a": date(1995, 1, 1), "b": date(2100, 12, 31)}
    days = compile_expression("werktage(a, b)")
    assert evaluate_expression(days, Scope(names)) == reference(
        "werktage(a, b)", World({"a": date(1995, 1, 1), "b": date(2100, 12, 31)})
    )
    with pytest.raises(BudgetError):
        evaluate_expression(days, Scope(names, steps=40_000))
    with pytest.raises(BudgetError):
        evaluate_expression(compile_expression("werktage_spaeter(a, 999)"), Scope(names, steps=99))


def test_a_failing_row_leaves_the_row_of_the_rule_in_place() -> None:
    own: dict[str, Operand] = {"x": Decimal(1)}
    scope = Scope({"k": Rows([{"x": "text"}])}, own)
    with pytest.raises(ValueError):
        evaluate_expression(compile_expression("summe(k, zeile.x * 2)"), scope)
    assert scope.row is own and scope.own_row is None
