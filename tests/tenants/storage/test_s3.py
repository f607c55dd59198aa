"""What S3 adds to the contract: buckets, locks, delete markers, absent and refusing servers."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import socket
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from minio.commonconfig import ENABLED, GOVERNANCE
from minio.retention import Retention

from tenants.storage.object_keys import tenant_key
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectLocked,
    StoredObject,
    StoreRefused,
    StoreUnavailable,
)
from tenants.storage.s3 import S3ObjectStore, S3Settings
from tests.support.ceph import CephServer
from tests.tenants.storage.conftest import raw_client

A_FEW_SECONDS = 8.0


@pytest.fixture
def settings(object_store_settings: S3Settings) -> S3Settings:
    return object_store_settings


@pytest.fixture
def store(settings: S3Settings) -> S3ObjectStore:
    return S3ObjectStore(settings)


def put(store: S3ObjectStore, key: str, data: bytes) -> StoredObject:
    return store.put(key, data, content_type="text/plain", sha256=hashlib.sha256(data).hexdigest())


def test_a_new_bucket_has_versions_and_locks(store: S3ObjectStore, settings: S3Settings) -> None:
    store.prepare()
    store.prepare()

    client = raw_client(settings)
    assert client.get_bucket_versioning(settings.bucket).status == ENABLED
    client.get_object_lock_config(settings.bucket)
    assert store.probe().object_lock


def test_a_bucket_without_locks_is_used_and_reported(
    store: S3ObjectStore, settings: S3Settings, key: str
) -> None:
    client = raw_client(settings)
    client.make_bucket(settings.bucket)

    stored = put(store, key, b"data")

    assert client.get_bucket_versioning(settings.bucket).status == ENABLED
    assert store.get(key, stored.version_id, stored.sha256) == b"data"
    report = store.probe()
    assert report.usable
    assert not report.object_lock
    assert "Löschsperre: nicht vorhanden" in " ".join(f.text for f in report.findings)


def test_the_probe_tells_what_ceph_does_with_conditions(
    store: S3ObjectStore, settings: S3Settings
) -> None:
    """The expectation is found by asking Ceph directly, past the product."""
    store.prepare()
    client = raw_client(settings)
    headers = {"If-None-Match": "*", "Content-Type": "text/plain"}
    refused = False
    for _number in range(2):
        url = client.get_presigned_url("PUT", settings.bucket, "condition")
        refused = _put_raw(url, headers) == 412

    report = store.probe()

    assert report.conditional_put == refused
    assert report.write_once
    assert any("If-None-Match" in f.text for f in report.findings) == (not refused)


def test_a_probe_leaves_nothing_but_what_nobody_can_remove(
    store: S3ObjectStore, settings: S3Settings
) -> None:
    """The object under the strict lock stays a minute; it proves that the lock holds."""
    store.probe()
    store.probe()

    client = raw_client(settings)
    left = list(client.list_objects(settings.bucket, recursive=True, include_version=True))
    assert len(left) == 2
    for one in left:
        found = client.stat_object(settings.bucket, str(one.object_name), version_id=one.version_id)
        assert (found.metadata or {})["x-amz-object-lock-mode"] == "COMPLIANCE"
        until = datetime.fromisoformat(found.metadata["x-amz-object-lock-retain-until-date"])
        assert until < datetime.now(UTC) + timedelta(minutes=1)


def test_a_delete_marker_hides_nothing(
    store: S3ObjectStore, settings: S3Settings, key: str
) -> None:
    stored = put(store, key, b"sealed")

    raw_client(settings).remove_object(settings.bucket, key)

    assert store.stat(key) == stored
    assert store.get(key, stored.version_id, stored.sha256) == b"sealed"
    with pytest.raises(ObjectExists):
        put(store, key, b"other")


def test_the_first_version_counts(store: S3ObjectStore, settings: S3Settings, key: str) -> None:
    stored = put(store, key, b"sealed")
    later = raw_client(settings).put_object(
        settings.bucket, key, io.BytesIO(b"later"), 5, metadata={"sha256": "0" * 64}
    )

    assert store.stat(key) == stored
    assert [one.version_id for one in store.versions(key)] == [stored.version_id, later.version_id]


def test_an_object_without_hash_is_no_document(
    store: S3ObjectStore, settings: S3Settings, key: str
) -> None:
    store.prepare()
    raw_client(settings).put_object(settings.bucket, key, io.BytesIO(b"foreign"), 7)

    with pytest.raises(ObjectCorrupted):
        store.stat(key)
    with pytest.raises(ObjectCorrupted):
        put(store, key, b"mine")


def test_the_content_type_is_kept(store: S3ObjectStore, settings: S3Settings, key: str) -> None:
    stored = put(store, key, b"data")

    found = raw_client(settings).stat_object(settings.bucket, key, version_id=stored.version_id)
    assert found.content_type == "text/plain"


def test_a_legal_hold_locks_without_date(
    store: S3ObjectStore, settings: S3Settings, key: str
) -> None:
    stored = put(store, key, b"data")
    client = raw_client(settings)
    client.enable_object_legal_hold(settings.bucket, key, version_id=stored.version_id)

    with pytest.raises(ObjectLocked, match="auf Weiteres"):
        store.delete(key, stored.version_id)

    client.disable_object_legal_hold(settings.bucket, key, version_id=stored.version_id)
    store.delete(key, stored.version_id)
    assert store.stat(key) is None


def test_a_lock_set_later_counts(store: S3ObjectStore, settings: S3Settings, key: str) -> None:
    stored = put(store, key, b"data")
    until = datetime.now(UTC) + timedelta(hours=1)
    raw_client(settings).set_object_retention(
        settings.bucket, key, Retention(GOVERNANCE, until), version_id=stored.version_id
    )

    with pytest.raises(ObjectLocked):
        store.delete(key, stored.version_id)


@pytest.mark.parametrize("wrong", ["secret_key", "access_key"])
def test_wrong_credentials_are_refused(
    store: S3ObjectStore, settings: S3Settings, key: str, wrong: str
) -> None:
    stored = put(store, key, b"data")
    stranger = S3ObjectStore(
        dataclasses.replace(settings, secret_key="wrong")
        if wrong == "secret_key"
        else dataclasses.replace(settings, access_key="unknown")
    )

    for refused in (
        lambda: stranger.get(key, stored.version_id, stored.sha256),
        lambda: stranger.stat(key),
        lambda: put(stranger, key, b"other"),
        lambda: stranger.delete(key, stored.version_id),
    ):
        with pytest.raises(StoreRefused, match="Zugangsschlüssel") as refusal:
            refused()
        assert settings.secret_key not in str(refusal.value)
    report = stranger.probe()
    assert not report.usable
    assert not report.reachable


def test_the_secret_is_not_shown(settings: S3Settings, store: S3ObjectStore) -> None:
    assert settings.secret_key not in repr(settings)
    assert settings.secret_key not in store.describe()


def test_a_vanished_bucket_is_not_replaced(
    store: S3ObjectStore, settings: S3Settings, key: str
) -> None:
    store.prepare()
    client = raw_client(settings)
    client.remove_bucket(settings.bucket)

    with pytest.raises(StoreRefused, match="NoSuchBucket"):
        put(store, key, b"data")

    assert not client.bucket_exists(settings.bucket)


def test_a_stopped_store_is_unavailable_and_comes_back(
    ceph_server: CephServer, store: S3ObjectStore, key: str
) -> None:
    stored = put(store, key, b"before")
    other = tenant_key(uuid.uuid4(), "later")

    with ceph_server.stopped():
        for unavailable in (
            lambda: store.get(key, stored.version_id, stored.sha256),
            lambda: store.stat(key),
            lambda: put(store, other, b"later"),
            lambda: store.delete(key, stored.version_id),
        ):
            started = time.monotonic()
            with pytest.raises(StoreUnavailable, match="antwortet nicht") as failure:
                unavailable()
            assert not isinstance(failure.value, StoreRefused)
            assert time.monotonic() - started < A_FEW_SECONDS
        assert not store.probe().reachable

    assert store.get(key, stored.version_id, stored.sha256) == b"before"
    assert store.stat(other) is None
    put(store, other, b"later")


def test_a_silent_store_is_unavailable(
    ceph_server: CephServer, settings: S3Settings, key: str
) -> None:
    stored = put(S3ObjectStore(settings), key, b"before")
    store = S3ObjectStore(dataclasses.replace(settings, read_seconds=0.5))
    patient = S3ObjectStore(settings)
    patient.prepare()

    with ceph_server.paused():
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.stat(key)
        with pytest.raises(StoreUnavailable):
            put(store, tenant_key(uuid.uuid4(), "later"), b"later")
        assert time.monotonic() - started < A_FEW_SECONDS

    assert patient.get(key, stored.version_id, stored.sha256) == b"before"


def test_a_server_that_is_no_store_is_unavailable(key: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        settings = S3Settings(
            f"127.0.0.1:{port}", "a", "b", "bucket", connect_seconds=0.3, read_seconds=0.3
        )
        with pytest.raises(StoreUnavailable):
            S3ObjectStore(settings).stat(key)


@pytest.mark.parametrize(
    ("setting", "value", "name"),
    [
        ("endpoint", "https://s3.example.org", "Endpunkt"),
        ("endpoint", "", "Endpunkt"),
        ("endpoint", "s3.example.org/path", "Endpunkt"),
        ("bucket", "a", "Bucket"),
        ("bucket", "Großer Eimer", "Bucket"),
        ("access_key", "", "Zugangsschlüssel"),
        ("secret_key", "", "Geheimnis"),
    ],
)
def test_settings_that_cannot_work_are_named(setting: str, value: str, name: str) -> None:
    good = {"endpoint": "s3.example.org", "access_key": "a", "secret_key": "b", "bucket": "abc"}
    changed = {**good, setting: value}

    with pytest.raises(ValueError, match=name):
        S3Settings(
            changed["endpoint"], changed["access_key"], changed["secret_key"], changed["bucket"]
        )


def test_a_waiting_time_is_needed(settings: S3Settings) -> None:
    with pytest.raises(ValueError, match="Wartezeit"):
        dataclasses.replace(settings, connect_seconds=0)


def test_a_forked_worker_uses_connections_of_its_own(store: S3ObjectStore, key: str) -> None:
    stored = put(store, key, b"data" * 50_000)
    child = os.fork()
    if child == 0:
        good = True
        for _number in range(20):
            data = store.get(key, stored.version_id, stored.sha256)
            good = good and data == b"data" * 50_000
        os._exit(0 if good else 1)
    for _number in range(20):
        assert store.get(key, stored.version_id, stored.sha256) == b"data" * 50_000

    assert os.waitpid(child, 0)[1] == 0


def _put_raw(url: str, headers: dict[str, str]) -> int:
    import urllib3

    with urllib3.PoolManager() as http:
        return http.request("PUT", url, body=b"x", headers=headers).status
