"""Codes of invitations and secrets of drafts: what people hold, and its hash that is kept. Pure.

A code is three blocks of chance and one with the number of its group, ``0000`` without one:
``k7wq-03hn-v8ed-0017``. The group is read from the code that somebody brings, so the stored
invitations know nothing of it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

# Crockford's base 32 in lower case: no i, l, o or u that could be misread.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
BLOCK = 4
RANDOM_BLOCKS = 3
MOST_GROUPS = 9999
SECRET_BYTES = 32
_LENGTH = BLOCK * (RANDOM_BLOCKS + 1)
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1"})
_KEY_LENGTH = 10
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,100}")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was read; ``group_number`` is 0 without a group."""

    text: str
    group_number: int

    @property
    def sha256(self) -> str:
        """Return what is kept of the code. Sixty random bits: nobody finds it by trying."""
        return _hash("invitation", self.text)


def new_code(group_number: int = 0) -> str:
    """Return a new code for a group, as it is printed."""
    blocks = [
        "".join(secrets.choice(ALPHABET) for _place in range(BLOCK))
        for _block in range(RANDOM_BLOCKS)
    ]
    return "-".join([*blocks, f"{group_number:0{BLOCK}}"])


def read_code(typed: str) -> Code | None:
    """Return the code that somebody typed or followed, None if it cannot be one.

    Case, spaces, hyphens and the misread letters o, i and l are forgiven.
    """
    text = "".join(typed[:100].split()).replace("-", "").lower().translate(_MISREAD)
    if len(text) != _LENGTH or any(letter not in ALPHABET for letter in text):
        return None
    group = text[-BLOCK:]
    if not group.isdecimal():
        return None
    return Code(text, int(group))


def new_secret() -> str:
    """Return a new secret under which a browser finds its draft again."""
    return secrets.token_urlsafe(SECRET_BYTES)


def secret_sha256(secret: str) -> str | None:
    """Return what is kept of a draft's secret, None for what cannot be one."""
    return _hash("draft", secret) if _SECRET.fullmatch(secret) else None


def new_public_key() -> str:
    """Return a new public part of a wave's address; nobody guesses that of a wave to come."""
    return "".join(secrets.choice(ALPHABET) for _place in range(_KEY_LENGTH))


def _hash(purpose: str, text: str) -> str:
    return hashlib.sha256(f"{purpose}:{text}".encode()).hexdigest()
