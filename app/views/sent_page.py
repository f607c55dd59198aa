"""A page of a draft as a tab sent it, read with the version of the form that the tab shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import abort, request

from app import database
from app.views.filling_context import base_revision, worksheet
from forms.definition import FormDefinition
from forms.input import PageInput, read_page
from forms.models import Answers, FormVersion, Submission
from forms.procedure.worksheet import Worksheet
from forms.publishing import definition_of
from forms.rows import apply_row_operation
from forms.submitting import DraftState, draft_at
from forms.versions.upgrading import carry_entry, version_at
from tenants.database import new_id

OWN_NAMES = frozenset({"csrf_token"})


@dataclass(frozen=True)
class SentPage:
    """A page as it was sent, in the version of the form that its tab shows.

    ``base`` is what the draft held when the tab was opened. ``is_earlier`` says that the draft
    was carried into another version since.
    """

    sheet: Worksheet
    entry: PageInput
    base: DraftState
    version: FormVersion
    page_key: str

    @property
    def is_earlier(self) -> bool:
        """Say whether the tab shows another version than the draft has by now."""
        return self.version.id != self.sheet.draft.form_version_id


def read_sent_page(submission: Submission, page_key: str) -> SentPage:
    """Read the posted page onto the answers that the tab had before it. 404 for another page."""
    session = database.session()
    revision = base_revision(submission)
    version = version_at(session, submission, revision)
    sheet = worksheet(submission)
    if version.id != submission.form_version_id:
        sheet = replace(sheet, definition=definition_of(version))
    base = draft_at(session, submission, revision)
    entry = _read(sheet, page_key, base.answers)
    # A corrected answer may have opened further questions, whose answers came with it.
    opened = sheet.with_answers(entry.answers, {**submission.invalid, **entry.invalid})
    if opened.editable - sheet.editable:
        sheet, entry = opened, _read(opened, page_key, base.answers)
    return SentPage(sheet, _with_operation(sheet, entry), base, version, page_key)


@dataclass(frozen=True)
class PageChange:
    """What a sent page changes, in the version that the draft has by now."""

    base: DraftState
    answers: Answers
    invalid: Mapping[str, str]
    page_paths: frozenset[str]
    """The keys of the page's fields."""


def change_of(sent: SentPage) -> PageChange:
    """Return what a sent page changes in its draft.

    A tab that was open while its draft was carried into another version sends the fields of the
    earlier one: they are carried as well, so that nothing typed is lost.
    """
    submission, entry = sent.sheet.draft, sent.entry
    paths = _paths(sent.sheet, sent.page_key, definition_of(submission.form_version))
    if not sent.is_earlier:
        return PageChange(sent.base, entry.answers, entry.invalid, paths)
    carried = carry_entry(
        database.session(),
        submission,
        sent.version,
        base=sent.base,
        answers=entry.answers,
        invalid=entry.invalid,
    )
    return PageChange(carried.base, carried.answers, carried.invalid, paths)


def posted() -> Mapping[str, Sequence[str]]:
    """Return the posted fields without those of the page's frame."""
    return {name: values for name, values in request.form.lists() if name not in OWN_NAMES}


def posted_files() -> tuple[str, ...]:
    """Return the names of the inputs that sent a file; an untouched one sends an empty part."""
    return tuple(
        name for name, files in request.files.lists() if any(file.filename for file in files)
    )


def _read(sheet: Worksheet, page_key: str, base: Answers) -> PageInput:
    if sheet.form.page(page_key) is None:
        abort(404)
    return read_page(
        sheet.form,
        page_key,
        posted(),
        base,
        new_row_id=new_id,
        other_names=OWN_NAMES,
        file_names=posted_files(),
        editable=sheet.editable,
        choices=sheet.choices,
    )


def _with_operation(sheet: Worksheet, entry: PageInput) -> PageInput:
    if entry.operation is None:
        return entry
    answers, invalid = apply_row_operation(
        sheet.form, entry.answers, entry.invalid, entry.operation, new_id
    )
    return replace(entry, answers=answers, invalid=invalid)


def _paths(sheet: Worksheet, page_key: str, current: FormDefinition) -> frozenset[str]:
    """Return the keys that the open fields of a page have in the version of the draft."""
    identities = {sheet.form.fields[key].id for key in sheet.page_paths(page_key)}
    return frozenset(key for key, field in current.fields.items() if field.id in identities)
