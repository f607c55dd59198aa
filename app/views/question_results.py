"""Single questions of a form, counted: several answers, scales, matrices, fields in rows."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for

from app import database
from app.security.access import current_actor, requires
from app.views.drawn_results import drawn_question
from app.views.evaluation_form import Options, posted_settings, setting_controls
from app.views.evaluations import OFFICE, Page, may_choose_freely
from forms.lists.conditions import FormTable
from forms.lists.saving import named_views
from forms.lists.searching import SearchTooSlow, find_form_table
from forms.models import Form
from forms.publishing import FormUnknown
from forms.statistics.questions import Counted, count_question, possible_questions
from forms.statistics.settings import Settings, SettingsRefused
from forms.statistics.tables import TooManyGroups

question_results = Blueprint("question_results", __name__, url_prefix="/auswertungen")

LONGEST = 40


@question_results.get("/<form_key>/fragen")
@requires("can_read", "Evaluations")
def show(form_key: str) -> Page:
    """Count the answers to one question, of a matrix those of each row."""
    session = database.session()
    try:
        form, table = find_form_table(session, form_key, OFFICE)
    except FormUnknown:
        abort(404)
    settings = posted_settings(request.args, may_choose_freely())
    wanted = request.args.get("frage", "")[:LONGEST]
    found: list[Counted] = []
    problem, field = "", ""
    if wanted:
        try:
            threshold = current_actor().tenant.smallest_figure
            found = count_question(session, table, wanted, settings, threshold=threshold)
        except SettingsRefused as error:
            problem, field = str(error), error.field
        except (SearchTooSlow, TooManyGroups) as error:
            problem = str(error)
    page = _page(form, table, settings, wanted, found, (problem, field))
    return (page, 422) if field else page


def _page(
    form: Form,
    table: FormTable,
    settings: Settings,
    wanted: str,
    found: list[Counted],
    problem: tuple[str, str],
) -> str:
    is_free = may_choose_freely()
    views = named_views(database.session(), form.id) if is_free else []
    choices: Options = [
        {"value": one.value, "label": one.label, "selected": one.value == wanted}
        for one in possible_questions(table)
    ]
    text, field = problem
    return render_template(
        "evaluations/questions.html",
        form={"title": form.title},
        controls={"frage": choices, "ansicht": setting_controls(table, settings, views)["ansicht"]},
        settings=settings,
        is_free=is_free,
        error={"field": field, "text": text} if field else None,
        problem="" if field else text,
        items=[
            drawn_question(one.item, one.result, number, one.median)
            for number, one in enumerate(found)
        ],
        threshold=current_actor().tenant.smallest_figure,
        urls={
            "overview": url_for("evaluations.index"),
            "form": url_for("evaluations.show", form_key=form.key),
            "questions": url_for("question_results.show", form_key=form.key),
        },
    )
