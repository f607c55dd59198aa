"""Read the plain values of a document: numbers, days and lists, typed or as JSON writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from jinja2 import Undefined

from forms.german import format_date, format_decimal
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")
MAX_TEXT = 100_000
MAX_NUMBER_DIGITS = 60

# Characters that XML 1.0 cannot hold; line breaks and tabs need elements of their own.
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_GERMAN_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+")


class UnfitValue(ValueError):
    """A value is of the wrong kind for what the template does with it; German message."""


class MissingValue(Undefined):
    """What a placeholder is for which the data holds nothing: every use of it is an error."""

    __slots__ = ()

    def _fail(self, *_arguments: object, **_named: object) -> None:
        raise UnfitValue(missing_message(self))

    __iter__ = __str__ = __len__ = __eq__ = __ne__ = __bool__ = _fail  # type: ignore[assignment]
    __hash__ = Undefined.__hash__


def missing_message(value: Undefined) -> str:
    """Return the German message for a placeholder without data."""
    name = value._undefined_name
    return _("Für den Platzhalter „{name}“ fehlt ein Wert.").format(name=name)


def legal_text(text: str) -> str:
    """Return ``text`` without characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


def require_value(value: object) -> object:
    """Return ``value``; raise `UnfitValue` when the data holds nothing at its place."""
    if isinstance(value, Undefined):
        raise UnfitValue(missing_message(value))
    return value


def shorten(value: object) -> str:
    """Return a value as it may be quoted in a message."""
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def as_number(value: object) -> Decimal:
    """Return a number; accepts int, Decimal, float and texts such as "72400.00" or "1.250,00".

    Raises `UnfitValue` for anything else.
    """
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        text = str(value) if abs(value) < 10**MAX_NUMBER_DIGITS else ""
    else:
        text = value.strip() if isinstance(value, str) else ""
    if len(text) <= MAX_NUMBER_DIGITS:
        if _NUMBER.fullmatch(text):
            return Decimal(text)
        if _GERMAN_NUMBER.fullmatch(text):
            return Decimal(text.replace(".", "").replace(",", "."))
        if isinstance(value, float) and value == value and abs(value) < 1e30:
            return Decimal(text)
    raise UnfitValue(_("„{value}“ ist keine Zahl.").format(value=shorten(value)))


def as_moment(value: object) -> date | datetime:
    """Return a day or moment; accepts date, datetime and ISO texts. Moments are Berlin's.

    Raises `UnfitValue` for anything else.
    """
    if isinstance(value, str):
        try:
            text = value.strip()
            value = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            raise UnfitValue(_("„{value}“ ist kein Datum.").format(value=shorten(value))) from None
    if isinstance(value, datetime):
        return value.astimezone(BERLIN) if value.tzinfo else value
    if isinstance(value, date):
        return value
    raise UnfitValue(_("„{value}“ ist kein Datum.").format(value=shorten(value)))


def as_list(value: object) -> Sequence[object]:
    """Return a list; nothing is an empty one. Raises `UnfitValue` for texts and numbers."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return value
    raise UnfitValue(_("„{value}“ ist keine Liste.").format(value=shorten(value)))


def as_text(value: object) -> str:
    """Return a value as a German reads it: no value is "", true is "ja", 1250.5 is "1250,5".

    Raises `UnfitValue` for groups and for texts beyond 100,000 characters.
    """
    if isinstance(value, str):
        # An exact str: a subclass could claim to be markup and would not be escaped.
        text = value if type(value) is str else "".join(list(value))
    elif isinstance(value, (list, tuple)):
        text = ", ".join(as_text(item) for item in value)
    else:
        text = _scalar_text(value)
    if len(text) > MAX_TEXT:
        raise UnfitValue(_("Ein Wert ist länger als {count} Zeichen.").format(count=MAX_TEXT))
    return text


def _scalar_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, int):
        return str(value) if abs(value) < 10**MAX_NUMBER_DIGITS else str(as_number(value))
    if isinstance(value, (Decimal, float)):
        return format_decimal(as_number(value), group=False)
    if isinstance(value, datetime):
        moment = as_moment(value)
        return f"{format_date(moment)}, {moment:%H:%M} Uhr"
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, time):
        return f"{value:%H:%M} Uhr"
    raise UnfitValue(
        _("Eine ganze Gruppe lässt sich nicht als Text ausgeben; nennen Sie ein Feld daraus.")
    )
