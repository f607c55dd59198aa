"""The first page of a questionnaire: what it is about, and that nobody learns who answers."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import public
from app.views.answering.held import Held, held_for, hold, in_language, let_go
from app.views.answering.room import (
    FOUND,
    Page,
    answering,
    closed_page,
    draft_of,
    frame,
    is_open,
    languages_of,
    sheet_of,
    speak,
    wave_of,
)
from forms.surveys.answering import (
    InvitationMissing,
    InvitationUsed,
    WaveNotOpen,
    discard_draft,
    start_draft,
)
from forms.surveys.models import SurveyWave
from forms.surveys.waves import today


@answering.get("/<wave_key>/")
@public
def start(wave_key: str) -> Page:
    """Show what is asked and by whom, in a language of choice."""
    wave = wave_of(wave_key)
    before = held_for(wave)
    held = in_language(before, request.args.get("sprache", ""), languages_of(wave))
    speak(held.language)
    if not is_open(wave):
        return closed_page(wave, held)
    draft = draft_of(wave, held)
    if draft is not None and draft.is_sent and wave.access == "invitation":
        return redirect(url_for("answering.thanks", wave_key=wave.public_key), FOUND)
    definition = sheet_of(wave, draft, held).form if draft else None
    page = render_template(
        "answering/start.html",
        **frame(wave, held),
        asks_for_code=wave.access == "invitation" and held.code is None,
        goes_on=draft is not None and not draft.is_sent,
        pages=len(definition.pages) if definition else 0,
    )
    response = Response(page, mimetype="text/html")
    return hold(response, wave, held) if held != before else response


@answering.post("/<wave_key>/beginnen")
@public
def begin(wave_key: str) -> Page:
    """Begin a draft, or go on with the one that the browser has."""
    wave = wave_of(wave_key)
    held = held_for(wave)
    draft = draft_of(wave, held)
    if draft is None or draft.is_sent or "neu" in request.form:
        try:
            secret = start_draft(database.session(), wave, held.code, today())
        except WaveNotOpen:
            return closed_page(wave, held)
        except InvitationUsed:
            return closed_page(wave, held, "used")
        except InvitationMissing:
            return redirect(url_for("answering.enter_by_code"), FOUND)
        if draft is not None and not draft.is_sent:
            discard_draft(database.session(), draft)
        database.session.commit()
        held = replace(held, secret=secret)
    target = redirect(_first_page(wave, held), FOUND)
    return hold(target, wave, held)


def _first_page(wave: SurveyWave, held: Held) -> str:
    """Return the address of the first page that was not completed, else of the review."""
    draft = draft_of(wave, held)
    if draft is not None:
        sheet = sheet_of(wave, draft, held)
        for page in sheet.form.pages:
            is_asked = f"page:{page.key}" in sheet.lenient.visible
            if is_asked and page.key not in draft.completed_pages:
                return url_for("answering.page", wave_key=wave.public_key, page_key=page.key)
    return url_for("answering.review", wave_key=wave.public_key)


@answering.post("/<wave_key>/verwerfen")
@public
def discard(wave_key: str) -> Page:
    """Delete what was filled in, on this device and on the server."""
    wave = wave_of(wave_key)
    draft = draft_of(wave, held_for(wave), lock=True)
    if draft is not None and not draft.is_sent:
        discard_draft(database.session(), draft)
        database.session.commit()
    return let_go(redirect(url_for("answering.start", wave_key=wave.public_key), FOUND), wave)
