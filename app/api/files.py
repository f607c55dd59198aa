"""Files of submissions for programs: uploaded, listed, handed out when clean, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import current_app
from sqlalchemy.orm import Session

from app import database
from app.api.operations import Call, Operation, Parameter, Result
from app.api.problems import Fault, Problem
from app.api.schemas import IDENTIFIER
from app.api.subjects import ID, draft_sheet, found_submission, save_answers
from app.upload_limits import upload_limits
from forms.answers import load_answers
from forms.attachments.answers import files_at, row_id_at, with_files_at
from forms.attachments.keeping import (
    AttachmentUnknown,
    FileRefused,
    attachments_of,
    erase_attachments,
    find_attachment,
    open_attachment,
    take_file,
)
from forms.attachments.models import Attachment
from forms.attachments.states import (
    ATTACHMENT_STATES,
    AnsweredFile,
    Attachments,
    answered_files,
    file_fields,
)
from forms.definition import FormDefinition
from forms.elements import ROW_ID, PartsField, Value
from forms.expressions.nodes import Json
from forms.fields.file import FileField
from forms.fields.registry import parts_kind_of
from forms.models import Submission
from forms.paths import top_key
from forms.procedure.reading import read_submission
from forms.procedure.worksheet import Worksheet, open_worksheet
from tenants.language import _
from tenants.storage.objects import ObjectCorrupted, ObjectMissing, StoreUnavailable

FILE: Final = Parameter(
    name="file", description=_("Kennung der Datei."), schema=IDENTIFIER, where="path"
)


def list_files(call: Call) -> Result:
    """List the files of a submission, in the order of its form, with how it stands with each."""
    session = database.session()
    submission = found_submission(session, call)
    form, values, known = _filed(session, call, submission)
    return Result({"items": [_document(one, known) for one in answered_files(form, values)]})


def _filed(
    session: Session, call: Call, submission: Submission
) -> tuple[FormDefinition, Mapping[str, Value], Attachments]:
    """Return the form as the bearer reads it, the answers, and what is known of their files."""
    if submission.state == "draft":
        sheet = open_worksheet(session, submission, call.bearer.viewer)
        return sheet.readable, _typed(sheet), sheet.attachments
    reading = read_submission(session, submission, call.bearer.viewer)
    known = attachments_of(session, reading.form, {submission.id})
    return reading.form, reading.evaluation.values, known


def _typed(sheet: Worksheet) -> Mapping[str, Value]:
    fields = sheet.readable.fields
    return load_answers(
        fields, {key: value for key, value in sheet.typed.items() if key in fields}
    ).values


def _document(one: AnsweredFile, known: Attachments) -> dict[str, Json]:
    info = known.info(one.field, one.file)
    return {
        "id": one.file.identity,
        "field": one.path,
        "name": str(one.file),
        "size": info.size if info else None,
        "sha256": one.file.sha256,
        "state": info.state if info else "erased",
    }


def hand_out(call: Call) -> Result:
    """Hand out the content of a file that was found clean."""
    session = database.session()
    submission = found_submission(session, call)
    form, values, _known = _filed(session, call, submission)
    attachment = _attachment(session, call, submission)
    if attachment.field_id not in file_fields(form) or attachment.id not in {
        one.file.identity for one in answered_files(form, values)
    }:
        raise Problem(404)
    if attachment.state != "clean":
        state = ATTACHMENT_STATES[attachment.state]
        raise Problem(409, _("Die Datei wird nicht herausgegeben: {state}.").format(state=state))
    try:
        content = open_attachment(session, current_app.extensions["siegel"].store, attachment)
    except (ObjectMissing, ObjectCorrupted) as error:
        database.session.commit()
        raise Problem(500, str(error)) from None
    except StoreUnavailable:
        raise Problem(503) from None
    return Result(
        {}, etag=f'"{attachment.sha256[:32]}"', content=content, file_name=attachment.file_name
    )


def _attachment(session: Session, call: Call, submission: Submission) -> Attachment:
    """Return the file of the path; a draft also shows those of what it continues."""
    try:
        attachment = find_attachment(session, call.path["file"])
    except AttachmentUnknown:
        raise Problem(404) from None
    if attachment.submission_id not in (submission.id, submission.continues_id):
        raise Problem(404)
    return attachment


def upload(call: Call) -> Result:
    """Keep a file for a field of a draft; it is in quarantine until it was found clean."""
    session = database.session()
    sheet = draft_sheet(session, call, lock=True)
    path = str(call.body["field"])
    target = _target(sheet, path)
    if call.file is None:
        raise TypeError("the operation takes a file")
    try:
        answers, file = take_file(
            session,
            current_app.extensions["siegel"].store,
            sheet.draft,
            target,
            path=path,
            answers=sheet.typed,
            name=call.file.name,
            data=call.file.data,
            limits=upload_limits(),
        )
    except FileRefused as error:
        if isinstance(error.__cause__, StoreUnavailable):
            raise Problem(503, str(error)) from None
        raise Problem(422, faults=[Fault("/file", str(error))]) from None
    save_answers(session, sheet, answers, page_paths=frozenset())
    return Result(
        {
            "id": file.identity,
            "field": path,
            "name": str(file),
            "size": len(call.file.data),
            "sha256": file.sha256,
            "state": "quarantine",
        },
        location=f"/submissions/{sheet.draft.id}/files/{file.identity}",
    )


def _target(sheet: Worksheet, path: str) -> FileField:
    """Return the open field at ``path``. Raises `Problem` 422 for one that takes no files."""
    target = sheet.readable.field_at(path)
    text = ""
    if target is None or top_key(path) not in sheet.editable:
        text = _("Das Feld „{path}“ ist hier nicht zu ändern.").format(path=path)
    elif isinstance(target, PartsField):
        text = str(parts_kind_of(target).refusal(target, path))
    elif not isinstance(target, FileField):
        text = _("„{label}“ nimmt keine Dateien auf.").format(label=target.label)
    elif "[" in path and not row_id_at(sheet.typed, path):
        text = _("Die Zeile zu „{path}“ gibt es nicht. Speichern Sie sie zuerst.").format(path=path)
    if text or not isinstance(target, FileField):
        raise Problem(422, faults=[Fault("/field", text)])
    return target


def remove(call: Call) -> Result:
    """Take a file away from a draft, for good."""
    session = database.session()
    sheet = draft_sheet(session, call, lock=True)
    identity = call.path["file"]
    for one in answered_files(sheet.readable, _typed(sheet)):
        if one.file.identity == identity and top_key(one.path) in sheet.editable:
            kept = [
                file
                for file in files_at(sheet.typed, one.path)
                if not (isinstance(file, dict) and file.get(ROW_ID) == identity)
            ]
            answers = with_files_at(sheet.typed, one.path, kept)
            save_answers(session, sheet, answers, page_paths=frozenset())
            erase_attachments(session, sheet.draft, only={identity})
            return Result({})
    raise Problem(404)


_TAG = _("Dateien")

FILE_OPERATIONS = (
    Operation(
        name="listFiles", method="GET", path="/submissions/{id}/files", scope="submissions:read",
        tag=_TAG, summary=_("Dateien einer Einreichung auflisten"), work=list_files,
        answer="FileList", parameters=(ID,),
        description=_("„state“ sagt, ob eine Datei schon geprüft ist."),
    ),
    Operation(
        name="uploadFile", method="POST", path="/submissions/{id}/files",
        scope="submissions:write", tag=_TAG, summary=_("Datei zu einem Feld hochladen"),
        work=upload, status=201, answer="File", body="FileEntry", takes_file=True,
        parameters=(ID,), is_kept=True, problems=frozenset({409}),
        description=_("Art und Größe gelten wie auf den Seiten und werden am Inhalt geprüft. Danach"
                      " haben die Antworten ein neues ETag."),
    ),
    Operation(
        name="getFile", method="GET", path="/submissions/{id}/files/{file}",
        scope="submissions:read", tag=_TAG, summary=_("Inhalt einer Datei holen"), work=hand_out,
        answer="", answers_file=True, parameters=(ID, FILE), problems=frozenset({409}),
        description=_("Nur, wenn in ihr keine Schadsoftware gefunden wurde; bis dahin 409."),
    ),
    Operation(
        name="deleteFile", method="DELETE", path="/submissions/{id}/files/{file}",
        scope="submissions:write", tag=_TAG, summary=_("Datei aus einem Entwurf entfernen"),
        work=remove, status=204, answer="", parameters=(ID, FILE), problems=frozenset({409}),
    ),
)  # fmt: skip
