"""Random expressions against a slow reference that shares nothing with the interpreter.

The reference calculates in fractions and works on the generated tree, not on the source text, so
it checks precedence and the reading of numbers too.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from forms.expressions.interpreting import compile_expression, evaluate_expression
from forms.expressions.operands import Scope

NAMES: dict[str, Fraction | bool | None] = {
    "drei": Fraction(3),
    "halb": Fraction(1, 2),
    "minus": Fraction(-7),
    "offen": None,
    "ja": True,
    "nein": False,
    "ungewiss": None,
}


@dataclass(frozen=True)
class Leaf:
    text: str
    value: Fraction | bool | None


@dataclass(frozen=True)
class Inner:
    operator: str
    parts: tuple[Tree, ...]


Tree: TypeAlias = Leaf | Inner

numbers = st.one_of(
    st.integers(0, 999).map(lambda number: Leaf(str(number), Fraction(number))),
    st.decimals(0, 99, places=2).map(lambda number: Leaf(str(number), Fraction(number))),
    st.sampled_from([Leaf(name, NAMES[name]) for name in ("drei", "halb", "minus", "offen")]),
)


def _arithmetic(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.sampled_from("+-*"), inner, inner).map(lambda t: Inner(t[0], t[1:])),
        inner.map(lambda part: Inner("neg", (part,))),
    )


arithmetic: st.SearchStrategy[Tree] = st.recursive(numbers, _arithmetic, max_leaves=8)

comparisons = st.tuples(
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), arithmetic, arithmetic
).map(lambda t: Inner(t[0], t[1:]))


def _logic(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(lambda t: Inner(t[0], t[1:])),
        inner.map(lambda part: Inner("not", (part,))),
    )


conditions: st.SearchStrategy[Tree] = st.recursive(
    st.one_of(
        comparisons,
        st.sampled_from([Leaf(name, NAMES[name]) for name in ("ja", "nein", "ungewiss")]),
    ),
    _logic,
    max_leaves=8,
)

RANK = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "neg": 7}


def written(tree: Tree) -> str:
    """Write the tree with as few brackets as precedence allows."""
    if isinstance(tree, Leaf):
        return tree.text
    rank = RANK.get(tree.operator, 4)
    texts = [written(part) for part in tree.parts]
    for index, part in enumerate(tree.parts):
        part_rank = RANK.get(part.operator, 4) if isinstance(part, Inner) else 9
        if part_rank < rank or (part_rank == rank and (index == 1 or rank in (4, 7))):
            texts[index] = f"({texts[index]})"
    if tree.operator == "neg":
        return f"-{texts[0]}"
    if tree.operator == "not":
        return f"not {texts[0]}"
    return f"{texts[0]} {tree.operator} {texts[1]}"


def reference(tree: Tree) -> Fraction | bool | None:
    """Calculate the tree by the rules as they are written down, exactly."""
    if isinstance(tree, Leaf):
        return tree.value
    values = [reference(part) for part in tree.parts]
    if tree.operator == "not":
        return values[0] is not True
    if tree.operator == "neg":
        return None if values[0] is None else -Fraction(values[0])
    left, right = values
    if tree.operator == "and":
        return left is True and right is True
    if tree.operator == "or":
        return left is True or right is True
    if tree.operator in ("==", "!="):
        return (left == right) == (tree.operator == "==")
    missing = left is None or right is None
    if tree.operator in ("<", "<=", ">", ">="):
        return not missing and {
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
        }[tree.operator](left, right)
    if missing:
        return None
    assert left is not None and right is not None
    return {"+": left + right, "-": left - right, "*": left * right}[tree.operator]


SCOPE_NAMES = {
    name: value if isinstance(value, bool | None) else Decimal(value.numerator) / value.denominator
    for name, value in NAMES.items()
}


@settings(max_examples=150, deadline=None)
@given(tree=st.one_of(arithmetic, conditions))
def test_agrees_with_reference(tree: Tree) -> None:
    result = evaluate_expression(compile_expression(written(tree)), Scope(dict(SCOPE_NAMES)))
    expected = reference(tree)
    if isinstance(expected, Fraction):
        assert isinstance(result, Decimal)
        # Eight factors of four digits stay below 34 digits, so nothing may be lost.
        assert Fraction(result) == expected
    else:
        assert result is expected


@settings(max_examples=100, deadline=None)
@given(condition=conditions, first=arithmetic, second=arithmetic)
def test_conditional_takes_the_branch_of_its_condition(
    condition: Tree, first: Tree, second: Tree
) -> None:
    source = f"({written(first)}) if ({written(condition)}) else ({written(second)})"
    result = evaluate_expression(compile_expression(source), Scope(dict(SCOPE_NAMES)))
    expected = reference(first if reference(condition) is True else second)
    assert (Fraction(result) if isinstance(result, Decimal) else result) == expected


@given(value=st.decimals(-(10**9), 10**9, places=5), places=st.integers(0, 4))
def test_rounding_agrees_with_decimal(value: Decimal, places: int) -> None:
    expression = compile_expression(f"runden(x, {places})")
    expected = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert evaluate_expression(expression, Scope({"x": value})) == expected
