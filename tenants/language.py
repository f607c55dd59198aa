"""German texts for modules that know no web framework, and what they are in other languages.

The source strings are German. A catalogue of another language is a gettext file under
``app/translations``; what it does not have stays German. Other languages are spoken on the public
pages of questionnaires alone, so the catalogues hold the texts of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

DEFAULT_LANGUAGE = "de"
DOMAIN = "messages"
TRANSLATIONS = Path(__file__).resolve().parent.parent / "app" / "translations"

current_language: ContextVar[str] = ContextVar("current_language", default=DEFAULT_LANGUAGE)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    path = TRANSLATIONS / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if language == DEFAULT_LANGUAGE or not path.is_file():
        return {}
    # Who speaks German alone need not wait for it.
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string
    }


def _(message: str) -> str:
    """Return ``message`` in the language of the current person, German if there is no other."""
    return _catalogue(current_language.get()).get(message, message)
