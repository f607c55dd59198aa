"""Sheets that came back on paper, typed in one after the other."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from app import database
from app.security.access import requires
from app.views.surveys.room import Page, group_of, surveys, typed, wave_of
from forms.definition import FormDefinition
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from forms.input import InputError, read_page
from forms.presentation import present_page
from forms.surveys.evaluating import returns_of
from forms.surveys.models import SurveyWave
from forms.surveys.paper import PAPER_PAGE, capture_sheet, paper_form
from forms.surveys.waves import SurveyRefused, groups_of, today, wave_state
from tenants.database import new_id
from tenants.language import _

OWN_NAMES = frozenset({"csrf_token", "group_id"})


@surveys.get("/welle/<uuid:wave_id>/papier")
@requires("can_capture", "Surveys")
def paper(wave_id: object) -> Page:
    """Show an empty sheet; the group of the last one stays chosen."""
    found = wave_of(wave_id)
    if not _takes_sheets(found):
        return _refused(found)
    form = paper_form(found.form_version.definition)
    return _page(found, form, {}, {}, (), request.args.get("gruppe", ""))


@surveys.post("/welle/<uuid:wave_id>/papier")
@requires("can_capture", "Surveys")
def capture(wave_id: object) -> Page:
    """Take a sheet and show the next empty one; what cannot be read stays where it was typed."""
    found = wave_of(wave_id, lock=True)
    if not _takes_sheets(found):
        return _refused(found)
    group = group_of(found, request.form["group_id"]) if typed("group_id") else None
    form = paper_form(found.form_version.definition)
    is_evaluable = request.form.get("__action") != "unusable"
    posted = {name: values for name, values in request.form.lists() if name not in OWN_NAMES}
    entry = read_page(
        form, PAPER_PAGE, posted, {}, new_row_id=new_id, file_names=tuple(request.files)
    )
    if is_evaluable and entry.errors:
        return _page(
            found, form, entry.answers, entry.invalid, entry.errors, typed("group_id")
        ), 422
    try:
        capture_sheet(database.session(), found, group, entry.answers, is_evaluable=is_evaluable)
    except SurveyRefused as refused:
        database.session.rollback()
        errors = (InputError("", str(refused)),)
        again = _page(wave_of(wave_id), form, entry.answers, {}, errors, typed("group_id"))
        return again, 422
    database.session.commit()
    flash(_("Der Bogen ist erfasst. Hier ist der nächste."), "success")
    return redirect(url_for("surveys.paper", wave_id=wave_id, gruppe=typed("group_id") or None))


def _takes_sheets(found: SurveyWave) -> bool:
    """Say whether sheets may come back: the wave has begun and is not completed."""
    return wave_state(found, today()) in ("open", "closed")


def _refused(found: SurveyWave) -> Page:
    flash(_("Diese Welle nimmt keine Bögen auf."), "info")
    return redirect(url_for("surveys.wave", wave_id=found.id))


def _page(
    found: SurveyWave,
    form: FormDefinition,
    answers: dict[str, Json],
    invalid: dict[str, str],
    errors: tuple[InputError, ...],
    chosen: str,
) -> str:
    session = database.session()
    evaluation = evaluate(form, answers, stage="draft", invalid=invalid)
    view = present_page(form, PAPER_PAGE, evaluation, invalid)
    shown = {link.path: link.html_id for link in view.errors}
    return render_template(
        "surveys/paper.html",
        survey={"title": found.survey.title},
        wave={"title": found.title},
        view=view,
        captured=returns_of(session, found).paper,
        groups=[
            {"value": one.id, "label": one.title, "selected": one.id == chosen}
            for one in groups_of(session, found)
        ],
        links=[{"html_id": shown.get(one.path, ""), "text": one.text} for one in errors],
        has_errors=bool(errors),
        urls={
            "overview": url_for("surveys.index"),
            "survey": url_for("surveys.show", survey_id=found.survey_id),
            "wave": url_for("surveys.wave", wave_id=found.id),
            "capture": url_for("surveys.capture", wave_id=found.id),
        },
    )
