"""The filters that a placeholder may use: ``{{ betrag|euro }}``. There are no others.

Every filter accepts typed values and what JSON makes of them (ISO dates, numbers as text),
gives "" for an unanswered field and raises `UnfitValue` with a German message otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal
from functools import wraps

from jinja2 import Undefined
from stdnum import iban as iban_rules

from document_templates.bar_charts import MAX_BARS, bar_chart
from document_templates.inline_pictures import MAX_CENTIMETRES, InlinePicture, attached_picture
from document_templates.rich_text import RichText, read_marks
from document_templates.values import (
    MAX_TEXT,
    UnfitValue,
    as_list,
    as_moment,
    as_number,
    as_text,
    require_value,
    shorten,
)
from forms.context import NotRecordedText
from forms.expressions.rounding import round_half_up
from forms.fields.file import AttachedFile
from forms.fields.hours import format_hours
from forms.german import MONTHS, NBSP, format_date, format_decimal, format_money
from tenants.language import _

MAX_PLACES = 10
Filter = Callable[..., object]


def _answered(function: Filter) -> Filter:
    """Let a filter give "" for an unanswered field and refuse one that is not in the data."""

    @wraps(function)
    def apply(value: object, *arguments: object, **named: object) -> object:
        require_value(value)
        if value is None or value == "":
            return ""
        if isinstance(value, NotRecordedText):
            # Whatever way of writing the template wants, there is only a reason to write.
            return as_text(value)
        return function(value, *arguments, **named)

    return apply


@_answered
def datum(value: object) -> str:
    """Write a day as ``31.12.2026``."""
    return format_date(as_moment(value))


@_answered
def datum_lang(value: object) -> str:
    """Write a day as ``31. Dezember 2026``."""
    moment = as_moment(value)
    return f"{moment.day}.{NBSP}{MONTHS[moment.month - 1]} {moment.year:04}"


@_answered
def uhrzeit(value: object) -> str:
    """Write the time of a moment (Berlin) as ``14:05 Uhr``."""
    if isinstance(value, str) and "T" not in value and ":" in value:
        try:
            value = time.fromisoformat(value.strip())
        except ValueError:
            raise UnfitValue(
                _("„{value}“ ist keine Uhrzeit.").format(value=shorten(value))
            ) from None
    moment = value if isinstance(value, time) else as_moment(value)
    if not isinstance(moment, (time, datetime)):
        raise UnfitValue(_("„{value}“ ist keine Uhrzeit.").format(value=shorten(value)))
    return f"{moment.hour:02}:{moment.minute:02}{NBSP}Uhr"


@_answered
def euro(value: object) -> str:
    """Write an amount in euro as ``1.250,00 €``, rounded half up."""
    return format_money(as_number(value))


@_answered
def zahl(value: object, places: object = None) -> str:
    """Write a number as ``1.583,40`` (with ``places`` decimals, rounded half up)."""
    return format_decimal(as_number(value), None if places is None else _places(places))


@_answered
def stunden(value: object) -> str:
    """Write minutes as hours: 765 is ``12,75 h``, 740 is ``12:20 h``."""
    return f"{format_hours(int(round_half_up(as_number(value), 0)))}{NBSP}h"


@_answered
def prozent(value: object, places: object = None) -> str:
    """Write a number of per cent as ``12,5 %``; 12.5 means 12.5 per cent."""
    return f"{zahl(value, places)}{NBSP}%"


@_answered
def iban(value: object) -> str:
    """Write an IBAN in groups of four."""
    return _in_fours(_compact_iban(value))


@_answered
def iban_maskiert(value: object) -> str:
    """Write an IBAN in groups of four with all but the first and last four characters hidden."""
    compact = _compact_iban(value)
    return _in_fours(compact[:4] + "•" * (len(compact) - 8) + compact[-4:])


def _in_fours(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _compact_iban(value: object) -> str:
    compact = str(iban_rules.compact(as_text(value))) if isinstance(value, str) else ""
    if not 12 <= len(compact) <= 34 or not compact[:2].isalpha():
        raise UnfitValue(_("„{value}“ ist keine IBAN.").format(value=shorten(value)))
    return compact


@_answered
def ja_nein(value: object) -> str:
    """Write true as ``ja`` and false as ``nein``."""
    words = {"true": True, "ja": True, "1": True, "false": False, "nein": False, "0": False}
    truth = words.get(as_text(value).casefold()) if not isinstance(value, bool) else value
    if truth is None:
        raise UnfitValue(_("„{value}“ ist weder ja noch nein.").format(value=shorten(value)))
    return _("ja") if truth else _("nein")


@_answered
def liste(value: object, word: object = None) -> str:
    """Write a list as ``a, b und c``; a single text stays as it is."""
    if isinstance(value, str):
        return as_text(value)
    items = [as_text(item) for item in as_list(value)]
    last = _("und") if word is None else as_text(word)
    text = f" {last} ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
    return _bounded(text)


def angabe(value: object, missing: object = None) -> object:
    """Give ``keine Angabe`` for an unanswered field or an empty list."""
    require_value(value)
    if value is None or value == "" or value == [] or value == ():
        return _("keine Angabe") if missing is None else missing
    return value


def default(value: object, other: object = "", boolean: object = False) -> object:
    """Give ``other`` for what is unanswered or not in the data, or false if ``boolean``."""
    if isinstance(value, Undefined) or value is None or (boolean and not value):
        return other
    return value


@_answered
def upper(value: object) -> str:
    """Write a text in capitals."""
    return as_text(value).upper()


@_answered
def lower(value: object) -> str:
    """Write a text in small letters."""
    return as_text(value).lower()


@_answered
def round_(value: object, precision: object = 0) -> Decimal:
    """Round half up (kaufmännisch) to ``precision`` decimals."""
    return round_half_up(as_number(value), _places(precision))


@_answered
def join(value: object, separator: object = ", ") -> str:
    """Write the items of a list one after the other."""
    items = [as_text(item) for item in as_list(value)]
    between = as_text(separator)
    if len(between) * len(items) > MAX_TEXT:
        raise _too_long()
    return _bounded(between.join(items))


def length(value: object) -> int:
    """Count the items of a list or the characters of a text; nothing counts 0."""
    require_value(value)
    return len(value) if isinstance(value, str) else len(as_list(value))


@_answered
def gestaltet(value: object) -> RichText:
    """Read ``**fett**``, ``*kursiv*`` and ``__unterstrichen__`` in a text; for ``{{r … }}``."""
    return read_marks(as_text(value))


@_answered
def bild(value: object, centimetres: object = 8) -> InlinePicture | str:
    """Show an uploaded picture ``centimetres`` wide; of several the first.

    What is no picture, or not given free yet, is named instead.
    """
    if isinstance(value, (list, tuple)):
        value = next((item for item in value if isinstance(item, AttachedFile)), "")
    if not isinstance(value, AttachedFile):
        return as_text(value)
    shown = attached_picture(value.identity, str(value), _centimetres(centimetres))
    return as_text(value) if shown is None else shown


@_answered
def balkendiagramm(
    value: object, name: object = None, figure: object = None, centimetres: object = 15
) -> InlinePicture | str:
    """Draw the rows of a table as bars: ``kosten|balkendiagramm('was', 'betrag')``."""
    rows = [row for row in as_list(value) if isinstance(row, dict)]
    bars = [
        (as_text(row.get(name)), as_number(row.get(figure)))
        for row in rows
        if row.get(figure) is not None and row.get(figure) != ""
        if not isinstance(row.get(figure), NotRecordedText)
    ]
    if len(bars) > MAX_BARS:
        raise UnfitValue(_("Ein Diagramm zeigt höchstens {count} Zeilen.").format(count=MAX_BARS))
    return bar_chart(bars, _centimetres(centimetres)) if bars else ""


def _centimetres(value: object) -> float:
    number = as_number(value)
    if not 1 <= number <= MAX_CENTIMETRES:
        raise UnfitValue(_("Ein Bild ist 1 bis {count} cm breit.").format(count=MAX_CENTIMETRES))
    return float(number)


def _places(value: object) -> int:
    places = as_number(value)
    if places != places.to_integral_value() or not 0 <= places <= MAX_PLACES:
        raise UnfitValue(_("Nachkommastellen gehen von 0 bis {count}.").format(count=MAX_PLACES))
    return int(places)


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise _too_long()
    return text


def _too_long() -> UnfitValue:
    return UnfitValue(_("Ein Wert ist länger als {count} Zeichen.").format(count=MAX_TEXT))


FILTERS: Mapping[str, Filter] = {
    "datum": datum,
    "datum_lang": datum_lang,
    "uhrzeit": uhrzeit,
    "euro": euro,
    "zahl": zahl,
    "stunden": stunden,
    "prozent": prozent,
    "iban": iban,
    "iban_maskiert": iban_maskiert,
    "ja_nein": ja_nein,
    "liste": liste,
    "angabe": angabe,
    "default": default,
    "upper": upper,
    "lower": lower,
    "round": round_,
    "join": join,
    "length": length,
    "gestaltet": gestaltet,
    "bild": bild,
    "balkendiagramm": balkendiagramm,
}
PICTURE_FILTERS = ("bild", "balkendiagramm")
"""Those after which a document may hold pictures of its own."""
