"""What a finished run gives out: its documents as ZIP, and print files of them, in parts.

A part has at most `PART_DOCUMENTS` documents, so that memory stays small for any run. The sealed
documents are those of the register; a print file is a copy of their pages without any seal.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from document_templates.bulk_runs.copies import print_case
from document_templates.bulk_runs.leftovers import end_task, keep_for_a_day
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.print_file import PrintedDocument, merge_for_print
from document_templates.models import Document, DocumentRequest, DocumentVersion
from document_templates.production import Workshop
from forms.exports.csv_file import write_csv
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.storage.objects import ObjectStore
from tenants.storage.tenant_store import TenantStore

PRINT_RUN = "print_bulk_run"
PART_DOCUMENTS = 250
LAYOUT = "1"
"""Counts up when print files change, so that former ones are made anew."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A recipient's finished document: who it is for, and where its sealed PDF lies."""

    position: int
    label: str
    number: str
    key: str
    object_version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name in a ZIP: place in the run and number of the document."""
        number = self.number.replace("/", "-").replace(" ", "_")
        return f"{self.position:05}_{number}.pdf"

    def read(self, store: TenantStore) -> bytes:
        """Return the sealed PDF. Raises the errors of the object store."""
        return store.get(self.key, self.object_version, self.sha256)


def count_parts(session: Session, run: BulkRun) -> list[int]:
    """Return how many documents each part of the run has, in the order of the parts."""
    count = session.scalar(select(func.count()).select_from(_finished(run).subquery())) or 0
    whole, rest = divmod(count, PART_DOCUMENTS)
    return [PART_DOCUMENTS] * whole + ([rest] if rest else [])


def read_part(session: Session, run: BulkRun, part: int) -> list[Finished]:
    """Return the finished documents of a part, from 1, by their place in the run."""
    rows = session.execute(
        _finished(run)
        .order_by(BulkItem.position)
        .limit(PART_DOCUMENTS)
        .offset((part - 1) * PART_DOCUMENTS)
    )
    return [Finished(*row) for row in rows]


def _finished(run: BulkRun) -> Select[int, str, str, str, str, str]:
    return (
        select(
            BulkItem.position,
            BulkItem.label,
            DocumentRequest.number,
            DocumentVersion.pdf_key,
            DocumentVersion.pdf_object_version,
            DocumentVersion.pdf_sha256,
        )
        .join(
            DocumentRequest,
            and_(
                DocumentRequest.tenant_id == BulkItem.tenant_id,
                DocumentRequest.bulk_item_id == BulkItem.id,
            ),
        )
        .join(
            DocumentVersion,
            and_(
                DocumentVersion.tenant_id == DocumentRequest.tenant_id,
                DocumentVersion.request_id == DocumentRequest.id,
            ),
        )
        .join(
            Document,
            and_(
                Document.tenant_id == DocumentVersion.tenant_id,
                Document.id == DocumentVersion.document_id,
            ),
        )
        .where(BulkItem.run_id == run.id, Document.erased_at.is_(None))
    )


class _Pipe(io.RawIOBase):
    """Where the ZIP is written to, and taken from piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self.pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        data, self.pieces = b"".join(self.pieces), []
        return data


def zip_part(store: TenantStore, documents: Sequence[Finished]) -> Iterator[bytes]:
    """Yield a ZIP of the sealed documents and a list of them, one document in memory at a time.

    Raises the errors of the object store: a damaged document breaks it off.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("verzeichnis.csv", _contents(documents))
        for one in documents:
            archive.writestr(one.file_name, one.read(store))
            yield pipe.taken()
    yield pipe.taken()


def _contents(documents: Sequence[Finished]) -> bytes:
    text = io.StringIO(newline="")
    headings = [_("Platz"), _("Empfänger"), _("Nummer"), _("Datei"), _("SHA-256")]
    write_csv(
        text,
        headings,
        (
            [
                one.position,
                one.label,
                one.number,
                one.file_name,
                one.sha256,
            ]
            for one in documents
        ),
    )
    return text.getvalue().encode()


def print_payload(run: BulkRun, part: int, *, duplex: bool) -> dict[str, str]:
    """Return by what the task for a print file is known."""
    return {"run_id": run.id, "part": str(part), "duplex": "yes" if duplex else "no"}


@dataclass(frozen=True, slots=True)
class Prints:
    """Where the print files of a run lie while none of its documents is erased."""

    store: TenantStore
    run: BulkRun
    case_id: str
    parts: Sequence[int]

    def key(self, part: int, *, duplex: bool) -> str:
        """Return the key of a print file; what was repeated later adds documents and changes it."""
        seen = (LAYOUT, str(duplex), self.run.title, str(part), str(sum(self.parts)))
        digest = hashlib.sha256("\x1f".join(seen).encode()).hexdigest()
        return self.store.case_key(self.case_id, "bulk-prints", self.run.id, f"{digest}.pdf")

    def find(self, part: int, *, duplex: bool) -> bytes | None:
        """Return the print file of a part, None while it is not made."""
        stored = self.store.stat(self.key(part, duplex=duplex))
        if stored is None:
            return None
        return self.store.get(stored.key, stored.version_id, stored.sha256)

    def has(self, part: int, *, duplex: bool) -> bool:
        """Say whether the print file of a part lies ready, without reading it."""
        return bool(self.store.versions(self.key(part, duplex=duplex)))


def prints_of(session: Session, store: ObjectStore, run: BulkRun, parts: Sequence[int]) -> Prints:
    """Return where the print files of a run lie now; ``parts`` is `count_parts`."""
    tenant_store = TenantStore(store, current_tenant_id())
    return Prints(tenant_store, run, print_case(session, run), parts)


def make_print_file(
    workshop: Workshop, task_id: str, run_id: str, part: int, *, duplex: bool
) -> None:
    """Make the print file of a part and finish the task. Harmless to repeat.

    Raises the errors of the object store.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        run = session.get_one(BulkRun, (current_tenant_id(), run_id))
        # The key first: a document that is erased after this takes the file with it.
        prints = prints_of(session, workshop.store, run, count_parts(session, run))
        documents = read_part(session, run, part)
        key = prints.key(part, duplex=duplex)
        printed = (
            PrintedDocument(f"{one.number} – {one.label}", one.read(store)) for one in documents
        )
        if not prints.has(part, duplex=duplex):
            pdf = merge_for_print(printed, title=run.title, duplex=duplex)
            session.rollback()
            keep_for_a_day(workshop, store, task_id, key, pdf)
            return
    with workshop.sessions.begin() as session:
        end_task(session, task_id)
