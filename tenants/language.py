"""German texts through gettext, for modules that know no web framework.

The source strings are German. A catalogue for another language is found under
``app/translations``; without one the source string is returned as it is.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

DEFAULT_LANGUAGE = "de"
DOMAIN = "messages"
TRANSLATIONS = Path(__file__).resolve().parent.parent / "app" / "translations"

current_language: ContextVar[str] = ContextVar("current_language", default=DEFAULT_LANGUAGE)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, TRANSLATIONS, languages=[language], fallback=True)


def _(message: str) -> str:
    """Return ``message`` in the language of the current person, German if there is no other."""
    return _catalogue(current_language.get()).gettext(message)
