"""All Befragungen of a tenant, a new one, and the waves of one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from app import database
from app.security.access import requires
from app.security.manager import allowed
from app.views.surveys.room import (
    Page,
    Row,
    days_refused,
    survey_of,
    surveys,
    typed,
    typed_plan,
    wave_row,
)
from forms.models import FormVersion
from forms.publishing import definition_of, published_forms
from forms.surveys.fitness import survey_obstacles
from forms.surveys.models import ACCESS, Survey
from forms.surveys.retention import plan_tending
from forms.surveys.waves import (
    SurveyRefused,
    add_wave,
    create_survey,
    list_surveys,
    today,
    waves_of,
)
from tenants.language import _

Errors = list[dict[str, str]]
_NAMES = ("survey_title", "form", "contact", "title", "access", "opens_on", "closes_on")


@surveys.get("/")
@requires("can_read", "Surveys")
def index() -> str:
    """List the surveys with their waves."""
    session = database.session()
    return render_template(
        "surveys/index.html",
        surveys=[
            {
                "title": one.title,
                "form": one.form.title,
                "url": url_for("surveys.show", survey_id=one.id),
                "waves": [wave_row(wave) for wave in waves_of(session, one)],
            }
            for one in list_surveys(session)
        ],
        urls={"new": url_for("surveys.new") if allowed("can_edit", "Surveys") else ""},
    )


@surveys.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "Surveys")
def new() -> Page:
    """Create a survey with its first wave; lead to that."""
    fit, unfit = _forms()
    if request.method == "GET":
        return _new_page(fit, unfit, {"access": "invitation"}, [])
    version = next((one for one in fit if one.form.key == typed("form")), None)
    errors = days_refused()
    if version is None:
        errors.insert(0, {"html_id": "form", "text": _("Bitte wählen Sie einen Vordruck.")})
    plan = typed_plan(typed("access"))
    if not errors and version is not None and plan is not None:
        session = database.session()
        try:
            survey = create_survey(
                session, version, title=typed("survey_title"), contact=typed("contact", 500)
            )
            wave = add_wave(session, survey, version, plan)
            plan_tending(session, wave, today())
        except SurveyRefused as refused:
            session.rollback()
            field = "survey_title" if not typed("survey_title") else refused.field or "form"
            errors = [{"html_id": field, "text": str(refused)}]
        else:
            session.commit()
            flash(_("Die Befragung „{title}“ ist angelegt.").format(title=survey.title), "success")
            return redirect(url_for("surveys.wave", wave_id=wave.id))
    fit, unfit = _forms()
    return _new_page(fit, unfit, {name: typed(name, 500) for name in _NAMES}, errors), 422


def _forms() -> tuple[list[FormVersion], list[Row]]:
    """Return the forms that can be asked anonymously, and the others with the reason."""
    fit: list[FormVersion] = []
    unfit: list[Row] = []
    for version in published_forms(database.session()):
        obstacles = survey_obstacles(definition_of(version))
        if obstacles:
            unfit.append({"title": version.form.title, "reason": obstacles[0]})
        else:
            fit.append(version)
    return fit, unfit


def _new_page(
    fit: list[FormVersion], unfit: list[Row], entry: dict[str, str], errors: Errors
) -> str:
    return render_template(
        "surveys/new.html",
        forms=[{"value": one.form.key, "label": one.form.title} for one in fit],
        unfit=unfit,
        access=[{"value": value, "label": label} for value, label in ACCESS.items()],
        entry=entry,
        errors=errors,
        error_texts={one["html_id"]: one["text"] for one in errors},
        has_errors=bool(errors),
        urls={"overview": url_for("surveys.index"), "create": url_for("surveys.new")},
    )


@surveys.get("/<uuid:survey_id>")
@requires("can_read", "Surveys")
def show(survey_id: object) -> str:
    """Show the waves of a survey."""
    return _show_page(survey_of(survey_id), {"access": "invitation"}, [])


@surveys.post("/<uuid:survey_id>/welle")
@requires("can_edit", "Surveys")
def add(survey_id: object) -> Page:
    """Add a wave that asks with the version of the form that is in use now."""
    survey = survey_of(survey_id)
    session = database.session()
    errors = days_refused()
    plan = typed_plan(typed("access"))
    version = _version_in_use(survey)
    if version is None:
        errors = [{"html_id": "title", "text": _("Vom Vordruck ist keine Fassung in Gebrauch.")}]
    if not errors and plan is not None and version is not None:
        try:
            wave = add_wave(session, survey, version, plan)
            plan_tending(session, wave, today())
        except SurveyRefused as refused:
            session.rollback()
            errors = [{"html_id": refused.field or "title", "text": str(refused)}]
        else:
            session.commit()
            flash(_("Die Welle „{title}“ ist angelegt.").format(title=wave.title), "success")
            return redirect(url_for("surveys.wave", wave_id=wave.id))
    entry = {name: typed(name, 500) for name in _NAMES}
    return _show_page(survey_of(survey_id), entry, errors), 422


def _version_in_use(survey: Survey) -> FormVersion | None:
    found = published_forms(database.session())
    return next((one for one in found if one.form_id == survey.form_id), None)


def _show_page(survey: Survey, entry: dict[str, str], errors: Errors) -> str:
    waves = waves_of(database.session(), survey)
    completed = [wave for wave in waves if wave.completed_on is not None]
    return render_template(
        "surveys/show.html",
        survey={
            "title": survey.title,
            "form": survey.form.title,
            "contact": survey.contact,
        },
        waves=[wave_row(wave) for wave in waves],
        access=[{"value": value, "label": label} for value, label in ACCESS.items()],
        entry=entry,
        errors=errors,
        error_texts={one["html_id"]: one["text"] for one in errors},
        has_errors=bool(errors),
        may_edit=allowed("can_edit", "Surveys"),
        urls={
            "overview": url_for("surveys.index"),
            "add": url_for("surveys.add", survey_id=survey.id),
            "compare": url_for("surveys.compare", survey_id=survey.id)
            if len(completed) > 1
            else "",
        },
    )
