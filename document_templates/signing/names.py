"""Comparing the name in a certificate with the name of a Zeichnungsberechtigte. Pure.

Certificates write names as the identity card has them, people as they are called: titles, hyphens
and umlauts differ, further given names are missing. The surname and one given name must agree;
what does not is for a person to judge, never for a machine to wave through.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_TITLES: Final = frozenset(
    {
        "dr", "prof", "professor", "dipl", "ing", "med", "jur", "phil", "rer", "nat", "pol",
        "habil", "mag", "ba", "ma", "msc", "bsc", "llm", "phd", "hc", "h", "c", "herr", "frau",
    }
)  # fmt: skip
_SPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
)


def name_parts(name: str) -> list[str]:
    """Return the words of a name: lower case, without titles, accents and punctuation."""
    composed = unicodedata.normalize("NFC", name).casefold().translate(_SPELT)
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFD", composed)
        if not unicodedata.combining(letter)
    )
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return [word for word in words if word not in _TITLES]


def is_same_person(recorded: str, *, given_name: str, surname: str, common_name: str) -> bool:
    """Say whether the name on record is that of the certificate.

    With surname and given name in the certificate, all words of the surname and at least one given
    name have to be on record, and the record has no word that the certificate lacks. Without them
    the whole common name counts.
    """
    known = set(name_parts(recorded))
    if not known:
        return False
    family, given = set(name_parts(surname)), set(name_parts(given_name))
    if not family or not given:
        called = set(name_parts(common_name))
        return bool(called) and (known <= called or called <= known) and len(known & called) >= 2
    return family <= known and bool(given & known) and known <= family | given
