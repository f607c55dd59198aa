"""The journal of what was erased, outside the database: a restored backup is made to forget again.

Each entry is an object of its own, written once, numbered from 1 without gaps. It names ids, object
keys and hashes, nothing of any person.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final, Literal

from tenants.database import now
from tenants.storage.objects import ObjectExists, content_hash
from tenants.storage.tenant_store import TenantStore

DOCUMENT: Final = "document"
SUBMISSION: Final = "submission"
LOCKED_FOR: Final = timedelta(days=400)
"""Longer than any backup is kept: the journal is there when one comes back."""
_FOLDER: Final = "erasures"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: enough to do it again, and to show that it was done."""

    subject: Literal["document", "submission"]
    subject_id: str
    key: str
    """The key of its retention class."""
    cases: tuple[str, ...]
    """The cases whose keys were destroyed."""
    files: tuple[str, ...]
    """The object keys that were deleted."""
    versions: tuple[dict[str, str], ...]
    """Ids and hashes, as the record has them."""
    form_id: str | None = None
    received_in: int | None = None


def append(store: TenantStore, erasure: Erasure, after: int, *, is_locked: bool) -> int:
    """Write ``erasure`` behind position ``after`` and return its own.

    Positions that are taken are passed over; the same subject is written once: an attempt that was
    cut off is found. With ``is_locked`` nobody deletes the entry for `LOCKED_FOR`, where the store
    holds a lock. Raises the errors of the object store.
    """
    retain_until = now() + LOCKED_FOR if is_locked else None
    position = after + 1
    content = json.dumps(asdict(erasure), sort_keys=True).encode()
    while True:
        try:
            store.put(
                _key(store, position),
                content,
                content_type="application/json",
                sha256=content_hash(content),
                retain_until=retain_until,
            )
        except ObjectExists:
            found = read(store, position)
            if found is None or found.subject_id != erasure.subject_id:
                position += 1
                continue
        return position


def read(store: TenantStore, position: int) -> Erasure | None:
    """Return the entry at a position, None behind the last. Raises the errors of the store."""
    stored = store.stat(_key(store, position))
    if stored is None:
        return None
    entry = json.loads(store.get(stored.key, stored.version_id, stored.sha256))
    for name in ("cases", "files", "versions"):
        entry[name] = tuple(entry[name])
    return Erasure(**entry)


def _key(store: TenantStore, position: int) -> str:
    return store.key(_FOLDER, f"{position:09}.json")
