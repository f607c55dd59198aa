"""The catalogues of the public pages: complete, alike in their places, and German elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from forms.languages import LANGUAGES
from tenants.language import TRANSLATIONS, _, current_language

CATALOGUES = sorted(path.parent.parent.name for path in TRANSLATIONS.rglob("messages.po"))
TEMPLATES = Path(__file__).resolve().parents[2] / "app" / "templates"
# The pages, and what they take from the parts of all pages.
PAGES = [
    *sorted((TEMPLATES / "answering").glob("*.html")),
    TEMPLATES / "components" / "review.html",
]
_TEXT = re.compile(r"""_\((["'])(.+?)\1\)""")


def entries(language: str) -> dict[str, str]:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


def said(language: str, text: str) -> str:
    token = current_language.set(language)
    try:
        return _(text)
    finally:
        current_language.reset(token)


def test_there_is_a_catalogue_for_each_language_of_the_shipped_questionnaire() -> None:
    assert CATALOGUES == ["ar", "de-simple", "en", "tr"]
    assert set(CATALOGUES) <= set(LANGUAGES)


def test_texts_are_in_the_chosen_language_and_german_where_there_is_none() -> None:
    assert said("en", "Weiter") == "Next"
    assert said("tr", "Ja") == "Evet"
    assert said("de-simple", "Ja") == "Ja"
    assert said("fr", "Weiter") == "Weiter"
    assert said("de", "Weiter") == "Weiter"
    assert said("en", "Satztabelle") == "Satztabelle"


@pytest.mark.parametrize("language", CATALOGUES)
def test_places_for_values_are_the_same(language: str) -> None:
    for german, text in entries(language).items():
        places = re.findall(r"{[a-z]*}", german)
        assert sorted(re.findall(r"{[a-z]*}", text)) == sorted(places), german


@pytest.mark.parametrize("language", ["ar", "en", "tr"])
def test_every_text_of_the_public_pages_is_translated(language: str) -> None:
    found = {
        text
        for path in PAGES
        for _quote, text in _TEXT.findall(path.read_text(encoding="utf-8"))
        if path.name != "code.html"
    }
    assert len(found) > 35
    assert found - set(entries(language)) == set()
