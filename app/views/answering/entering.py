"""Coming in with the code of an invitation: typed from a letter, or followed from its QR code."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import public
from app.views.answering.held import Held, held_for, hold
from app.views.answering.room import FOUND, Page, answering, closed_page, is_open, speak
from forms.languages import GERMAN
from forms.surveys.codes import Code, read_code
from forms.surveys.inviting import find_invitation
from forms.surveys.waves import SurveyUnknown, find_wave
from tenants.language import _

REFUSED = 422


@answering.route("/", methods=["GET", "POST"])
@public
def enter_by_code() -> Page:
    """Ask for the code of a letter and lead to its questionnaire."""
    speak(GERMAN)
    if request.method == "GET":
        return _code_page("", "")
    typed = request.form.get("code", "")
    return _enter(read_code(typed), typed)


@answering.get("/einladung/<code>")
@public
def invitation(code: str) -> Page:
    """Take the code out of the address, so that it stands in no history after this page."""
    speak(GERMAN)
    return _enter(read_code(code), code, status=404)


def _enter(code: Code | None, typed: str, status: int = REFUSED) -> Page:
    session = database.session()
    try:
        if code is None:
            raise SurveyUnknown(typed)
        found = find_invitation(session, code)
        wave = find_wave(session, found.wave_id)
    except SurveyUnknown:
        error = _("Diesen Code gibt es nicht. Bitte prüfen Sie jedes Zeichen.")
        return _code_page(typed, error), status
    held = held_for(wave)
    if held.code_text != code.text:
        # Another letter on the same device: what the one before has filled in is not shown.
        held = Held(code_text=code.text, language=held.language)
    speak(held.language)
    if found.is_used and not held.secret:
        return closed_page(wave, held, "used")
    if not is_open(wave):
        return closed_page(wave, held)
    target = redirect(url_for("answering.start", wave_key=wave.public_key), FOUND)
    return hold(target, wave, held)


def _code_page(typed: str, error: str) -> str:
    return render_template(
        "answering/code.html",
        code=typed[:60],
        error=error,
        has_errors=bool(error),
        urls={"code": url_for("answering.enter_by_code")},
    )


def is_refused(response: Response) -> bool:
    """Say whether a code was tried in vain: that is what the throttle counts."""
    return response.status_code in (404, REFUSED)
