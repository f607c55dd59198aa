"""The hash chain of a tenant's register. Pure.

Every entry carries the hash of the one before it: whoever changes or removes an old entry
breaks every later one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence


def canonical_json(value: object) -> bytes:
    """Return the one spelling of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def chain_hash(previous_hash: str, entry: Mapping[str, str | int]) -> str:
    """Return the SHA-256 of ``entry`` together with the hash before it, as hexadecimal."""
    return hashlib.sha256(previous_hash.encode("ascii") + canonical_json(dict(entry))).hexdigest()


def first_break(first_hash: str, entries: Sequence[tuple[Mapping[str, str | int], str]]) -> int:
    """Return the position (from 0) of the first entry that does not fit, -1 if all do.

    ``entries`` are pairs of an entry and its recorded hash, in the order of the chain.
    """
    previous = first_hash
    for position, (entry, recorded) in enumerate(entries):
        if chain_hash(previous, entry) != recorded:
            return position
        previous = recorded
    return -1
