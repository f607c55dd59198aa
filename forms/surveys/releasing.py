"""Reports about one Einrichtung or person: told first, then released by the Fachberatung."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from forms.surveys.evaluating import group_means, keep_report, result_of
from forms.surveys.models import SurveyGroup, SurveyWave
from forms.surveys.results import GroupMean
from forms.surveys.waves import SurveyRefused
from tenants.audit import record
from tenants.context import current_scope
from tenants.language import _


def note_information(
    session: Session, wave: SurveyWave, group: SurveyGroup, informed_on: date, day: date
) -> None:
    """Note the day on which those whom a report is about were told of it.

    Raises `SurveyRefused`. Permission: can_release Surveys.
    """
    if informed_on > day:
        raise SurveyRefused("informed_on", _("Dieser Tag liegt in der Zukunft."))
    if group.released_on is not None:
        raise SurveyRefused("informed_on", _("Der Bericht ist schon freigegeben."))
    group.informed_on = informed_on
    session.flush()
    record(session, "survey.informed", "survey", wave.survey_id, group=group.number)


def release_report(
    session: Session, wave: SurveyWave, group: SurveyGroup, day: date, threshold: int, name: str
) -> tuple[GroupMean, ...]:
    """Release the report of a group: from now on it can be read.

    Raises `SurveyRefused` while those whom it is about were not told, and when there are too few
    answers (`forms.surveys.evaluating.group_means`). Permission: can_release Surveys.
    """
    if wave.completed_on is None:
        raise SurveyRefused("", _("Die Welle ist noch nicht abgeschlossen."))
    if group.released_on is not None:
        return report_of(session, wave, group)
    if group.informed_on is None:
        raise SurveyRefused(
            "informed_on",
            _(
                "Sagen Sie zuerst „{title}“ Bescheid und tragen Sie den Tag ein. Erst danach lässt"
                " sich der Bericht freigeben."
            ).format(title=group.title),
        )
    means = group_means(session, wave, group, threshold)
    group.released_on, group.released_by_name = day, name
    group.released_by = current_scope().account_id
    keep_report(session, wave, group, means)
    record(session, "survey.released", "survey", wave.survey_id, group=group.number)
    return means


def report_of(session: Session, wave: SurveyWave, group: SurveyGroup) -> tuple[GroupMean, ...]:
    """Return the released report of a group. Raises `SurveyRefused` while it is not released."""
    found = (result_of(session, wave).reports or {}).get(group.id)
    if group.released_on is None or found is None:
        raise SurveyRefused("", _("Dieser Bericht ist nicht freigegeben."))
    return found
