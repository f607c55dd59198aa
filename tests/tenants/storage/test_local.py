"""What a local directory adds to the contract: modes, links, crashes, full and absent disks."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tenants.storage.local import LocalObjectStore
from tenants.storage.object_keys import tenant_key
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    StoredObject,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)

TENANT = uuid.UUID("6f0a8f1e-3f6c-4c55-8f55-0f3b6f6a2c11")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(directory: Path) -> LocalObjectStore:
    return LocalObjectStore(directory)


def put(store: LocalObjectStore, key: str, data: bytes) -> StoredObject:
    return store.put(key, data, content_type="text/plain", sha256=hashlib.sha256(data).hexdigest())


def test_only_the_owner_may_read(directory: Path, store: LocalObjectStore) -> None:
    loose = os.umask(0)
    try:
        put(store, tenant_key(TENANT, "a", "b"), b"personal")
    finally:
        os.umask(loose)

    for path in [directory, *directory.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_the_content_type_stands_beside_the_data(directory: Path, store: LocalObjectStore) -> None:
    stored = put(store, tenant_key(TENANT, "a"), b"text")

    beside = json.loads((directory / "objects" / f"{stored.key}=" / "metadata.json").read_text())
    assert beside["content_type"] == "text/plain"
    assert beside["version_id"] == stored.version_id


@pytest.mark.parametrize("at", ["tenant", f"tenant/{TENANT}", f"tenant/{TENANT}/a"])
def test_a_link_leads_nowhere(
    tmp_path: Path, directory: Path, store: LocalObjectStore, at: str
) -> None:
    store.prepare()
    outside = tmp_path / "outside"
    outside.mkdir()
    link = directory / "objects" / at
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside)

    with pytest.raises(StoreRefused, match="Verknüpfungen"):
        put(store, tenant_key(TENANT, "a", "b"), b"data")
    with pytest.raises(StoreRefused):
        store.stat(tenant_key(TENANT, "a", "b"))

    assert list(outside.iterdir()) == []


def test_a_linked_file_is_not_read(
    tmp_path: Path, directory: Path, store: LocalObjectStore
) -> None:
    stored = put(store, tenant_key(TENANT, "a"), b"data")
    outside = tmp_path / "outside"
    outside.write_bytes(b"data")
    data = directory / "objects" / f"{stored.key}=" / "data"
    data.unlink()
    data.symlink_to(outside)

    with pytest.raises(StoreRefused):
        store.get(stored.key, stored.version_id, stored.sha256)


@pytest.mark.parametrize("metadata", [None, "", "[]", "{", '{"key": "other"}'])
def test_damaged_metadata_is_corruption(
    directory: Path, store: LocalObjectStore, metadata: str | None
) -> None:
    stored = put(store, tenant_key(TENANT, "a"), b"data")
    beside = directory / "objects" / f"{stored.key}=" / "metadata.json"
    beside.unlink()
    if metadata is not None:
        beside.write_text(metadata)

    with pytest.raises(ObjectCorrupted):
        store.stat(stored.key)


def test_lost_data_is_corruption(directory: Path, store: LocalObjectStore) -> None:
    stored = put(store, tenant_key(TENANT, "a"), b"data")
    (directory / "objects" / f"{stored.key}=" / "data").unlink()

    with pytest.raises(ObjectCorrupted):
        store.get(stored.key, stored.version_id, stored.sha256)


def test_leftovers_are_ignored_and_old_ones_removed(
    directory: Path, store: LocalObjectStore
) -> None:
    store.prepare()
    old, fresh = (directory / "temporary" / name for name in ("old", "fresh"))
    for leftover in (old, fresh):
        leftover.mkdir()
        (leftover / "data").write_bytes(b"half")
    yesterday = time.time() - 86_400
    os.utime(old, (yesterday, yesterday))

    LocalObjectStore(directory).prepare()

    assert not old.exists()
    assert fresh.exists()
    assert store.stat(tenant_key(TENANT, "a")) is None


WRITER = """
import hashlib, sys, uuid
from pathlib import Path
from tenants.storage.local import LocalObjectStore
from tenants.storage.object_keys import tenant_key
store = LocalObjectStore(Path(sys.argv[1]))
data = b"x" * 300_000
while True:
    key = tenant_key(sys.argv[2], uuid.uuid4())
    store.put(key, data, content_type="a/b", sha256=hashlib.sha256(data).hexdigest())
    print(key, flush=True)
"""


def test_a_killed_writer_leaves_whole_objects_only(
    directory: Path, store: LocalObjectStore
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), str(TENANT)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as writer:
        assert writer.stdout is not None
        written = [writer.stdout.readline().strip() for _number in range(20)]
        writer.send_signal(signal.SIGKILL)
        written += writer.stdout.read().split()

    seen = [
        f"tenant/{TENANT}/{path.name.removesuffix('=')}"
        for path in (directory / "objects" / "tenant" / str(TENANT)).iterdir()
    ]
    assert set(written) <= set(seen)
    for key in seen:
        found = store.stat(key)
        assert found is not None
        assert len(store.get(key, found.version_id, found.sha256)) == 300_000


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the kernel refuse files of this process that grow beyond ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def tiny_disk(directory: Path) -> Iterator[None]:
    """Mount a file system of 128 KiB where that is allowed, else limit the size of files."""
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "siegel-test", str(directory)]
    if os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", str(directory)], check=True)
    else:
        with largest_file(128 * 1024):
            yield


def test_a_full_disk_is_said_and_spoils_nothing(directory: Path, store: LocalObjectStore) -> None:
    with tiny_disk(directory):
        small = put(store, tenant_key(TENANT, "small"), b"fits")
        large = tenant_key(TENANT, "large")

        with pytest.raises(StoreFull, match="kein Platz"):
            put(store, large, b"x" * 1_000_000)

        assert store.stat(large) is None
        assert list((directory / "temporary").iterdir()) == []
        assert store.get(small.key, small.version_id, small.sha256) == b"fits"
        store.delete(small.key, small.version_id)
        assert store.stat(small.key) is None


def test_a_file_that_may_not_grow_is_a_full_store(store: LocalObjectStore) -> None:
    key = tenant_key(TENANT, "a")
    store.prepare()

    with largest_file(1000), pytest.raises(StoreFull):
        put(store, key, b"x" * 5000)

    assert store.stat(key) is None
    assert put(store, key, b"x" * 5000).size == 5000


def test_a_place_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = LocalObjectStore(tmp_path / "file" / "objects")

    with pytest.raises(StoreRefused, match="Rechte"):
        put(store, tenant_key(TENANT, "a"), b"data")
    report = store.probe()

    assert not report.reachable
    assert not report.usable
    assert [finding.level for finding in report.findings] == ["error"]


def test_a_lost_directory_is_unavailable_not_empty(
    directory: Path, store: LocalObjectStore
) -> None:
    stored = put(store, tenant_key(TENANT, "a"), b"data")
    away = directory.with_name("away")
    shutil.move(directory, away)

    for unavailable in (
        lambda: store.stat(stored.key),
        lambda: store.get(stored.key, stored.version_id, stored.sha256),
        lambda: put(store, tenant_key(TENANT, "b"), b"data"),
    ):
        with pytest.raises(StoreUnavailable, match="antwortet nicht"):
            unavailable()
    assert not directory.exists()

    shutil.move(away, directory)
    assert store.stat(stored.key) == stored


def test_processes_exclude_each_other_too(directory: Path, store: LocalObjectStore) -> None:
    key = tenant_key(TENANT, "a")
    program = (
        "import sys, hashlib; from pathlib import Path\n"
        "from tenants.storage.local import LocalObjectStore\n"
        "data = sys.argv[3].encode()\n"
        "LocalObjectStore(Path(sys.argv[1])).put(sys.argv[2], data, content_type='a/b',"
        " sha256=hashlib.sha256(data).hexdigest())\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(directory), key, f"writer {number}"],
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
        )
        for number in range(4)
    ]
    won = [number for number, writer in enumerate(writers) if writer.wait(timeout=60) == 0]

    assert len(won) == 1
    found = store.stat(key)
    assert found is not None
    assert store.get(key, found.version_id, found.sha256) == f"writer {won[0]}".encode()
    with pytest.raises(ObjectExists):
        put(store, key, b"late")
