"""Filling in and submitting: drafts that lose nothing, and the declaration at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from forms.attachments.keeping import erase_attachments
from forms.evaluation import Evaluation, Message, evaluate
from forms.merging import Conflict, merge_answers
from forms.models import Answers, DraftRevision, FormVersion, Submission
from forms.paths import top_key
from forms.procedure.claiming import claim_answers
from forms.procedure.handing_over import keep_handover
from forms.procedure.prefilling import prefill_draft
from forms.procedure.report_requests import receive_report
from forms.procedure.viewing import EVERYBODY
from forms.procedure.worksheet import open_worksheet
from forms.publishing import definition_of
from forms.raw_texts import is_answered, moved_texts
from forms.tenant_surroundings import surroundings_of
from forms.versions.validities import check_may_hand_in, check_may_start
from forms.viewer import Viewer
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.numbers import next_number
from tenants.webhooks import announce

KEPT_REVISIONS = 50
_BERLIN = ZoneInfo("Europe/Berlin")


class SubmissionUnknown(LookupError):
    """There is no such submission that the acting person may see."""


class SubmissionClosed(RuntimeError):
    """The declaration was submitted already and cannot be changed."""


class SubmissionIncomplete(ValueError):
    """The declaration cannot be submitted yet; ``errors`` say what is missing."""

    def __init__(self, errors: list[Message]) -> None:
        super().__init__(_("Die Angaben sind noch nicht vollständig."))
        self.errors = errors


class WarningsOpen(ValueError):
    """Warnings must be confirmed before submitting."""

    def __init__(self, warnings: list[Message]) -> None:
        super().__init__(_("Bitte bestätigen Sie, dass Sie die Hinweise gelesen haben."))
        self.warnings = warnings


@dataclass(frozen=True, slots=True)
class DraftState:
    """What a draft held after one save: its answers, and the texts that could not be read."""

    revision: int
    answers: Answers
    invalid: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """The draft as stored after a save."""

    revision: int
    answers: Answers


@dataclass(frozen=True, slots=True)
class StaleDraft:
    """Somebody saved other answers meanwhile; nothing was stored, both sides are here."""

    revision: int
    mine: Answers
    stored: Answers
    conflicts: tuple[Conflict, ...]


def start_submission(
    session: Session,
    version: FormVersion,
    *,
    person_name: str,
    organisation_name: str = "",
    period: str = "",
    viewer: Viewer = EVERYBODY,
    own_only: bool = False,
) -> Submission:
    """Begin a draft for the person in scope, pinned to ``version``.

    It is empty but for what the form takes over (`forms.procedure.prefilling`). Raises
    `forms.versions.validities.VersionNotInUse` for a version that is not in use (yet).
    """
    scope = current_scope()
    if scope.account_id is None:
        raise SubmissionUnknown("nobody is acting")
    check_may_start(session, version)
    submission = Submission(
        form_version_id=version.id,
        organisation_id=scope.organisation_id,
        account_id=scope.account_id,
        person_name=person_name,
        organisation_name=organisation_name,
        form_version=version,
        period=period,
    )
    session.add(submission)
    session.flush()
    prefill_draft(session, submission, viewer, own_only=own_only)
    keep_revision(session, submission)
    record(session, "submission.started", "submission", submission.id)
    return submission


def find_submission(
    session: Session, submission_id: str, *, own_only: bool = False, lock: bool = False
) -> Submission:
    """Return a submission that the acting person may see.

    A draft is seen by those alone for whom it is written: what a Träger has not submitted
    is no business of the office. ``own_only`` hides those of other persons. Raises
    `SubmissionUnknown`.
    """
    scope = current_scope()
    is_ours = Submission.organisation_id.is_not_distinct_from(scope.organisation_id)
    query = select(Submission).where(
        Submission.id == submission_id, or_(Submission.state != "draft", is_ours)
    )
    if own_only:
        query = query.where(Submission.account_id == scope.account_id)
    if lock:
        query = query.with_for_update(of=Submission)
    submission = session.scalars(query).first()
    if submission is None:
        raise SubmissionUnknown(_("Diese Einreichung gibt es nicht."))
    return submission


def draft_at(session: Session, submission: Submission, revision: int) -> DraftState:
    """Return what the draft held at ``revision``; empty if that is no longer kept."""
    if revision == submission.revision:
        return DraftState(revision, submission.answers, submission.invalid)
    kept = session.scalars(
        select(DraftRevision).where(
            DraftRevision.submission_id == submission.id, DraftRevision.revision == revision
        )
    ).first()
    return (
        DraftState(revision, kept.answers, kept.invalid) if kept else DraftState(revision, {}, {})
    )


def save_draft(
    session: Session,
    submission: Submission,
    *,
    base: DraftState,
    answers: Answers,
    invalid: Mapping[str, str],
    page_paths: frozenset[str],
    completed_page: str | None = None,
) -> SavedDraft | StaleDraft:
    """Store the answers of a page, merged with what was saved since it was opened.

    ``base`` is what the draft held then (`draft_at`). The submission's row must be
    locked. Edits of different answers are joined; if the same answer was changed in two ways
    nothing is stored and both are returned. ``page_paths`` are the field keys of the page,
    whose unreadable texts ``invalid`` replaces. Raises `SubmissionClosed`.
    """
    if submission.state != "draft":
        raise SubmissionClosed(_("Diese Erklärung ist schon eingereicht."))
    merge = merge_answers(base.answers, answers, submission.answers)
    if merge.conflicts:
        return StaleDraft(submission.revision, answers, submission.answers, merge.conflicts)
    new_invalid = {
        **_joined_texts(submission, base, merge.answers, page_paths),
        **moved_texts(invalid, answers, merge.answers),
    }
    pages = list(submission.completed_pages)
    if completed_page is not None and completed_page not in pages:
        pages.append(completed_page)
    changed = merge.answers != submission.answers or new_invalid != submission.invalid
    if changed or pages != submission.completed_pages:
        submission.answers = merge.answers
        submission.invalid = new_invalid
        submission.completed_pages = pages
        submission.revision += 1
        session.flush()
        keep_revision(session, submission)
    return SavedDraft(submission.revision, submission.answers)


def _joined_texts(
    submission: Submission, base: DraftState, merged: Answers, page_paths: frozenset[str]
) -> dict[str, str]:
    """Return the unreadable texts that stay from what is stored.

    Those of the page give way to what the page sends, except what another window has stored
    since ``base``: this page never saw it.
    """
    stored = submission.invalid
    kept = {path: text for path, text in stored.items() if top_key(path) not in page_paths}
    if base.revision == submission.revision:
        return kept
    new = {
        path: text
        for path, text in stored.items()
        if top_key(path) in page_paths and base.invalid.get(path) != text
    }
    moved = moved_texts(new, submission.answers, merged)
    return kept | {path: text for path, text in moved.items() if not is_answered(path, merged)}


def keep_revision(session: Session, submission: Submission) -> None:
    """Keep what the draft holds now as its current revision, and forget the oldest."""
    session.add(
        DraftRevision(
            submission_id=submission.id,
            organisation_id=submission.organisation_id,
            revision=submission.revision,
            answers=submission.answers,
            invalid=submission.invalid,
        )
    )
    session.flush()
    session.execute(
        delete(DraftRevision).where(
            DraftRevision.submission_id == submission.id,
            DraftRevision.revision <= submission.revision - KEPT_REVISIONS,
        )
    )


def evaluate_submission(session: Session, submission: Submission) -> Evaluation:
    """Return what the whole declaration means, with everything required.

    A draft is evaluated at this moment, a submitted declaration with the day, place and rates
    it was submitted with: it means the same for ever.
    """
    return evaluate(
        definition_of(submission.form_version),
        submission.answers,
        stage="submission",
        invalid=submission.invalid,
        surroundings=surroundings_of(session, submission),
    )


def submit_answers(
    session: Session,
    submission: Submission,
    *,
    warnings_confirmed: bool,
    viewer: Viewer = EVERYBODY,
) -> Submission:
    """Submit the declaration: validate everything again, freeze it and give it a number.

    The row must be locked; nothing is committed. A second call returns the submission as it
    is: submitting twice submits once. Calculated values are the server's; hidden answers are
    dropped. Of a form with steps the first one is handed over. Raises `SubmissionIncomplete`,
    `WarningsOpen`, `forms.procedure.claiming.AlreadySubmitted`, and
    `forms.versions.validities.VersionNotInUse` when the version has ended.
    """
    if submission.state != "draft" or submission.continues_id is not None:
        return submission
    check_may_hand_in(session, submission.form_version)
    sheet = open_worksheet(session, submission, viewer)
    if sheet.whole.errors:
        raise SubmissionIncomplete(list(sheet.whole.errors))
    if sheet.whole.warnings and not warnings_confirmed:
        raise WarningsOpen(list(sheet.whole.warnings))
    moment = now()
    submission.number = next_number(session, "einreichung", moment.astimezone(_BERLIN).year)
    submission.submitted_at = moment
    keep_handover(session, sheet, reason="submit", person_name=submission.person_name)
    submission.state = "submitted"
    session.flush()
    session.execute(delete(DraftRevision).where(DraftRevision.submission_id == submission.id))
    receive_report(session, submission)
    claim_answers(session, submission)
    record(session, "submission.submitted", "submission", submission.id, number=submission.number)
    announce(session, "submission.submitted", submission.id)
    return submission


def delete_draft(session: Session, submission: Submission) -> None:
    """Delete a draft for good. Raises `SubmissionClosed` for a submitted declaration."""
    if submission.state != "draft":
        raise SubmissionClosed(_("Diese Erklärung ist schon eingereicht."))
    erase_attachments(session, submission)
    session.delete(submission)
    record(session, "submission.discarded", "submission", submission.id)


def own_drafts(session: Session, *, form_id: str | None = None) -> list[Submission]:
    """Return the drafts of the person in scope, newest first; at most 50."""
    query = (
        select(Submission)
        .where(
            Submission.state == "draft",
            Submission.account_id == current_scope().account_id,
            Submission.tenant_id == current_tenant_id(),
        )
        .order_by(Submission.updated_at.desc())
        .limit(50)
    )
    if form_id is not None:
        query = query.join(
            FormVersion,
            (FormVersion.tenant_id == Submission.tenant_id)
            & (FormVersion.id == Submission.form_version_id),
        ).where(FormVersion.form_id == form_id)
    return list(session.scalars(query))
