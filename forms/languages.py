"""Languages that a form can be read in besides German. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

GERMAN = "de"


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its BCP 47 tag. ``name`` is its own name, ``german`` what Germans call it."""

    tag: str
    name: str
    german: str
    is_right_to_left: bool = False

    @property
    def direction(self) -> str:
        """Return the value of the attribute ``dir``."""
        return "rtl" if self.is_right_to_left else "ltr"


LANGUAGES = MappingProxyType(
    {
        language.tag: language
        for language in (
            Language(GERMAN, "Deutsch", "Deutsch"),
            # „simple“ is a registered variant: people who read are told it is German.
            Language("de-simple", "Leichte Sprache", "Leichte Sprache"),
            Language("en", "English", "Englisch"),
            Language("ar", "العربية", "Arabisch", is_right_to_left=True),
            Language("bg", "Български", "Bulgarisch"),
            Language("es", "Español", "Spanisch"),
            Language("fa", "فارسی", "Persisch", is_right_to_left=True),
            Language("fr", "Français", "Französisch"),
            Language("it", "Italiano", "Italienisch"),
            Language("ku", "Kurdî", "Kurdisch"),
            Language("pl", "Polski", "Polnisch"),
            Language("ro", "Română", "Rumänisch"),
            Language("ru", "Русский", "Russisch"),
            Language("sq", "Shqip", "Albanisch"),
            Language("tr", "Türkçe", "Türkisch"),
            Language("uk", "Українська", "Ukrainisch"),
        )
    }
)


def language_of(tag: str) -> Language:
    """Return the language ``tag``; one that is not known is shown by its tag, left to right."""
    return LANGUAGES.get(tag) or Language(tag, tag, tag)
