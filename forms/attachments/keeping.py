"""Keeping uploaded files: taken in after a look at their content, moved and erased with answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.attachments.answers import files_at, row_id_at, with_files_at
from forms.attachments.contents import FILE_FORMATS, clean_name, format_of
from forms.attachments.models import Attachment
from forms.attachments.states import (
    AttachmentInfo,
    Attachments,
    UploadLimits,
    answered_files,
    file_fields,
)
from forms.definition import FormDefinition
from forms.elements import Value
from forms.fields.file import AttachedFile, FileField
from forms.models import Answers, Submission
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id
from tenants.language import _
from tenants.outbox import Task, enqueue
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectMissing,
    ObjectStore,
    StoreUnavailable,
    content_hash,
)
from tenants.storage.tenant_store import TenantStore

SCAN_ATTACHMENT = "scan_attachment"
ERASE_OBJECT = "erase_object"


class FileRefused(ValueError):
    """A file is not taken; the message is German and says why and what to do."""


class AttachmentUnknown(LookupError):
    """There is no such file that the person in scope may see."""


def take_file(
    session: Session,
    store: ObjectStore,
    draft: Submission,
    target: FileField,
    *,
    path: str,
    answers: Answers,
    name: str,
    data: bytes,
    limits: UploadLimits,
) -> tuple[Answers, AttachedFile]:
    """Attach a file to ``draft`` and return it with ``answers`` in which it stands at ``path``.

    Raises `FileRefused`, also when the field is full; what `attach_file` says holds here too.
    """
    present, most = files_at(answers, path), limits.files_for(target)
    if len(present) >= most:
        raise FileRefused(
            _(
                "„{name}“ wurde nicht übernommen: Hier sind höchstens {count} Dateien möglich."
            ).format(name=name[-80:], count=most)
        )
    row_id = row_id_at(answers, path)
    file = attach_file(
        session, store, draft, target, row_id=row_id, name=name, data=data, limits=limits
    )
    return with_files_at(answers, path, [*present, file.stored()]), file


def attach_file(
    session: Session,
    store: ObjectStore,
    submission: Submission,
    target: FileField,
    *,
    row_id: str,
    name: str,
    data: bytes,
    limits: UploadLimits,
) -> AttachedFile:
    """Check a file by its content, store it and ask for its scan; the caller adds the answer.

    Nothing is committed. The object is stored before that: after a rollback it is found by
    nobody (`erase_objects`). Raises `FileRefused`.
    """
    shown = name[-80:] or _("Datei")
    key = format_of(data) if data else ""
    _check(shown, key, data, target, limits)
    identity, sha256 = new_id(), content_hash(data)
    tenant_store = TenantStore(store, current_tenant_id())
    # A draft that continues a submission is part of its case.
    case_id = submission.continues_id or submission.id
    media_type = FILE_FORMATS[key].media_type
    try:
        stored = tenant_store.put(
            tenant_store.case_key(case_id, "attachments", identity),
            data,
            content_type=media_type,
            sha256=sha256,
        )
    except StoreUnavailable as error:
        raise FileRefused(
            _(
                "„{name}“ ließ sich gerade nicht ablegen. Bitte versuchen Sie es in einigen"
                " Minuten noch einmal. Alles andere ist gespeichert."
            ).format(name=shown)
        ) from error
    attachment = Attachment(
        id=identity,
        submission_id=submission.id,
        organisation_id=submission.organisation_id,
        field_id=target.id,
        row_id=row_id,
        file_name=clean_name(name, key),
        media_type=media_type,
        size=len(data),
        sha256=sha256,
        object_key=stored.key,
        object_version=stored.version_id,
        uploaded_by=current_scope().account_id,
    )
    session.add(attachment)
    session.flush()
    ask_for_scan(session, attachment)
    record(session, "attachment.uploaded", "attachment", identity)
    return AttachedFile(attachment.file_name, identity, sha256)


def ask_for_scan(session: Session, attachment: Attachment) -> None:
    """Have a worker scan a file. A Träger's draft is seen in its own scope alone, by it too."""
    organisation_id = current_scope().organisation_id
    enqueue(
        session,
        SCAN_ATTACHMENT,
        {"attachment_id": attachment.id, "organisation_id": organisation_id or ""},
        organisation_id=organisation_id,
    )


def _check(shown: str, key: str, data: bytes, target: FileField, limits: UploadLimits) -> None:
    largest = limits.bytes_for(target)
    if len(data) > largest:
        raise FileRefused(
            _(
                "„{name}“ ist größer als {limit} MB. Bitte verkleinern oder teilen Sie die Datei."
            ).format(name=shown, limit=largest // (1024 * 1024))
        )
    if not data:
        raise FileRefused(_("„{name}“ ist leer.").format(name=shown))
    if key not in target.kinds:
        allowed = ", ".join(FILE_FORMATS[kind].word for kind in target.kinds)
        text = _(
            "„{name}“ wird nicht angenommen: Dem Inhalt nach ist es keine Datei der Art {allowed}."
        )
        if key:
            text = _("„{name}“ wird nicht angenommen: Möglich ist {allowed}, nicht {found}.")
        found = FILE_FORMATS[key].word if key else ""
        raise FileRefused(text.format(name=shown, allowed=allowed, found=found))


def stalled_scans(session: Session, attachments: Iterable[Attachment]) -> frozenset[str]:
    """Return the ids of those files in quarantine that nobody is going to scan just now."""
    waiting = {one.id for one in attachments if one.state == "quarantine"}
    if not waiting:
        return frozenset()
    open_ = session.scalars(
        select(Task.payload["attachment_id"].astext).where(
            Task.kind == SCAN_ATTACHMENT,
            Task.state.in_(("ready", "held", "dispatched")),
            Task.payload["attachment_id"].astext.in_(waiting),
        )
    )
    return frozenset(waiting - set(open_))


def attachments_of(
    session: Session, definition: FormDefinition, submission_ids: Collection[str]
) -> Attachments:
    """Return what is known of the files of some submissions; asks for nothing without fields."""
    if not file_fields(definition):
        return Attachments()
    query = select(Attachment).where(Attachment.submission_id.in_(submission_ids))
    found = session.scalars(query).all()
    stalled = stalled_scans(session, found)
    return Attachments(
        {
            one.id: AttachmentInfo(
                one.id, one.field_id, one.sha256, one.size, one.state, one.id in stalled
            )
            for one in found
        }
    )


def find_attachment(session: Session, attachment_id: str) -> Attachment:
    """Return a file that the scope may see. Raises `AttachmentUnknown`."""
    found = session.scalars(select(Attachment).where(Attachment.id == attachment_id)).first()
    if found is None:
        raise AttachmentUnknown(_("Diese Datei gibt es nicht."))
    return found


def open_attachment(session: Session, store: ObjectStore, attachment: Attachment) -> bytes:
    """Return the content of a file for handing it out, and write down that it was asked for.

    Raises `tenants.storage.objects.ObjectMissing` and `ObjectCorrupted`, of which the caller has
    to commit the note, and `StoreUnavailable`.
    """
    tenant_store = TenantStore(store, current_tenant_id())
    try:
        content = tenant_store.get(
            attachment.object_key, attachment.object_version, attachment.sha256
        )
    except (ObjectMissing, ObjectCorrupted):
        record(session, "attachment.damaged", "attachment", attachment.id)
        raise
    record(session, "attachment.downloaded", "attachment", attachment.id)
    return content


def erase_attachments(
    session: Session,
    draft: Submission,
    *,
    only: Collection[str] | None = None,
    kept: Collection[str] = (),
) -> None:
    """Erase the files that belong to ``draft``: their rows now, the objects soon.

    ``only`` names those to erase, ``kept`` those to leave, else it is all of them.
    What an earlier hand-over holds belongs to the submission and stays.
    """
    found = session.scalars(select(Attachment).where(Attachment.submission_id == draft.id))
    for one in found:
        if one.id in kept or (only is not None and one.id not in only):
            continue
        enqueue(
            session,
            ERASE_OBJECT,
            {"key": one.object_key, "version": one.object_version},
            organisation_id=current_scope().organisation_id,
        )
        record(session, "attachment.erased", "attachment", one.id)
        session.delete(one)
    session.flush()


def settle_attachments(
    session: Session,
    definition: FormDefinition,
    draft: Submission,
    subject: Submission,
    values: Mapping[str, Value],
) -> None:
    """Give the files of what is handed over to its submission, and erase those nobody names."""
    used = {one.file.identity for one in answered_files(definition, values)}
    erase_attachments(session, draft, kept=used)
    if draft is not subject:
        for one in session.scalars(select(Attachment).where(Attachment.submission_id == draft.id)):
            one.submission_id, one.organisation_id = subject.id, subject.organisation_id
        session.flush()
