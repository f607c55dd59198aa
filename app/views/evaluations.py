"""Evaluations: what was submitted, counted by group, small figures hidden."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.drawn_results import drawn_result
from app.views.evaluation_form import posted_settings, query_of, setting_controls
from app.views.presenting import moment
from forms.exports.result_file import write_result_csv, write_result_workbook
from forms.lists.conditions import FormTable
from forms.lists.saving import named_views
from forms.lists.searching import SearchTooSlow, find_form_table
from forms.models import Form
from forms.publishing import FormUnknown, published_forms
from forms.statistics.charts import number_text
from forms.statistics.counting import count_submissions
from forms.statistics.models import SavedEvaluation
from forms.statistics.questions import possible_questions
from forms.statistics.saving import (
    EvaluationRefused,
    EvaluationUnknown,
    delete_evaluation,
    find_evaluation,
    find_result,
    freeze_result,
    frozen_results,
    save_evaluation,
    saved_evaluations,
)
from forms.statistics.settings import Settings, SettingsRefused, load_settings
from forms.statistics.tables import ResultTable, TooManyGroups
from forms.viewer import Viewer
from tenants.language import _

evaluations = Blueprint("evaluations", __name__, url_prefix="/auswertungen")

Page = str | Response | tuple[str, int]
OFFICE = Viewer(frozenset({"fachkraft"}))
"""Figures are made of what the office's Fachkraft may see, whoever looks at them."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Result:
    """An evaluation's table, or why there is none."""

    table: ResultTable | None = None
    problem: str = ""
    field: str = ""


def may_choose_freely() -> bool:
    """Say whether the person may filter: only who may see the single submissions anyway.

    Two evaluations that differ by a few submissions tell what these say.
    """
    return allowed("can_list", "Submissions")


@evaluations.get("/")
@requires("can_read", "Evaluations")
def index() -> str:
    """List the forms and the saved evaluations."""
    session = database.session()
    forms = {version.form_id: version.form for version in published_forms(session)}
    saved = saved_evaluations(session)
    return render_template(
        "evaluations/index.html",
        forms=[
            {
                "title": form.title,
                "url": url_for("evaluations.show", form_key=form.key),
                "saved": [
                    {"title": one.title, "url": _saved_url(form, one)}
                    for one in saved
                    if one.form_id == form.id
                ],
            }
            for form in forms.values()
        ],
    )


def _saved_url(form: Form, saved: SavedEvaluation) -> str:
    return url_for("evaluations.saved", form_key=form.key, evaluation_id=saved.id)


def _open(form_key: str) -> tuple[Form, FormTable]:
    try:
        return find_form_table(database.session(), form_key, OFFICE)
    except FormUnknown:
        abort(404)


@evaluations.get("/<form_key>")
@requires("can_read", "Evaluations")
def show(form_key: str) -> Page:
    """Count by what the address names; names of people never stand there."""
    form, table = _open(form_key)
    settings = posted_settings(request.args, may_choose_freely())
    result = _count(table, settings)
    if result.table is not None and request.args.get("ausgabe"):
        return _file(form, result.table)
    page = _settings_page(form, table, settings, result)
    return (page, 422) if result.field else page


def _count(table: FormTable, settings: Settings) -> Result:
    try:
        threshold = current_actor().tenant.smallest_figure
        found = count_submissions(database.session(), table, settings, threshold=threshold)
        return Result(found)
    except SettingsRefused as error:
        return Result(problem=str(error), field=error.field)
    except (TooManyGroups, SearchTooSlow) as error:
        return Result(problem=str(error))


def _settings_page(form: Form, table: FormTable, settings: Settings, result: Result) -> str:
    session = database.session()
    is_free = may_choose_freely()
    views = named_views(session, form.id) if is_free else []
    address = url_for("evaluations.show", form_key=form.key)
    query = query_of(settings)
    return render_template(
        "evaluations/show.html",
        form={"title": form.title},
        controls=setting_controls(table, settings, views),
        settings=settings,
        is_free=is_free,
        error={"field": result.field, "text": result.problem} if result.field else None,
        problem="" if result.field else result.problem,
        result=drawn_result(result.table, settings.rows) if result.table else None,
        downloads=_downloads(f"{address}?{query}&") if result.table else [],
        saved=[
            {"title": one.title, "url": _saved_url(form, one)}
            for one in saved_evaluations(session, form.id)
        ],
        urls={
            "overview": url_for("evaluations.index"),
            "show": address,
            "questions": url_for("question_results.show", form_key=form.key)
            if possible_questions(table)
            else "",
            "save": url_for("evaluations.save", form_key=form.key)
            if allowed("can_edit", "Evaluations")
            else "",
        },
    )


def _downloads(address: str) -> list[dict[str, str]]:
    return [
        {"label": _("Tabelle als Arbeitsmappe (XLSX)"), "url": f"{address}ausgabe=xlsx"},
        {"label": _("Tabelle als CSV"), "url": f"{address}ausgabe=csv"},
    ]


def _file(form: Form, table: ResultTable) -> Response:
    kind = request.args.get("ausgabe", "")
    if kind not in ("csv", "xlsx"):
        abort(404)
    # It is closed with the response that sends it.
    target = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    if kind == "csv":
        write_result_csv(table, target)
    else:
        write_result_workbook(table, target)
    target.seek(0)
    return send_file(
        target,
        mimetype="text/csv; charset=utf-8" if kind == "csv" else XLSX,
        as_attachment=True,
        download_name=f"auswertung-{form.key}.{kind}",
    )


@evaluations.post("/<form_key>/speichern")
@requires("can_edit", "Evaluations")
def save(form_key: str) -> Response:
    """Keep an evaluation for everybody in the office."""
    form, table = _open(form_key)
    settings = posted_settings(request.form, may_choose_freely())
    try:
        saved = save_evaluation(database.session(), table, request.form.get("titel", ""), settings)
    except (EvaluationRefused, SettingsRefused) as error:
        database.session.rollback()
        flash(str(error), "warning")
        address = url_for("evaluations.show", form_key=form_key)
        return redirect(f"{address}?{query_of(settings)}")
    database.session.commit()
    flash(_("Die Auswertung ist gespeichert."), "success")
    return redirect(_saved_url(form, saved))


def _find(form: Form, evaluation_id: UUID) -> SavedEvaluation:
    try:
        return find_evaluation(database.session(), form.id, str(evaluation_id))
    except EvaluationUnknown:
        abort(404)


@evaluations.get("/<form_key>/<uuid:evaluation_id>")
@requires("can_read", "Evaluations")
def saved(form_key: str, evaluation_id: UUID) -> Page:
    """Show a saved evaluation as it is now, and what was frozen of it."""
    form, table = _open(form_key)
    evaluation = _find(form, evaluation_id)
    settings = load_settings(evaluation.settings)
    result = _count(table, settings)
    if result.table is not None and request.args.get("ausgabe"):
        return _file(form, result.table)
    may_edit = allowed("can_edit", "Evaluations")
    own = _saved_url(form, evaluation)
    return render_template(
        "evaluations/saved.html",
        form={"title": form.title},
        title=evaluation.title,
        settings=settings,
        problem=result.problem,
        result=drawn_result(result.table, settings.rows) if result.table else None,
        downloads=_downloads(f"{own}?") if result.table else [],
        frozen=[
            {
                "when": moment(one.taken_at),
                "is_outdated": one.is_outdated,
                "url": url_for(
                    "evaluations.frozen",
                    form_key=form.key,
                    evaluation_id=evaluation.id,
                    result_id=one.id,
                ),
            }
            for one in frozen_results(database.session(), evaluation.id)
        ],
        urls={
            "overview": url_for("evaluations.index"),
            "form": url_for("evaluations.show", form_key=form.key),
            "freeze": url_for("evaluations.freeze", form_key=form.key, evaluation_id=evaluation.id)
            if may_edit
            else "",
            "delete": url_for("evaluations.remove", form_key=form.key, evaluation_id=evaluation.id)
            if may_edit
            else "",
        },
    )


@evaluations.post("/<form_key>/<uuid:evaluation_id>/festhalten")
@requires("can_edit", "Evaluations")
def freeze(form_key: str, evaluation_id: UUID) -> Response:
    """Freeze the result as it is now."""
    form, table = _open(form_key)
    evaluation = _find(form, evaluation_id)
    try:
        result = freeze_result(
            database.session(),
            table,
            evaluation,
            threshold=current_actor().tenant.smallest_figure,
        )
    except (SettingsRefused, TooManyGroups, SearchTooSlow) as error:
        database.session.rollback()
        flash(str(error), "warning")
        return redirect(request.referrer or url_for("evaluations.show", form_key=form_key))
    database.session.commit()
    return redirect(
        url_for(
            "evaluations.frozen",
            form_key=form_key,
            evaluation_id=evaluation_id,
            result_id=result.id,
        )
    )


@evaluations.post("/<form_key>/<uuid:evaluation_id>/loeschen")
@requires("can_edit", "Evaluations")
def remove(form_key: str, evaluation_id: UUID) -> Response:
    """Delete a saved evaluation with its frozen results."""
    form, _table = _open(form_key)
    _find(form, evaluation_id)
    delete_evaluation(database.session(), form.id, str(evaluation_id))
    database.session.commit()
    flash(_("Die Auswertung ist gelöscht."), "success")
    return redirect(url_for("evaluations.show", form_key=form_key))


@evaluations.get("/<form_key>/<uuid:evaluation_id>/ergebnis/<uuid:result_id>")
@requires("can_read", "Evaluations")
def frozen(form_key: str, evaluation_id: UUID, result_id: UUID) -> Page:
    """Show a frozen result."""
    form, _table = _open(form_key)
    evaluation = _find(form, evaluation_id)
    try:
        result = find_result(database.session(), evaluation.id, str(result_id))
    except EvaluationUnknown:
        abort(404)
    if request.args.get("ausgabe"):
        return _file(form, result.table)
    own = _saved_url(form, evaluation)
    return render_template(
        "evaluations/frozen.html",
        form={"title": form.title},
        title=result.title,
        when=moment(result.taken_at),
        versions=", ".join(str(one) for one in result.versions),
        submissions=""
        if result.table.total.submissions is None
        else number_text(Decimal(result.submissions)),
        is_outdated=result.is_outdated,
        result=drawn_result(result.table, load_settings(evaluation.settings).rows),
        downloads=_downloads(f"{own}/ergebnis/{result.id}?"),
        urls={"overview": url_for("evaluations.index"), "evaluation": own},
    )
