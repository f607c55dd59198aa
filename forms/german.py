"""German notation of numbers, money and dates (DIN 5008): reading what people type, and writing.

A dot is the thousands separator where exactly three digits follow each one and the number does
not begin with 0 (``1.234`` is 1234), else the decimal point (``1234.56``, ``0.125``, ``1.5``).
A comma is always the decimal comma. Two-digit years 00 to 69 mean 2000 to 2069, 70 to 99 mean
1970 to 1999.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from forms.expressions.rounding import round_half_up

NBSP = "\u00a0"
MAXIMUM_NUMBER_TEXT = 60

_SPACES = re.compile("[ \u00a0\u2009\u202f]")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([. ][0-9]{3})+(,[0-9]+)?")
_PLAIN = re.compile(r"[0-9]*,[0-9]+|[0-9]+")
_POINT = re.compile(r"[0-9]+\.[0-9]+")
_GERMAN_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4}|[0-9]{2})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LONG_DATE = re.compile(r"([0-9]{1,2})\. ?([A-Za-zä]{3,9})\.? ([0-9]{4})")

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)


def read_decimal(text: str) -> Decimal | None:
    """Read a number as a German types it, without unit; None when it is not clearly a number."""
    text = _SPACES.sub(" ", text.strip()).replace("\u2212", "-")
    if len(text) > MAXIMUM_NUMBER_TEXT:
        return None
    negative = text.startswith("-")
    text = text[1:].lstrip() if negative or text.startswith("+") else text
    if _GROUPED.fullmatch(text):
        digits = text
        separators = {character for character in digits if character in ". "}
        if len(separators) > 1:
            return None
        digits = digits.replace(".", "").replace(" ", "").replace(",", ".")
    elif _PLAIN.fullmatch(text):
        digits = text.replace(",", ".")
    elif _POINT.fullmatch(text):
        digits = text
    else:
        return None
    value = Decimal(digits)
    return -value if negative and value else value


def read_date(text: str) -> date | None:
    """Read ``1.7.27``, ``01.07.2027``, ``1. Juli 2027`` or ``2027-07-01``; None for else."""
    text = _SPACES.sub(" ", text.strip())
    if match := _ISO_DATE.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _GERMAN_DATE.fullmatch(text):
        year = int(match[3])
        if len(match[3]) == 2:
            year += 2000 if year < 70 else 1900
        return _date(year, int(match[2]), int(match[1]))
    if match := _LONG_DATE.fullmatch(text):
        for number, name in enumerate(MONTHS, start=1):
            if match[2] == name or (len(match[2]) == 3 and name.startswith(match[2])):
                return _date(int(match[3]), number, int(match[1]))
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def format_decimal(value: Decimal, places: int | None = None, *, group: bool = True) -> str:
    """Write ``1583.4`` as ``1.583,40`` (``places`` 2, rounded half up) or ``1.583,4`` (None)."""
    if places is not None:
        value = round_half_up(value, places)
    sign, digits = ("-", f"{-value:f}") if value < 0 else ("", f"{value:f}")
    whole, _point, fraction = digits.partition(".")
    if group:
        whole = f"{int(whole):,}".replace(",", ".")
    return f"{sign}{whole},{fraction}" if fraction else f"{sign}{whole}"


def format_integer(value: int) -> str:
    """Write ``20000`` as ``20.000``; four digits stay together, as in a year (DIN 5008)."""
    return format_decimal(Decimal(value), 0, group=abs(value) >= 10_000)


def format_money(value: Decimal) -> str:
    """Write ``72400`` as ``72.400,00 €`` with a no-break space."""
    return f"{format_decimal(value, 2)}{NBSP}€"


def format_date(value: date) -> str:
    """Write a date as ``31.12.2026``."""
    return f"{value.day:02}.{value.month:02}.{value.year:04}"


def paragraphs(text: str) -> tuple[str, ...]:
    """Split plain text at blank lines."""
    return tuple(part.strip() for part in re.split(r"\n[ \t]*\n", text) if part.strip())
