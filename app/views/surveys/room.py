"""The room of Befragungen: what its pages share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, current_app, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor
from forms.german import format_date, format_decimal, format_integer, read_date
from forms.surveys.models import ACCESS, Survey, SurveyGroup, SurveyWave
from forms.surveys.returns import Returns
from forms.surveys.waves import (
    WAVE_STATES,
    SurveyUnknown,
    WavePlan,
    WaveState,
    find_group,
    find_survey,
    find_wave,
    today,
    wave_state,
)
from tenants.language import _

surveys = Blueprint("surveys", __name__, url_prefix="/befragungen")

Page = str | Response | tuple[str, int]
Row = dict[str, object]
STATE_KINDS: dict[WaveState, str] = {
    "planned": "neutral",
    "open": "info",
    "closed": "warning",
    "completed": "success",
}


def survey_of(survey_id: object) -> Survey:
    """Return a survey of the tenant. 404 for any other."""
    try:
        return find_survey(database.session(), str(survey_id))
    except SurveyUnknown:
        abort(404)


def wave_of(wave_id: object, *, lock: bool = False) -> SurveyWave:
    """Return a wave of the tenant. 404 for any other."""
    try:
        return find_wave(database.session(), str(wave_id), lock=lock)
    except SurveyUnknown:
        abort(404)


def group_of(wave: SurveyWave, group_id: object) -> SurveyGroup:
    """Return a group of the wave. 404 for any other."""
    try:
        return find_group(database.session(), wave, str(group_id))
    except SurveyUnknown:
        abort(404)


def threshold() -> int:
    """Return how many answers a figure of this tenant needs to be shown."""
    return current_actor().tenant.smallest_figure


def typed(name: str, limit: int = 200) -> str:
    """Return a line that was typed, with single spaces."""
    return " ".join(request.form.get(name, "").replace("\0", "").split())[:limit]


def typed_number(name: str) -> int:
    """Return a whole number that was typed, -1 for anything else."""
    text = typed(name).replace(".", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else -1


def typed_plan(access: str) -> WavePlan | None:
    """Return the wave that was typed, None when a day cannot be read."""
    opens, closes = read_date(typed("opens_on")), read_date(typed("closes_on"))
    if opens is None or closes is None or not _is_sane(opens) or not _is_sane(closes):
        return None
    return WavePlan(title=typed("title", 121), access=access, opens_on=opens, closes_on=closes)


def _is_sane(day: date) -> bool:
    return 2000 <= day.year <= 2199


def days_refused() -> list[dict[str, str]]:
    """Return what is wrong with the days that were typed."""
    text = _("Bitte geben Sie einen Tag wie 31.03.2027 an.")
    return [
        {"html_id": name, "text": text}
        for name in ("opens_on", "closes_on")
        if (day := read_date(typed(name))) is None or not _is_sane(day)
    ]


def status_of(wave: SurveyWave) -> Row:
    """Return the state of a wave as a badge."""
    state = wave_state(wave, today())
    return {"kind": STATE_KINDS[state], "text": WAVE_STATES[state]}


def wave_row(wave: SurveyWave) -> Row:
    """Return a wave as a row of a list."""
    return {
        "number": wave.number,
        "title": wave.title,
        "status": status_of(wave),
        "days": f"{format_date(wave.opens_on)} – {format_date(wave.closes_on)}",
        "access": ACCESS[wave.access],
        "version": wave.form_version.number,
        "url": url_for("surveys.wave", wave_id=wave.id),
        "result_url": url_for("surveys.result", wave_id=wave.id)
        if wave.completed_on is not None
        else "",
    }


def returns_row(returns: Returns) -> Row:
    """Return the Rücklauf as people read it."""
    return {
        "issued": format_integer(returns.issued),
        "returned": format_integer(returns.returned),
        "evaluable": format_integer(returns.evaluable),
        "paper": format_integer(returns.paper),
        "returned_percent": _rate_text(returns, returns.returned_percent),
        "evaluable_percent": _rate_text(returns, returns.evaluable_percent),
        "is_short": returns.returned > returns.issued,
    }


def _rate_text(returns: Returns, value: Decimal | None) -> str:
    """Return a rate; there is none as long as more came back than was counted as issued."""
    return "" if returns.returned > returns.issued else percent_text(value)


def percent_text(value: Decimal | None) -> str:
    """Return a percentage with one place, empty for none."""
    return "" if value is None else f"{format_decimal(value, 1)} %"


def public_url(path: str) -> str:
    """Return the whole address of a public page, as it stands on paper."""
    settings = current_app.extensions["siegel"].settings
    slug = current_actor().tenant.slug
    return f"{settings.public_url.rstrip('/')}/{slug}/befragung/{path}"
