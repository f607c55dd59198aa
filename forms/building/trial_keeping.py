"""Keeps the trial runs of a form. Permission of every verb: Tenant-Admin."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.building.models import FormTrial
from forms.building.trials import Trial
from forms.expressions.nodes import Json
from forms.packages import Package
from tenants.context import current_tenant_id
from tenants.language import _


class TrialUnknown(LookupError):
    """The form of the tenant in scope has no such trial (German message)."""


def trials_of(session: Session, form_id: str) -> list[FormTrial]:
    """Return the trials of a form of the tenant in scope, by number."""
    return list(
        session.scalars(
            select(FormTrial).where(FormTrial.form_id == form_id).order_by(FormTrial.number)
        )
    )


def find_trial(session: Session, form_id: str, trial_id: str) -> FormTrial:
    """Return one trial of a form. Raises `TrialUnknown`."""
    trial = session.get(FormTrial, (current_tenant_id(), trial_id))
    if trial is None or trial.form_id != form_id:
        raise TrialUnknown(_("Diesen Probelauf gibt es hier nicht."))
    return trial


def keep_trial(
    session: Session,
    form_id: str,
    description: str,
    answers: Mapping[str, Json],
    expected: Mapping[str, Json],
    expected_errors: tuple[str, ...],
    trial: FormTrial | None = None,
) -> FormTrial:
    """Write down a trial, as a new one or in place of ``trial``."""
    kept = trial
    if kept is None:
        last = session.scalar(
            select(func.max(FormTrial.number)).where(FormTrial.form_id == form_id)
        )
        kept = FormTrial(form_id=form_id, number=(last or 0) + 1)
        session.add(kept)
    kept.description = description[:400]
    kept.answers = dict(answers)
    kept.expected = dict(expected)
    kept.expected_errors = list(expected_errors)
    session.flush()
    return kept


def remove_trial(session: Session, trial: FormTrial) -> None:
    """Remove a trial for good."""
    session.delete(trial)
    session.flush()


def take_samples(session: Session, form_id: str, package: Package) -> None:
    """Make the samples of a package the trials of a form that was made from it."""
    for sample in package.samples:
        keep_trial(session, form_id, sample.description, sample.data, sample.expected, ())


def trial_of(kept: FormTrial) -> Trial:
    """Return a kept trial as :func:`forms.building.trials.run_trials` takes it."""
    return Trial(
        kept.number,
        kept.description,
        kept.answers,
        kept.expected,
        tuple(kept.expected_errors),
    )
