"""Objects in a local directory: the default of the embedded stack.

An object is a directory of its own, ``objects/<key>=/`` with ``data`` and ``metadata.json``. It is
built under ``temporary/``, flushed, and then renamed to its place. rename(2) never replaces a
directory that has content, so the one step both publishes the object as a whole and refuses a
second writer. The sign ``=`` stands in no key, so no key can name a file inside an object.

Every step of a path is opened without following symbolic links: a link that somebody places
below the directory leads nowhere.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from tenants.language import _
from tenants.storage.object_keys import check_key
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectLocked,
    ObjectMissing,
    StoredObject,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    check_content,
    check_retention,
)
from tenants.storage.probe import Guarantees, probe_store
from tenants.storage.report import StoreReport

OBJECTS = "objects"
TEMPORARY = "temporary"
LEFTOVER_SECONDS = 3600.0
"""A temporary entry this old belongs to no writer that is still at work."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOTDIR}


class LocalObjectStore:
    """An ObjectStore in ``directory``, which is created when it is missing.

    ``retain_until`` is kept by this program, not by the file system: the probe says so.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._prepared = False

    def describe(self) -> str:
        """Say where the store is."""
        return _("Verzeichnis {directory}").format(directory=self._directory)

    def prepare(self) -> None:
        """Create the directories (0700) and remove what a crash left behind."""
        with self._failures():
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in (OBJECTS, TEMPORARY):
                with suppress(FileExistsError):
                    (self._directory / name).mkdir(mode=0o700)
            self._remove_leftovers()
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
        stored = StoredObject(key, str(uuid4()), sha256, len(data))
        metadata = {
            **asdict(stored),
            "content_type": content_type,
            "retain_until": retain_until.isoformat() if retain_until else None,
        }
        with self._use(), self._temporary() as (holder, name):
            with _directory(name, holder) as building:
                _write(building, "data", data)
                _write(building, "metadata.json", json.dumps(metadata).encode())
                os.fsync(building)
            with self._parent(key, create=True) as (parent, last):
                try:
                    os.rename(name, last, src_dir_fd=holder, dst_dir_fd=parent)
                except OSError as problem:
                    if problem.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                        raise
                    raise ObjectExists(self._existing(key)) from problem
                os.fsync(parent)
        return stored

    def get(self, key: str, version_id: str, sha256: str) -> bytes:
        """Return the checked content; see `ObjectStore.get`."""
        data = self.read(key, version_id)
        check_content(key, data, sha256)
        return data

    def read(self, key: str, version_id: str) -> bytes:
        """Return the content unchecked; see `ObjectStore.read`."""
        check_key(key)
        with self._use(), self._object(key) as opened:
            if opened is None or _metadata(opened, key).version_id != version_id:
                raise ObjectMissing(key, version_id)
            try:
                return _read(opened, "data")
            except FileNotFoundError as problem:
                raise ObjectCorrupted(key) from problem

    def stat(self, key: str) -> StoredObject | None:
        """Return the object under ``key`` or None; see `ObjectStore.stat`."""
        check_key(key)
        with self._use(), self._object(key) as opened:
            return None if opened is None else _metadata(opened, key)

    def versions(self, key: str) -> list[StoredObject]:
        """Return the one version under ``key``, or none."""
        found = self.stat(key)
        return [] if found is None else [found]

    def delete(self, key: str, version_id: str) -> None:
        """Erase the version for good; see `ObjectStore.delete`."""
        check_key(key)
        with self._use():
            with self._object(key) as opened:
                if opened is None or _metadata(opened, key).version_id != version_id:
                    return
                until = _retain_until(opened, key)
            if until is not None and until > datetime.now(UTC):
                raise ObjectLocked(key, until)
            with self._parent(key) as (parent, last), self._temporary_holder() as holder:
                # First out of sight as a whole, then away: a crash leaves no half object. On a
                # full disk this works too, because nothing new is made.
                name = str(uuid4())
                with suppress(FileNotFoundError):
                    os.rename(last, name, src_dir_fd=parent, dst_dir_fd=holder)
                    os.fsync(parent)
                    shutil.rmtree(name, dir_fd=holder)

    def probe(self) -> StoreReport:
        """Say what the directory really guarantees; see `ObjectStore.probe`."""
        return probe_store(self)

    def try_guarantees(self) -> Guarantees:
        """State what follows from the construction: rename refuses, nothing is overwritten."""
        return Guarantees(conditional_put=True, versioning=True, lock_faults=None)

    @contextmanager
    def _use(self) -> Iterator[None]:
        """Prepare before the first use only: a directory that vanishes later is a lost mount,
        and documents must not go to whatever lies beneath it."""
        if not self._prepared:
            self.prepare()
        with self._failures():
            yield

    def _existing(self, key: str) -> StoredObject:
        found = self.stat(key)
        if found is None:
            raise StoreUnavailable(
                _(
                    "Das Objekt „{key}“ wurde gerade gelöscht. Bitte versuchen Sie es erneut."
                ).format(key=key)
            )
        return found

    def _remove_leftovers(self) -> None:
        oldest = time.time() - LEFTOVER_SECONDS
        for entry in (self._directory / TEMPORARY).iterdir():
            with suppress(FileNotFoundError):
                if entry.lstat().st_mtime < oldest:
                    shutil.rmtree(entry)

    @contextmanager
    def _temporary(self) -> Iterator[tuple[int, str]]:
        """Open the temporary directory and make a new one in it; what is left of it goes."""
        name = str(uuid4())
        with self._temporary_holder() as holder:
            os.mkdir(name, mode=0o700, dir_fd=holder)
            try:
                yield holder, name
            finally:
                shutil.rmtree(name, ignore_errors=True, dir_fd=holder)

    @contextmanager
    def _temporary_holder(self) -> Iterator[int]:
        with _directory(str(self._directory)) as root, _directory(TEMPORARY, root) as holder:
            yield holder

    @contextmanager
    def _parent(self, key: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """Open the directory that holds the object; also return the object's name in it."""
        *steps, last = key.split("/")
        current = self._open_objects()
        try:
            for step in steps:
                if create:
                    _make_directory(step, current)
                inner = os.open(step, _DIRECTORY, dir_fd=current)
                os.close(current)
                current = inner
            yield current, f"{last}="
        finally:
            os.close(current)

    def _open_objects(self) -> int:
        with _directory(str(self._directory)) as root:
            return os.open(OBJECTS, _DIRECTORY, dir_fd=root)

    @contextmanager
    def _object(self, key: str) -> Iterator[int | None]:
        """Open the object's own directory, None when there is no such object."""
        opened: int | None = None
        try:
            with self._parent(key) as (parent, last):
                opened = os.open(last, _DIRECTORY, dir_fd=parent)
        except FileNotFoundError:
            # Free is only a key in a store that is there: this raises again if it is not.
            os.close(self._open_objects())
        try:
            yield opened
        finally:
            if opened is not None:
                os.close(opened)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn what the file system says into errors of the store."""
        try:
            yield
        except OSError as problem:
            where = {"directory": self._directory, "reason": problem.strerror or str(problem)}
            if problem.errno in _FULL:
                raise StoreFull(
                    _("Im Speicher {directory} ist kein Platz mehr ({reason}).").format(**where)
                ) from problem
            if problem.errno in _REFUSED:
                raise StoreRefused(
                    _(
                        "Der Speicher {directory} lässt sich nicht benutzen ({reason}). Bitte "
                        "prüfen Sie Eigentümer, Rechte und Verknüpfungen."
                    ).format(**where)
                ) from problem
            raise StoreUnavailable(
                _("Der Speicher {directory} antwortet nicht ({reason}).").format(**where)
            ) from problem


@contextmanager
def _directory(name: str, parent: int | None = None) -> Iterator[int]:
    opened = os.open(name, _DIRECTORY, dir_fd=parent)
    try:
        yield opened
    finally:
        os.close(opened)


def _make_directory(name: str, parent: int) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, mode=0o700, dir_fd=parent)
        os.fsync(parent)


def _write(directory: int, name: str, data: bytes) -> None:
    with os.fdopen(os.open(name, _CREATE, 0o600, dir_fd=directory), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read(directory: int, name: str) -> bytes:
    with os.fdopen(os.open(name, _READ, dir_fd=directory), "rb") as file:
        return file.read()


def _metadata(directory: int, key: str) -> StoredObject:
    values = _metadata_values(directory, key)
    version_id, sha256, size = values.get("version_id"), values.get("sha256"), values.get("size")
    if (
        isinstance(version_id, str)
        and isinstance(sha256, str)
        and isinstance(size, int)
        and values.get("key") == key
    ):
        return StoredObject(key, version_id, sha256, size)
    raise ObjectCorrupted(key)


def _retain_until(directory: int, key: str) -> datetime | None:
    value = _metadata_values(directory, key).get("retain_until")
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _metadata_values(directory: int, key: str) -> dict[str, object]:
    try:
        values = json.loads(_read(directory, "metadata.json"))
    except (FileNotFoundError, ValueError) as problem:
        raise ObjectCorrupted(key) from problem
    if not isinstance(values, dict):
        raise ObjectCorrupted(key)
    return values
