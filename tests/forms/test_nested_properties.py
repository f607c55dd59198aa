"""Whatever comes in: nothing is lost, nothing raises, and rows never mix."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forms.answers import dump_value, load_answers
from forms.definition import parse_definition
from forms.evaluation import evaluate, flatten
from forms.evaluation_document import evaluation_document
from forms.expressions.nodes import Json
from forms.merging import merge_answers
from forms.paths import path_steps
from forms.presentation import present_page, review
from forms.raw_texts import moved_texts
from forms.rows import RowOperation, RowVerb, apply_row_operation
from tests.forms.test_merging import leaves_of
from tests.support.nested_forms import course_form, invoice_form

INVOICE = parse_definition(invoice_form())
COURSE = parse_definition(course_form())
Answers = dict[str, Json]

KEYS = ["faelle", "einsaetze", "minuten", "satz", "art", "mit_einsaetzen", "_id", "fremd", "betrag"]
anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=8),
        st.sampled_from(["direkt", "2027-03-01", "12.5", "ausfall"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)


def _without_empty(row: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in row.items() if value is not None}


def rows_of(
    identities: st.SearchStrategy[list[str]], content: st.SearchStrategy[dict[str, Json]]
) -> st.SearchStrategy[list[Json]]:
    """Return lists of rows with ids of their own and with this content."""
    return identities.flatmap(
        lambda ids: st.tuples(*(content for _identity in ids)).map(
            lambda rows: [{"_id": one} | row for one, row in zip(ids, rows, strict=True)]
        )
    )


def identities(prefix: str) -> st.SearchStrategy[list[str]]:
    return st.lists(
        st.sampled_from([f"{prefix}{number}" for number in range(4)]), unique=True, max_size=4
    )


visits = rows_of(
    identities("e"),
    st.fixed_dictionaries(
        {
            "minuten": st.one_of(st.none(), st.integers(1, 600)),
            "art": st.sampled_from([None, "direkt", "ausfall"]),
        }
    ).map(_without_empty),
)
cases = rows_of(
    identities("f"),
    st.fixed_dictionaries(
        {
            "satz": st.sampled_from([None, "10.00", "64.95"]),
            "mit_einsaetzen": st.sampled_from([None, True, False]),
            "einsaetze": visits,
        }
    ).map(_without_empty),
)
invoices: st.SearchStrategy[Answers] = st.fixed_dictionaries({"faelle": cases})


@given(st.one_of(st.dictionaries(st.sampled_from(KEYS), anything), invoices))
@settings(max_examples=200)
def test_nothing_that_comes_in_raises(answers: Answers) -> None:
    for stage in ("draft", "submission"):
        evaluation = evaluate(INVOICE, answers, stage=stage)  # type: ignore[arg-type]
        assert present_page(INVOICE, "rechnung", evaluation).sections
        assert review(INVOICE, evaluation)
    evaluation_document(INVOICE, answers)


@given(invoices)
def test_stored_answers_come_back(answers: Answers) -> None:
    loaded = load_answers(INVOICE.fields, answers)
    assert loaded.errors == {}
    assert {key: dump_value(INVOICE.fields[key], one) for key, one in loaded.values.items()} == (
        answers
    )


@given(invoices)
def test_sums_agree_with_a_plain_reckoning(answers: Answers) -> None:
    data: Any = answers
    shown = [
        visit
        for case in data["faelle"]
        if case.get("mit_einsaetzen")
        for visit in case["einsaetze"]
    ]
    evaluation = evaluate(INVOICE, answers, stage="draft")
    assert evaluation.values["minuten"] == sum(visit.get("minuten", 0) for visit in shown)
    assert evaluation.rows == len(data["faelle"]) + sum(
        len(case["einsaetze"]) for case in data["faelle"]
    )
    for path in flatten(evaluation.values):
        assert INVOICE.field_at(path) is not None, path
    for message in (*evaluation.errors, *evaluation.warnings):
        assert INVOICE.field_at(message.path) is not None, message


@given(invoices, invoices)
def test_a_merge_with_the_base_is_the_other_side(base: Answers, mine: Answers) -> None:
    for merge in (merge_answers(base, mine, base), merge_answers(base, base, mine)):
        assert merge.conflicts == ()
        assert leaves_of(merge.answers) == leaves_of(mine)


@given(invoices, invoices, invoices)
def test_a_merge_loses_no_edit_at_any_level(base: Answers, mine: Answers, theirs: Answers) -> None:
    merge = merge_answers(base, mine, theirs)
    merged, old = leaves_of(merge.answers), leaves_of(base)
    conflicts = [conflict.path for conflict in merge.conflicts]
    for side in (leaves_of(mine), leaves_of(theirs)):
        for path in side.keys() | old.keys():
            if side.get(path) == old.get(path) or merged.get(path) == side.get(path):
                continue
            # In a conflict mine stands; a removed row may stay because the other side worked in it.
            assert any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in conflicts)


@given(invoices, invoices, invoices)
def test_a_merge_is_fair_to_both_sides(base: Answers, mine: Answers, theirs: Answers) -> None:
    one, other = merge_answers(base, mine, theirs), merge_answers(base, theirs, mine)
    assert {conflict.path for conflict in one.conflicts} == {
        conflict.path for conflict in other.conflicts
    }
    if not one.conflicts:
        assert leaves_of(one.answers) == leaves_of(other.answers)


@given(invoices, invoices, invoices)
def test_a_merge_keeps_ids_apart_in_each_group(
    base: Answers, mine: Answers, theirs: Answers
) -> None:
    merged: Any = merge_answers(base, mine, theirs).answers
    for rows in [
        merged.get("faelle", []),
        *(case.get("einsaetze", []) for case in merged.get("faelle", [])),
    ]:
        found = [row["_id"] for row in rows]
        assert len(found) == len(set(found))


groups = st.sampled_from(
    ["faelle", "faelle[0].einsaetze", "faelle[1].einsaetze", "faelle[9].einsaetze"]
)
verbs: st.SearchStrategy[RowVerb] = st.sampled_from(["add", "remove", "up", "down"])


@given(invoices, groups, verbs, st.integers(0, 4))
def test_an_operation_moves_texts_with_their_rows(
    answers: Answers, group: str, verb: RowVerb, index: int
) -> None:
    """A text at each amount names its row by ids; afterwards each stands at that row again."""
    data: Any = answers
    texts = {
        f"faelle[{outer}].einsaetze[{inner}].minuten": f"{case['_id']}/{visit['_id']}"
        for outer, case in enumerate(data["faelle"])
        for inner, visit in enumerate(case["einsaetze"])
    }
    operation = RowOperation(group, verb, index if verb != "add" else -1)
    changed, moved = apply_row_operation(INVOICE, answers, texts, operation, lambda: "neu")
    after: Any = changed
    for path, text in moved.items():
        outer, inner = (int(step.row or -1) for step in path_steps(path)[:2])
        case = after["faelle"][outer]
        assert text == f"{case['_id']}/{case['einsaetze'][inner]['_id']}"
    left = sum(
        visit["_id"] != "neu" for case in after["faelle"] for visit in case.get("einsaetze", [])
    )
    assert len(moved) == left
    assert moved_texts(texts, answers, changed) == moved


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_none(text: str) -> None:
    COURSE.field_at(text)
    COURSE.row_title(text)
