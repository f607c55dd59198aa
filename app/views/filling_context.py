"""What the pages of filling in show, put together from the stored draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor
from app.upload_limits import upload_limits
from app.views.presenting import asked_fields, inquiry_view, moment
from forms.attachments.states import file_fields
from forms.constraints import Message
from forms.definition import FormDefinition
from forms.elements import CalculatedField, InfoField
from forms.evaluation import Evaluation
from forms.input import InputError
from forms.models import Submission
from forms.picking.checking import picked_fields
from forms.presentation import ErrorLink, PageView, present_page
from forms.procedure.working import WORK_LABELS
from forms.procedure.worksheet import Worksheet, open_worksheet
from forms.submitting import SubmissionUnknown, find_submission
from forms.versions.upgrading import open_notices
from tenants.language import _

STATUS_TEXTS = {
    "open": _("offen"),
    "complete": _("vollständig"),
    "error": _("unvollständig"),
}


def worksheet(draft: Submission) -> Worksheet:
    """Return what the acting person works on in a draft."""
    return open_worksheet(database.session(), draft, current_actor().viewer)


def page_keys(sheet: Worksheet, evaluation: Evaluation) -> list[str]:
    """Return the keys of the relevant pages in their order."""
    return [page.key for page in sheet.form.pages if f"page:{page.key}" in evaluation.visible]


def page_url(submission: Submission, page_key: str) -> str:
    """Return the address of a page of a draft."""
    return url_for("filling.page", submission_id=submission.id, page_key=page_key)


def resume_url(submission: Submission) -> str:
    """Return the address that leads to where a draft goes on."""
    return url_for("filling.resume", submission_id=submission.id)


def page_variables(
    sheet: Worksheet,
    page_key: str,
    *,
    strict: bool = False,
    revision: int | None = None,
    refused: Sequence[InputError] = (),
) -> dict[str, object]:
    """Return the variables of ``filling/page.html``.

    ``strict`` shows what is missing; otherwise only what cannot be right. ``refused`` are
    entries that could not be taken; those that no field shows stand above the others.
    """
    complete = sheet.strict()
    evaluation = _with_refused(complete if strict else sheet.lenient(), sheet, refused)
    view = present_page(
        sheet.form,
        page_key,
        evaluation,
        sheet.invalid,
        editable=sheet.editable | calculated_keys(sheet.form),
        origins=origin_texts(sheet.draft),
        attachments=replace(sheet.attachments, limits=upload_limits()),
        choices=sheet.choices,
    )
    view = replace(view, errors=(*_homeless_errors(view, evaluation, refused), *view.errors))
    submission = sheet.draft
    return {
        "form": {
            "title": sheet.form.title,
            "url_start": url_for("forms.show", key=sheet.form.key),
            "purpose": purpose_text(sheet),
        },
        "view": view,
        "pages": page_rows(sheet, complete, page_key),
        "urls": {
            "save": page_url(submission, page_key),
            "refresh": url_for("filling.refresh", submission_id=submission.id, page_key=page_key),
            "autosave": url_for("filling.autosave", submission_id=submission.id, page_key=page_key),
            "choices": url_for("picking.choices", submission_id=submission.id, page_key=page_key),
        },
        "draft": {
            "id": submission.id,
            "revision": submission.revision if revision is None else revision,
            "saved_at": moment(submission.updated_at) if submission.revision else "",
        },
        "notices": [
            notice
            for notice in open_notices(database.session(), submission)
            if notice["page_key"] == page_key
        ],
        "takes_files": any(
            field.page_key == page_key for field in file_fields(sheet.form).values()
        ),
        "picks": any(field.page_key == page_key for field in picked_fields(sheet.form)),
        "inquiry": {
            **inquiry_view(sheet.inquiry),
            "asked": asked_fields(sheet.inquiry, sheet.definition),
        }
        if sheet.inquiry
        else None,
        "read_only": False,
        "acknowledge_warnings": False,
        "has_errors": bool(view.errors),
    }


def _with_refused(
    evaluation: Evaluation, sheet: Worksheet, refused: Sequence[InputError]
) -> Evaluation:
    """Return ``evaluation`` with what was refused at a field, unless it says so already."""
    known = {message.path for message in evaluation.errors}
    messages = [
        Message(error.path, field.page_key, field.label, error.text, "error")
        for error in refused
        if error.path not in known and (field := sheet.form.field_at(error.path)) is not None
    ]
    return replace(evaluation, errors=(*evaluation.errors, *messages))


def _homeless_errors(
    view: PageView, evaluation: Evaluation, refused: Sequence[InputError]
) -> list[ErrorLink]:
    """Return what is said of the form as a whole, and of entries without a field here."""
    shown = {link.path for link in view.errors}
    texts = [message.text for message in evaluation.errors if not message.page_key]
    texts += [error.text for error in refused if error.path not in shown]
    return [ErrorLink(path="", html_id="", text=text) for text in dict.fromkeys(texts)]


def page_rows(sheet: Worksheet, complete: Evaluation, current: str) -> list[dict[str, object]]:
    """Return the list of pages with their state."""
    visited = set(sheet.draft.completed_pages)
    faulty = {message.page_key for message in complete.errors}
    rows: list[dict[str, object]] = []
    for number, key in enumerate(page_keys(sheet, complete), start=1):
        page = sheet.form.page(key)
        status = "open"
        if key in visited:
            status = "error" if key in faulty else "complete"
        rows.append(
            {
                "number": number,
                "title": page.title if page else key,
                "url": page_url(sheet.draft, key),
                "current": key == current,
                "status": status,
                "status_text": STATUS_TEXTS[status],
            }
        )
    rows.append(
        {
            "number": len(rows) + 1,
            "title": _("Prüfen und absenden"),
            "url": url_for("declaration.review", submission_id=sheet.draft.id),
            "current": current == "",
            "status": "open",
            "status_text": STATUS_TEXTS["open"],
        }
    )
    return rows


def open_draft(submission_id: object, *, lock: bool = False) -> Submission:
    """Return the person's draft, 404 for any other; what is submitted leads elsewhere."""
    actor = current_actor()
    try:
        return find_submission(
            database.session(), str(submission_id), own_only=actor.sees_own_only, lock=lock
        )
    except SubmissionUnknown:
        abort(404)


def calculated_keys(form: FormDefinition) -> frozenset[str]:
    """Return the keys of what looks the same whether one may change it or not."""
    return frozenset(
        key for key, field in form.fields.items() if isinstance(field, CalculatedField | InfoField)
    )


def origin_texts(submission: Submission) -> dict[str, str]:
    """Return by key where prefilled answers come from."""
    texts: dict[str, str] = {}
    for key, origin in submission.origins.items():
        if isinstance(origin, dict):
            texts[key] = str(origin.get("text", ""))
            if origin.get("outdated"):
                texts[key] += _(" – dort inzwischen berichtigt")
    return texts


def purpose_text(sheet: Worksheet) -> str:
    """Return what the draft is for, empty for one that begins a submission."""
    if sheet.draft.purpose == "step":
        return sheet.definition.procedure.title_of(sheet.draft.step)
    return str(WORK_LABELS.get(sheet.draft.purpose, ""))


def after_submitting(submission: Submission) -> BaseResponse:
    """Lead to the receipt of a declaration that is submitted already."""
    return redirect(url_for("declaration.receipt", submission_id=submission.id))


def base_revision(submission: Submission) -> int:
    """Return the revision that the sending tab started from."""
    text = request.form.get("__revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else submission.revision
