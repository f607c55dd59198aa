"""Satztabellen: amounts and factors that hold from one day until another.

Validity is half-open: a rate holds on every day with ``valid_from ≤ day < valid_until``. Rates of
one category never overlap. Pure: tables come from the database, a package or a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from forms.expressions.nodes import Json
from tenants.language import _

KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?")


class RateUnknown(LookupError):
    """There is no such table, or none of its rates holds on the day (German message)."""


class RateTableError(ValueError):
    """A document of rate tables cannot be used (German message)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One value of a table and the days on which it holds."""

    valid_from: date
    valid_until: date | None
    """First day on which it no longer holds; None is open."""
    value: Decimal
    category: str = ""
    """What the table is divided by (``stufe_2``); empty where there is one rate a day."""
    version: int = 1
    """Number of the entry in its table, as printed beside the result."""

    def holds_on(self, day: date) -> bool:
        """Say whether the rate holds on ``day``."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """A named series of rates. Made checked by :func:`make_rate_table`."""

    key: str
    title: str = ""
    unit: str = ""
    source: str = ""
    """Law or Beschluss that the rates come from."""
    rates: tuple[Rate, ...] = ()

    def rate_on(self, day: date, category: str = "") -> Rate:
        """Return the rate of ``category`` that holds on ``day``. Raises :class:`RateUnknown`."""
        for rate in self.rates:
            if rate.category == category and rate.holds_on(day):
                return rate
        written = f"{day:%d.%m.%Y}"
        if category:
            raise RateUnknown(
                _("In der Satztabelle „{key}“ gilt für „{category}“ am {day} kein Satz.").format(
                    key=self.key, category=category, day=written
                )
            )
        raise RateUnknown(
            _("In der Satztabelle „{key}“ gilt am {day} kein Satz.").format(
                key=self.key, day=written
            )
        )


def find_rate(tables: Mapping[str, RateTable], key: str, day: date, category: str = "") -> Rate:
    """Return the rate of table ``key`` for ``day``. Raises :class:`RateUnknown`."""
    table = tables.get(key)
    if table is None:
        raise RateUnknown(
            _("Die Satztabelle „{key}“ gibt es nicht (gefragt war der Satz am {day}).").format(
                key=key, day=f"{day:%d.%m.%Y}"
            )
        )
    return table.rate_on(day, category)


def with_own_rates(common: Iterable[Rate], own: Iterable[Rate]) -> list[Rate]:
    """Return the rates of somebody with ``own`` ones: these, and on all other days the common ones.

    A common rate that holds before and after an own one stands there twice, with one number.
    """
    mine = list(own)
    result = list(mine)
    for rate in common:
        pieces = [rate]
        for other in mine:
            if other.category == rate.category:
                pieces = [part for piece in pieces for part in _outside(piece, other)]
        result += pieces
    return result


def _outside(rate: Rate, other: Rate) -> Iterator[Rate]:
    """Yield ``rate`` on the days on which ``other`` does not hold."""
    if rate.valid_from < other.valid_from:
        ends = [end for end in (rate.valid_until, other.valid_from) if end is not None]
        yield replace(rate, valid_until=min(ends))
    if other.valid_until is not None and (
        rate.valid_until is None or other.valid_until < rate.valid_until
    ):
        yield replace(rate, valid_from=max(rate.valid_from, other.valid_until))


def make_rate_table(
    key: str, rates: Iterable[Rate], *, title: str = "", unit: str = "", source: str = ""
) -> RateTable:
    """Return a table with its rates in order of category and day.

    Raises :class:`RateTableError` for a key that rules cannot name, for a rate that ends before
    it begins and for two rates of one category on the same day.
    """
    if not KEY.fullmatch(key):
        raise RateTableError(
            _("„{key}“ ist kein Schlüssel: Kleinbuchstaben, Ziffern und Unterstrich.").format(
                key=key
            )
        )
    ordered = tuple(sorted(rates, key=lambda rate: (rate.category, rate.valid_from)))
    for rate in ordered:
        if rate.valid_until is not None and rate.valid_until <= rate.valid_from:
            raise RateTableError(
                _("Satztabelle „{key}“: Ein Satz endet, bevor er am {day} beginnt.").format(
                    key=key, day=f"{rate.valid_from:%d.%m.%Y}"
                )
            )
    for earlier, later in pairwise(ordered):
        if earlier.category == later.category and earlier.holds_on(later.valid_from):
            raise RateTableError(
                _("Satztabelle „{key}“: Am {day} gelten zwei Sätze.").format(
                    key=key, day=f"{later.valid_from:%d.%m.%Y}"
                )
            )
    return RateTable(key=key, title=title, unit=unit, source=source, rates=ordered)


def read_rate_tables(document: Json) -> dict[str, RateTable]:
    """Read tables from JSON: a list of objects as :func:`rate_table_document` writes them.

    Raises :class:`RateTableError`, naming the table and what is wrong with it.
    """
    if not isinstance(document, list):
        raise RateTableError(_("Satztabellen stehen in einer Liste: [ … ]."))
    tables: dict[str, RateTable] = {}
    for item in document:
        table = _read_table(item)
        if table.key in tables:
            raise RateTableError(_("Die Satztabelle „{key}“ steht doppelt.").format(key=table.key))
        tables[table.key] = table
    return tables


def rate_table_document(table: RateTable) -> dict[str, Json]:
    """Return ``table`` as JSON; :func:`read_rate_tables` reads a list of them back."""
    return {
        "key": table.key,
        "title": table.title,
        "unit": table.unit,
        "source": table.source,
        "rates": [
            {
                "version": rate.version,
                "category": rate.category,
                "valid_from": rate.valid_from.isoformat(),
                "valid_until": rate.valid_until.isoformat() if rate.valid_until else None,
                "value": f"{rate.value:f}",
            }
            for rate in table.rates
        ],
    }


def _read_table(item: Json) -> RateTable:
    if not isinstance(item, dict) or not isinstance(item.get("key"), str):
        raise RateTableError(_("Jede Satztabelle braucht einen Schlüssel („key“)."))
    key = str(item["key"])
    rates = item.get("rates", [])
    if not isinstance(rates, list):
        raise _wrong(key, "rates")
    return make_rate_table(
        key,
        [_read_rate(key, rate, number) for number, rate in enumerate(rates, start=1)],
        title=_text(key, item, "title"),
        unit=_text(key, item, "unit"),
        source=_text(key, item, "source"),
    )


def _read_rate(key: str, item: Json, number: int) -> Rate:
    if not isinstance(item, dict):
        raise _wrong(key, "rates")
    version = item.get("version", number)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _wrong(key, "version")
    valid_from = _day(key, item, "valid_from")
    if valid_from is None:
        raise _wrong(key, "valid_from")
    return Rate(
        valid_from=valid_from,
        valid_until=_day(key, item, "valid_until"),
        value=read_rate_value(key, item.get("value")),
        category=_text(key, item, "category"),
        version=version,
    )


def read_rate_value(key: str, value: Json) -> Decimal:
    """Read a value written as text (exact) or JSON number. Raises :class:`RateTableError`."""
    text = str(value) if isinstance(value, str | int | float) else ""
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise _wrong(key, "value")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise _wrong(key, "value") from error


def _day(key: str, item: dict[str, Json], name: str) -> date | None:
    value = item.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong(key, name) from error


def _text(key: str, item: dict[str, Json], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str) or len(value) > 500:
        raise _wrong(key, name)
    return value


def _wrong(key: str, name: str) -> RateTableError:
    return RateTableError(
        _("Satztabelle „{key}“: „{name}“ fehlt oder ist nicht lesbar.").format(key=key, name=name)
    )
