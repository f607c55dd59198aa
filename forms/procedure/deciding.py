"""What the office and the sender decide about a submission, step by step."""

from __future__ import annotations

from sqlalchemy.orm import Session

from forms.models import Submission
from forms.procedure.claiming import release_claims
from forms.procedure.handing_over import steps_done
from forms.procedure.report_requests import give_back_report
from forms.procedure.states import Position, Transition, next_state, possible_actions
from forms.procedure.worksheet import open_inquiry
from forms.publishing import definition_of
from forms.viewer import SENDING, Viewer
from tenants.audit import record_concerning
from tenants.context import current_scope
from tenants.database import now
from tenants.webhooks import announce

DECISIONS = frozenset(
    {"check", "recall", "review", "accept", "reject", "evaluate", "withdraw", "cancel"}
)
"""Acts that need nothing but the decision itself."""
ENDING = frozenset({"withdraw", "reject", "cancel"})
"""After which the same may be submitted anew."""
_ABOUT_INQUIRY = frozenset({"inquire", "recall", "answer"})
ANNOUNCED = {
    "accept": "submission.accepted",
    "answer": "submission.corrected",
    "correct": "submission.corrected",
    "resubmit": "submission.submitted",
}
"""Of which acts programs are told (`tenants.webhooks`)."""


def position_of(submission: Submission, viewer: Viewer) -> Position:
    """Return where a submission stands for the person in scope.

    What the office filled in for itself by a form without steps is nobody's to check.
    """
    scope = current_scope()
    has_steps = bool(definition_of(submission.form_version).procedure.steps)
    is_sender = submission.organisation_id == scope.organisation_id
    return Position(
        state=submission.state,
        steps_done=steps_done(submission),
        viewer=viewer,
        is_sender=is_sender,
        is_office=scope.organisation_id is None
        and (submission.organisation_id is not None or has_steps),
        is_asked=does_step(submission, submission.asked_step, viewer)
        if submission.asked_step
        else is_sender,
    )


def does_step(submission: Submission, step: int, viewer: Viewer) -> bool:
    """Say whether a step of the form is the part of the person in scope."""
    role = definition_of(submission.form_version).procedure.role_of(step)
    wanted = submission.organisation_id if role == SENDING else None
    return role in viewer.roles and current_scope().organisation_id == wanted


def concerned_by_inquiry(submission: Submission, step: int) -> str | None:
    """Return the Träger that may know of a Rückfrage to ``step``, None for the office alone."""
    role = definition_of(submission.form_version).procedure.role_of(step)
    return submission.organisation_id if not step or role == SENDING else None


def decide(session: Session, submission: Submission, action: str, *, viewer: Viewer) -> None:
    """Carry out one of `DECISIONS` on a locked submission, with its audit entry.

    Raises `forms.procedure.states.TransitionRefused`, and KeyError for anything else.
    """
    if action not in DECISIONS:
        raise KeyError(action)
    target = next_state(action, position_of(submission, viewer))
    if action == "recall":
        inquiry = open_inquiry(session, submission)
        if inquiry is not None:
            inquiry.state, inquiry.closed_at = "recalled", now()
    if action in ("withdraw", "cancel"):
        give_back_report(session, submission)
    if action in ENDING:
        release_claims(session, submission)
    if action == "accept":
        submission.accepted_at = now()
    move(session, submission, action, target)


def move(session: Session, submission: Submission, action: str, target: str) -> None:
    """Set the state that the machine gave and record the act where those concerned read it.

    With the state ends the Rückfrage to a step.
    """
    submission.state = target
    concerned = submission.organisation_id
    if action in _ABOUT_INQUIRY:
        concerned = concerned_by_inquiry(submission, submission.asked_step)
    if target != "inquiry":
        submission.asked_step = 0
    session.flush()
    record_concerning(
        session,
        concerned,
        f"submission.{action}",
        "submission",
        submission.id,
        number=submission.number,
    )
    if action in ANNOUNCED:
        announce(session, ANNOUNCED[action], submission.id)


def decisions(submission: Submission, viewer: Viewer) -> list[Transition]:
    """Return what the person in scope may decide now, in the order of a procedure."""
    return [
        one for one in possible_actions(position_of(submission, viewer)) if one.action in DECISIONS
    ]


def may_inquire(submission: Submission, viewer: Viewer) -> bool:
    """Say whether the person in scope may put a Rückfrage now."""
    return any(one.action == "inquire" for one in possible_actions(position_of(submission, viewer)))
