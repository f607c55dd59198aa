"""One wave: its days, who was asked, how many have answered, and its end."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from app import database
from app.security.access import requires
from app.security.manager import allowed
from app.views.surveys.room import (
    Page,
    Row,
    days_refused,
    group_of,
    percent_text,
    public_url,
    returns_row,
    status_of,
    surveys,
    threshold,
    typed,
    typed_number,
    typed_plan,
    wave_of,
)
from forms.german import format_date, format_integer
from forms.statistics.tables import DOT
from forms.surveys.evaluating import group_returns, make_result, returns_of
from forms.surveys.models import ACCESS, SurveyGroup, SurveyWave
from forms.surveys.retention import erasure_day, plan_tending
from forms.surveys.returns import percent
from forms.surveys.waves import (
    SurveyRefused,
    add_group,
    change_wave,
    complete_wave,
    count_issued,
    groups_of,
    today,
    wave_state,
)
from tenants.language import _

Errors = list[dict[str, str]]


@surveys.get("/welle/<uuid:wave_id>")
@requires("can_read", "Surveys")
def wave(wave_id: object) -> str:
    """Show a wave with its Rücklauf."""
    return wave_page(wave_of(wave_id), [])


@surveys.post("/welle/<uuid:wave_id>/aendern")
@requires("can_edit", "Surveys")
def change(wave_id: object) -> Page:
    """Change name and days of a wave."""
    found = wave_of(wave_id, lock=True)
    plan, errors = typed_plan(found.access), days_refused()
    if plan is not None and not errors:
        try:
            change_wave(database.session(), found, plan)
            plan_tending(database.session(), found, today())
        except SurveyRefused as refused:
            return refused_page(wave_id, refused, "title")
        database.session.commit()
        flash(_("Gespeichert."), "success")
        return redirect(url_for("surveys.wave", wave_id=wave_id))
    database.session.rollback()
    return wave_page(wave_of(wave_id), errors), 422


@surveys.post("/welle/<uuid:wave_id>/gruppe")
@requires("can_edit", "Surveys")
def group(wave_id: object) -> Page:
    """Add a group."""
    found = wave_of(wave_id, lock=True)
    try:
        added = add_group(database.session(), found, typed("group"))
    except SurveyRefused as refused:
        return refused_page(wave_id, refused, "group")
    database.session.commit()
    flash(_("Die Gruppe „{title}“ ist angelegt.").format(title=added.title), "success")
    return redirect(url_for("surveys.wave", wave_id=wave_id, _anchor="gruppen"))


@surveys.post("/welle/<uuid:wave_id>/ausgegeben")
@requires("can_edit", "Surveys")
def count_sheets(wave_id: object) -> Page:
    """Say how many were asked without a code, in a group or without."""
    found = wave_of(wave_id, lock=True)
    target = group_of(found, request.form["group_id"]) if typed("group_id") else None
    try:
        count_issued(database.session(), found, target, typed_number("issued"))
    except SurveyRefused as refused:
        return refused_page(wave_id, refused, "issued")
    database.session.commit()
    flash(_("Gespeichert."), "success")
    return redirect(url_for("surveys.wave", wave_id=wave_id))


@surveys.post("/welle/<uuid:wave_id>/abschliessen")
@requires("can_edit", "Surveys")
def complete(wave_id: object) -> Page:
    """End the capture; from now on there is a result."""
    found = wave_of(wave_id, lock=True)
    session = database.session()
    try:
        complete_wave(session, found, today())
    except SurveyRefused as refused:
        return refused_page(wave_id, refused, "")
    make_result(session, found, today(), threshold())
    plan_tending(session, found, today())
    session.commit()
    flash(_("Die Welle ist abgeschlossen. Hier ist das Ergebnis."), "success")
    return redirect(url_for("surveys.result", wave_id=wave_id))


def refused_page(wave_id: object, refused: SurveyRefused, field: str) -> Page:
    """Show the wave with what was refused, at its control."""
    database.session.rollback()
    html_id = refused.field or field
    return wave_page(wave_of(wave_id), [{"html_id": html_id, "text": str(refused)}]), 422


def wave_page(found: SurveyWave, errors: Errors) -> str:
    """Draw the page of a wave; what was typed stands there again."""
    session = database.session()
    groups = groups_of(session, found)
    state = wave_state(found, today())
    entry = {name: typed(name) for name in ("title", "opens_on", "closes_on", "group", "count",
                                            "issued")}  # fmt: skip
    stored = {
        "title": found.title,
        "opens_on": format_date(found.opens_on),
        "closes_on": format_date(found.closes_on),
        "issued": str(found.issued_sheets),
    }
    is_link = found.access == "link"
    return render_template(
        "surveys/wave.html",
        wave={
            "title": found.title,
            "number": found.number,
            "status": status_of(found),
            "state": state,
            "days": f"{format_date(found.opens_on)} – {format_date(found.closes_on)}",
            "access": ACCESS[found.access],
            "is_link": is_link,
            "version": found.form_version.number,
            "erased": format_date(found.erased_on) if found.erased_on else "",
            "erasure": format_date(erasure_day(found)),
            "issued_codes": found.issued_codes,
        },
        survey={"title": found.survey.title, "form": found.form_version.form.title},
        returns=returns_row(returns_of(session, found)) if found.erased_on is None else None,
        groups=_group_rows(found, groups),
        group_choices=[{"value": one.id, "label": one.title} for one in groups],
        entry={name: entry[name] or stored.get(name, "") for name in entry}
        if errors
        else {**dict.fromkeys(entry, ""), **stored},
        chosen_group=typed("group_id"),
        errors=errors,
        error_texts={one["html_id"]: one["text"] for one in errors},
        has_errors=bool(errors),
        threshold=threshold(),
        may={
            "edit": allowed("can_edit", "Surveys") and state != "completed",
            "capture": allowed("can_capture", "Surveys") and state in ("open", "closed"),
            "complete": allowed("can_edit", "Surveys") and state == "closed",
        },
        public_url=public_url(f"{found.public_key}/" if is_link else ""),
        urls=_urls(found),
    )


def _group_rows(found: SurveyWave, groups: list[SurveyGroup]) -> list[Row]:
    if found.erased_on is not None or not groups:
        return []
    by_title = {one.title: one for one in groups}
    rows: list[Row] = []
    for one in group_returns(database.session(), found, threshold()):
        group = by_title.get(one.title)
        share = None if one.returned is None else percent(one.returned, one.issued)
        rows.append(
            {
                "title": one.title,
                "issued": format_integer(one.issued),
                "returned": DOT if one.returned is None else format_integer(one.returned),
                "percent": percent_text(share),
                "released": format_date(group.released_on) if group and group.released_on else "",
                "url": url_for("surveys.report", wave_id=found.id, group_id=group.id)
                if group and found.completed_on is not None
                else "",
            }
        )
    return rows


def _urls(found: SurveyWave) -> dict[str, str]:
    names = {
        "change": "surveys.change",
        "codes": "surveys.issue",
        "group": "surveys.group",
        "issued": "surveys.count_sheets",
        "complete": "surveys.complete",
        "paper": "surveys.paper",
    }
    urls = {name: url_for(endpoint, wave_id=found.id) for name, endpoint in names.items()}
    urls["overview"] = url_for("surveys.index")
    urls["survey"] = url_for("surveys.show", survey_id=found.survey_id)
    urls["result"] = (
        url_for("surveys.result", wave_id=found.id) if found.completed_on is not None else ""
    )
    urls["print"] = (
        url_for("form_prints.show", form_key=found.form_version.form.key)
        if allowed("can_fill", "Submissions")
        else ""
    )
    return urls
