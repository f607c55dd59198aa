"""What every object store promises, on each of them."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tenants.storage.object_keys import InvalidObjectKey, tenant_key
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectLocked,
    ObjectMissing,
    ObjectStore,
    StoredObject,
)
from tenants.storage.tenant_store import ForeignObjectKey, TenantStore
from tests.tenants.storage.conftest import StoreUnderTest

PDF = "application/pdf"
NOBODY = "2f0c6a52-7d6f-4b51-9a0e-5b7f4a5c9d31"
"""An identifier that no test gives to anything."""


def put(store: ObjectStore | TenantStore, key: str, data: bytes) -> StoredObject:
    return store.put(key, data, content_type=PDF, sha256=hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("data", [b"", b"Bescheid", b"\x00\xff" * 70_000])
def test_what_was_put_is_read_back(under_test: StoreUnderTest, key: str, data: bytes) -> None:
    stored = put(under_test.store, key, data)

    assert (stored.key, stored.size) == (key, len(data))
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    again = under_test.open_again()
    assert again.get(key, stored.version_id, stored.sha256) == data
    assert again.stat(key) == stored
    assert again.versions(key) == [stored]


def test_a_free_key_has_nothing(store: ObjectStore, key: str) -> None:
    assert store.stat(key) is None
    assert store.versions(key) == []
    with pytest.raises(ObjectMissing):
        store.get(key, str(uuid.uuid4()), "0" * 64)


def test_a_second_put_is_refused_and_shows_what_is_there(store: ObjectStore, key: str) -> None:
    first = put(store, key, b"first")

    with pytest.raises(ObjectExists) as refusal:
        put(store, key, b"second")

    assert refusal.value.existing == first
    assert key in str(refusal.value)
    assert store.get(key, first.version_id, first.sha256) == b"first"
    assert store.versions(key) == [first]


def test_of_sixteen_writers_one_wins_and_all_agree(under_test: StoreUnderTest, key: str) -> None:
    together = threading.Barrier(16)
    stores = [under_test.open_again() for _number in range(16)]
    for one in stores:
        one.prepare()

    def write(number: int) -> tuple[bool, StoredObject]:
        together.wait(timeout=30)
        try:
            return True, put(stores[number], key, b"writer %d" % number)
        except ObjectExists as refusal:
            return False, refusal.existing

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(write, range(16)))

    winners = [number for number, (won, _stored) in enumerate(outcomes) if won]
    assert len(winners) == 1
    stored = outcomes[winners[0]][1]
    assert all(seen == stored for _won, seen in outcomes)
    content = under_test.store.get(key, stored.version_id, stored.sha256)
    assert content == b"writer %d" % winners[0]
    assert under_test.store.versions(key) == [stored]


def test_a_key_may_continue_another(store: ObjectStore) -> None:
    tenant = uuid.uuid4()
    keys = [tenant_key(tenant, *parts) for parts in (["a"], ["a", "b"], ["ab"], ["a.data"])]

    stored = [put(store, key, key.encode()) for key in keys]

    for key, one in zip(keys, stored, strict=True):
        assert store.versions(key) == [one]
        assert store.get(key, one.version_id, one.sha256) == key.encode()


def test_changed_bytes_are_not_returned(under_test: StoreUnderTest, key: str) -> None:
    stored = put(under_test.store, key, b"Betrag: 64,95")

    damaged = under_test.damage(stored, b"Betrag: 99,95")

    with pytest.raises(ObjectCorrupted, match="Prüfsumme"):
        under_test.store.get(key, damaged.version_id, stored.sha256)


def test_the_hash_of_the_register_counts(store: ObjectStore, key: str) -> None:
    stored = put(store, key, b"content")

    with pytest.raises(ObjectCorrupted):
        store.get(key, stored.version_id, hashlib.sha256(b"another").hexdigest())


@pytest.mark.parametrize("sha256", ["", "0" * 64, hashlib.sha256(b"data").hexdigest().upper()])
def test_a_wrong_hash_is_refused_before_anything_is_written(
    store: ObjectStore, key: str, sha256: str
) -> None:
    with pytest.raises(ObjectCorrupted):
        store.put(key, b"data", content_type=PDF, sha256=sha256)

    assert store.stat(key) is None


@pytest.mark.parametrize("version_id", ["null", "unknown", NOBODY])
def test_an_unknown_version_is_missing(store: ObjectStore, key: str, version_id: str) -> None:
    stored = put(store, key, b"content")

    with pytest.raises(ObjectMissing):
        store.get(key, version_id, stored.sha256)
    store.delete(key, version_id)

    assert store.stat(key) == stored


def test_erased_is_gone_and_the_key_is_free_again(store: ObjectStore, key: str) -> None:
    first = put(store, key, b"personal")

    store.delete(key, first.version_id)
    store.delete(key, first.version_id)

    assert store.versions(key) == []
    with pytest.raises(ObjectMissing):
        store.get(key, first.version_id, first.sha256)
    second = put(store, key, b"after")
    assert second.version_id != first.version_id
    assert store.stat(key) == second


def test_a_locked_version_stays(store: ObjectStore, key: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    data = b"final"
    stored = store.put(
        key,
        data,
        content_type=PDF,
        sha256=hashlib.sha256(data).hexdigest(),
        retain_until=until,
    )

    with pytest.raises(ObjectLocked, match="gesperrt") as refusal:
        store.delete(key, stored.version_id)

    assert refusal.value.until is not None
    assert abs(refusal.value.until - until) < timedelta(seconds=2)
    assert store.get(key, stored.version_id, stored.sha256) == data


def test_a_lock_needs_a_time_zone(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        store.put(
            key,
            b"",
            content_type=PDF,
            sha256=hashlib.sha256(b"").hexdigest(),
            retain_until=datetime(2030, 1, 1),
        )


def test_twenty_megabytes(store: ObjectStore, key: str) -> None:
    data = os.urandom(20 * 1024 * 1024)

    stored = put(store, key, data)

    assert stored.size == len(data)
    assert store.get(key, stored.version_id, stored.sha256) == data


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "document.pdf",
        "tenant/not-a-uuid/a",
        "tenant/8F0E6C1E-6A3A-4A3E-9F0B-0A6C1B2D3E4F/a",
        f"tenant/{NOBODY}",
        f"tenant/{NOBODY}/",
        f"tenant/{NOBODY}/../a",
        f"tenant/{NOBODY}/./a",
        f"tenant/{NOBODY}//a",
        f"tenant/{NOBODY}/a\\b",
        f"tenant/{NOBODY}/Müller & Söhne.pdf",
        f"tenant/{NOBODY}/a=",
        f"tenant/{NOBODY}/a\n",
        f"tenant/{NOBODY}/a\x00",
        f"tenant/{NOBODY}/A",
        f"tenant/{NOBODY}/{'a' * 121}",
        f"tenant/{NOBODY}" + "/abcdefghij" * 70,
        f"probe/{NOBODY}/a",
    ],
)
def test_keys_that_no_store_may_take(store: ObjectStore, key: str) -> None:
    for refused in (
        lambda: put(store, key, b"x"),
        lambda: store.stat(key),
        lambda: store.versions(key),
        lambda: store.get(key, "null", "0" * 64),
        lambda: store.delete(key, "null"),
    ):
        with pytest.raises(InvalidObjectKey):
            refused()


def test_a_tenant_reaches_its_own_objects_only(store: ObjectStore) -> None:
    herne, hilden = uuid.uuid4(), uuid.uuid4()
    of_herne, of_hilden = TenantStore(store, herne), TenantStore(store, str(hilden))
    key = of_herne.key("documents", "1")
    stored = put(of_herne, key, b"only for Herne")

    assert of_herne.get(key, stored.version_id, stored.sha256) == b"only for Herne"
    assert of_herne.stat(key) == stored
    assert of_herne.versions(key) == [stored]
    for refused in (
        lambda: of_hilden.get(key, stored.version_id, stored.sha256),
        lambda: of_hilden.stat(key),
        lambda: of_hilden.versions(key),
        lambda: of_hilden.delete(key, stored.version_id),
        lambda: put(of_hilden, tenant_key(herne, "documents", "2"), b"planted"),
        lambda: of_hilden.stat(f"probe/{uuid.uuid4()}"),
    ):
        with pytest.raises(ForeignObjectKey) as refusal:
            refused()
        assert str(herne) not in str(refusal.value)
    with pytest.raises(InvalidObjectKey):
        of_hilden.stat(f"tenant/{hilden}/../{herne}/documents/1")
    assert store.stat(tenant_key(herne, "documents", "2")) is None
    of_herne.delete(key, stored.version_id)
    assert store.stat(key) is None


def test_the_probe_finds_the_store_usable_and_leaves_nothing(under_test: StoreUnderTest) -> None:
    report = under_test.store.probe()

    assert report.reachable
    assert report.write_once
    assert report.versioning
    assert report.usable
    assert report.object_lock == (under_test.kind == "s3")
    texts = " ".join(finding.text for finding in report.findings)
    assert "Schreiben und Zurücklesen: in Ordnung" in texts
    assert under_test.store.probe() == report
