"""Both object stores behind one face, and ways to damage what lies in them."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from minio import Minio

from tenants.storage.local import LocalObjectStore
from tenants.storage.object_keys import tenant_key
from tenants.storage.objects import ObjectStore, StoredObject
from tenants.storage.s3 import S3ObjectStore, S3Settings


@dataclass(frozen=True)
class StoreUnderTest:
    """A store, a way to open it a second time, and a way past it to its bytes."""

    kind: str
    store: ObjectStore
    open_again: Callable[[], ObjectStore]
    damage: Callable[[StoredObject, bytes], StoredObject]
    """Put other bytes where the object lies, promising its hash; return where they now lie."""


@pytest.fixture(params=["local", "s3"])
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> StoreUnderTest:
    if request.param == "local":
        return local_store(tmp_path / "objects here")
    return s3_store(request.getfixturevalue("object_store_settings"))


@pytest.fixture
def store(under_test: StoreUnderTest) -> ObjectStore:
    return under_test.store


@pytest.fixture
def key() -> str:
    """A free key of a fresh tenant."""
    return tenant_key(uuid.uuid4(), "documents", uuid.uuid4(), "sealed.pdf")


def local_store(directory: Path) -> StoreUnderTest:
    def damage(stored: StoredObject, data: bytes) -> StoredObject:
        (directory / "objects" / f"{stored.key}=" / "data").write_bytes(data)
        return stored

    return StoreUnderTest(
        "local", LocalObjectStore(directory), lambda: LocalObjectStore(directory), damage
    )


def s3_store(settings: S3Settings) -> StoreUnderTest:
    def damage(stored: StoredObject, data: bytes) -> StoredObject:
        # S3 changes no version, so the damaged content is a version that claims the hash.
        result = raw_client(settings).put_object(
            settings.bucket,
            stored.key,
            io.BytesIO(data),
            len(data),
            metadata={"sha256": stored.sha256},
        )
        assert result.version_id
        return StoredObject(stored.key, result.version_id, stored.sha256, len(data))

    return StoreUnderTest("s3", S3ObjectStore(settings), lambda: S3ObjectStore(settings), damage)


def raw_client(settings: S3Settings) -> Minio:
    """A client of the same account that knows nothing of our rules."""
    return Minio(
        settings.endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key,
        secure=settings.secure,
        region=settings.region,
    )
