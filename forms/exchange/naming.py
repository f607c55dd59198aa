"""Keys and ids of what is imported: derived from its names, so that the next import agrees."""

from __future__ import annotations

import re
import unicodedata
import uuid

from forms.definition_names import JINJA_WORDS, ROW_ATTRIBUTES, SYSTEM_GROUPS
from forms.expressions.dependencies import ROW_WORDS

_NAMESPACE = uuid.UUID("3b0f2d52-5d0c-5a55-9f0c-5b9b3a7f6d10")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_TAKEN = SYSTEM_GROUPS | JINJA_WORDS | ROW_ATTRIBUTES | ROW_WORDS
_DERIVED = ("_text", "_summe", "_spalten")
LONGEST_KEY = 64


def derived_id(*names: str) -> str:
    """Return the UUID of the element with this path of names; the same names give the same id."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(names)))


def key_of(name: str, fallback: str = "feld") -> str:
    """Return ``name`` as a key: lower case, a to z, digits and underscores."""
    text = unicodedata.normalize("NFC", name).lower().translate(_SPELLED)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"[^a-z0-9]+", "_", text).strip("_")
    if not text:
        text = fallback
    if not text[0].isalpha():
        text = f"{fallback}_{text}"
    return text[: LONGEST_KEY - 8].rstrip("_")


class Keys:
    """The keys given away in one room: a form's fields, its pages, the columns of a group."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def take(self, name: str, fallback: str = "feld") -> str:
        """Return a free key for ``name``; words that mean something else get a suffix."""
        wanted = key_of(name, fallback)
        if wanted in _TAKEN:
            wanted = f"{wanted}_feld"
        key, number = wanted, 1
        while self._collides(key):
            number += 1
            key = f"{wanted}_{number}"
        self._given.add(key)
        return key

    def reserve(self, key: str) -> bool:
        """Take exactly ``key``; say False when something has it already."""
        if self._collides(key):
            return False
        self._given.add(key)
        return True

    def _collides(self, key: str) -> bool:
        if key in self._given:
            return True
        stem = next((key.removesuffix(end) for end in _DERIVED if key.endswith(end)), "")
        derived = (f"{key}{end}" for end in _DERIVED)
        return stem in self._given or any(name in self._given for name in derived)
