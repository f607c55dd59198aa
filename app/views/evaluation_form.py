"""The controls of an evaluation: read from an address or a form, and shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from forms.lists.conditions import FormTable
from forms.lists.saving import NamedView
from forms.statistics.counting import counting_source
from forms.statistics.settings import (
    COUNT,
    MONTH,
    Choice,
    Settings,
    SettingsRefused,
    possible_groups,
    possible_measures,
    possible_units,
)
from tenants.language import _

Options = list[dict[str, object]]
LONGEST = 40


def posted_settings(posted: Mapping[str, str], is_free: bool) -> Settings:
    """Return what was chosen; without ``is_free`` period and filters are left out."""

    def text(name: str, default: str = "") -> str:
        return posted.get(name, default).strip()[:LONGEST]

    groups = Settings(
        unit=text("einheit"),
        rows=text("zeilen", MONTH) or MONTH,
        columns=text("spalten"),
        measure=text("wert", COUNT) or COUNT,
    )
    if not is_free:
        return groups
    return Settings(
        unit=groups.unit,
        rows=groups.rows,
        columns=groups.columns,
        measure=groups.measure,
        since=text("von"),
        until=text("bis"),
        view_id=text("ansicht"),
        accepted_only=text("abgenommen") == "1",
    )


def query_of(settings: Settings) -> str:
    """Return settings as the query of an address."""
    values = {
        "einheit": settings.unit,
        "zeilen": settings.rows,
        "spalten": settings.columns,
        "wert": settings.measure,
        "von": settings.since,
        "bis": settings.until,
        "ansicht": settings.view_id,
        "abgenommen": "1" if settings.accepted_only else "",
    }
    return urlencode({name: value for name, value in values.items() if value})


def setting_controls(
    table: FormTable, settings: Settings, views: Sequence[NamedView]
) -> dict[str, Options]:
    """Return the options of each select, the chosen one marked.

    What can be grouped and added up depends on what counts one by one.
    """
    try:
        source = counting_source(table, settings)
    except SettingsRefused:
        source = counting_source(table, Settings())
    groups = possible_groups(source.columns)
    units = possible_units(table.row_groups())
    return {
        "einheit": _options(units, settings.unit) if len(units) > 1 else [],
        "zeilen": _options(groups, settings.rows),
        "spalten": _options([Choice("", _("keine")), *groups], settings.columns),
        "wert": _options(possible_measures(source.measured), settings.measure),
        "ansicht": _options(
            [Choice("", _("alle Einreichungen")), *(Choice(one.id, one.name) for one in views)],
            settings.view_id,
        ),
    }


def _options(choices: Sequence[Choice], chosen: str) -> Options:
    return [
        {"value": one.value, "label": one.label, "selected": one.value == chosen} for one in choices
    ]
