"""Warns where a text seems to hold data of a person that does not belong there.

Patterns alone, so it errs in both directions: a hint to read the text once more, no protection.
"""

from __future__ import annotations

import re

from stdnum import iban

from tenants.language import _

_BIRTH = re.compile(
    r"\b(?:geb\.?|geboren(?: am)?|Geburtsdatum:?|\*) ?"
    r"[0-3]?[0-9]\. ?(?:[01]?[0-9]\. ?|[A-Za-zä]{3,9} )(?:19|20)?[0-9]{2}\b",
    re.IGNORECASE,
)
_STAR_BIRTH = re.compile(r"\* ?[0-3]?[0-9]\.[01]?[0-9]\.(?:19|20)?[0-9]{2}\b")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_TELEPHONE = re.compile(r"(?<![\w.,/])(?:\+49|0049|0)[ /-]?[1-9][0-9]{1,4}[ /-][0-9][0-9 -]{3,12}")
MAXIMUM_SEARCHED = 20_000


def privacy_warnings(label: str, text: str) -> list[str]:
    """Return a German warning for each kind of personal data that ``text`` seems to hold."""
    text = text[:MAXIMUM_SEARCHED]
    ibans = [match[0] for match in _IBAN.finditer(text) if iban.is_valid(match[0])]
    # The digits of an IBAN would look like a telephone number.
    others = _IBAN.sub(" ", text) if ibans else text
    found = [
        (_("ein Geburtsdatum"), _BIRTH.search(text) or _STAR_BIRTH.search(text)),
        (_("eine E-Mail-Adresse"), _EMAIL.search(text)),
        (_("eine IBAN"), bool(ibans)),
        (_("eine Telefonnummer"), _TELEPHONE.search(others)),
    ]
    return [
        _("In „{label}“ steht anscheinend {what}. Gehört das hierher?").format(
            label=label, what=what
        )
        for what, is_there in found
        if is_there
    ]
