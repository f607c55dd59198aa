"""Whether an S3 store keeps what it was asked to lock, found out by trying to break the lock.

A store that accepts a lock and deletes all the same protects nothing, so every way around it is
tried on objects of their own: deleting the version, shortening the time, taking the lock back,
weakening its mode, and all that once more on an object that was uploaded in parts.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from minio import Minio
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.retention import Retention

from tenants.language import _
from tenants.storage.probe import probe_key

PROBE_LOCK: Final = timedelta(minutes=1)
_SHORTER: Final = timedelta(seconds=20)
_PART: Final = 5 * 1024**2
"""The smallest part that S3 takes; one byte more makes two of them."""


class LockTrials:
    """The trials on one bucket, and what the store let happen that it should not have."""

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._until = datetime.now(UTC) + PROBE_LOCK
        self._made: list[tuple[str, str]] = []

    def faults(self) -> tuple[str, ...]:
        """Return in German what the store does not hold, empty if it holds everything."""
        try:
            return tuple(self._faults())
        finally:
            self._remove()

    def _faults(self) -> Iterator[str]:
        try:
            key, version = self._locked(b"1", GOVERNANCE)
            strict_key, strict = self._locked(b"1", COMPLIANCE)
            large_key, large = self._locked(bytes(_PART + 1), GOVERNANCE)
            # Ceph 16.2 forgets the lock that comes with an upload in parts; set later, it holds.
            self._retain(large_key, large, GOVERNANCE, PROBE_LOCK)
        except S3Error:
            yield _("eine Sperre setzen")
            return
        if self._succeeds(lambda: self._client.remove_object(self._bucket, key, version)):
            yield _("Löschen verweigern")
        if self._succeeds(lambda: self._retain(key, version, GOVERNANCE, _SHORTER)):
            yield _("Verkürzen verweigern")
        if self._succeeds(lambda: self._retain(strict_key, strict, GOVERNANCE, PROBE_LOCK)):
            yield _("schwächere Art der Sperre verweigern")
        if self._succeeds(lambda: self._client.remove_object(self._bucket, large_key, large)):
            yield _("in Teilen hochgeladene Dateien sperren")

    def _locked(self, content: bytes, mode: str) -> tuple[str, str]:
        """Store ``content`` under a lock; more than one part of it goes up in parts."""
        key = probe_key()
        in_parts = len(content) > _PART
        result = self._client.put_object(
            self._bucket,
            key,
            io.BytesIO(content),
            length=-1 if in_parts else len(content),
            part_size=_PART if in_parts else 0,
            retention=Retention(mode, self._until),
        )
        version = result.version_id or self._newest(key)
        self._made.append((key, version))
        return key, version

    def _newest(self, key: str) -> str:
        # An upload in parts may not name its version (Ceph 16.2).
        found = self._client.list_objects(self._bucket, prefix=key, include_version=True)
        return next(str(one.version_id) for one in found)

    def _retain(self, key: str, version: str, mode: str, lasts: timedelta) -> None:
        until = datetime.now(UTC) + lasts
        self._client.set_object_retention(
            self._bucket, key, Retention(mode, until), version_id=version
        )

    def _succeeds(self, attempt: Callable[[], object]) -> bool:
        try:
            attempt()
        except S3Error:
            return False
        return True

    def _remove(self) -> None:
        """Remove the objects in spite of their locks; what stays the next probe removes."""
        doomed = [DeleteObject(key, version) for key, version in self._made]
        for _refusal in self._client.remove_objects(
            self._bucket, doomed, bypass_governance_mode=True
        ):
            continue
