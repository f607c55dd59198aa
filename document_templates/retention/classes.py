"""Retention classes (Löschklassen), and the first day on which something may be erased. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tenants.language import _


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """How long something is kept after an event, and on what ground."""

    key: str
    title: str
    start_event: str
    """What has to happen before the time runs, in words."""
    months: int
    basis: str
    """The law or decision that says so."""
    is_statutory: bool = False
    age: int = 0
    """The age whose completion is the event, 0 for any other event."""
    from_year_end: bool = False
    """Whether the time begins with the end of the year of the event."""
    offers_archive: bool = False
    """Whether the archive is offered it before it is erased."""
    locks: bool = False
    """Whether files are locked against deletion while they are kept, where the store can."""


DEFAULT_CLASSES: Final[Mapping[str, RetentionClass]] = {
    one.key: one
    for one in (
        RetentionClass(
            "LK-A", _("Entwurf, nie eingereicht"), _("letzte Änderung"), 6, _("Festlegung des Amts")
        ),
        RetentionClass(
            "LK-B", _("Befragung: einzelne Antworten"), _("Auswertung freigegeben"), 6,
            _("Festlegung des Amts"),
        ),
        RetentionClass("LK-C", _("Börse und Anfragen"), _("Deaktivierung"), 3, _("Einwilligung")),
        RetentionClass(
            "LK-D", _("Vermerk nach § 72a"), _("Ende der Tätigkeit"), 3,
            _("§ 72a Abs. 5 SGB VIII"), is_statutory=True,
        ),
        RetentionClass(
            "LK-E", _("Kindertagespflege: Akte, Hausbesuch, Zielvereinbarung"),
            _("Ende von Tätigkeit oder Erlaubnis"), 120, _("Festlegung des Amts"),
        ),
        RetentionClass(
            "LK-F", _("Zuwendung und Abrechnung"),
            _("Ende des Haushaltsjahrs der letzten Zahlung"), 120, _("Gemeindehaushaltsrecht"),
            from_year_end=True, locks=True,
        ),
        RetentionClass(
            "LK-G", _("Vereinbarungen"), _("Ende der Laufzeit aller Nachträge"), 120,
            _("Festlegung des Amts"), offers_archive=True, locks=True,
        ),
        RetentionClass(
            "LK-H", _("Akten der Erziehungs- und Eingliederungshilfe"),
            _("Vollendung des 30. Lebensjahrs des jungen Menschen"), 840, _("§ 9b SGB VIII"),
            is_statutory=True, age=30,
        ),
        RetentionClass(
            "LK-I", _("Protokoll der Zugriffe"), _("Eintrag"), 24, _("Festlegung des Amts")
        ),
    )
}  # fmt: skip

LOCKED_DATA: Final = frozenset({"K1", "K2"})
"""Data classes that may be locked: what is more sensitive must be erasable at any time."""


def months_after(day: date, months: int) -> date:
    """Return the same day ``months`` later, else the last of that month (§ 188 Abs. 3 BGB)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def age_completed_on(born: date, years: int) -> date:
    """Return the day with whose end an age is completed: the one before the birthday.

    § 187 Abs. 2 BGB: the day of birth counts. Whoever was born on 29 February completes a year
    with the end of 28 February.
    """
    if (born.month, born.day) == (2, 29):
        return date(born.year + years, 2, 28)
    return date(born.year + years, born.month, born.day) - timedelta(days=1)


def start_of(kept: RetentionClass, event: date) -> date:
    """Return the day with which the time begins; ``event`` is the birth where an age counts."""
    if kept.from_year_end:
        return date(event.year, 12, 31)
    return age_completed_on(event, kept.age) if kept.age else event


def erasable_on(kept: RetentionClass, start: date) -> date:
    """Return the first day on which it may be erased: the one after the time has ended.

    The time ends with the day of the same number as that of the event (§ 188 Abs. 2 BGB).
    """
    return months_after(start, kept.months) + timedelta(days=1)
