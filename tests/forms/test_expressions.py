"""The golden file is the specification of the expression language; each case stands alone."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from itertools import pairwise

import pytest

from forms.expressions.dependencies import DependencyCycleError, evaluation_order
from forms.expressions.functions import FUNCTIONS
from forms.expressions.interpreting import compile_expression, compile_tree, evaluate_expression
from forms.expressions.limits import MAXIMUM_DEPTH, ExpressionSyntaxError
from forms.expressions.nodes import Json, node_to_json
from forms.expressions.operands import (
    BudgetError,
    ExpressionError,
    Rows,
    Scope,
)
from forms.expressions.parsing import parse_expression, read_expression
from tests.support.golden_cases import GoldenCase, golden_cases

CASES = golden_cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden_case(case: GoldenCase) -> None:
    if case.error is not None:
        with pytest.raises((ExpressionSyntaxError, ExpressionError)) as caught:
            evaluate_expression(compile_expression(case.expression), case.scope)
        assert case.error in str(caught.value)
        return
    result = evaluate_expression(compile_expression(case.expression), case.scope)
    assert result == case.result
    assert type(result) is type(case.result)


@pytest.mark.parametrize("case", [case for case in CASES if case.error is None], ids=str)
def test_stored_tree_means_the_same(case: GoldenCase) -> None:
    node = parse_expression(case.expression)
    stored = json.loads(json.dumps(node_to_json(node)))
    assert read_expression(stored) == node
    result = evaluate_expression(compile_tree("", read_expression(stored)), case.scope)
    assert result == case.result


def test_golden_files_cover_every_function() -> None:
    assert len(CASES) >= 600
    assert len({json.dumps([case.file, case.document], sort_keys=True) for case in CASES}) == len(
        CASES
    )
    for name in FUNCTIONS:
        results = [case for case in CASES if f"{name}(" in case.expression]
        assert any(case.error is None for case in results), name
        assert any(case.error is not None for case in results), name


@pytest.mark.parametrize(
    "source",
    [
        "(" * 900 + "1" + ")" * 900,
        "not " * 450 + "true",
        "-" * 1900 + "1",
        "1 if true else " * 100 + "2",
        "[" * 900 + "]" * 900,
        "a" * 1999,
        "a." * 900 + "a",
        "9" * 1999,
        "'" + "x" * 1500 + "'",
        "x" * 100_000,
        "1 + " * 490 + "1 + 1" * 30,
        "runden(" * 200 + "1" + ")" * 200,
        "1e999999999",
        "'\\x00'",
    ],
    ids=lambda source: source[:12],
)
def test_hostile_source_is_refused_quickly(source: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ExpressionSyntaxError):
        compile_expression(source)
    assert time.perf_counter() - started < 5, "refusing must not take noticeable time"


def test_long_sum_is_flat_and_allowed() -> None:
    expression = compile_expression(" + ".join(["1"] * 300))
    assert evaluate_expression(expression, Scope({})) == 300


def test_growing_number_is_refused() -> None:
    digits = "9" * 15
    source = " * ".join(f"({'*'.join([digits] * 10)})" for _ in range(10))
    expression = compile_expression(source)
    value = evaluate_expression(expression, Scope({}))
    for _ in range(2):
        value = evaluate_expression(compile_expression("x * x"), Scope({"x": value}))
    with pytest.raises(ExpressionError, match="zu große Zahl"):
        evaluate_expression(compile_expression("x * x"), Scope({"x": value}))


def test_joined_text_is_bounded() -> None:
    with pytest.raises(ExpressionError, match="länger als"):
        evaluate_expression(compile_expression("x ~ x ~ x"), Scope({"x": "y" * 10_000}))


def test_steps_are_bounded() -> None:
    rows = Rows([{"x": Decimal(1)} for _ in range(100)])
    expression = compile_expression("summe(kosten.x)")
    assert evaluate_expression(expression, Scope({"kosten": rows}, steps=1_000)) == 100
    with pytest.raises(BudgetError):
        evaluate_expression(expression, Scope({"kosten": rows}, steps=150))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"node": "eval", "operands": []},
        {"node": "call", "function": "eval", "operands": []},
        {"node": "call", "function": "summe", "operands": []},
        {"node": "name", "name": "__class__"},
        {"node": "path", "parts": ["a", "__class__"]},
        {"node": "number", "value": "1e999999"},
        {"node": "number", "value": "NaN"},
        {"node": "number", "value": "Infinity"},
        {"node": "sum", "first": {"node": "name", "name": "a"}, "rest": [["mul", {}]]},
        {"node": "not", "operands": []},
        {"node": "constant", "value": "x" * 2000},
    ],
    ids=str,
)
def test_foreign_stored_tree_is_refused(document: Json) -> None:
    with pytest.raises(ExpressionSyntaxError):
        read_expression(document)


def test_deep_stored_tree_is_refused() -> None:
    document: Json = {"node": "constant", "value": True}
    for _ in range(MAXIMUM_DEPTH):
        document = {"node": "not", "operands": [document]}
    with pytest.raises(ExpressionSyntaxError, match="verschachtelt"):
        read_expression(document)
    for _ in range(5_000):
        document = {"node": "not", "operands": [document]}
    with pytest.raises(ExpressionSyntaxError):
        read_expression(document)


def test_names_used() -> None:
    expression = compile_expression("summe(kosten.betrag) > zeile.x and a == m.r.c")
    assert expression.names == {"kosten.betrag", "zeile.x", "a", "m.r.c"}


def test_evaluation_order_respects_dependencies_and_is_deterministic() -> None:
    needs = {"c": ["a", "b"], "b": ["a"], "a": [], "d": []}
    order = evaluation_order(needs)
    assert order == evaluation_order(dict(needs))
    assert order.index("a") < order.index("b") < order.index("c")


def test_cycle_names_its_chain() -> None:
    with pytest.raises(DependencyCycleError) as caught:
        evaluation_order({"a": ["b"], "b": ["c"], "c": ["a"], "d": []})
    chain = caught.value.chain
    assert chain[0] == chain[-1]
    needs = {"a": "b", "b": "c", "c": "a"}
    assert all(needs[left] == right for left, right in pairwise(chain))
