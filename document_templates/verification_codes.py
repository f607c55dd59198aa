"""The code printed on a document: 128 random bits, readable aloud, no personal data. Pure."""

from __future__ import annotations

import secrets

# Crockford's base 32 in lower case: no i, l, o or u that could be misread.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
_GROUP = 5
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1"})


def new_code() -> str:
    """Return a new code of 26 characters, which nobody can guess."""
    number = secrets.randbits(128)
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(LENGTH))


def spaced(code: str) -> str:
    """Return the code in groups of five, as it is printed."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed or followed, None if it cannot be one.

    Case, spaces, hyphens and the misread letters o, i and l are forgiven.
    """
    code = "".join(typed.split()).replace("-", "").lower().translate(_MISREAD)
    if len(code) != LENGTH or any(letter not in ALPHABET for letter in code):
        return None
    return code
