"""The texts of a form document in other languages. Pure.

An element carries its translations itself (``translations``: language → property → text), so they
move, copy and go with it. What is missing in a language is shown in German.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.document_settings import texts
from forms.expressions.nodes import Json
from forms.languages import GERMAN

TRANSLATED = (
    "title",
    "description",
    "intro",
    "label",
    "help",
    "text",
    "minimum_label",
    "maximum_label",
    "item_label",
    "unit",
    "pattern_message",
    "message",
)
"""The properties of an element that people read while they fill in, in the order they read them."""
_KEY = "translations"


@dataclass(frozen=True, slots=True)
class TranslatableText:
    """A German text of an element, and what it is in each language that has it.

    ``element_id`` is that of the element, or of the nearest one around it that has an id.
    """

    element_id: str
    name: str
    german: str
    translated: Mapping[str, str]
    is_own: bool
    """Whether it stands in the element itself, not in something without an id (a rule)."""


def offered_languages(document: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the languages that a form document offers, German first."""
    return (GERMAN, *texts(dict(document), "languages"))


def translate_document(document: Mapping[str, Json], language: str) -> dict[str, Json]:
    """Return the document with its texts in ``language``, German where there is none.

    The translations themselves are left out: what comes back is a form in one language.
    """
    return {
        name: _translated(value, language)
        for name, value in _own_texts(document, language).items()
        if name not in (_KEY, "languages")
    }


def _translated(value: Json, language: str) -> Json:
    if isinstance(value, list):
        return [_translated(item, language) for item in value]
    if isinstance(value, dict):
        return translate_document(value, language)
    return value


def _own_texts(element: Mapping[str, Json], language: str) -> dict[str, Json]:
    found = _texts_in(element, language)
    return {
        name: found[name] if name in TRANSLATED and name in found else value
        for name, value in element.items()
    }


def _texts_in(element: Mapping[str, Json], language: str) -> dict[str, str]:
    translations = element.get(_KEY)
    stored = translations.get(language) if isinstance(translations, dict) else None
    if not isinstance(stored, dict):
        return {}
    return {name: value for name, value in stored.items() if isinstance(value, str)}


def translatable_texts(document: Mapping[str, Json]) -> Iterator[TranslatableText]:
    """Yield every text that people read, in the order of the document."""
    yield from _texts_of(document, "", offered_languages(document)[1:])


def _texts_of(
    element: Mapping[str, Json], around: str, languages: tuple[str, ...]
) -> Iterator[TranslatableText]:
    identity = element.get("id")
    own = identity if isinstance(identity, str) else around
    for name in TRANSLATED:
        german = element.get(name)
        if isinstance(german, str) and german.strip():
            found = {tag: _texts_in(element, tag).get(name, "") for tag in languages}
            yield TranslatableText(
                own,
                name,
                german,
                {tag: text for tag, text in found.items() if text},
                is_own=isinstance(identity, str),
            )
    for name, value in element.items():
        if name == _KEY or not isinstance(value, list):
            continue
        for child in value:
            if isinstance(child, dict):
                yield from _texts_of(child, own, languages)


def with_translation(element: Mapping[str, Json], language: str, name: str, text: str) -> Json:
    """Return the ``translations`` of ``element`` with one text set, or taken out when empty.

    None when nothing is left.
    """
    stored = element.get(_KEY)
    every = dict(stored) if isinstance(stored, dict) else {}
    own = _texts_in(element, language)
    own.pop(name, None)
    if text.strip():
        own[name] = text
    every.pop(language, None)
    if own:
        every[language] = dict(own)
    return every or None
