"""Objects in any S3 store, through the ``minio`` client.

Write-once must not hang on one header. Ceph 16.2 honours ``If-None-Match: *`` in a bucket without
versions and ignores it in a versioned one (measured: 16 of 16 writers succeed). So after each
write the versions of the key are listed, and the first one counts, for ever: S3 lists the versions
of a key in the order in which they were stored, so all writers see the same first. A writer whose
version is not the first takes it back. Where the store honours the header this never happens.

Contents are found by stored version id, never by "latest": a plain delete in a versioned bucket
only puts a delete marker on top. ETags are not used: multipart uploads leave them empty in Ceph
16.2, and they are no hash of the content anyway.
"""

from __future__ import annotations

import base64
import hashlib
import os
from contextlib import suppress
from datetime import datetime

from minio.commonconfig import ENABLED, GOVERNANCE
from minio.error import S3Error
from minio.helpers import genheaders
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig

from tenants.language import _
from tenants.storage.object_keys import PROBE_ROOT, check_key
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectLocked,
    ObjectMissing,
    StoredObject,
    StoreUnavailable,
    check_content,
    check_retention,
)
from tenants.storage.probe import Guarantees, probe_key, probe_store
from tenants.storage.report import StoreReport
from tenants.storage.s3_connection import ConditionalMinio, S3Settings, connect
from tenants.storage.s3_failures import MISSING, s3_failures
from tenants.storage.s3_locks import LockTrials

UNVERSIONED = "null"
"""The version id that S3 gives to an object of a bucket without versioning."""

_ALREADY_THERE = {"PreconditionFailed", "ConditionalRequestConflict"}
_BUCKET_IS_THERE = {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}
_NOT_OFFERED = {"InvalidArgument", "InvalidRequest", "MethodNotAllowed", "NotImplemented"}


__all__ = ["S3ObjectStore", "S3Settings"]


class S3ObjectStore:
    """An ObjectStore in one bucket. The account needs to list versions, read, write and delete."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._bucket = settings.bucket
        self._connection: ConditionalMinio | None = None
        self._process = 0
        self._prepared = False

    def describe(self) -> str:
        """Say where the store is, without secrets."""
        return _("S3-Speicher {endpoint}, Bucket {bucket}").format(
            endpoint=self._settings.endpoint, bucket=self._bucket
        )

    def prepare(self) -> None:
        """Create the bucket (with object lock where offered) and turn versioning on."""
        with s3_failures(self._settings.endpoint):
            if not self._client.bucket_exists(self._bucket):
                self._create_bucket()
            if self._client.get_bucket_versioning(self._bucket).status != ENABLED:
                # Not offered or not allowed: the probe reports it.
                with suppress(S3Error):
                    self._client.set_bucket_versioning(self._bucket, VersioningConfig(ENABLED))
        self._prepared = True

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        sha256: str,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        """Store ``data`` under a free key; see `ObjectStore.put`."""
        check_key(key)
        check_content(key, data, sha256)
        check_retention(retain_until)
        existing = self.stat(key)
        if existing is not None:
            raise ObjectExists(existing)
        with s3_failures(self._settings.endpoint):
            version_id = self._put_if_free(
                key, data, content_type=content_type, sha256=sha256, retain_until=retain_until
            )
            if version_id is not None and self._version_ids(key)[:1] == [version_id]:
                return StoredObject(key, version_id, sha256, len(data))
        if version_id is not None:
            # A lock of the bucket may hold it: it stays then, and counts for nothing.
            with suppress(ObjectLocked):
                self.delete(key, version_id)
        existing = self.stat(key)
        if existing is None:
            raise StoreUnavailable(
                _(
                    "Das Objekt „{key}“ wurde gerade gelöscht. Bitte versuchen Sie es erneut."
                ).format(key=key)
            )
        raise ObjectExists(existing)

    def get(self, key: str, version_id: str, sha256: str) -> bytes:
        """Return the checked content of one version; see `ObjectStore.get`."""
        data = self.read(key, version_id)
        check_content(key, data, sha256)
        return data

    def read(self, key: str, version_id: str) -> bytes:
        """Return the content of one version unchecked; see `ObjectStore.read`."""
        check_key(key)
        self._ensure_prepared()
        with s3_failures(self._settings.endpoint):
            try:
                response = self._client.get_object(self._bucket, key, version_id=version_id)
            except S3Error as problem:
                if _is_missing(problem):
                    raise ObjectMissing(key, version_id) from problem
                raise
            try:
                return response.read()
            finally:
                response.close()
                response.release_conn()

    def stat(self, key: str) -> StoredObject | None:
        """Return the version that counts, None when the key is free; see `ObjectStore.stat`."""
        check_key(key)
        self._ensure_prepared()
        with s3_failures(self._settings.endpoint):
            for version_id in self._version_ids(key):
                found = self._stat_version(key, version_id)
                if found is not None:
                    return found
        return None

    def versions(self, key: str) -> list[StoredObject]:
        """Return all versions under ``key``, the one that counts first."""
        check_key(key)
        self._ensure_prepared()
        with s3_failures(self._settings.endpoint):
            found = [self._stat_version(key, version) for version in self._version_ids(key)]
        return [version for version in found if version is not None]

    def delete(self, key: str, version_id: str) -> None:
        """Erase one version for good; see `ObjectStore.delete`."""
        check_key(key)
        self._ensure_prepared()
        with s3_failures(self._settings.endpoint):
            try:
                self._client.remove_object(self._bucket, key, version_id=version_id)
            except S3Error as problem:
                if _is_missing(problem):
                    return
                locked = self._lock(key, version_id) if problem.code == "AccessDenied" else None
                if locked is None:
                    raise
                raise locked from problem

    def probe(self) -> StoreReport:
        """Say what the store really guarantees; see `ObjectStore.probe`."""
        return probe_store(self)

    def try_guarantees(self) -> Guarantees:
        """Try conditional writes, versioning and locks on objects that are removed again."""
        with s3_failures(self._settings.endpoint):
            self._remove_old_probes()
            return Guarantees(
                conditional_put=self._second_write_is_refused(),
                versioning=self._client.get_bucket_versioning(self._bucket).status == ENABLED,
                lock_faults=self._lock_faults(),
            )

    @property
    def _client(self) -> ConditionalMinio:
        # The client's connections must not be shared with a forked worker.
        if self._connection is None or self._process != os.getpid():
            self._connection = connect(self._settings)
            self._process = os.getpid()
        return self._connection

    def _ensure_prepared(self) -> None:
        # Before the first use only: a bucket that vanishes later is not to be replaced silently.
        if not self._prepared:
            self.prepare()

    def _create_bucket(self) -> None:
        for object_lock in (True, False):
            try:
                self._client.make_bucket(self._bucket, object_lock=object_lock)
                return
            except S3Error as problem:
                if problem.code in _BUCKET_IS_THERE:
                    return
                if not object_lock or problem.code not in _NOT_OFFERED:
                    raise

    def _put_if_free(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        sha256: str,
        retain_until: datetime | None,
    ) -> str | None:
        """Return the id of the new version, None when the store refused a second one."""
        retention = Retention(GOVERNANCE, retain_until) if retain_until else None
        headers = genheaders({"sha256": sha256}, None, None, retention, False)
        headers["Content-Type"] = content_type
        # Locked puts need it (S3 API, PutObject), and minio sends it over https alone.
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        headers["Content-MD5"] = base64.b64encode(digest).decode()
        try:
            result = self._client.put_once(self._bucket, key, data, headers)
        except S3Error as problem:
            if problem.code in _ALREADY_THERE:
                return None
            raise
        return result.version_id or UNVERSIONED

    def _version_ids(self, key: str) -> list[str]:
        """Return the ids of all versions, the first stored first, without delete markers."""
        newest_first = []
        for entry in self._client.list_objects(
            self._bucket, prefix=key, recursive=True, include_version=True
        ):
            if entry.object_name != key:
                # Names come in order: behind the key follow longer ones that begin like it.
                break
            if not entry.is_delete_marker:
                newest_first.append(entry.version_id or UNVERSIONED)
        return newest_first[::-1]

    def _stat_version(self, key: str, version_id: str) -> StoredObject | None:
        try:
            found = self._client.stat_object(self._bucket, key, version_id=version_id)
        except S3Error as problem:
            if _is_missing(problem):
                return None
            raise
        sha256 = (found.metadata or {}).get("x-amz-meta-sha256")
        if not isinstance(sha256, str) or found.size is None:
            # Somebody else's object: it may not pass for a document.
            raise ObjectCorrupted(key)
        return StoredObject(key, version_id, sha256, found.size)

    def _lock(self, key: str, version_id: str) -> ObjectLocked | None:
        """Return the lock that protects a version, None when there is none.

        Read from the headers: minio's own get_object_retention cannot read Ceph's dates, which
        have nine digits behind the second.
        """
        try:
            found = self._client.stat_object(self._bucket, key, version_id=version_id)
        except S3Error:
            return None
        headers = found.metadata or {}
        until = headers.get("x-amz-object-lock-retain-until-date")
        if isinstance(until, str):
            return ObjectLocked(key, datetime.fromisoformat(until))
        if headers.get("x-amz-object-lock-legal-hold") == "ON":
            return ObjectLocked(key, None)
        return None

    def _second_write_is_refused(self) -> bool:
        key = probe_key()
        written = [
            self._put_if_free(key, data, content_type="text/plain", sha256="", retain_until=None)
            for data in (b"1", b"2")
        ]
        for version_id in written:
            if version_id is not None:
                self._client.remove_object(self._bucket, key, version_id=version_id)
        return written[1] is None

    def _lock_faults(self) -> tuple[str, ...] | None:
        try:
            self._client.get_object_lock_config(self._bucket)
        except S3Error:
            return None
        return LockTrials(self._client, self._bucket).faults()

    def _remove_old_probes(self) -> None:
        """Remove what earlier probes could not because the account may not bypass locks."""
        for entry in self._client.list_objects(
            self._bucket, prefix=f"{PROBE_ROOT}/", recursive=True, include_version=True
        ):
            with suppress(S3Error):
                self._client.remove_object(
                    self._bucket, str(entry.object_name), version_id=entry.version_id
                )


def _is_missing(problem: S3Error) -> bool:
    return problem.code in MISSING
