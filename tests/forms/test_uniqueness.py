"""What may be submitted only once: which answers count as the same, and which rules are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.definition import DefinitionError, FormDefinition, parse_definition
from forms.expressions.nodes import Json
from forms.uniqueness import labels_of, unique_keys
from tests.support.form_documents import field, one_page, row_field

HERE = "00000000-0000-4000-8000-000000000001"
THERE = "00000000-0000-4000-8000-000000000002"


def form_with(*rules: Json, key: str = "angebot") -> FormDefinition:
    document = one_page(
        field("text", key) | {"id": "6f1c0a52-8d0e-4b55-9b0a-0f6f5a1d2c01"},
        field("integer", "jahr"),
        field("file", "datei"),
        field(
            "repeat", "faelle", item_label="Fall", display="cards",
            fields=[row_field("faelle", "text", "zeichen"),
                    row_field("faelle", "integer", "stunden")],
        ),
        field("repeat", "kosten", item_label="Posten", display="cards",
              fields=[row_field("kosten", "text", "zweck")]),
    )  # fmt: skip
    return parse_definition(document | {"unique": list(rules)})


def prints(
    definition: FormDefinition,
    answers: dict[str, Json],
    *,
    organisation_id: str | None = HERE,
    period: str = "",
) -> list[str]:
    return [
        key.fingerprint
        for key in unique_keys(
            definition.unique, definition.fields, answers,
            organisation_id=organisation_id, period=period,
        )
    ]  # fmt: skip


def test_the_same_answers_claim_the_same() -> None:
    definition = form_with({"fields": ["angebot", "jahr"]})
    first = prints(definition, {"angebot": "Haus  Morgentau ", "jahr": 2026})
    assert len(first) == 1
    assert first == prints(definition, {"jahr": 2026, "angebot": "haus morgentau", "datei": []})
    assert first != prints(definition, {"angebot": "Haus Morgentau", "jahr": 2027})


def test_what_is_missing_claims_nothing() -> None:
    definition = form_with(
        {"fields": ["angebot", "jahr"]}, {"fields": ["jahr"], "per_period": True}
    )
    assert prints(definition, {"angebot": "Haus"}) == []
    assert prints(definition, {"angebot": "", "jahr": 2026}) == []
    assert len(prints(definition, {"jahr": 2026}, period="2026")) == 1


def test_a_period_and_a_side_keep_apart_what_is_said() -> None:
    own = form_with({"fields": ["angebot"], "per_period": True})
    answers: dict[str, Json] = {"angebot": "Haus"}
    assert prints(own, answers, period="2026") != prints(own, answers, period="2027")
    assert prints(own, answers, period="2026") != prints(
        own, answers, period="2026", organisation_id=THERE
    )
    everybody = form_with({"fields": ["angebot"], "within": "tenant"})
    sides = {prints(everybody, answers, organisation_id=one)[0] for one in (HERE, THERE, None)}
    assert len(sides) == 1


def test_each_row_counts_by_itself() -> None:
    definition = form_with({"fields": ["jahr", "faelle.zeichen"]})
    keys = unique_keys(
        definition.unique,
        definition.fields,
        {"jahr": 2026, "faelle": [{"zeichen": "a"}, {"stunden": 1}, {"zeichen": "b"}]},
        organisation_id=HERE,
        period="",
    )
    assert [key.path for key in keys] == ["faelle[0].zeichen", "faelle[2].zeichen"]
    assert len({key.fingerprint for key in keys}) == 2
    assert labels_of(keys[0].rule, definition.fields) == "„Jahr“, „Zeichen“"


def test_a_renamed_field_is_still_the_same() -> None:
    before = form_with({"fields": ["angebot"]})
    after = form_with({"fields": ["einrichtung"]}, key="einrichtung")
    assert prints(before, {"angebot": "Haus"}) == prints(after, {"einrichtung": "Haus"})


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "A "]), st.integers(0, 3)), max_size=6),
    st.permutations(["jahr", "faelle.zeichen"]),
)
def test_as_many_fingerprints_as_different_rows(
    rows: list[tuple[str, int]], names: list[str]
) -> None:
    definition = form_with({"fields": list(names)})
    answers: dict[str, Json] = {
        "jahr": 1, "faelle": [{"zeichen": text, "stunden": hours} for text, hours in rows]
    }  # fmt: skip
    found = prints(definition, answers)
    assert len(found) == len(rows)
    assert len(set(found)) == len({text.strip().lower() for text, _hours in rows})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"fields": ["unbekannt"]}, "„unbekannt“"),
        ({"fields": ["datei"]}, "„datei“"),
        ({"fields": ["faelle"]}, "„faelle“"),
        ({"fields": ["faelle.zeichen", "kosten.zweck"]}, "verschiedenen Wiederholgruppen"),
        ({}, "per_period"),
        ({"fields": []}, "unique"),
    ],
)
def test_what_cannot_be_compared_is_refused(rule: Json, words: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        form_with(rule)
    assert any(words in finding for finding in refused.value.findings), refused.value.findings
