"""The room of public questionnaires: its scope, its language, and what all of its pages show."""

from __future__ import annotations

from contextvars import Token

from flask import Blueprint, abort, g, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.views.answering.held import Held, held_for
from forms.german import format_date
from forms.languages import Language, language_of
from forms.publishing import definition_of
from forms.surveys.answering import Sheet, find_draft, open_sheet
from forms.surveys.models import SurveyDraft, SurveyWave
from forms.surveys.waves import SurveyUnknown, find_public_wave, today, wave_state
from tenants.context import enter_scope, participant_scope
from tenants.language import _, current_language

answering = Blueprint("answering", __name__, url_prefix="/befragung")

Page = str | Response | tuple[str, int]
LARGEST_POST = 512 * 1024
GONE = 410
FOUND = 303


@answering.before_request
def _act_as_participant() -> None:
    """Forget who may be signed in here: whoever answers is unknown, to the database as well."""
    if g.tenant is None:
        abort(404)
    request.max_content_length = LARGEST_POST
    # The token of the request's first scope stays: leaving it ends this one as well.
    enter_scope(participant_scope(g.tenant.id))
    g.actor = None
    g.roles = frozenset()


@answering.teardown_request
def _speak_german_again(_error: BaseException | None) -> None:
    token: Token[str] | None = g.pop("language_token", None)
    if token is not None:
        current_language.reset(token)


@answering.after_request
def _tell_nobody(response: Response) -> Response:
    """Keep the address of an invitation from every other page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def speak(language: str) -> None:
    """Answer this request in ``language``."""
    if "language_token" not in g:
        g.language_token = current_language.set(language)
    else:
        current_language.set(language)


def wave_of(wave_key: str) -> SurveyWave:
    """Return the wave of an address, and speak the language that its visitor chose. 404."""
    try:
        wave = find_public_wave(database.session(), wave_key)
    except SurveyUnknown:
        abort(404)
    speak(held_for(wave).language)
    return wave


def draft_of(wave: SurveyWave, held: Held, *, lock: bool = False) -> SurveyDraft | None:
    """Return the draft that the browser has the secret of, None without one."""
    return find_draft(database.session(), wave, held.secret, lock=lock) if held.secret else None


def sheet_of(wave: SurveyWave, draft: SurveyDraft, held: Held) -> Sheet:
    """Return what is filled in, in the chosen language."""
    return open_sheet(database.session(), wave, draft.answers, draft.invalid, held.language)


def is_open(wave: SurveyWave) -> bool:
    """Say whether the wave takes answers today."""
    return wave_state(wave, today()) == "open"


def languages_of(wave: SurveyWave) -> tuple[str, ...]:
    """Return the tags of the languages that the wave can be answered in."""
    return definition_of(wave.form_version).languages


def frame(wave: SurveyWave, held: Held) -> dict[str, object]:
    """Return the variables that every page of a wave has."""
    definition = definition_of(wave.form_version, held.language)
    return {
        "page_language": language_of(held.language),
        "form": {"title": definition.title, "description": definition.description},
        "survey": {
            "contact": wave.survey.contact,
            "until": format_date(wave.closes_on),
            "asks": f"{g.tenant.name}, {g.tenant.office}".rstrip(", "),
        },
        "languages": [_choice(wave, language_of(tag), held) for tag in languages_of(wave)],
        "urls": {
            "start": url_for("answering.start", wave_key=wave.public_key),
            "begin": url_for("answering.begin", wave_key=wave.public_key),
            "discard": url_for("answering.discard", wave_key=wave.public_key),
            "review": url_for("answering.review", wave_key=wave.public_key),
            "code": url_for("answering.enter_by_code"),
        },
    }


def _choice(wave: SurveyWave, language: Language, held: Held) -> dict[str, object]:
    return {
        "tag": language.tag,
        "name": language.name,
        "direction": language.direction,
        "is_current": language.tag == held.language,
        "url": url_for("answering.start", wave_key=wave.public_key, sprache=language.tag),
    }


def closed_page(wave: SurveyWave, held: Held, reason: str = "") -> tuple[str, int]:
    """Say friendly why there is nothing to answer here, and what to do."""
    state = reason or wave_state(wave, today())
    texts = {
        "planned": (
            _("Diese Befragung hat noch nicht begonnen"),
            _("Sie beginnt am {day}.").format(day=format_date(wave.opens_on)),
        ),
        "used": (
            _("Dieser Code wurde schon verwendet"),
            _("Mit jedem Code lässt sich einmal antworten. Vielen Dank, falls Sie das waren."),
        ),
    }
    title, text = texts.get(
        state,
        (
            _("Diese Befragung ist beendet"),
            _("Sie lief bis zum {day}. Vielen Dank für Ihr Interesse.").format(
                day=format_date(wave.closes_on)
            ),
        ),
    )
    page = render_template("answering/closed.html", title=title, text=text, **frame(wave, held))
    return page, GONE
