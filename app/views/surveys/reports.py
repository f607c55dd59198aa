"""The report about one group: told first, released by the Fachberatung, read by the office."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.surveys.room import Page, Row, group_of, surveys, threshold, typed, wave_of
from forms.german import format_date, format_decimal, format_integer, read_date
from forms.surveys.evaluating import ResultMissing
from forms.surveys.models import SurveyGroup, SurveyWave
from forms.surveys.releasing import note_information, release_report, report_of
from forms.surveys.results import GroupMean
from forms.surveys.waves import SurveyRefused, today
from tenants.language import _

Errors = list[dict[str, str]]


@surveys.get("/welle/<uuid:wave_id>/gruppe/<uuid:group_id>")
@requires("can_read", "Surveys")
def report(wave_id: object, group_id: object) -> str:
    """Show the report if it is released, else what has to be done before."""
    found = wave_of(wave_id)
    return _page(found, group_of(found, group_id), [])


@surveys.post("/welle/<uuid:wave_id>/gruppe/<uuid:group_id>/informiert")
@requires("can_release", "Surveys")
def inform(wave_id: object, group_id: object) -> Page:
    """Note the day on which those whom the report is about were told."""
    found = wave_of(wave_id, lock=True)
    group = group_of(found, group_id)
    day = read_date(typed("informed_on"))
    if day is None or not 2000 <= day.year <= 2199:
        text = _("Bitte geben Sie einen Tag wie 31.03.2027 an.")
        return _page(found, group, [{"html_id": "informed_on", "text": text}]), 422
    try:
        note_information(database.session(), found, group, day, today())
    except SurveyRefused as refused:
        return _refused(wave_id, group_id, refused)
    database.session.commit()
    flash(_("Gespeichert."), "success")
    return redirect(url_for("surveys.report", wave_id=wave_id, group_id=group_id))


@surveys.post("/welle/<uuid:wave_id>/gruppe/<uuid:group_id>/freigeben")
@requires("can_release", "Surveys")
def release(wave_id: object, group_id: object) -> Page:
    """Release the report."""
    found = wave_of(wave_id, lock=True)
    group = group_of(found, group_id)
    try:
        release_report(database.session(), found, group, today(), threshold(), current_actor().name)
    except SurveyRefused as refused:
        return _refused(wave_id, group_id, refused)
    database.session.commit()
    flash(_("Der Bericht ist freigegeben."), "success")
    return redirect(url_for("surveys.report", wave_id=wave_id, group_id=group_id))


def _refused(wave_id: object, group_id: object, refused: SurveyRefused) -> Page:
    database.session.rollback()
    found = wave_of(wave_id)
    html_id = refused.field if refused.field == "informed_on" else ""
    return _page(
        found, group_of(found, group_id), [{"html_id": html_id, "text": str(refused)}]
    ), 422


def _page(found: SurveyWave, group: SurveyGroup, errors: Errors) -> str:
    try:
        means: tuple[GroupMean, ...] = report_of(database.session(), found, group)
    except (SurveyRefused, ResultMissing):
        means = ()
    return render_template(
        "surveys/report.html",
        survey={"title": found.survey.title},
        wave={
            "title": found.title,
            "is_completed": found.completed_on is not None,
            "is_erased": found.erased_on is not None,
        },
        group={
            "title": group.title,
            "informed_on": format_date(group.informed_on) if group.informed_on else "",
            "released_on": format_date(group.released_on) if group.released_on else "",
            "released_by": group.released_by_name,
        },
        means=[_row(one) for one in means],
        entry={"informed_on": typed("informed_on")},
        errors=errors,
        has_errors=bool(errors),
        may_release=allowed("can_release", "Surveys"),
        urls={
            "overview": url_for("surveys.index"),
            "survey": url_for("surveys.show", survey_id=found.survey_id),
            "wave": url_for("surveys.wave", wave_id=found.id),
            "inform": url_for("surveys.inform", wave_id=found.id, group_id=group.id),
            "release": url_for("surveys.release", wave_id=found.id, group_id=group.id),
        },
    )


def _row(mean: GroupMean) -> Row:
    return {
        "label": mean.label,
        "answered": format_integer(mean.answered) if mean.answered is not None else "·",
        "mean": format_decimal(mean.mean, 1) if mean.mean is not None else "·",
        "whole": format_decimal(mean.whole_mean, 1) if mean.whole_mean is not None else "–",
    }
