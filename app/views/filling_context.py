"""What the pages of filling in show, put together from the stored draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor
from app.views.presenting import moment
from forms.definition import FormDefinition
from forms.evaluation import Evaluation, Stage, evaluate
from forms.input import InputError
from forms.models import Answers, Submission
from forms.presentation import ErrorLink, PageView, present_page
from forms.publishing import definition_of
from forms.submitting import SubmissionUnknown, find_submission
from forms.surroundings import Surroundings
from forms.tenant_surroundings import surroundings_of
from forms.versions.upgrading import open_notices
from tenants.language import _

STATUS_TEXTS = {
    "open": _("offen"),
    "complete": _("vollständig"),
    "error": _("unvollständig"),
}


@dataclass(frozen=True)
class Filling:
    """A draft as it is to be shown: its answers, those of a page perhaps not yet stored.

    Each evaluation is made once, when it is first asked for.
    """

    submission: Submission
    definition: FormDefinition
    answers: Answers
    invalid: Mapping[str, str]
    surroundings: Surroundings

    @classmethod
    def stored(cls, submission: Submission) -> Filling:
        """Return the draft as it is stored."""
        definition = definition_of(submission.form_version)
        surroundings = surroundings_of(database.session(), submission)
        return cls(submission, definition, submission.answers, submission.invalid, surroundings)

    def draft(self) -> Evaluation:
        """Evaluate leniently: nothing is required yet."""
        return self._draft

    def complete(self) -> Evaluation:
        """Evaluate strictly, as for submitting."""
        return self._complete

    @cached_property
    def _draft(self) -> Evaluation:
        return self._evaluate("draft")

    @cached_property
    def _complete(self) -> Evaluation:
        return self._evaluate("submission")

    def _evaluate(self, stage: Stage) -> Evaluation:
        return evaluate(
            self.definition,
            self.answers,
            stage=stage,
            invalid=self.invalid,
            surroundings=self.surroundings,
        )

    def page_paths(self, page_key: str) -> frozenset[str]:
        """Return the keys of the fields at the top of a page, none for an unknown page."""
        page = self.definition.page(page_key)
        return (
            frozenset(field.key for field in self.definition.fields_of(page))
            if page
            else frozenset()
        )

    def page_keys(self, evaluation: Evaluation) -> list[str]:
        """Return the keys of the relevant pages in their order."""
        return [
            page.key for page in self.definition.pages if f"page:{page.key}" in evaluation.visible
        ]


def page_url(submission: Submission, page_key: str) -> str:
    """Return the address of a page of a draft."""
    return url_for("filling.page", submission_id=submission.id, page_key=page_key)


def resume_url(submission: Submission) -> str:
    """Return the address that leads to where a draft goes on."""
    return url_for("filling.resume", submission_id=submission.id)


def page_variables(
    filling: Filling,
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
    complete = filling.complete()
    evaluation = complete if strict else filling.draft()
    view = present_page(filling.definition, page_key, evaluation, filling.invalid)
    view = replace(view, errors=(*_homeless_errors(view, evaluation, refused), *view.errors))
    submission = filling.submission
    return {
        "form": {
            "title": filling.definition.title,
            "url_start": url_for("forms.show", key=filling.definition.key),
        },
        "view": view,
        "pages": page_rows(filling, complete, page_key),
        "urls": {
            "save": page_url(submission, page_key),
            "refresh": url_for("filling.refresh", submission_id=submission.id, page_key=page_key),
            "autosave": url_for("filling.autosave", submission_id=submission.id, page_key=page_key),
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
        "read_only": False,
        "acknowledge_warnings": False,
        "has_errors": bool(view.errors),
    }


def _homeless_errors(
    view: PageView, evaluation: Evaluation, refused: Sequence[InputError]
) -> list[ErrorLink]:
    """Return what is said of the form as a whole, and of entries without a field here."""
    shown = {link.path for link in view.errors}
    texts = [message.text for message in evaluation.errors if not message.page_key]
    texts += [error.text for error in refused if error.path not in shown]
    return [ErrorLink(path="", html_id="", text=text) for text in dict.fromkeys(texts)]


def page_rows(filling: Filling, complete: Evaluation, current: str) -> list[dict[str, object]]:
    """Return the list of pages with their state."""
    visited = set(filling.submission.completed_pages)
    faulty = {message.page_key for message in complete.errors}
    rows: list[dict[str, object]] = []
    for number, key in enumerate(filling.page_keys(complete), start=1):
        page = filling.definition.page(key)
        status = "open"
        if key in visited:
            status = "error" if key in faulty else "complete"
        rows.append(
            {
                "number": number,
                "title": page.title if page else key,
                "url": page_url(filling.submission, key),
                "current": key == current,
                "status": status,
                "status_text": STATUS_TEXTS[status],
            }
        )
    rows.append(
        {
            "number": len(rows) + 1,
            "title": _("Prüfen und absenden"),
            "url": url_for("declaration.review", submission_id=filling.submission.id),
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


def after_submitting(submission: Submission) -> BaseResponse:
    """Lead to the receipt of a declaration that is submitted already."""
    return redirect(url_for("declaration.receipt", submission_id=submission.id))


def base_revision(submission: Submission) -> int:
    """Return the revision that the sending tab started from."""
    text = request.form.get("__revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else submission.revision
