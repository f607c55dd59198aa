"""Asking an object store what it really guarantees, by trying it.

A setting that says "locked" proves nothing: some stores accept a lock and delete all the same,
and some accept If-None-Match and overwrite. So each guarantee is tried on an object of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from tenants.language import _
from tenants.storage.object_keys import PROBE_ROOT
from tenants.storage.objects import ObjectExists, ObjectStore, StorageError, content_hash
from tenants.storage.report import Finding, StoreReport

_CONTENT = b"Brief & Siegel: Probe"


@dataclass(frozen=True, slots=True)
class Guarantees:
    """What the store does by itself, tried out."""

    conditional_put: bool
    versioning: bool
    lock_faults: tuple[str, ...] | None
    """What locks do not hold, in German; none where the store offers no locks at all."""


class ProbedStore(ObjectStore, Protocol):
    """A store that can try its own guarantees."""

    def describe(self) -> str:
        """Say where the store is, without secrets."""
        ...

    def try_guarantees(self) -> Guarantees:
        """Try what the store does by itself, on objects that are removed again."""
        ...


def probe_key() -> str:
    """Return a fresh key for an object that lives only as long as a probe."""
    return f"{PROBE_ROOT}/{uuid4()}"


def probe_store(store: ProbedStore) -> StoreReport:
    """Try ``store`` and report; leaves nothing behind and never raises StorageError."""
    try:
        store.prepare()
        write_once = _second_writer_is_refused(store)
        guarantees = store.try_guarantees()
    except StorageError as problem:
        return StoreReport(
            store.describe(),
            findings=(Finding("error", str(problem)),),
        )
    return StoreReport(
        store.describe(),
        reachable=True,
        write_once=write_once,
        conditional_put=guarantees.conditional_put,
        versioning=guarantees.versioning,
        object_lock=guarantees.lock_faults == (),
        findings=tuple(_findings(write_once, guarantees)),
    )


def _second_writer_is_refused(store: ProbedStore) -> bool:
    key = probe_key()
    kind = "application/octet-stream"
    first = store.put(key, _CONTENT, content_type=kind, sha256=content_hash(_CONTENT))
    try:
        store.get(key, first.version_id, first.sha256)
        other = b"other"
        store.put(key, other, content_type=kind, sha256=content_hash(other))
    except ObjectExists:
        return True
    finally:
        for version in store.versions(key):
            with suppress(StorageError):
                store.delete(key, version.version_id)
    return False


def _findings(write_once: bool, guarantees: Guarantees) -> Iterator[Finding]:
    yield Finding("ok", _("Schreiben und Zurücklesen: in Ordnung."))
    if not write_once:
        yield Finding("error", _("Einmaliges Schreiben: ein zweiter Schreiber wurde angenommen."))
    elif guarantees.conditional_put:
        yield Finding("ok", _("Einmaliges Schreiben: der Speicher lehnt den zweiten ab."))
    else:
        yield Finding(
            "warning",
            _(
                "Einmaliges Schreiben: der Speicher beachtet „If-None-Match“ nicht (Ceph bis "
                "mindestens Version 16 tut das in versionierten Buckets). Das Programm gleicht "
                "es aus: Es zählt immer die erste Version."
            ),
        )
    if guarantees.versioning:
        yield Finding("ok", _("Versionierung: eingeschaltet."))
    else:
        yield Finding(
            "error",
            _(
                "Versionierung: ausgeschaltet und nicht einschaltbar. Bitte schalten Sie sie für "
                "den Bucket ein; sonst kann ein anderes Programm Dokumente überschreiben."
            ),
        )
    if guarantees.lock_faults == ():
        yield Finding(
            "ok",
            _(
                "Löschsperre: wirksam. Löschen, Verkürzen und Abschwächen wurden abgelehnt, auch"
                " bei einer Datei aus mehreren Teilen. Was gesperrt ist, ist unveränderlich."
            ),
        )
    elif guarantees.lock_faults:
        yield Finding(
            "warning",
            _(
                "Löschsperre: angeboten, aber nicht wirksam. Der Speicher kann nicht: {faults}. Das"
                " Programm sperrt deshalb nichts."
            ).format(faults=", ".join(guarantees.lock_faults)),
        )
    else:
        yield Finding(
            "warning",
            _(
                "Löschsperre: nicht vorhanden. Wer Zugriff auf den Speicher hat, kann Dokumente "
                "löschen; das Register und die Prüfsummen decken das auf, verhindern es aber nicht."
            ),
        )
