"""Files that come with a page, and the files of a submission for those who may have them."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Flask, abort, current_app, flash, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.upload_limits import upload_limits
from app.views.sent_page import SentPage
from forms.attachments.keeping import (
    AttachmentUnknown,
    FileRefused,
    find_attachment,
    open_attachment,
    take_file,
)
from forms.attachments.models import Attachment
from forms.attachments.states import file_fields
from forms.attachments.tending import ScanNotStalled, scan_again
from forms.fields.file import FileField
from forms.input import InputError
from forms.models import Answers, Submission
from forms.procedure.viewing import readable_form
from forms.publishing import definition_of
from forms.submitting import SubmissionUnknown, find_submission
from tenants.language import _
from tenants.storage.objects import ObjectCorrupted, ObjectMissing

uploads = Blueprint("uploads", __name__, url_prefix="/anlagen")

FILES_AT_ONCE = 5
"""So many files of the largest size one post may carry."""


def allow_uploads(app: Flask, *, largest_request: int, megabytes: int) -> None:
    """Let the pages of forms, and nothing else, take posts that are large enough for files.

    Only such a post carries files, and of its texts ``MAX_FORM_MEMORY_SIZE`` still holds.
    """

    @app.before_request
    def _widen() -> None:
        carries_files = request.mimetype == "multipart/form-data"
        if carries_files and request.endpoint == "filling.save":
            request.max_content_length = largest_request + FILES_AT_ONCE * megabytes * 1024 * 1024


def take_uploads(sent: SentPage) -> SentPage:
    """Keep the files that came with a page and add them to its answers.

    What is refused becomes an error at its field; everything else of the page stays. A tab that
    shows an earlier version of the form keeps none.
    """
    entry = sent.entry
    if not entry.uploads:
        return sent
    answers, errors = entry.answers, list(entry.errors)
    for name, path in entry.uploads.items():
        target = sent.sheet.form.field_at(path)
        if not isinstance(target, FileField):
            continue
        if sent.is_earlier:
            errors.append(InputError(path, _("Bitte laden Sie die Datei noch einmal hoch.")))
            continue
        for file in request.files.getlist(name):
            if not file.filename:
                continue
            try:
                answers = _take(answers, sent, target, path, file)
            except FileRefused as error:
                errors.append(InputError(path, str(error)))
    return replace(sent, entry=replace(entry, answers=answers, errors=tuple(errors)))


def _take(
    answers: Answers, sent: SentPage, target: FileField, path: str, file: FileStorage
) -> Answers:
    limits = upload_limits()
    taken, _file = take_file(
        database.session(),
        current_app.extensions["siegel"].store,
        sent.sheet.draft,
        target,
        path=path,
        answers=answers,
        name=file.filename or "",
        # One byte more than is allowed tells a file that is too large.
        data=file.stream.read(limits.bytes_for(target) + 1),
        limits=limits,
    )
    return taken


@uploads.get("/<uuid:attachment_id>")
@requires("can_fill", "Submissions")
def download(attachment_id: object) -> Response:
    """Hand out a file that was found clean, as a file to save and nothing to open here."""
    attachment = _attachment(str(attachment_id))
    if attachment.state != "clean":
        abort(404)
    session = database.session()
    try:
        content = open_attachment(session, current_app.extensions["siegel"].store, attachment)
    except (ObjectMissing, ObjectCorrupted) as error:
        session.commit()
        return Response(str(error), status=500, mimetype="text/plain")
    session.commit()
    response = Response(content, mimetype=attachment.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=attachment.file_name)
    response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox")
    return response


@uploads.post("/<uuid:attachment_id>/pruefung")
@requires("can_fill", "Submissions")
def scan(attachment_id: object) -> Response:
    """Have a file scanned again that nobody could scan before."""
    attachment = _attachment(str(attachment_id))
    session = database.session()
    submission_id = attachment.submission_id
    try:
        scan_again(session, attachment)
    except ScanNotStalled:
        flash(_("Die Datei ist geprüft oder wird es gerade."), "info")
    else:
        session.commit()
        flash(_("Die Datei wird erneut geprüft. Das Ergebnis steht gleich hier."), "success")
    return redirect(url_for("submissions.show", submission_id=submission_id))


def _attachment(attachment_id: str) -> Attachment:
    """Return a file of a field that the person may read; 404 for any other."""
    actor, session = current_actor(), database.session()
    try:
        attachment = find_attachment(session, attachment_id)
        submission = find_submission(
            session, attachment.submission_id, own_only=actor.sees_own_only
        )
    except (AttachmentUnknown, SubmissionUnknown):
        abort(404)
    if not _may_read(submission, attachment.field_id):
        abort(404)
    return attachment


def _may_read(submission: Submission, field_id: str) -> bool:
    definition = definition_of(submission.form_version)
    return field_id in file_fields(readable_form(definition, current_actor().viewer))
