"""Three-way merge: no edit lost, symmetric, identity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expressions.nodes import Json
from forms.merging import Conflict, merge_answers

Answers = dict[str, Json]

values = st.one_of(st.sampled_from(["1", "2", "3"]), st.lists(st.sampled_from("ab"), max_size=2))
leaves = st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3)


def _rows(identities: list[str], content: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"_id": key} | row for key, row in zip(identities, content, strict=False)]


rows = st.builds(
    _rows,
    st.lists(st.sampled_from(["r1", "r2", "r3", "r4"]), unique=True),
    st.lists(
        st.dictionaries(st.sampled_from("xy"), st.sampled_from("12"), max_size=2),
        min_size=4,
        max_size=4,
    ),
)
cells = st.dictionaries(
    st.sampled_from(["z1", "z2"]),
    st.dictionaries(st.sampled_from(["s1", "s2"]), st.sampled_from("FM"), min_size=1, max_size=2),
    max_size=2,
)


def _answers(flat: Answers, kosten: Json, matrix: Json) -> Answers:
    return {**flat, "kosten": kosten, **({"m": matrix} if matrix else {})}


answers = st.builds(_answers, leaves, rows, cells)


def leaves_of(value: Json, path: str = "") -> dict[str, Json]:
    """Return every leaf by its path, rows by id; written apart from the merge."""
    if isinstance(value, dict):
        found: dict[str, Json] = {}
        for key, inner in value.items():
            found |= leaves_of(inner, f"{path}.{key}" if path else key)
        return found
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        found = {}
        for item in value:
            assert isinstance(item, dict)
            found |= leaves_of(item, f"{path}[{item['_id']}]")
        return found
    return {path: value}


@given(answers, answers)
def test_identity(base: Answers, mine: Answers) -> None:
    for merge in (merge_answers(base, mine, base), merge_answers(base, base, mine)):
        assert merge.conflicts == ()
        assert merge.answers == mine
    merge = merge_answers(base, mine, mine)
    assert merge.answers == mine
    assert merge.conflicts == ()


@given(answers, answers, answers)
def test_no_edit_is_lost(base: Answers, mine: Answers, theirs: Answers) -> None:
    merge = merge_answers(base, mine, theirs)
    old, merged = leaves_of(base), leaves_of(merge.answers)
    conflicts = {conflict.path for conflict in merge.conflicts}
    for side in (leaves_of(mine), leaves_of(theirs)):
        for path in side.keys() | old.keys():
            if side.get(path) == old.get(path):
                continue
            # A conflict of order (path „kosten“) excuses no lost content.
            in_conflict = any(path == place or path.startswith(f"{place}.") for place in conflicts)
            assert merged.get(path) == side.get(path) or in_conflict, path


@given(answers, answers, answers)
def test_nothing_is_invented(base: Answers, mine: Answers, theirs: Answers) -> None:
    merged = leaves_of(merge_answers(base, mine, theirs).answers)
    sources = [leaves_of(side) for side in (base, mine, theirs)]
    for path, value in merged.items():
        assert any(source.get(path) == value for source in sources)


@given(answers, answers, answers)
def test_symmetric(base: Answers, mine: Answers, theirs: Answers) -> None:
    one = merge_answers(base, mine, theirs)
    other = merge_answers(base, theirs, mine)
    swapped = {(c.path, str(c.theirs), str(c.mine)) for c in other.conflicts}
    assert {(c.path, str(c.mine), str(c.theirs)) for c in one.conflicts} == swapped
    places = tuple(conflict.path for conflict in one.conflicts if conflict.path != "kosten")
    first, second = leaves_of(one.answers), leaves_of(other.answers)
    for path in first.keys() | second.keys():
        if not path.startswith(places or "\0"):
            assert first.get(path) == second.get(path)


@given(answers, answers, answers)
def test_rows_stay_unique(base: Answers, mine: Answers, theirs: Answers) -> None:
    merged = merge_answers(base, mine, theirs).answers.get("kosten") or []
    assert isinstance(merged, list)
    identities = [row["_id"] for row in merged if isinstance(row, dict)]
    assert len(identities) == len(set(map(str, identities))) == len(merged)


def kosten(*identities: str, **settings: Json) -> Answers:
    return {"kosten": [{"_id": identity} | settings for identity in identities]}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged", "conflicts"),
    [
        ({"a": "1"}, {"a": "2"}, {"a": "1", "b": "x"}, {"a": "2", "b": "x"}, []),
        ({"a": "1"}, {}, {"a": "1"}, {}, []),
        ({"a": "1"}, {"a": None}, {"a": "1"}, {}, []),
        ({"a": "1"}, {}, {"a": "2"}, {}, [Conflict("a", None, "2")]),
        ({"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "2"}, [Conflict("a", "2", "3")]),
        ({"t": ["a"]}, {"t": ["b"]}, {"t": ["c"]}, {"t": ["b"]}, [Conflict("t", ["b"], ["c"])]),
        (
            {"m": {"z": {"s": "F"}}},
            {"m": {"z": {"s": "M"}}},
            {"m": {"z": {"s": "F", "u": "F"}}},
            {"m": {"z": {"s": "M", "u": "F"}}},
            [],
        ),
        (
            kosten("a", "b"), kosten("a", "n", "b"), kosten("a", "b", "o"),
            kosten("a", "n", "b", "o"), [],
        ),
        (kosten("a", "b", "c"), kosten("c", "a", "b"), kosten("a", "c"), kosten("c", "a"), []),
        (kosten("a", "b", "c"), kosten("a", "c"), kosten("c", "a", "b"), kosten("c", "a"), []),
        (
            kosten("a", "b"), kosten("a"), {"kosten": [{"_id": "a"}, {"_id": "b", "x": "1"}]},
            {"kosten": [{"_id": "a"}, {"_id": "b", "x": "1"}]},
            [Conflict("kosten[b]", None, {"_id": "b", "x": "1"})],
        ),
        (
            kosten("a", "b", "c"), kosten("b", "a", "c"), kosten("a", "c", "b"),
            kosten("b", "a", "c"), [Conflict("kosten", ["b", "a", "c"], ["a", "c", "b"])],
        ),
    ],
)  # fmt: skip
def test_examples(
    base: Answers, mine: Answers, theirs: Answers, merged: Answers, conflicts: list[Conflict]
) -> None:
    merge = merge_answers(base, mine, theirs)
    assert merge.answers == merged
    assert list(merge.conflicts) == conflicts
