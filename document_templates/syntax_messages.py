"""Say in German what Jinja's parser says in English."""

from __future__ import annotations

import re

from jinja2 import TemplateSyntaxError

from tenants.language import _


def syntax_message(error: Exception) -> str:
    """Return a German sentence for an error from parsing one tag or a whole part."""
    if not isinstance(error, TemplateSyntaxError):
        return _("Der Ausdruck ist zu tief verschachtelt.")
    message = error.message or ""
    if match := re.search(r"unexpected char (.+?) at", message):
        return _("Das Zeichen {sign} ist hier nicht möglich.").format(sign=match.group(1))
    if match := re.search(r"got '(.+)'$", message):
        return _("Vor „{word}“ fehlt etwas oder „{word}“ ist zu viel.").format(word=match.group(1))
    if "unexpected end" in message or "end of" in message or "Expected an expression" in message:
        return _("Der Ausdruck ist unvollständig.")
    if match := re.search(r"unexpected '(.+?)'", message):
        return _("„{word}“ ist hier nicht möglich.").format(word=match.group(1))
    if "filter" in message.casefold() and (match := re.search(r"'(.+)'", message)):
        return _("Unbekannter Filter „{name}“.").format(name=match.group(1))
    if re.search("[äöüß„]| ist | sind | gibt | nicht ", message):
        return message  # one of ours
    return _("Der Ausdruck ist nicht richtig geschrieben.")
