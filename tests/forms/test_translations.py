"""Forms in several languages: what is translated, what falls back to German, what is missing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from forms.building.lint import lint_form
from forms.definition import DefinitionError, parse_definition
from forms.expressions.nodes import Json
from forms.languages import LANGUAGES, language_of
from forms.translations import (
    TRANSLATED,
    offered_languages,
    translatable_texts,
    translate_document,
    with_translation,
)
from forms.versions.changes import Grade
from forms.versions.diff import compare_forms
from tests.support.form_documents import Document, field, form, page, section


def bilingual() -> Document:
    """Return a form that is half translated into Turkish."""
    radio = field("radio", "zufrieden", label="Zufrieden?", options={"ja": "Ja", "nein": "Nein"})
    radio["translations"] = {"tr": {"label": "Memnun?"}}
    options = radio["options"]
    assert isinstance(options, list)
    assert isinstance(options[0], dict)
    options[0]["translations"] = {"tr": {"label": "Evet"}}
    number = field(
        "integer",
        "kinder",
        valid=[
            {
                "rule": "kinder < 20",
                "message": "Zu viele.",
                "translations": {"tr": {"message": "Çok fazla."}},
            }
        ],
    )
    return form(page("a", section("s", radio, number))) | {"languages": ["tr", "ar"]}


def test_texts_are_in_the_language_and_german_where_there_is_none() -> None:
    turkish = parse_definition(translate_document(bilingual(), "tr"))
    asked = turkish.fields["zufrieden"]
    assert asked.label == "Memnun?"
    assert [option.label for option in asked.options] == ["Evet", "Nein"]  # type: ignore[attr-defined]
    assert turkish.fields["kinder"].valid[0].message == "Çok fazla."
    assert turkish.pages[0].title == "A"


def test_a_language_without_a_word_is_german() -> None:
    german = parse_definition(bilingual())
    arabic = parse_definition(translate_document(bilingual(), "ar"))
    assert arabic.fields["zufrieden"] == german.fields["zufrieden"]


def test_keys_values_and_ids_are_the_same_in_every_language() -> None:
    def rest(node: Json) -> Json:
        if isinstance(node, list):
            return [rest(one) for one in node]
        if isinstance(node, dict):
            left_out = {*TRANSLATED, "translations", "languages"}
            return {name: rest(value) for name, value in node.items() if name not in left_out}
        return node

    assert rest(translate_document(bilingual(), "tr")) == rest(bilingual())


def test_a_text_of_a_property_that_the_element_has_not_is_left_out() -> None:
    document = bilingual() | {"translations": {"tr": {"help": "yardım", "title": "Anket"}}}
    translated = translate_document(document, "tr")
    assert translated["title"] == "Anket"
    assert "help" not in translated


def test_languages_are_offered_with_german_first() -> None:
    assert offered_languages(bilingual()) == ("de", "tr", "ar")
    assert parse_definition(bilingual()).languages == ("de", "tr", "ar")
    assert parse_definition(form(page("a", section("s", field("text", "t"))))).languages == ("de",)


def test_missing_translations_are_found_while_building() -> None:
    found = [one.text for one in lint_form(bilingual()) if one.kind == "untranslated"]
    assert "„Nein“ hat keine Übersetzung: Türkisch (Beschriftung)." in found
    assert "„Zufrieden?“ hat keine Übersetzung: Arabisch (Beschriftung)." in found
    assert not [text for text in found if "„Ja“" in text and "Türkisch" in text]
    assert all(
        one.level == "warning" for one in lint_form(bilingual()) if "untranslated" in one.kind
    )


def test_a_form_in_german_alone_misses_nothing() -> None:
    document = form(page("a", section("s", field("text", "t"))))
    assert not [one for one in lint_form(document) if one.kind == "untranslated"]


def test_another_translation_changes_no_answer() -> None:
    changed = json.loads(json.dumps(bilingual()))
    changed["pages"][0]["sections"][0]["fields"][0]["translations"]["tr"]["label"] = "Mutlu?"
    changed["languages"] = ["tr"]
    compared = compare_forms(bilingual(), changed)
    assert {change.grade for change in compared.changes} == {Grade.COMPATIBLE}
    assert any("Übersetzung" in change.text for change in compared.changes)


@pytest.mark.parametrize(
    "translations",
    [
        {"tr": {}},
        {"Türkisch": {"label": "x"}},
        {"tr": {"key": "x"}},
        {"tr": {"label": " "}},
        {"tr": "x"},
    ],
)
def test_what_is_no_translation_is_refused(translations: Json) -> None:
    document = form(page("a", section("s", field("text", "t", translations=translations))))
    with pytest.raises(DefinitionError):
        parse_definition(document)


@given(some.sampled_from(TRANSLATED), some.text(min_size=1, max_size=20).filter(str.strip))
def test_a_translation_is_set_and_taken_out(name: str, text: str) -> None:
    element: Document = {"translations": {"en": {"label": "Yes"}}}
    with_it = with_translation(element, "tr", name, text)
    assert with_it == {"en": {"label": "Yes"}, "tr": {name: text}}
    assert isinstance(with_it, dict)
    assert with_translation({"translations": with_it}, "tr", name, " ") == element["translations"]
    assert with_translation({}, "tr", name, "") is None


def test_every_text_that_people_read_is_listed_once() -> None:
    listed = [(text.german, text.name) for text in translatable_texts(bilingual())]
    assert listed == [
        ("Pruefbogen", "title"), ("A", "title"), ("S", "title"), ("Zufrieden?", "label"),
        ("Ja", "label"), ("Nein", "label"), ("Kinder", "label"), ("Zu viele.", "message"),
    ]  # fmt: skip


def test_languages_know_their_direction() -> None:
    assert {tag for tag, one in LANGUAGES.items() if one.direction == "rtl"} == {"ar", "fa"}
    assert language_of("xx").direction == "ltr"
