"""An object store as one tenant may use it: its own keys, nothing else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tenants.language import _
from tenants.storage.object_keys import CASES, check_key, tenant_key, tenant_prefix
from tenants.storage.objects import ObjectStore, StorageError, StoredObject


class ForeignObjectKey(StorageError):
    """The key belongs to another tenant. The message does not repeat it."""

    def __init__(self) -> None:
        super().__init__(_("Dieses Objekt gehört nicht zum Mandanten, für den gearbeitet wird."))


class TenantStore:
    """The methods of ObjectStore, each refusing a key of another tenant with ForeignObjectKey."""

    def __init__(self, store: ObjectStore, tenant_id: UUID | str) -> None:
        self._store = store
        self._tenant_id = tenant_id
        self._prefix = tenant_prefix(tenant_id)

    def key(self, *parts: UUID | str) -> str:
        """Return the key of this tenant made of ``parts``; see `tenant_key`."""
        return tenant_key(self._tenant_id, *parts)

    def case_key(self, case_id: str, *parts: UUID | str) -> str:
        """Return the key of a file that is encrypted with the key of a case; see `case_of`."""
        return self.key(CASES, case_id, *parts)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        sha256: str,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        """Store ``data`` under a free key of the tenant; see `ObjectStore.put`."""
        self._check(key)
        return self._store.put(
            key, data, content_type=content_type, sha256=sha256, retain_until=retain_until
        )

    def get(self, key: str, version_id: str, sha256: str) -> bytes:
        """Return the checked content of one version; see `ObjectStore.get`."""
        self._check(key)
        return self._store.get(key, version_id, sha256)

    def stat(self, key: str) -> StoredObject | None:
        """Return the object under ``key`` or None; see `ObjectStore.stat`."""
        self._check(key)
        return self._store.stat(key)

    def versions(self, key: str) -> list[StoredObject]:
        """Return all versions under ``key``; see `ObjectStore.versions`."""
        self._check(key)
        return self._store.versions(key)

    def delete(self, key: str, version_id: str) -> None:
        """Erase one version for good; see `ObjectStore.delete`."""
        self._check(key)
        self._store.delete(key, version_id)

    def _check(self, key: str) -> None:
        check_key(key)
        if not key.startswith(self._prefix):
            raise ForeignObjectKey
