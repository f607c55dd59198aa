"""What an evaluation knows besides the answers: place, day, Feiertage and rates.

The same answers in the same surroundings give the same result for ever. What a submitted
declaration was evaluated with is therefore kept with it, as :func:`surroundings_document`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from forms.expressions.nodes import Json
from forms.public_holidays import holidays_of
from forms.rate_tables import (
    Rate,
    RateTable,
    find_rate,
    make_rate_table,
    rate_table_document,
    read_rate_tables,
)

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Place, day and rates of one evaluation; immutable."""

    today: date
    """The day in Berlin."""
    land: str = ""
    """Two letters, ``NW``; empty where no Land is known."""
    municipality: str = ""
    """AGS of the Gemeinde or Kreis, or empty."""
    rates: Mapping[str, RateTable] = field(default_factory=lambda: MappingProxyType({}))
    """Rate tables by key."""
    holidays: Mapping[int, frozenset[date]] = field(default_factory=lambda: MappingProxyType({}))
    """Feiertage of the years for which they are laid down; other years are looked up."""

    def holidays_in(self, year: int) -> frozenset[date]:
        """Return the gesetzliche Feiertage of ``year`` at this place."""
        laid_down = self.holidays.get(year)
        if laid_down is not None:
            return laid_down
        return holidays_of(self.land, self.municipality, year)


NEUTRAL = Surroundings(today=date(2026, 1, 15))
"""An ordinary Thursday at no place and without rates: for trying rules, never for people."""


class Consulted:
    """The surroundings of one evaluation, and which part of them it asked for."""

    __slots__ = ("_rates", "_surroundings", "_years")

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._years: set[int] = set()
        self._rates: dict[str, set[Rate]] = {}

    @property
    def today(self) -> date:
        """The day in Berlin."""
        return self._surroundings.today

    def holidays_in(self, year: int) -> frozenset[date]:
        """Return the gesetzliche Feiertage of ``year`` at this place."""
        self._years.add(year)
        return self._surroundings.holidays_in(year)

    def rate(self, key: str, day: date, category: str = "") -> Rate:
        """Return the rate for ``day``. Raises :class:`forms.rate_tables.RateUnknown`."""
        rate = find_rate(self._surroundings.rates, key, day, category)
        self._rates.setdefault(key, set()).add(rate)
        return rate

    def used(self) -> Surroundings:
        """Return the surroundings with only those rates and Feiertage that were asked for.

        The same answers evaluated in them give the same result, whatever changes elsewhere.
        """
        tables = self._surroundings.rates
        return replace(
            self._surroundings,
            rates={
                key: make_rate_table(
                    key,
                    rates,
                    title=tables[key].title,
                    unit=tables[key].unit,
                    source=tables[key].source,
                )
                for key, rates in sorted(self._rates.items())
            },
            holidays={year: self._surroundings.holidays_in(year) for year in sorted(self._years)},
        )


def today_in_berlin(moment: datetime | None = None) -> date:
    """Return the day in Berlin at ``moment`` (aware), by default now."""
    return (moment or datetime.now(UTC)).astimezone(BERLIN).date()


class SurroundingsError(ValueError):
    """A stored document does not describe surroundings."""


def surroundings_document(surroundings: Surroundings) -> dict[str, Json]:
    """Return ``surroundings`` as JSON; :func:`read_surroundings` reads it back unchanged."""
    return {
        "today": surroundings.today.isoformat(),
        "land": surroundings.land,
        "municipality": surroundings.municipality,
        "rates": [rate_table_document(table) for table in surroundings.rates.values()],
        "holidays": {
            str(year): [day.isoformat() for day in sorted(days)]
            for year, days in surroundings.holidays.items()
        },
    }


def read_surroundings(document: Mapping[str, Json]) -> Surroundings:
    """Read what :func:`surroundings_document` wrote. Raises :class:`SurroundingsError`."""
    holidays = document.get("holidays")
    try:
        return Surroundings(
            today=date.fromisoformat(str(document["today"])),
            land=str(document["land"]),
            municipality=str(document["municipality"]),
            rates=read_rate_tables(document["rates"]),
            holidays={
                int(year): frozenset(date.fromisoformat(str(day)) for day in days)
                for year, days in (holidays if isinstance(holidays, dict) else {}).items()
                if isinstance(days, list)
            },
        )
    except (KeyError, ValueError) as error:
        raise SurroundingsError("These are no surroundings of an evaluation.") from error
