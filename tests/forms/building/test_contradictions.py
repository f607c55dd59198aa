"""What is told to be never true is true for no answers at all."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.building.contradictions import never_true
from forms.building.document_tree import Element
from forms.building.operands import operands_of
from forms.building.rules import (
    OPERATORS,
    SEVERAL_VALUES,
    WITHOUT_VALUE,
    Condition,
    Group,
    expression_of,
    rule_of,
)
from forms.expressions.interpreting import compile_expression, evaluate_expression
from forms.expressions.operands import Scope
from tests.support.form_documents import field, one_page

DOCUMENT: Element = one_page(
    field("radio", "art", options={"a": "A", "b": "B"}),
    field("integer", "zahl"),
    field("yes_no", "neu"),
)
OPERANDS = operands_of(DOCUMENT)
NUMBERS = [Decimal(number) / 2 for number in range(9)]
LITERALS = {"choice": ["'a'", "'b'"], "number": ["1", "2", "3"]}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    operand = draw(st.sampled_from(list(OPERANDS.values())))
    operator = draw(st.sampled_from([name for name, _label in OPERATORS[operand.kind]]))
    if operator in WITHOUT_VALUE:
        return Condition(operand.source, operator)
    most = 2 if operator in SEVERAL_VALUES else 1
    values = draw(st.lists(st.sampled_from(LITERALS[operand.kind]), min_size=1, max_size=most))
    return Condition(operand.source, operator, tuple(dict.fromkeys(values)))


modes = st.sampled_from(["all", "any"])
inner = st.builds(
    lambda mode, items: Group(mode, tuple(items)),
    modes,
    st.lists(conditions(), min_size=2, max_size=3),
)
rules = st.builds(
    lambda mode, items: Group(mode, tuple(items)),
    modes,
    st.lists(conditions() | inner, min_size=1, max_size=4),
)


def every_answer() -> Iterator[Scope]:
    for art, number, new in product((None, "a", "b"), (None, *NUMBERS), (None, True, False)):
        yield Scope({"art": art, "zahl": number, "neu": new})


def can_hold(source: str) -> bool:
    compiled = compile_expression(source)
    return any(evaluate_expression(compiled, scope) is True for scope in every_answer())


@given(rules)
def test_what_is_told_to_be_never_true_is_true_for_no_answers(rule: Group) -> None:
    if never_true(rule, OPERANDS):
        assert not can_hold(expression_of(rule, OPERANDS))


@given(st.lists(conditions(), min_size=1, max_size=4))
def test_of_conditions_that_must_all_hold_every_contradiction_is_found(
    items: list[Condition],
) -> None:
    rule = Group("all", tuple(items))
    assert never_true(rule, OPERANDS) is not can_hold(expression_of(rule, OPERANDS))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("zahl > 5 and zahl < 3", True),
        ("zahl >= 3 and zahl <= 3", False),
        ("zahl >= 3 and zahl <= 3 and zahl != 3", True),
        ("art == 'a' and leer(art)", True),
        ("art != 'a' and art != 'b'", False),
        ("art != 'a' and art != 'b' and not leer(art)", True),
        ("neu and not neu", True),
        ("(neu and not neu) or zahl == 1", False),
        ("(neu and not neu) or (zahl == 1 and zahl == 2)", True),
    ],
)
def test_golden_contradictions(source: str, expected: bool) -> None:
    rule = rule_of(source, OPERANDS)
    assert rule is not None
    assert never_true(rule, OPERANDS) is expected
