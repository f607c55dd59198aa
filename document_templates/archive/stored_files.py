"""Every file that the database says is stored, in slices: sealed documents, what they were made
of, templates and frames, uploads, prints, the sealed roots of the register, and files with later
time stamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from document_templates.archive.models import DailyRootFile, StampedFile
from document_templates.frames.models import FrameVersion
from document_templates.models import Document, DocumentVersion, TemplateVersion
from document_templates.printed_files import PrintedFile
from forms.attachments.models import Attachment


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the database describes it: where it lies, and what its content must be."""

    subject: str
    subject_id: str
    key: str
    object_version: str
    sha256: str


Query = Select[str, str, str, str]


def _is_kept() -> ColumnElement[bool]:
    """Of an erased document only the register speaks."""
    return DocumentVersion.document.has(Document.erased_at.is_(None))


def _pdfs() -> Query:
    version = DocumentVersion
    query = select(version.id, version.pdf_key, version.pdf_object_version, version.pdf_sha256)
    return query.where(_is_kept())


def _docx_files() -> Query:
    version = DocumentVersion
    query = select(version.id, version.docx_key, version.docx_object_version, version.docx_sha256)
    return query.where(_is_kept())


def _templates() -> Query:
    version = TemplateVersion
    return select(version.id, version.object_key, version.object_version, version.sha256)


def _sources() -> Query:
    version = TemplateVersion
    query = select(version.id, version.source_key, version.source_version, version.source_sha256)
    return query.where(version.source_key != "")


def _frames() -> Query:
    version = FrameVersion
    return select(version.id, version.object_key, version.object_version, version.sha256)


def _prints() -> Query:
    file = PrintedFile
    query = select(file.id, file.object_key, file.object_version, file.sha256)
    return query.where(or_(file.erase_at.is_(None), file.erase_at > func.now()))


def _uploads() -> Query:
    upload = Attachment
    # What carried malware is being erased.
    return select(upload.id, upload.object_key, upload.object_version, upload.sha256).where(
        upload.state.in_(("quarantine", "clean"))
    )


def _roots() -> Query:
    file = DailyRootFile
    return select(file.id, file.object_key, file.object_version, file.sha256)


def _stamped_files() -> Query:
    file = StampedFile
    query = select(file.id, file.object_key, file.object_version, file.sha256)
    return query.where(file.document_version_id.in_(select(DocumentVersion.id).where(_is_kept())))


STORED: Mapping[str, Callable[[], Query]] = {
    "pdf": _pdfs,
    "docx": _docx_files,
    "template": _templates,
    "source": _sources,
    "frame": _frames,
    "attachment": _uploads,
    "print": _prints,
    "root": _roots,
    "stamped": _stamped_files,
}
"""Queries by what they find; a run goes through them in this order."""


def stored_files(session: Session, subject: str, *, after: str, limit: int) -> list[StoredFile]:
    """Return the next files of a subject behind the id ``after``, empty for the first ones."""
    query = STORED[subject]()
    (identity, *_columns) = query.selected_columns
    if after:
        query = query.where(identity > after)
    rows = session.execute(query.order_by(identity).limit(limit))
    return [
        StoredFile(subject, identity, key, object_version, sha256)
        for identity, key, object_version, sha256 in rows
    ]


def still_stored(session: Session, subject: str, subject_id: str) -> bool:
    """Say whether the database still speaks of a file: it may have been erased meanwhile."""
    query = STORED[subject]()
    (identity, *_columns) = query.selected_columns
    return session.execute(query.where(identity == subject_id)).first() is not None
