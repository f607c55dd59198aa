"""What came of a wave: every question, two questions together, and waves beside each other."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from markupsafe import Markup

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.drawn_results import (
    count_text,
    drawn_question,
    drawn_result,
    mean_text,
    share_text,
)
from app.views.surveys.room import (
    Page,
    Row,
    returns_row,
    survey_of,
    surveys,
    threshold,
    wave_of,
)
from document_templates.committee_papers import DOCX_TYPE, Paper, committee_paper
from forms.expressions.rounding import round_half_up
from forms.german import format_date
from forms.statistics.charts import chart
from forms.statistics.tables import ResultTable, Shown, TooManyGroups
from forms.surveys.counting import ItemResult
from forms.surveys.evaluating import (
    ResultMissing,
    cross_table,
    crossable_items,
    keep_cross_table,
    result_of,
)
from forms.surveys.models import SurveyWave
from forms.surveys.results import Compared, WaveResult, compare_waves
from forms.surveys.waves import SurveyRefused, today, waves_of
from tenants.language import _


@surveys.get("/welle/<uuid:wave_id>/auswertung")
@requires("can_read", "Surveys")
def result(wave_id: object) -> Page:
    """Show the result of a completed wave, and two of its questions together."""
    found = wave_of(wave_id)
    known = _result(found)
    if known is None:
        return _not_yet(found)
    rows, columns = request.args.get("zeilen", ""), request.args.get("spalten", "")
    crossed, problem = None, ""
    if rows or columns:
        try:
            crossed = cross_table(database.session(), found, rows, columns, threshold())
        except (SurveyRefused, TooManyGroups) as error:
            problem = str(error)
    page = _result_page(found, known, crossed, problem, (rows, columns))
    return (page, 422) if problem else page


def _result(found: SurveyWave) -> WaveResult | None:
    """Return the result of a wave, None before its completion."""
    try:
        return result_of(database.session(), found)
    except ResultMissing:
        return None


def _not_yet(found: SurveyWave) -> Page:
    flash(_("Ein Ergebnis gibt es, wenn die Welle abgeschlossen ist."), "info")
    return redirect(url_for("surveys.wave", wave_id=found.id))


def _result_page(
    found: SurveyWave,
    known: WaveResult,
    crossed: ResultTable | None,
    problem: str,
    chosen: tuple[str, str],
) -> str:
    may_cross = found.erased_on is None
    items = crossable_items(found) if may_cross else []
    return render_template(
        "surveys/result.html",
        survey={"title": found.survey.title},
        wave={
            "title": found.title,
            "completed": format_date(found.completed_on) if found.completed_on else "",
        },
        returns=returns_row(known.returns),
        threshold=known.threshold,
        items=[
            drawn_question(item, said, number) for number, (item, said) in enumerate(known.items)
        ],
        kept=[
            drawn_result(table, identity=f"behalten-{n}")
            for n, table in enumerate(known.cross_tables)
        ],
        crossed=drawn_result(crossed, identity="kreuz") if crossed is not None else None,
        problem=problem,
        choices=[{"value": item.id, "label": item.label} for item in items],
        chosen={"rows": chosen[0], "columns": chosen[1]},
        may_keep=allowed("can_edit", "Surveys") and list(chosen) not in found.cross_tables,
        urls={
            "overview": url_for("surveys.index"),
            "survey": url_for("surveys.show", survey_id=found.survey_id),
            "wave": url_for("surveys.wave", wave_id=found.id),
            "result": url_for("surveys.result", wave_id=found.id),
            "keep": url_for("surveys.keep_table", wave_id=found.id),
            "paper": url_for("surveys.draft_paper", wave_id=found.id),
        },
    )


@surveys.post("/welle/<uuid:wave_id>/tabelle")
@requires("can_edit", "Surveys")
def keep_table(wave_id: object) -> Page:
    """Keep a table beyond the single answers."""
    found = wave_of(wave_id, lock=True)
    known = _result(found)
    if known is None:
        return _not_yet(found)
    rows, columns = request.form.get("zeilen", ""), request.form.get("spalten", "")
    try:
        keep_cross_table(database.session(), found, rows, columns, threshold())
    except (SurveyRefused, TooManyGroups) as error:
        database.session.rollback()
        page = _result_page(wave_of(wave_id), known, None, str(error), (rows, columns))
        return page, 422
    database.session.commit()
    flash(_("Die Tabelle gehört jetzt zum Ergebnis."), "success")
    return redirect(url_for("surveys.result", wave_id=wave_id, _anchor="zusammen"))


@surveys.get("/welle/<uuid:wave_id>/vorlage.docx")
@requires("can_read", "Surveys")
def draft_paper(wave_id: object) -> Page:
    """Hand out the draft of a Vorlage for the committee, with the result in it."""
    found = wave_of(wave_id)
    known = _result(found)
    if known is None:
        return _not_yet(found)
    tenant = current_actor().tenant
    paper = Paper(
        committee=tenant.committee,
        office=f"{tenant.name}, {tenant.office}".rstrip(", "),
        title=found.survey.title,
        wave=found.title,
        period=f"{format_date(found.opens_on)} bis {format_date(found.closes_on)}",
        made_on=format_date(today()),
        result=known,
    )
    response = Response(committee_paper(paper), mimetype=DOCX_TYPE)
    name = f"vorlage-{found.survey.form.key}-welle-{found.number}.docx"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# ---- waves beside each other


@surveys.get("/<uuid:survey_id>/vergleich")
@requires("can_read", "Surveys")
def compare(survey_id: object) -> Page:
    """Show the completed waves beside each other, question by question."""
    survey = survey_of(survey_id)
    session = database.session()
    waves = [one for one in waves_of(session, survey) if one.completed_on is not None]
    if len(waves) < 2:
        flash(_("Zum Vergleichen braucht es zwei abgeschlossene Wellen."), "info")
        return redirect(url_for("surveys.show", survey_id=survey.id))
    results = [result_of(session, one) for one in waves]
    return render_template(
        "surveys/compare.html",
        survey={"title": survey.title},
        waves=[{"title": one.title, "returns": returns_row(known.returns)}
               for one, known in zip(waves, results, strict=True)],
        items=[
            _compared_row(one, [wave.title for wave in waves], number)
            for number, one in enumerate(compare_waves(results))
        ],
        threshold=results[-1].threshold,
        urls={
            "overview": url_for("surveys.index"),
            "survey": url_for("surveys.show", survey_id=survey.id),
        },
    )  # fmt: skip


def _compared_row(compared: Compared, titles: list[str], number: int) -> Row:
    labels = [option.label for option in compared.item.options]
    shown = [
        (title, said)
        for title, said in zip(titles, compared.results, strict=True)
        if said is not None
    ]
    table = ResultTable(
        row_heading=compared.item.label,
        column_heading=_("Welle"),
        measure=_("Anteil in Prozent"),
        rows=tuple(labels),
        columns=tuple(title for title, _said in shown),
        cells=tuple(
            tuple(_whole_share(said, place) for _title, said in shown)
            for place in range(len(labels))
        ),
        row_totals=(),
        column_totals=(),
        total=Shown(),
        is_withheld=False,
        threshold=0,
    )
    return {
        "label": compared.item.label,
        "section": compared.item.section,
        "is_comparable": compared.is_comparable,
        "changed": [title for title, one in zip(titles, compared.changed, strict=True) if one],
        "waves": [title for title, _said in shown],
        "chart": Markup(chart(table, identity=f"vergleich-{number}"))  # noqa: S704
        if compared.is_comparable
        else "",
        "rows": [
            {
                "label": label,
                "cells": [
                    {
                        "count": count_text(said.rows[place].count),
                        "share": share_text(said.rows[place]),
                    }
                    for _title, said in shown
                ],
            }
            for place, label in enumerate(labels)
        ],
        "means": [mean_text(said) or "–" for _title, said in shown]
        if compared.item.has_mean
        else [],
        "answered": [count_text(said.answered) for _title, said in shown],
    }


def _whole_share(said: ItemResult, place: int) -> Shown:
    share = said.rows[place].share
    if share is None:
        return Shown()
    return Shown(0, round_half_up(share, 0))
