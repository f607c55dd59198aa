"""What an object store promises: objects written once, found again by version, checked by hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tenants.language import _
from tenants.storage.report import StoreReport

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of an object: what the register keeps to find and check it again."""

    key: str
    version_id: str
    sha256: str
    """Lower-case hexadecimal SHA-256 of the content."""
    size: int
    """Bytes."""


class StorageError(Exception):
    """Anything that an object store refuses or cannot do; the message is German and for people."""


class ObjectExists(StorageError):
    """The key is taken; ``existing`` is what is there and may be adopted if its hash fits."""

    def __init__(self, existing: StoredObject) -> None:
        super().__init__(
            _("Das Objekt „{key}“ gibt es schon; es wird nicht überschrieben.").format(
                key=existing.key
            )
        )
        self.existing = existing


class ObjectMissing(StorageError):
    """There is no such object, or no such version of it."""

    def __init__(self, key: str, version_id: str) -> None:
        super().__init__(
            _("Das Objekt „{key}“ gibt es nicht in der Version „{version}“.").format(
                key=key, version=version_id
            )
        )


class ObjectCorrupted(StorageError):
    """The content is not what its hash says."""

    def __init__(self, key: str) -> None:
        super().__init__(
            _(
                "Der Inhalt des Objekts „{key}“ passt nicht zu seiner Prüfsumme. Er wurde "
                "verändert oder beschädigt und wird nicht verwendet."
            ).format(key=key)
        )


class ObjectLocked(StorageError):
    """The version is under a lock and stays until its date."""

    def __init__(self, key: str, until: datetime | None) -> None:
        date = _("auf Weiteres") if until is None else f"{until:%d.%m.%Y %H:%M} UTC"
        super().__init__(
            _("Das Objekt „{key}“ ist bis {date} gegen Löschen gesperrt.").format(
                key=key, date=date
            )
        )
        self.until = until


class StoreUnavailable(StorageError):
    """The store does not do its work now; the same call may succeed later."""


class StoreFull(StoreUnavailable):
    """No space is left, or a quota is used up."""


class StoreRefused(StoreUnavailable):
    """The store answers but does not let us in; an operator has to change something first."""


class ObjectStore(Protocol):
    """Objects under keys, each written once and never changed.

    Every method raises StoreUnavailable (or its kinds StoreFull and StoreRefused) when the store
    cannot be reached or used, and InvalidObjectKey for a key that breaks the rules of
    `tenants.storage.object_keys`. All methods may be called from many threads and processes.
    """

    def prepare(self) -> None:
        """Make the store ready (directory, bucket, versioning). Harmless to repeat."""

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        sha256: str,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        """Store ``data`` durably under a key that is still free.

        Of any number of writers exactly one succeeds; the others get ObjectExists with what is
        there, which they adopt if its hash is theirs. After StoreUnavailable the object may be
        there all the same: ask `stat`, or put again.

        ``retain_until`` (aware) locks the version against deletion until then. It is off unless
        asked for: Sozialdaten must be erasable (§ 84 SGB X, Art. 17 DSGVO), so a lock may only be
        set where the retention class is certain.

        Raises ObjectCorrupted when ``sha256`` is not the hash of ``data``.
        """
        ...

    def get(self, key: str, version_id: str, sha256: str) -> bytes:
        """Return the content of one version, checked against ``sha256``.

        Raises ObjectMissing, and ObjectCorrupted when the content has another hash.
        """
        ...

    def read(self, key: str, version_id: str) -> bytes:
        """Return the content of one version, unchecked: for who has another proof of it.

        Raises ObjectMissing.
        """
        ...

    def stat(self, key: str) -> StoredObject | None:
        """Return the object under ``key`` without reading its content, None when it is free."""
        ...

    def versions(self, key: str) -> list[StoredObject]:
        """Return all versions under ``key``, the one that counts first.

        There is more than one only after a lost race whose loser could not be taken back.
        Erasure deletes each of them.
        """
        ...

    def delete(self, key: str, version_id: str) -> None:
        """Erase one version for good. A version that is not there is no error.

        Raises ObjectLocked when a lock protects it.
        """

    def probe(self) -> StoreReport:
        """Say what the store really guarantees; never raises, an absent store is a finding."""
        ...


def content_hash(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def check_content(key: str, data: bytes, sha256: str) -> None:
    """Raise ObjectCorrupted unless ``sha256`` is the hash of ``data``."""
    if not _SHA256.fullmatch(sha256) or content_hash(data) != sha256:
        raise ObjectCorrupted(key)


def check_retention(retain_until: datetime | None) -> None:
    """Raise ValueError for a date without time zone: the store would guess one."""
    if retain_until is not None and retain_until.utcoffset() is None:
        raise ValueError("retain_until needs a time zone")
