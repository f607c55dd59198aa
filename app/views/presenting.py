"""Rows and words that several pages show alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import url_for

from document_templates.models import Document, DocumentRequest, DocumentVersion
from forms.definition import FormDefinition
from forms.german import format_date, paragraphs
from forms.models import Submission
from forms.procedure.deciding import concerned_by_inquiry
from forms.procedure.models import INQUIRY_KINDS, INQUIRY_STATES, DeadlineReminder, Inquiry
from forms.procedure.states import SUBMISSION_STATES
from forms.procedure.working import WORK_LABELS
from forms.surroundings import today_in_berlin
from forms.versions.changes import Change, Grade, grouped_by_page
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")

Row = dict[str, object]


def moment(value: datetime | None) -> str:
    """Return date and time of Berlin as a German reads them, empty for none."""
    return value.astimezone(BERLIN).strftime("%d.%m.%Y, %H:%M Uhr") if value else ""


def day(value: datetime | None) -> str:
    """Return the day of Berlin as a German reads it, empty for none."""
    return value.astimezone(BERLIN).strftime("%d.%m.%Y") if value else ""


def sentence_start(text: str) -> str:
    """Return ``text`` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def kilobytes(size: int) -> str:
    """Return a file size in words."""
    if size >= 10 * 1024 * 1024:
        return f"{round(size / 1024 / 1024)} MB"
    return f"{max(1, round(size / 1024))} kB"


_STATE_KINDS = {
    "draft": "info",
    "submitted": "success",
    "withdrawn": "neutral",
    "checking": "info",
    "inquiry": "warning",
    "answered": "info",
    "reviewed": "info",
    "accepted": "success",
    "evaluated": "success",
    "rejected": "danger",
    "cancelled": "neutral",
}


def submission_status(submission: Submission) -> Row:
    """Return the state of a submission as a badge."""
    text = SUBMISSION_STATES[submission.state]
    step = submission.asked_step
    if submission.state == "inquiry" and step and concerned_by_inquiry(submission, step) is None:
        text = _("Rückfrage im Amt")
    return {"kind": _STATE_KINDS[submission.state], "text": text}


def inquiry_view(inquiry: Inquiry) -> Row:
    """Return a Rückfrage as it is shown to both sides."""
    late = inquiry.state == "open" and inquiry.due_on < today_in_berlin()
    kinds = {"open": "danger" if late else "warning", "answered": "success", "recalled": "neutral"}
    return {
        "number": inquiry.number,
        "kind": INQUIRY_KINDS[inquiry.kind],
        "paragraphs": paragraphs(inquiry.text),
        "due": format_date(inquiry.due_on),
        "is_late": late,
        "asked_by": inquiry.asked_by_name,
        "asked_at": moment(inquiry.asked_at),
        "closed_at": moment(inquiry.closed_at),
        "remark": inquiry.remark,
        "is_open": inquiry.state == "open",
        "handover_number": inquiry.handover_number,
        "status": {
            "kind": kinds[inquiry.state],
            "text": _("Frist abgelaufen") if late else _(INQUIRY_STATES[inquiry.state]),
        },
    }


def reminded_text(reminders: Sequence[DeadlineReminder]) -> str:
    """Return the days on which somebody was reminded, empty for none."""
    return ", ".join(day(one.reminded_at) for one in reminders)


def asked_fields(inquiry: Inquiry, definition: FormDefinition) -> list[str]:
    """Return the labels of the fields that a Rückfrage asks about, in the order of the form."""
    asked = set(inquiry.field_ids)
    return [one.label for one in definition.fields.values() if one.id in asked]


def draft_title(submission: Submission) -> str:
    """Return what a draft is, and for a later step or a correction what it is for."""
    title = submission.form_version.form.title
    if submission.period:
        title = f"{title} {submission.period}"
    if submission.continues_id is None:
        return title
    return f"{title}: {WORK_LABELS[submission.purpose]}"


def submission_rows(submissions: Sequence[Submission]) -> list[Row]:
    """Return submissions as rows of a list."""
    return [
        {
            "title": draft_title(one),
            "number": one.number or "",
            "party": one.organisation_name or _("Eigenes Amt"),
            "received_at": moment(one.submitted_at),
            "saved_at": moment(one.updated_at),
            "status": submission_status(one),
            "url": url_for("filling.resume", submission_id=one.id)
            if one.state == "draft"
            else url_for("submissions.show", submission_id=one.id),
        }
        for one in submissions
    ]


GRADE_KINDS = {
    Grade.COMPATIBLE: "success",
    Grade.NEEDS_DEFAULT: "warning",
    Grade.DESTRUCTIVE: "danger",
}


def change_groups(changes: Iterable[Change]) -> list[Row]:
    """Return the changes of a form grouped by page, each with the badge of its class."""
    return [
        {
            "title": title or _("Der Vordruck im Ganzen"),
            "changes": [
                {
                    "text": change.text,
                    "old": change.old,
                    "new": change.new,
                    "grade": {"kind": GRADE_KINDS[change.grade], "text": change.grade.label},
                }
                for change in found
            ],
        }
        for title, found in grouped_by_page(changes)
    ]


def case_of(submission: Submission | None) -> str:
    """Return the number of a submission, empty for none."""
    return (submission.number or "") if submission else ""


def party_of(submission: Submission | None) -> str:
    """Return whose submission it is; without one the office alone is concerned."""
    return (submission.organisation_name if submission else "") or _("Eigenes Amt")


def document_rows(documents: Iterable[Document]) -> list[Row]:
    """Return documents as rows of the register."""
    return [
        {
            "title": one.title,
            "number": one.number,
            "case": case_of(one.submission),
            "party": one.recipient or one.organisation_name or _("Eigenes Amt"),
            "when": day(one.created_at),
            "version": one.versions[0].number if one.versions else "",
            "versions": len(one.versions),
            "status": state_of_document(one),
            "url": url_for("documents.show", document_id=one.id),
            "download_url": url_for("documents.download", version_id=one.versions[0].id, kind="pdf")
            if one.versions
            else "",
        }
        for one in documents
    ]


def state_of_document(document: Document) -> Row:
    """Return the state of a document as a badge: that of its newest version unless it is gone."""
    if document.erased_at is not None:
        return {"kind": "neutral", "text": _("Gelöscht")}
    return document_status(document.versions[0] if document.versions else None)


def document_status(version: DocumentVersion | None) -> Row:
    """Return the state of a document version as a badge."""
    states: dict[str, Row] = {
        "valid": {"kind": "success", "text": _("Gesiegelt")},
        "signed": {"kind": "neutral", "text": _("Unterschrieben: neue Fassung gilt")},
        "superseded": {"kind": "neutral", "text": _("Abgelöst")},
        "withdrawn": {"kind": "danger", "text": _("Zurückgezogen")},
    }
    if version is None:
        return {"kind": "info", "text": _("In Arbeit")}
    if version.signing_id is not None and version.proof.state == "valid":
        return {"kind": "success", "text": _("Unterschrieben und gesiegelt")}
    return states[version.proof.state]


def request_status(request: DocumentRequest) -> Row:
    """Return the state of a document that is being made as a badge."""
    if request.state == "failed":
        return {"kind": "danger", "text": _("Fehlgeschlagen")}
    return {"kind": "info", "text": _("In Arbeit")}


def request_rows(requests: Iterable[DocumentRequest]) -> list[Row]:
    """Return documents that are not finished as rows of the register."""
    return [
        {
            "title": one.template_version.template.title,
            "number": one.number,
            "case": case_of(one.submission),
            "party": party_of(one.submission),
            "when": day(one.requested_at),
            "version": "",
            "versions": 0,
            "status": request_status(one),
            "url": url_for("documents.progress", request_id=one.id),
            "download_url": "",
        }
        for one in requests
    ]
