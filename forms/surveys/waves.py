"""Surveys and their waves: created, dated, completed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.models import FormVersion
from forms.publishing import definition_of
from forms.surveys.codes import new_public_key
from forms.surveys.fitness import survey_obstacles
from forms.surveys.models import ACCESS, Survey, SurveyGroup, SurveyWave
from forms.versions.validity import berlin_day
from tenants.audit import record
from tenants.database import now
from tenants.language import _

WaveState = Literal["planned", "open", "closed", "completed"]
WAVE_STATES: dict[WaveState, str] = {
    "planned": _("geplant"),
    "open": _("läuft"),
    "closed": _("geschlossen"),
    "completed": _("abgeschlossen"),
}
MOST_ISSUED = 100_000
"""Questionnaires of one wave: every child in day care of the largest Jugendamt has one."""


class SurveyUnknown(LookupError):
    """The tenant in scope has no such survey or wave."""


class SurveyRefused(ValueError):
    """A survey or wave cannot be like this; ``field`` is the control, the message German."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlan:
    """What a wave is to be; ``closes_on`` is its last day."""

    title: str
    access: str
    opens_on: date
    closes_on: date


def today() -> date:
    """Return the day in Germany."""
    return berlin_day(now())


def wave_state(wave: SurveyWave, day: date) -> WaveState:
    """Return the state of a wave on ``day``."""
    if wave.completed_on is not None:
        return "completed"
    if day < wave.opens_on:
        return "planned"
    return "open" if day <= wave.closes_on else "closed"


def create_survey(
    session: Session, version: FormVersion, *, title: str, contact: str = ""
) -> Survey:
    """Create a survey that asks with the form of ``version``.

    Raises `SurveyRefused` for a form that asks who answers. Permission: can_edit Surveys.
    """
    if not title.strip():
        raise SurveyRefused("title", _("Bitte geben Sie der Befragung einen Titel."))
    obstacles = survey_obstacles(definition_of(version))
    if obstacles:
        raise SurveyRefused("form", " ".join(obstacles))
    survey = Survey(
        form_id=version.form_id,
        title=title.strip()[:200],
        contact=contact.strip()[:500],
        created_on=today(),
    )
    session.add(survey)
    session.flush()
    record(session, "survey.created", "survey", survey.id)
    return survey


def add_wave(session: Session, survey: Survey, version: FormVersion, plan: WavePlan) -> SurveyWave:
    """Add a wave that asks with ``version``, for good. Raises `SurveyRefused`."""
    _check(plan)
    if version.form_id != survey.form_id:
        raise SurveyRefused("version", _("Diese Fassung gehört zu einem anderen Vordruck."))
    obstacles = survey_obstacles(definition_of(version))
    if obstacles:
        raise SurveyRefused("version", " ".join(obstacles))
    last = session.scalar(
        select(func.max(SurveyWave.number)).where(SurveyWave.survey_id == survey.id)
    )
    wave = SurveyWave(
        survey_id=survey.id,
        form_version_id=version.id,
        number=(last or 0) + 1,
        title=plan.title.strip(),
        access=plan.access,
        public_key=new_public_key(),
        opens_on=plan.opens_on,
        closes_on=plan.closes_on,
    )
    session.add(wave)
    session.flush()
    session.refresh(wave)
    record(session, "survey.wave_added", "survey", survey.id, number=wave.number)
    return wave


def change_wave(session: Session, wave: SurveyWave, plan: WavePlan) -> None:
    """Change title and days of a wave that is not completed. Raises `SurveyRefused`."""
    _check(plan)
    _check_open(wave)
    wave.title = plan.title.strip()
    wave.opens_on, wave.closes_on = plan.opens_on, plan.closes_on
    record(session, "survey.wave_changed", "survey", wave.survey_id, number=wave.number)


def _check(plan: WavePlan) -> None:
    if not plan.title.strip() or len(plan.title.strip()) > 120:
        raise SurveyRefused("title", _("Bitte geben Sie der Welle einen Namen bis 120 Zeichen."))
    if plan.access not in ACCESS:
        raise SurveyRefused("access", _("Bitte wählen Sie, wie die Menschen zur Befragung kommen."))
    if plan.closes_on < plan.opens_on:
        raise SurveyRefused("closes_on", _("Der letzte Tag liegt vor dem ersten."))
    if (plan.closes_on - plan.opens_on).days > 366:
        raise SurveyRefused("closes_on", _("Eine Welle dauert höchstens ein Jahr."))


def _check_open(wave: SurveyWave) -> None:
    if wave.completed_on is not None:
        raise SurveyRefused("", _("Diese Welle ist abgeschlossen und ändert sich nicht mehr."))


def count_issued(
    session: Session, wave: SurveyWave, group: SurveyGroup | None, sheets: int
) -> None:
    """Say how many sheets were handed out without a code, or people told of an open link.

    Raises `SurveyRefused`.
    """
    _check_open(wave)
    if not 0 <= sheets <= MOST_ISSUED:
        raise SurveyRefused(
            "issued", _("Bitte geben Sie eine Zahl von 0 bis {most} an.").format(most=MOST_ISSUED)
        )
    target = wave if group is None else group
    target.issued_sheets = sheets
    record(session, "survey.issued", "survey", wave.survey_id, number=wave.number, sheets=sheets)


def add_group(session: Session, wave: SurveyWave, title: str) -> SurveyGroup:
    """Add a group that is asked about one Einrichtung or person. Raises `SurveyRefused`."""
    _check_open(wave)
    title = " ".join(title.split())
    if not title or len(title) > 200:
        raise SurveyRefused("group", _("Bitte geben Sie einen Namen bis 200 Zeichen an."))
    groups = groups_of(session, wave)
    if any(one.title == title for one in groups):
        raise SurveyRefused("group", _("„{title}“ gibt es schon.").format(title=title))
    number = max((one.number for one in groups), default=0) + 1
    group = SurveyGroup(wave_id=wave.id, number=number, title=title)
    session.add(group)
    session.flush()
    record(session, "survey.group_added", "survey", wave.survey_id, number=wave.number)
    return group


def complete_wave(session: Session, wave: SurveyWave, day: date) -> None:
    """End the capture of a wave: no answer is added any more.

    The caller makes its result (`forms.surveys.evaluating.make_result`). The row must be locked.
    Raises `SurveyRefused` while it is open. Permission: can_edit Surveys.
    """
    _check_open(wave)
    if wave_state(wave, day) != "closed":
        raise SurveyRefused("", _("Erst nach dem letzten Tag lässt sich die Welle abschließen."))
    wave.completed_on = day
    session.flush()
    record(session, "survey.wave_completed", "survey", wave.survey_id, number=wave.number)


def list_surveys(session: Session) -> list[Survey]:
    """Return the surveys of the tenant, newest first."""
    return list(
        session.scalars(select(Survey).order_by(Survey.created_on.desc(), Survey.title, Survey.id))
    )


def find_survey(session: Session, survey_id: str) -> Survey:
    """Return a survey. Raises `SurveyUnknown`."""
    survey = session.scalars(select(Survey).where(Survey.id == survey_id)).first()
    if survey is None:
        raise SurveyUnknown(survey_id)
    return survey


def waves_of(session: Session, survey: Survey) -> list[SurveyWave]:
    """Return the waves of a survey in their order."""
    return list(
        session.scalars(
            select(SurveyWave).where(SurveyWave.survey_id == survey.id).order_by(SurveyWave.number)
        )
    )


def find_wave(session: Session, wave_id: str, *, lock: bool = False) -> SurveyWave:
    """Return a wave. Raises `SurveyUnknown`."""
    query = select(SurveyWave).where(SurveyWave.id == wave_id)
    if lock:
        query = query.with_for_update(of=SurveyWave)
    wave = session.scalars(query).first()
    if wave is None:
        raise SurveyUnknown(wave_id)
    return wave


def find_public_wave(session: Session, public_key: str) -> SurveyWave:
    """Return the wave with this public address. Raises `SurveyUnknown`."""
    wave = session.scalars(
        select(SurveyWave).where(SurveyWave.public_key == public_key.lower()[:20])
    ).first()
    if wave is None:
        raise SurveyUnknown(public_key)
    return wave


def groups_of(session: Session, wave: SurveyWave) -> list[SurveyGroup]:
    """Return the groups of a wave by their number."""
    return list(
        session.scalars(
            select(SurveyGroup).where(SurveyGroup.wave_id == wave.id).order_by(SurveyGroup.number)
        )
    )


def find_group(session: Session, wave: SurveyWave, group_id: str) -> SurveyGroup:
    """Return a group of a wave. Raises `SurveyUnknown`."""
    group = session.scalars(
        select(SurveyGroup).where(SurveyGroup.wave_id == wave.id, SurveyGroup.id == group_id)
    ).first()
    if group is None:
        raise SurveyUnknown(group_id)
    return group
