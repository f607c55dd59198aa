"""Brings open drafts into the version that is in use, when their author opens them.

Only then, and only by the author's own request: no office reaches what a Träger has not handed
in, and nothing changes behind a person's back. Once handed in, or handed on, a submission stays
with its version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Uuid, cast, func, select
from sqlalchemy.orm import Session

from forms.models import Answers, FormVersion, Submission
from forms.publishing import definition_of, get_version
from forms.submitting import DraftState, keep_revision
from forms.versions.carrying import CarriedAnswers, RemovedAnswer, carry_answers
from forms.versions.changes import FormDiff, Grade
from forms.versions.diff import compare_forms
from forms.versions.models import CarriedDraft, VersionValidity
from forms.versions.validities import validities_of_form, version_in_use
from tenants.audit import record
from tenants.database import now

Way = Literal["lift", "carry", "offer"]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The version a draft may be carried into, what that changes, and how.

    ``lift``: by itself, since every answer stays valid. ``carry``: the author has to agree
    before going on. ``offer``: the author may.
    """

    target: VersionValidity
    diff: FormDiff
    way: Way


def find_upgrade(session: Session, submission: Submission) -> Upgrade | None:
    """Return how a draft can come into the version in use, None when it is there or not open."""
    if not may_change_version(submission):
        return None
    current = submission.form_version
    moment = now()
    validities = validities_of_form(session, current.form_id)
    target = version_in_use(validities, moment)
    if target is None or target.form_version.number <= current.number:
        return None
    diff = compare_forms(current.definition, target.form_version.definition)
    return Upgrade(target, diff, _way(target, diff))


def may_change_version(submission: Submission) -> bool:
    """Say whether a submission is a draft that nobody else has had in hand."""
    return submission.state == "draft" and submission.continues_id is None


def _way(target: VersionValidity, diff: FormDiff) -> Way:
    if target.draft_policy == "carry":
        return "carry"
    is_compatible = diff.grade is Grade.COMPATIBLE
    return "lift" if target.draft_policy == "lift" and is_compatible else "offer"


def carry_draft(session: Session, submission: Submission, upgrade: Upgrade) -> CarriedDraft:
    """Carry a draft into another version of its form; what has no place there stays readable.

    The row must be locked. The draft's revision goes up, so that tabs with the earlier version
    are told apart. Nothing is committed.
    """
    source = submission.form_version
    carried = preview(submission, upgrade)
    submission.form_version_id = upgrade.target.form_version_id
    submission.form_version = upgrade.target.form_version
    submission.answers = carried.answers
    submission.invalid = carried.invalid
    submission.completed_pages = list(carried.completed_pages)
    submission.revision += 1
    session.flush()
    keep_revision(session, submission)
    row = CarriedDraft(
        submission_id=submission.id,
        organisation_id=submission.organisation_id,
        from_version_id=source.id,
        revision=submission.revision,
        notices=[asdict(notice) for notice in carried.notices],
        removed=[asdict(removed) for removed in carried.removed],
    )
    session.add(row)
    session.flush()
    record(
        session,
        "submission.carried",
        "submission",
        submission.id,
        from_version=source.number,
        to_version=upgrade.target.form_version.number,
    )
    return row


def preview(submission: Submission, upgrade: Upgrade) -> CarriedAnswers:
    """Return what carrying a draft would make of it; changes nothing."""
    return carry_answers(
        definition_of(submission.form_version),
        definition_of(upgrade.target.form_version),
        upgrade.diff,
        answers=submission.answers,
        invalid=submission.invalid,
        completed_pages=submission.completed_pages,
    )


def carryings_of(session: Session, submission_id: str) -> list[CarriedDraft]:
    """Return each time a draft was carried, the first one first."""
    return list(
        session.scalars(
            select(CarriedDraft)
            .where(CarriedDraft.submission_id == submission_id)
            .order_by(CarriedDraft.revision)
        )
    )


def version_at(session: Session, submission: Submission, revision: int) -> FormVersion:
    """Return the version that a draft had at ``revision``, which a tab may still show."""
    later = (one for one in carryings_of(session, submission.id) if revision < one.revision)
    first = next(later, None)
    return submission.form_version if first is None else get_version(session, first.from_version_id)


@dataclass(frozen=True, slots=True)
class EarlierEntry:
    """What a tab with an earlier version sent, in the version that the draft has now."""

    base: DraftState
    answers: Answers
    invalid: dict[str, str]


def carry_entry(
    session: Session,
    submission: Submission,
    version: FormVersion,
    *,
    base: DraftState,
    answers: Answers,
    invalid: Mapping[str, str],
) -> EarlierEntry:
    """Carry what a tab with ``version`` made of ``base`` into the draft's version.

    What has no place there any more is kept with the answers that are no longer asked for.
    """
    target = submission.form_version
    old, new = definition_of(version), definition_of(target)
    diff = compare_forms(version.definition, target.definition)
    sent = carry_answers(old, new, diff, answers=answers, invalid=invalid, completed_pages=())
    before = carry_answers(
        old, new, diff, answers=base.answers, invalid=base.invalid, completed_pages=()
    )
    _keep_removed(session, submission, sent.removed)
    state = DraftState(base.revision, before.answers, before.invalid)
    return EarlierEntry(state, sent.answers, sent.invalid)


def _keep_removed(
    session: Session, submission: Submission, removed: tuple[RemovedAnswer, ...]
) -> None:
    rows = carryings_of(session, submission.id)
    if not rows or not removed:
        return
    kept = {one["place"]: one["text"] for one in rows[-1].removed}
    kept.update({one.place: one.text for one in removed})
    rows[-1].removed = [{"place": place, "text": text} for place, text in kept.items()]


def open_notices(session: Session, submission: Submission) -> list[dict[str, str]]:
    """Return the fields to be checked on pages that were not gone through since the carrying."""
    done = set(submission.completed_pages)
    return [
        notice
        for row in carryings_of(session, submission.id)[-1:]
        for notice in row.notices
        if notice["page_key"] not in done
    ]


def removed_answers(session: Session, submission: Submission) -> list[dict[str, str]]:
    """Return the answers that are no longer asked for, of every carrying."""
    return [one for row in carryings_of(session, submission.id) for one in row.removed]


def open_draft_counts(session: Session, form_id: str) -> dict[str, int]:
    """Return how many drafts of each version are open, of everybody; nothing else of them."""
    counted = func.count_open_drafts(cast(form_id, Uuid(as_uuid=False))).table_valued(
        "form_version_id", "drafts"
    )
    return {str(row[0]): int(row[1]) for row in session.execute(select(counted))}
