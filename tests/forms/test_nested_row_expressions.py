"""Rules over groups in groups: columns through both levels, the own row and the one around it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from forms.expressions.interpreting import compile_expression, evaluate_expression
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.operands import (
    ExpressionError,
    InnerRow,
    Operand,
    Rows,
    Scope,
    outer_row,
)


def case(rate: str, *minutes: str | None) -> dict[str, Operand]:
    """Return a case with its visits; each visit has two journeys."""
    row: dict[str, Operand] = {"satz": Decimal(rate), "name": "Kim"}
    visits: list[dict[str, Operand]] = []
    for minute in minutes:
        visit = InnerRow(row)
        visit["minuten"] = None if minute is None else Decimal(minute)
        journeys: list[dict[str, Operand]] = []
        for kilometres in (1, 2):
            journey = InnerRow(visit)
            journey["km"] = Decimal(kilometres)
            journeys.append(journey)
        visit["fahrten"] = Rows(journeys)
        visits.append(visit)
    row["einsaetze"] = Rows(visits)
    return row


FIRST = case("60", "90", None, "30")
SECOND = case("48", "45")
NAMES: dict[str, Operand] = {"faelle": Rows([FIRST, SECOND]), "leere": Rows([]), "zahl": Decimal(7)}


def _first(rows: Operand, number: int = 0) -> dict[str, Operand]:
    assert isinstance(rows, Rows)
    return rows.rows[number]


VISIT = _first(FIRST["einsaetze"])
JOURNEY = _first(VISIT["fahrten"], 1)


@pytest.mark.parametrize(
    ("source", "row", "expected"),
    [
        ("summe(faelle.einsaetze.minuten)", None, Decimal(165)),
        ("anzahl(faelle.einsaetze)", None, Decimal(4)),
        ("anzahl(faelle.einsaetze.minuten)", None, Decimal(3)),
        ("maximum(faelle.einsaetze.minuten)", None, Decimal(90)),
        ("summe(faelle.einsaetze.fahrten.km)", None, Decimal(12)),
        ("anzahl(leere.einsaetze)", None, Decimal(0)),
        ("summe(leere.einsaetze.minuten)", None, Decimal(0)),
        ("leer(leere.einsaetze)", None, True),
        ("leer(faelle.einsaetze)", None, False),
        ("summe(zeile.einsaetze.minuten)", FIRST, Decimal(120)),
        ("summe(zeile.einsaetze.minuten) / 60 * zeile.satz", SECOND, Decimal(36)),
        ("anzahl(zeile.einsaetze)", FIRST, Decimal(3)),
        ("summe(zeile.einsaetze.fahrten.km)", SECOND, Decimal(3)),
        ("zeile.minuten / 60 * uebergeordnet.satz", VISIT, Decimal(90)),
        ("zeile.minuten / summe(uebergeordnet.einsaetze.minuten)", VISIT, Decimal("0.75")),
        ("zeile.km * uebergeordnet.uebergeordnet.satz", JOURNEY, Decimal(120)),
        ("uebergeordnet.minuten", JOURNEY, Decimal(90)),
        ("summe(uebergeordnet.uebergeordnet.einsaetze.fahrten.km)", JOURNEY, Decimal(9)),
        ("uebergeordnet.satz", FIRST, None),
        ("uebergeordnet.satz", None, None),
        ("zeile.einsaetze.minuten", None, None),
        ("zeile.offen.minuten", FIRST, None),
    ],
)
def test_value(source: str, row: dict[str, Operand] | None, expected: Operand) -> None:
    result = evaluate_expression(compile_expression(source), Scope(NAMES, row))
    assert result == expected
    assert type(result) is type(expected)


def test_a_hidden_group_in_a_row_counts_as_without_rows() -> None:
    row: dict[str, Operand] = {"einsaetze": None}
    names: dict[str, Operand] = {"faelle": Rows([row, SECOND])}
    source = "anzahl(faelle.einsaetze) + summe(faelle.einsaetze.minuten)"
    assert evaluate_expression(compile_expression(source), Scope(names)) == Decimal(46)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("zahl.x", "„zahl.x“: zahl ist keine Wiederholgruppe."),
        ("zeile.name.x", "„zeile.name.x“: zeile.name ist keine Wiederholgruppe."),
        ("faelle.einsaetze == 1", "passt nicht zu diesen Angaben"),
    ],
)
def test_what_does_not_fit_is_said(source: str, part: str) -> None:
    with pytest.raises(ExpressionError, match=part):
        evaluate_expression(compile_expression(source), Scope(NAMES, FIRST))


def test_a_path_has_an_end() -> None:
    with pytest.raises(ExpressionSyntaxError, match="zu viele Teile"):
        compile_expression("a.b.c.d.e.f")


def test_only_a_row_in_a_row_has_one_around_it() -> None:
    assert outer_row(VISIT) is FIRST
    assert outer_row(FIRST) is None
    assert outer_row(None) is None


def test_reading_inner_rows_is_charged() -> None:
    scope = Scope(NAMES)
    before = scope.steps
    expression = compile_expression("summe(faelle.einsaetze.minuten)")
    evaluate_expression(expression, scope)
    assert before - scope.steps == expression.steps + 2 + 4 + 4 + 4
