"""The interpreter against a second one that shares nothing with it but Jinja's parser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from forms.expressions.interpreting import compile_expression, evaluate_expression
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.operands import Cells, ExpressionError, Operand, Rows, Scope
from forms.rate_tables import Rate, make_rate_table
from forms.surroundings import Surroundings
from tests.support.golden_cases import GoldenCase, golden_cases, rows_operand
from tests.support.reference_interpreter import Refused, Table, Value, World, evaluate

PRECISION = Fraction(1, 10**25)


def as_reference(value: Operand, outer: dict[str, Value] | None = None) -> Value:
    if isinstance(value, Decimal):
        return Fraction(value)
    if isinstance(value, tuple):
        return [as_reference(item) for item in value]
    if isinstance(value, Rows):
        table = Table([])
        for row in value.rows:
            made: dict[str, Value] = {}
            for key, item in row.items():
                made[key] = as_reference(item, made)
            if outer is not None:
                made["__outer__"] = outer  # type: ignore[assignment]
            table.rows.append(made)
        return table
    assert not isinstance(value, Cells)
    return value


def row_of(values: Mapping[str, Operand]) -> dict[str, Value]:
    row: dict[str, Value] = {}
    for key, item in values.items():
        row[key] = as_reference(item, row)
    return row


def agree(result: Operand, expected: Value) -> bool:
    if isinstance(expected, Fraction):
        if not isinstance(result, Decimal):
            return False
        return abs(Fraction(result) - expected) <= PRECISION * max(1, abs(expected))
    mine = as_reference(result)
    return type(mine) is type(expected) and mine == expected


def world_of(case: GoldenCase) -> World:
    names = {
        name: as_reference(value)
        for name, value in case.scope.names.items()
        if not isinstance(value, Cells)
    }
    surroundings = case.surroundings
    return World(
        names,
        {
            key: [
                (
                    rate.category,
                    rate.valid_from,
                    rate.valid_until,
                    Fraction(rate.value),
                    rate.version,
                )
                for rate in table.rates
            ]
            for key, table in surroundings.rates.items()
        },
        surroundings.today,
        surroundings.land,
    )


COMPARABLE = [
    case
    for case in golden_cases()
    if case.error is None
    and case.surroundings.land in ("", "NW")
    and not re.search(r"\bm\b", case.expression)  # the reference knows no matrices
]


@pytest.mark.parametrize("case", COMPARABLE, ids=str)
def test_golden_results_hold_for_the_reference_too(case: GoldenCase) -> None:
    row = case.scope.row
    expected = evaluate(case.expression, world_of(case), None if row is None else row_of(row))
    assert agree(case.result, expected), expected


DAYS = [
    date(2024, 2, 29), date(2027, 2, 28), date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 27),
    date(2026, 12, 31), date(2027, 7, 1), date(2027, 10, 31),
]  # fmt: skip
TODAY = date(2027, 3, 28)
START, CHANGE = date(2026, 1, 1), date(2027, 7, 1)
FLS = [
    Rate(valid_from=START, valid_until=CHANGE, value=Decimal("64.95"), version=1),
    Rate(valid_from=CHANGE, valid_until=None, value=Decimal("67.22"), version=2),
    Rate(valid_from=START, valid_until=None, value=Decimal("2.70"), category="s1", version=3),
]

amounts = st.none() | st.integers(-50, 50).map(Decimal) | st.decimals(-99, 99, places=2)
days = st.none() | st.sampled_from(DAYS)
texts = st.sampled_from([None, "", "x", "y", "s1", "xy"])
inner_rows = st.lists(st.fixed_dictionaries({"m": amounts, "t": texts}), max_size=3)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "b": amounts,
            "p": amounts,
            "d": days,
            "t": texts,
            "j": st.none() | st.booleans(),
            "von": st.none() | st.integers(0, 24).map(lambda hour: Decimal(hour * 60)),
            "bis": st.none() | st.integers(0, 24).map(lambda hour: Decimal(hour * 60)),
            "inner": inner_rows,
        }
    ),
    max_size=4,
)
answers = st.fixed_dictionaries(
    {
        "a": amounts,
        "c": amounts,
        "d": days,
        "e": days,
        "t": texts,
        "j": st.none() | st.booleans(),
        "l": st.lists(st.sampled_from(["x", "y", "s1"]), max_size=3).map(tuple),
    }
)


def numbers_in(place: str) -> st.SearchStrategy[str]:
    """Sources of numbers; ``place`` is empty, ``zeile`` or ``inner`` (a row in a row)."""
    leaves = ["0", "1", "2.5", "15", "a", "c", "summe(k.b)", "anzahl(k)", "anzahl(l)"]
    if place == "zeile":
        leaves += ["zeile.b", "zeile.p", "diese.b", "summe(zeile.inner.m)", "zeile.von"]
    if place == "inner":
        leaves += ["zeile.m", "uebergeordnet.b", "diese.b"]
    return st.sampled_from(leaves)


def bracketed(source: str) -> str:
    return f"({source})"


@st.composite
def number_sources(draw: st.DrawFn, depth: int, place: str = "") -> str:
    if depth <= 0:
        return draw(numbers_in(place))
    makers = (sum_sources, sum_sources, rounding_sources, day_number_sources, aggregate_sources)
    return draw(draw(st.sampled_from(makers))(depth, place))


@st.composite
def sum_sources(draw: st.DrawFn, depth: int, place: str) -> str:
    left, right = (bracketed(draw(number_sources(depth - 1, place))) for _side in range(2))
    kind = draw(st.integers(0, 5))
    if kind <= 2:
        return f"{left} {draw(st.sampled_from('+-*'))} {right}"
    if kind == 3:
        # Divisors that leave finite decimals, so that both sides can be exact.
        return f"{left} / {draw(st.sampled_from(['0', '2', '4', '5', '8', '10', 'offen']))}"
    if kind == 4:
        return f"{left} if {bracketed(draw(condition_sources(depth - 1, place)))} else {right}"
    return f"wert_oder({left}, {right})"


@st.composite
def rounding_sources(draw: st.DrawFn, depth: int, place: str) -> str:
    number = draw(number_sources(depth - 1, place))
    function = draw(st.sampled_from(["aufrunden", "abrunden", "runden"]))
    seconds = ["0", "1", "2", "4"] if function == "runden" else ["5", "0.25", "1", "0"]
    return f"{function}({number}, {draw(st.sampled_from(seconds))})"


@st.composite
def day_number_sources(draw: st.DrawFn, depth: int, place: str) -> str:
    first, second = (draw(day_sources(depth - 1, place)) for _side in range(2))
    function = draw(
        st.sampled_from(
            ["tag", "monat", "jahr", "wochentag", "tage", "werktage", "alter", "satz", "satz"]
        )
    )
    if function == "satz":
        category = draw(st.sampled_from(["", ", 's1'", ", t", ", 'y'"]))
        return f"satz('fls', {first}{category})"
    if function in ("tage", "werktage", "alter"):
        return f"{function}({first}, {second})"
    return f"{function}({first})"


@st.composite
def aggregate_sources(draw: st.DrawFn, depth: int, place: str) -> str:
    function = draw(st.sampled_from(["summe", "anzahl", "minimum", "maximum"]))
    group, inner = ("zeile.inner", "inner") if place == "zeile" else ("k", "zeile")
    if place == "inner":
        group, inner = "k", "zeile"
    only = f", nur={draw(condition_sources(depth - 1, inner))}" if draw(st.booleans()) else ""
    kind = draw(st.integers(0, 2))
    if kind == 0:
        body = draw(number_sources(depth - 1, inner))
        reads_row = "zeile" in body or "diese" in body or "uebergeordnet" in body
        return f"{function}({group}, {body if only or reads_row else 'zeile.b'}{only})"
    if function == "anzahl":
        return f"anzahl({group}{only})"
    return f"{function}({group}.{'m' if inner == 'inner' else 'b'}{only})"


@st.composite
def day_sources(draw: st.DrawFn, depth: int, place: str = "") -> str:
    leaves = ["d", "e", "heute()"] + (["zeile.d", "diese.d"] if place == "zeile" else [])
    if depth <= 0:
        return draw(st.sampled_from(leaves))
    inner = draw(day_sources(depth - 1, place))
    whole = draw(st.sampled_from(["0", "1", "-1", "14", "-3", "100", "offen"]))
    function = draw(
        st.sampled_from(
            ["tage_spaeter", "monate_spaeter", "werktage_spaeter", "", "naechster", "m"]
        )
    )
    if function in ("naechster", "m"):
        return f"{'naechster_werktag' if function == 'naechster' else 'monatsende'}({inner})"
    return f"{function}({inner}, {whole})" if function else f"({inner} + {whole})"


@st.composite
def condition_sources(draw: st.DrawFn, depth: int, place: str = "") -> str:
    leaves = ["j", "true", "none"] + (["zeile.j", "diese.j"] if place == "zeile" else [])
    if depth <= 0:
        return draw(st.sampled_from(leaves))

    def condition() -> str:
        return bracketed(draw(condition_sources(depth - 1, place)))

    kind = draw(st.integers(0, 8))
    sign = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    if kind <= 1:
        left, right = draw(number_sources(depth - 1, place)), draw(number_sources(depth - 1, place))
        return f"({left}) {sign} ({right})"
    if kind == 2:
        return f"{draw(day_sources(depth - 1, place))} {sign} {draw(day_sources(depth - 1, place))}"
    if kind == 3:
        text = draw(st.sampled_from(["t", "'x'", "zeile.t" if place else "t"]))
        return (
            f"{text} {draw(st.sampled_from(['in', 'not in']))} {draw(st.sampled_from(['l', 't']))}"
        )
    if kind == 4:
        return f"not {condition()}"
    if kind == 5:
        return f"leer({draw(st.sampled_from(['a', 't', 'k', 'l', 'k.b', 'd']))})"
    if kind == 6:
        return f"werktag({draw(day_sources(depth - 1, place))})"
    if kind == 7 and not place:
        same = draw(st.sampled_from(["", ", k.t", ", k.d, k.t"]))
        return f"ueberschneidet(k.von, k.bis{same})"
    return f"{condition()} {draw(st.sampled_from(['and', 'or']))} {condition()}"


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Mostly well-typed sources; now and then operands are mixed that do not fit."""
    parts = [
        draw(number_sources(3)),
        draw(condition_sources(3)),
        draw(day_sources(2)),
    ]
    if draw(st.integers(0, 9)) == 0:
        left, right = draw(st.sampled_from(parts)), draw(st.sampled_from([*parts, "t", "l", "k"]))
        return f"({left}) {draw(st.sampled_from(['+', '-', '*', '<', '==', 'in', '~']))} ({right})"
    return draw(st.sampled_from(parts))


@settings(max_examples=400, deadline=None)
@given(source=sources(), values=answers, group=rows)
def test_agrees_with_the_reference(
    source: str, values: dict[str, Operand], group: list[dict[str, Operand]]
) -> None:
    names: dict[str, Operand] = {**values, "k": rows_operand(group)}
    surroundings = Surroundings(today=TODAY, land="NW", rates={"fls": make_rate_table("fls", FLS)})
    world = World(
        {name: as_reference(value) for name, value in names.items()},
        {
            "fls": [
                (
                    rate.category,
                    rate.valid_from,
                    rate.valid_until,
                    Fraction(rate.value),
                    rate.version,
                )
                for rate in FLS
            ]
        },
        TODAY,
        "NW",
    )
    try:
        expected = evaluate(source, world)
    except Refused:
        event("refused")
        with pytest.raises((ExpressionError, ExpressionSyntaxError)):
            evaluate_expression(compile_expression(source), Scope(names, surroundings=surroundings))
        return
    event(f"result {type(expected).__name__}")
    result = evaluate_expression(
        compile_expression(source), Scope(names, surroundings=surroundings)
    )
    assert agree(result, expected), (result, expected)
