"""Reading what was submitted: cut to the reader and to the steps that are done."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from forms.definition import FormDefinition
from forms.elements import Section
from forms.evaluation import Evaluation, evaluate
from forms.models import Submission
from forms.procedure.comparing import ComparedPage, compare
from forms.procedure.handing_over import evaluate_handover
from forms.procedure.models import Handover
from forms.procedure.viewing import keep_sections, readable_evaluation, readable_form
from forms.publishing import definition_of
from forms.tenant_surroundings import surroundings_of
from forms.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Reading:
    """A form and its evaluation as one person may read them, without messages."""

    form: FormDefinition
    evaluation: Evaluation


def read_submission(session: Session, submission: Submission, viewer: Viewer) -> Reading:
    """Return a submission as it stands, in the surroundings in which it was handed over."""
    evaluation = evaluate(
        definition_of(submission.form_version),
        submission.answers,
        stage="submission",
        surroundings=surroundings_of(session, submission),
    )
    return _reading(submission, evaluation, viewer, submission.step)


def read_handover(
    session: Session, submission: Submission, handover: Handover, viewer: Viewer
) -> Reading:
    """Return what a submission said when it was handed over."""
    evaluation = evaluate_handover(session, submission, handover)
    return _reading(submission, evaluation, viewer, submission.step)


def compare_handovers(
    session: Session, submission: Submission, old: Handover, new: Handover, viewer: Viewer
) -> tuple[ComparedPage, ...]:
    """Return what ``viewer`` may read of the differences between two hand-overs."""
    before = read_handover(session, submission, old, viewer)
    after = read_handover(session, submission, new, viewer)
    return compare(after.form, before.evaluation, after.evaluation)


def _reading(submission: Submission, evaluation: Evaluation, viewer: Viewer, steps: int) -> Reading:
    definition = definition_of(submission.form_version)

    def is_done(section: Section) -> bool:
        return definition.procedure.first_step_of(section) < max(steps, 1)

    form = keep_sections(readable_form(definition, viewer), is_done)
    silent = replace(evaluation, errors=(), warnings=())
    return Reading(form, readable_evaluation(silent, form))
