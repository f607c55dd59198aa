"""Rules of uniqueness while building: offered fields, German sentences, findings."""

from __future__ import annotations

import pytest

from forms.building.lint import lint_form
from forms.building.rules import RuleIncomplete
from forms.building.uniqueness import compared_fields, unique_document, unique_sentence
from forms.definition import DefinitionError, parse_definition
from forms.expressions.nodes import Json
from forms.uniqueness import UniqueRule, read_unique
from tests.support.form_documents import Document, field, one_page, row_field


def report(*rules: Json) -> Document:
    cases = row_field("faelle", "text", "zeichen", label="Aktenzeichen", required=True)
    document = one_page(
        field("text", "angebot", label="Angebot", required=True),
        field("integer", "jahr", label="Jahr"),
        field("yes_no", "neu", label="Neu?", required=True),
        field("long_text", "verlauf", label="Verlauf"),
        field("file", "datei", label="Datei"),
        field("info", "hinweis", label="Hinweis", text="Text"),
        field("repeat", "faelle", label="Fälle", item_label="Fall", display="cards",
              fields=[cases, row_field("faelle", "file", "anlage", label="Anlage")]),
        field("repeat", "kosten", label="Kosten", item_label="Posten", display="cards",
              fields=[row_field("kosten", "text", "zweck", label="Zweck")]),
    )  # fmt: skip
    return document | ({"unique": list(rules)} if rules else {})


def test_what_is_offered_is_what_a_form_may_compare() -> None:
    offered = compared_fields(report())
    assert list(offered) == ["angebot", "jahr", "neu", "faelle.zeichen", "kosten.zweck"]
    for name in ("angebot", "jahr", "neu", "verlauf", "datei", "hinweis", "faelle",
                 "faelle.zeichen", "faelle.anlage", "kosten.zweck"):  # fmt: skip
        try:
            parse_definition(report({"fields": [name]}))
            is_usable = True
        except DefinitionError:
            is_usable = False
        assert is_usable is (name in offered), name


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            UniqueRule(fields=("angebot",)),
            "Dieselbe Angabe „Angebot“ darf je Träger nur einmal eingereicht werden.",
        ),
        (
            UniqueRule(fields=("angebot", "jahr", "neu"), per_period=True, whole_office=True),
            "„Angebot“, „Jahr“ und „Neu?“ zusammen dürfen im ganzen Amt je Zeitraum nur einmal"
            " eingereicht werden.",
        ),
        (
            UniqueRule(fields=(), per_period=True),
            "Darf je Träger und Zeitraum nur einmal eingereicht werden.",
        ),
        (
            UniqueRule(fields=("faelle.zeichen",)),
            "Dieselbe Angabe „Aktenzeichen“ darf je Träger nur einmal eingereicht werden."
            " Jede Zeile von „Fälle“ zählt für sich.",
        ),
        (
            UniqueRule(fields=("weg",)),
            "Dieselbe Angabe „weg“ darf je Träger nur einmal eingereicht werden.",
        ),
    ],
)
def test_a_rule_reads_aloud(rule: UniqueRule, sentence: str) -> None:
    assert unique_sentence(rule, compared_fields(report())) == sentence


def test_what_is_written_is_read_again_and_what_compares_nothing_is_refused() -> None:
    fields = compared_fields(report())
    rule = UniqueRule(fields=("angebot", "faelle.zeichen"), whole_office=True, message="Einer.")
    document = unique_document(rule, fields)
    assert read_unique({"unique": [document]}) == (rule,)
    parse_definition(report(document))
    for refused, words in (
        (UniqueRule(fields=()), "Wählen Sie ein Feld"),
        (UniqueRule(fields=("faelle.zeichen", "kosten.zweck")), "„Fälle“ und „Kosten“"),
        (UniqueRule(fields=tuple("abcdefg")), "höchstens 6 Felder"),
    ):
        with pytest.raises(RuleIncomplete, match=words):
            unique_document(refused, fields)


def findings(*rules: Json) -> list[tuple[str, str]]:
    found = lint_form(report(*rules), is_complete=False)
    return [(one.level, one.text) for one in found if one.kind.startswith("unique")]


def test_the_lint_names_rules_that_cannot_or_hardly_hold() -> None:
    assert findings({"fields": ["angebot"]}) == []
    [(level, text)] = findings({"fields": ["angebot", "verlauf"]})
    assert level == "error" and "„verlauf“ gibt es nicht" in text
    [(level, text)] = findings({"fields": ["jahr", "angebot"]})
    assert level == "warning" and "„Jahr“ ist keine Pflichtangabe" in text
    [(level, text)] = findings({"fields": ["neu"]})
    assert level == "warning" and "nur wenige Antworten" in text
    assert findings({"fields": ["neu"], "per_period": True}) == []
    twice = findings({"fields": ["angebot", "neu"]}, {"fields": ["neu", "angebot"]})
    assert [level for level, _text in twice] == ["warning"] and "doppelt" in twice[0][1]
