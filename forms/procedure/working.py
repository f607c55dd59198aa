"""Working on what was submitted: later steps, answers to Rückfragen, corrections.

Each has a draft of its own beside the submission, saved and merged like any other, which the
other side does not see. Handing it over joins it with the submission.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.evaluation import Evaluation
from forms.models import DraftRevision, Submission
from forms.procedure.claiming import claim_answers
from forms.procedure.deciding import does_step, move, position_of
from forms.procedure.handing_over import keep_handover, steps_done
from forms.procedure.models import Handover
from forms.procedure.report_requests import receive_report
from forms.procedure.states import FROZEN, TransitionRefused, next_state
from forms.procedure.worksheet import open_worksheet
from forms.viewer import Viewer
from tenants.audit import record
from tenants.context import current_scope
from tenants.database import now
from tenants.language import _

MAXIMUM_REMARK = 4000
WORK_LABELS = {
    "step": _("Schritt bearbeiten"),
    "answer": _("Rückfrage beantworten"),
    "resubmit": _("Überarbeiten und wieder einreichen"),
    "correct": _("Angaben berichtigen"),
}


class WorkIncomplete(ValueError):
    """The work cannot be handed over; ``evaluation`` says what is missing or to be confirmed."""

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(_("Die Angaben sind noch nicht vollständig."))
        self.evaluation = evaluation


def possible_work(submission: Submission, viewer: Viewer) -> str:
    """Return for what the person in scope may work on the submission now, empty for nothing."""
    position = position_of(submission, viewer)
    for purpose in ("answer", "resubmit", "correct"):
        try:
            next_state(purpose, position)
        except TransitionRefused:
            continue
        return purpose
    return "step" if _may_do_step(submission, viewer) else ""


def _may_do_step(submission: Submission, viewer: Viewer) -> bool:
    if submission.state != "checking" or steps_done(submission):
        return False
    return does_step(submission, submission.step, viewer)


def step_of_work(submission: Submission, purpose: str) -> int:
    """Return the step of the form that is worked on for ``purpose``; corrections are the first."""
    return {"step": submission.step, "answer": submission.asked_step}.get(purpose, 0)


def find_work(session: Session, submission: Submission, purpose: str) -> Submission | None:
    """Return the draft in which the acting side works on the submission, None without one.

    Each step has a draft of its own: what somebody began there waits while another is asked back.
    """
    return session.scalars(
        select(Submission).where(
            Submission.continues_id == submission.id,
            Submission.step == step_of_work(submission, purpose),
            Submission.organisation_id.is_not_distinct_from(current_scope().organisation_id),
        )
    ).first()


def begin_work(
    session: Session, submission: Submission, *, viewer: Viewer, person_name: str
) -> Submission:
    """Return the acting side's draft for what is to be done on a locked submission.

    Begun once: what was typed before stays. Raises `TransitionRefused` if nothing is to do.
    """
    purpose, scope = possible_work(submission, viewer), current_scope()
    if not purpose or scope.account_id is None:
        raise TransitionRefused(_("An dieser Einreichung ist für Sie jetzt nichts zu tun."))
    work = find_work(session, submission, purpose)
    if work is None:
        work = Submission(
            form_version_id=submission.form_version_id,
            organisation_id=scope.organisation_id,
            account_id=scope.account_id,
            person_name=person_name,
            organisation_name=submission.organisation_name,
            answers=submission.answers,
            origins=submission.origins,
            period=submission.period,
            continues_id=submission.id,
            step=step_of_work(submission, purpose),
        )
        session.add(work)
        record(session, "submission.continued", "submission", submission.id, purpose=purpose)
    work.purpose = purpose
    session.flush()
    _keep_first_revision(session, work)
    return work


def _keep_first_revision(session: Session, work: Submission) -> None:
    known = session.scalars(
        select(DraftRevision.id).where(DraftRevision.submission_id == work.id).limit(1)
    ).first()
    if known is None:
        session.add(
            DraftRevision(
                submission_id=work.id,
                organisation_id=work.organisation_id,
                revision=work.revision,
                answers=work.answers,
                invalid=work.invalid,
            )
        )
        session.flush()


def hand_over_work(
    session: Session,
    work: Submission,
    submission: Submission,
    *,
    viewer: Viewer,
    person_name: str,
    warnings_confirmed: bool,
    remark: str = "",
) -> Handover:
    """Join a draft with the locked submission it continues, and delete the draft.

    Raises `WorkIncomplete`, `forms.procedure.claiming.AlreadySubmitted`, and `TransitionRefused`
    when it is no longer this side's turn.
    """
    purpose = work.purpose
    is_due = possible_work(submission, viewer) == purpose
    if not is_due or work.step != step_of_work(submission, purpose):
        raise TransitionRefused(
            _("Inzwischen ist die Einreichung weiter. Ihr Entwurf ist noch da.")
        )
    sheet = open_worksheet(session, work, viewer)
    if sheet.whole.errors or (sheet.whole.warnings and not warnings_confirmed):
        raise WorkIncomplete(sheet.whole)
    target = submission.state
    if purpose != "step":
        target = next_state(purpose, position_of(submission, viewer))
    was_accepted = submission.state in FROZEN or submission.accepted_at is not None
    handover = keep_handover(session, sheet, reason=purpose, person_name=person_name)
    if sheet.inquiry is not None:
        sheet.inquiry.state, sheet.inquiry.closed_at = "answered", now()
        sheet.inquiry.remark = remark.strip()
        sheet.inquiry.handover_number = handover.number
    if purpose == "resubmit":
        receive_report(session, submission)
    claim_answers(session, submission)
    session.delete(work)
    if was_accepted and purpose != "step":
        submission.accepted_at = None
        mark_outdated(session, submission)
    move(session, submission, purpose, target)
    return handover


def mark_outdated(session: Session, corrected: Submission) -> None:
    """Mark in every submission of the same side what it took over from ``corrected``."""
    users = session.scalars(
        select(Submission).where(
            Submission.organisation_id.is_not_distinct_from(corrected.organisation_id),
            Submission.origins != {},
            Submission.id != corrected.id,
        )
    )
    for user in users:
        marked = {
            key: {**origin, "outdated": True}
            if isinstance(origin, dict) and origin.get("submission_id") == corrected.id
            else origin
            for key, origin in user.origins.items()
        }
        if marked != user.origins:
            user.origins = marked
            record(session, "submission.outdated", "submission", user.id, source=corrected.number)
