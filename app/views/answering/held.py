"""What the browser of somebody who answers holds: the secret of the draft, code and language."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import current_app, request
from werkzeug.wrappers import Response

from forms.languages import GERMAN, LANGUAGES
from forms.surveys.codes import Code, read_code
from forms.surveys.models import SurveyWave

_DAYS = 60
_NAME = "befragung"
_SEPARATOR = "~"


@dataclass(frozen=True, slots=True)
class Held:
    """The content of the cookie for one wave; each part may be empty."""

    secret: str = ""
    code_text: str = ""
    language: str = GERMAN

    @property
    def code(self) -> Code | None:
        """Return the code of the invitation, None without one."""
        return read_code(self.code_text) if self.code_text else None


def held_for(wave: SurveyWave) -> Held:
    """Return what the browser holds for a wave; what makes no sense is nothing."""
    parts = request.cookies.get(_cookie_name(wave), "")[:300].split(_SEPARATOR)
    if len(parts) != 3:
        return Held()
    secret, code_text, language = parts
    known = LANGUAGES.get(language)
    return Held(secret, code_text, known.tag if known else GERMAN)


def hold(response: Response, wave: SurveyWave, held: Held) -> Response:
    """Let the browser keep ``held``; scripts and other sites get nothing of it."""
    response.set_cookie(
        _cookie_name(wave),
        _SEPARATOR.join((held.secret, held.code_text, held.language)),
        max_age=_DAYS * 24 * 3600,
        path=_path(),
        httponly=True,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        samesite="Lax",
    )
    return response


def let_go(response: Response, wave: SurveyWave) -> Response:
    """Let the browser forget what it holds for a wave."""
    response.delete_cookie(_cookie_name(wave), path=_path())
    return response


def in_language(held: Held, language: str, offered: tuple[str, ...]) -> Held:
    """Return ``held`` with a chosen language, if the form is offered in it."""
    return replace(held, language=language) if language in offered else held


def _cookie_name(wave: SurveyWave) -> str:
    return f"{_NAME}-{wave.public_key}"


def _path() -> str:
    return f"{request.script_root}/befragung"
