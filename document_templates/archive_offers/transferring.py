"""The package for the archive: a bag (BagIt, RFC 8493) in a ZIP, validated before it is stored.

Each document has a folder with its PDF/A and all that proves it; a table lists them. The checksums
of the bag are SHA-256 and SHA-512.
"""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bagit
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.archive.evidence_package import evidence_files
from document_templates.archive_offers.models import ArchiveOffer, ArchiveOfferItem
from document_templates.archive_offers.offering import find_offer
from document_templates.models import Document, DocumentVersion
from document_templates.production import Workshop
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import Task, fail_task, finish_task
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectMissing,
    content_hash,
)
from tenants.storage.tenant_store import TenantStore

ZIP_TYPE: Final = "application/zip"
TABLE: Final = "uebersicht.csv"
_CHECKSUMS: Final = ["sha256", "sha512"]
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)


def pack_transfer(workshop: Workshop, task_id: str, offer_id: str) -> None:
    """Make, validate and store the package of an offer and finish the task. Harmless to repeat.

    A document whose file is missing or changed ends it with a reason at the offer. Raises the
    passing errors of the object store.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        offer = find_offer(session, offer_id)
        wanted = offer.state == "packing"
        failure, package = _packed(session, store, offer) if wanted else ("", b"")
    if package:
        key = store.case_key(offer_id, "transfer", f"{content_hash(package)}.zip")
        try:
            stored = store.put(key, package, content_type=ZIP_TYPE, sha256=content_hash(package))
        except ObjectExists as taken:
            stored = taken.existing
    with workshop.sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        offer = find_offer(session, offer_id, lock=True)
        if failure:
            offer.failure = failure[:500]
            fail_task(task, failure)
            return
        if package and offer.state == "packing":
            offer.package_key, offer.package_version = stored.key, stored.version_id
            offer.package_sha256, offer.package_size = stored.sha256, stored.size
            offer.state = "packed"
            record(session, "archive.packed", "archive_offer", offer.id)
        finish_task(task)


def open_package(store: TenantStore, offer: ArchiveOffer) -> bytes:
    """Return the package of an offer. Raises the errors of the object store."""
    return store.get(offer.package_key, offer.package_version, offer.package_sha256)


def package_name(offer: ArchiveOffer) -> str:
    """Return a file name without any person's."""
    return f"Archivabgabe_{offer.offered_at:%Y-%m-%d}.zip"


def _packed(session: Session, store: TenantStore, offer: ArchiveOffer) -> tuple[str, bytes]:
    taken = sorted(
        (item for item in offer.items if item.is_taken), key=lambda one: one.document.number
    )
    tenant = session.get_one(Tenant, current_tenant_id())
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "bag"
        root.mkdir()
        for item in taken:
            try:
                _write_document(session, store, root, item)
            except (ObjectMissing, ObjectCorrupted) as damaged:
                return (
                    _("Dokument {number}: {reason}").format(
                        number=item.document.number, reason=damaged
                    ),
                    b"",
                )
        _write_table(root, session, taken)
        bagit.make_bag(
            str(root),
            {
                "Source-Organization": f"{tenant.name}, {tenant.office}",
                "External-Identifier": offer.id,
                "External-Description": _("Abgabe an das Archiv"),
                "Bagging-Date": f"{offer.released_at or offer.offered_at:%Y-%m-%d}",
                "Bag-Software-Agent": "Brief & Siegel",
            },
            checksums=_CHECKSUMS,
        )
        package = _zipped(root)
        check_package(package)
        return "", package


def check_package(package: bytes) -> None:
    """Raise ``bagit.BagError`` unless the ZIP holds one complete bag with right checksums."""
    with tempfile.TemporaryDirectory() as directory:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            archive.extractall(directory)
        bagit.Bag(str(Path(directory) / "abgabe")).validate(processes=1)


def _write_document(
    session: Session, store: TenantStore, root: Path, item: ArchiveOfferItem
) -> None:
    folder = root / folder_of(item.document)
    folder.mkdir()
    for version in _versions(session, item.document_id):
        target = folder / f"fassung-{version.number}"
        target.mkdir()
        for name, content in evidence_files(session, store, version).items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def folder_of(document: Document) -> str:
    """Return the folder of a document in the package: its number, safe for every file system."""
    return "".join(one if one.isalnum() or one in "-_" else "-" for one in document.number)


def _write_table(root: Path, session: Session, taken: Sequence[ArchiveOfferItem]) -> None:
    text = io.StringIO()
    table = csv.writer(text, delimiter=";")
    table.writerow(["Ordner", "Nummer", "Titel", "Träger", "Fassung", "Gesiegelt am", "SHA-256"])
    for item in taken:
        for version in _versions(session, item.document_id):
            document = item.document
            table.writerow(
                [
                    f"{folder_of(document)}/fassung-{version.number}", document.number,
                    document.title, document.organisation_name, version.number,
                    f"{version.sealed_at:%d.%m.%Y}", version.pdf_sha256,
                ]
            )  # fmt: skip
    (root / TABLE).write_text(text.getvalue(), encoding="utf-8-sig")


def _versions(session: Session, document_id: str) -> Sequence[DocumentVersion]:
    return session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .order_by(DocumentVersion.number)
    ).all()


def _zipped(root: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(one for one in root.rglob("*") if one.is_file()):
            name = zipfile.ZipInfo(f"abgabe/{path.relative_to(root).as_posix()}", _OLDEST)
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
