"""An object store that holds the files of cases encrypted with a key for each case.

Whether a file is encrypted says its key: what lies under ``tenant/<id>/cases/<case>/`` is. Files
stored before there were keys, and those that concern no person (templates, sealed roots), lie
elsewhere and stay as they are. Callers see content, hashes and sizes before encryption.
"""

from __future__ import annotations

from datetime import datetime

from tenants.case_keys import CaseKeyDestroyed, CaseKeyMissing, CaseKeyRing
from tenants.keys import DecryptionFailed
from tenants.storage.object_keys import case_of
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectMissing,
    ObjectStore,
    StoredObject,
    check_content,
    content_hash,
)
from tenants.storage.report import StoreReport

_ENCRYPTED_TYPE = "application/octet-stream"


class EncryptedObjectStore:
    """The methods of `ObjectStore` on another store; see there."""

    def __init__(self, store: ObjectStore, keys: CaseKeyRing) -> None:
        self._store = store
        self._keys = keys

    def prepare(self) -> None:
        """Make the store ready; see `ObjectStore.prepare`."""
        self._store.prepare()

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        sha256: str,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        """Store ``data``, encrypted if its key says so; see `ObjectStore.put`.

        Raises ObjectMissing when the key of the case was destroyed: what is erased stays so.
        """
        case = case_of(key)
        if case is None:
            return self._store.put(
                key, data, content_type=content_type, sha256=sha256, retain_until=retain_until
            )
        check_content(key, data, sha256)
        try:
            sealed = self._keys.make(*case).encrypt(data, key)
        except CaseKeyDestroyed as erased:
            raise ObjectMissing(key, "") from erased
        try:
            stored = self._store.put(
                key,
                sealed,
                content_type=_ENCRYPTED_TYPE,
                sha256=content_hash(sealed),
                retain_until=retain_until,
            )
        except ObjectExists as taken:
            raise ObjectExists(self._described(taken.existing)) from taken
        return StoredObject(key, stored.version_id, sha256, len(data))

    def get(self, key: str, version_id: str, sha256: str) -> bytes:
        """Return the checked content of one version; see `ObjectStore.get`.

        A file whose key was destroyed is missing: nobody can read it any more.
        """
        if case_of(key) is None:
            return self._store.get(key, version_id, sha256)
        content = self._decrypted(key, version_id)
        check_content(key, content, sha256)
        return content

    def read(self, key: str, version_id: str) -> bytes:
        """Return the content of one version unchecked; see `ObjectStore.read`."""
        if case_of(key) is None:
            return self._store.read(key, version_id)
        return self._decrypted(key, version_id)

    def stat(self, key: str) -> StoredObject | None:
        """Return the object under ``key``; of an encrypted one the content has to be read."""
        found = self._store.stat(key)
        return None if found is None else self._described(found)

    def versions(self, key: str) -> list[StoredObject]:
        """Return all versions under ``key`` as they are stored, to erase them."""
        return self._store.versions(key)

    def delete(self, key: str, version_id: str) -> None:
        """Erase one version for good; see `ObjectStore.delete`."""
        self._store.delete(key, version_id)

    def probe(self) -> StoreReport:
        """Say what the store really guarantees; see `ObjectStore.probe`."""
        return self._store.probe()

    def _described(self, stored: StoredObject) -> StoredObject:
        if case_of(stored.key) is None:
            return stored
        content = self._decrypted(stored.key, stored.version_id)
        return StoredObject(stored.key, stored.version_id, content_hash(content), len(content))

    def _decrypted(self, key: str, version_id: str) -> bytes:
        case = case_of(key)
        if case is None:
            raise ValueError("only files of cases are encrypted")
        sealed = self._store.read(key, version_id)
        try:
            return self._keys.open(*case).decrypt(sealed, key)
        except (CaseKeyMissing, CaseKeyDestroyed) as erased:
            raise ObjectMissing(key, version_id) from erased
        except DecryptionFailed as changed:
            raise ObjectCorrupted(key) from changed
