"""Warns where a text seems to hold data of a person that does not belong there.

Patterns alone, so it errs in both directions: a hint to read the text once more, no protection.
"""

from __future__ import annotations

import re

from stdnum import iban

from tenants.language import _

_DAY = r"[0-3]?[0-9]\. ?(?:[01]?[0-9]\. ?|[A-Za-zä]{3,9} )(?:19|20)?[0-9]{2}\b"
_BIRTH = re.compile(
    rf"\b(?:geb\.?|geboren(?: am)?|Geburtsdatum:?|Geburtstag:?) ?{_DAY}|\* ?{_DAY}", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
# A number that is called one, or one with the first digits of a landline or mobile number. The
# zero alone would do for dates, amounts and numbers of files.
_TELEPHONE = re.compile(
    r"(?<![\w.,/-])(?:\+49|0049)[ /-]?(?:\(0\))?[1-9][0-9 /-]{5,14}[0-9](?![\w,])"
    r"|(?<![\w.,/-])\(?0[1-9][0-9]{1,4}\)?[ /-][0-9](?:[ -]?[0-9]){4,11}(?![\w/-]|[.,][0-9])"
    r"|(?<![\w.,/-])01[5-7][0-9]{7,9}(?![\w,])"
    r"|\b(?:Tel(?:efon)?|Mobil|Handy|Fon)\b[.:]{0,2} ?(?:Nr\.? ?)?"
    r"\+?[0-9(](?:[ /()-]{0,2}[0-9]){5,13}",
    re.IGNORECASE,
)
# Places for children, ways of thinking and words before a number are no addresses.
_NO_STREET = (
    r"(?!(?i:\w*(?:arbeits|ausbildungs|betreuungs|hort|kinder|kita|krippen|park|pflege|praktikums"
    r"|schlaf|sitz|spiel|steh|stell|studien|tages)platz))"
    r"(?!(?i:\w*(?:ausbildungs|beschwerde|bildungs|dienst|heim|hin|lösungs|rechts|rück|schul)weg))"
    r"(?!(?:Das|Dem|Den|Der|Die|Ein|Jeder|Unser) )"
)
_STREET = re.compile(
    rf"\b{_NO_STREET}[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm|ufer)"
    r" ?[0-9]{1,3} ?[a-h]?\b"
    rf"|\b{_NO_STREET}[A-ZÄÖÜ][a-zäöüß]+ (?:Straße|Str\.|Weg|Allee|Platz|Gasse|Ring|Damm|Ufer)"
    r" [0-9]{1,3} ?[a-h]?\b"
)
_FILE_NUMBER = re.compile(
    r"\b(?:Az\.?|Aktenzeichen|Gesch(?:äfts)?z(?:eichen)?\.?)(?: ?:| (?:lautet|ist|Nr\.?))?"
    r" {1,2}(?=[\w./-]*[0-9])[\w][\w./-]{2,30}"
    # A family court counts its cases: 12 F 345/26.
    r"|\b[0-9]{1,3} ?(?:F|UF|VII|XVII) ?[0-9]{1,5}/[0-9]{2}\b"
)
MAXIMUM_SEARCHED = 20_000


def privacy_warnings(label: str, text: str) -> list[str]:
    """Return a German warning for each kind of personal data that ``text`` seems to hold."""
    text = text[:MAXIMUM_SEARCHED]
    ibans = [match[0] for match in _IBAN.finditer(text) if iban.is_valid(match[0])]
    # The digits of an IBAN would look like a telephone number.
    others = _IBAN.sub(" ", text) if ibans else text
    found = [
        (_("ein Geburtsdatum"), _BIRTH.search(text)),
        (_("eine E-Mail-Adresse"), _EMAIL.search(text)),
        (_("eine IBAN"), bool(ibans)),
        (_("eine Telefonnummer"), _TELEPHONE.search(others)),
        (_("eine Anschrift"), _STREET.search(text)),
        (_("ein Aktenzeichen"), _FILE_NUMBER.search(text)),
    ]
    return [
        _("In „{label}“ steht anscheinend {what}. Gehört das hierher?").format(
            label=label, what=what
        )
        for what, is_there in found
        if is_there
    ]
