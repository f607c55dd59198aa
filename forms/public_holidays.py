"""Gesetzliche Feiertage by Land and Gemeinde. Sundays are no part of them."""

from __future__ import annotations

import json
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from tenants.lands import LANDS

FIRST_YEAR = 1991
LAST_YEAR = 2100
"""The years whose Feiertage are known."""


@lru_cache(maxsize=2_000)
def holidays_of(land: str, municipality: str, year: int) -> frozenset[date]:
    """Return the gesetzliche Feiertage of ``year``.

    ``land`` is the two-letter code; for an empty or unknown one only those that hold in all of
    Germany are returned. ``municipality`` is the AGS of the Gemeinde or Kreis, or empty.
    """
    # Loading the library reads the calendars of every country, 0.3 s that only those forms
    # have to spend whose rules count Werktage.
    from holidays import country_holidays

    subdivision, is_catholic = _municipal(municipality)
    categories = ("public", "catholic") if is_catholic else ("public",)
    found = country_holidays(
        "DE",
        subdiv=subdivision or (land if land in LANDS else None),
        years=year,
        categories=categories,
    )
    return frozenset(found)


def _municipal(municipality: str) -> tuple[str, bool]:
    entries = _municipalities()
    entry = entries.get(municipality) or entries.get(municipality[:5]) or {}
    return str(entry.get("subdivision", "")), entry.get("catholic") is True


@cache
def _municipalities() -> dict[str, dict[str, str | bool]]:
    source = files("forms.library") / "municipal_holidays.json"
    content: dict[str, dict[str, dict[str, str | bool]]] = json.loads(source.read_text("utf-8"))
    return content["municipalities"]
