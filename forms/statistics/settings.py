"""What an evaluation counts: groups, a measure, a period and which submissions.

Groups are what a form asks for by choice, entries of registers, the Träger, and the time of
receipt. There is no group for a person, no register of persons among them, and none for free text,
which may hold a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forms.expressions.nodes import Json
from forms.german import read_date
from forms.lists.columns import ORGANISATION, Column
from forms.lists.filters import Filter, View, dump_view, load_view
from tenants.language import _

MONTH = "monat"
DAY = "tag"
YEAR = "jahr"
TIMES = {DAY: _("Tag des Eingangs"), MONTH: _("Monat des Eingangs"), YEAR: _("Jahr des Eingangs")}
COUNT = "anzahl"
GROUPED_KINDS = frozenset({"choice", "yes_no", "entry"})


class SettingsRefused(ValueError):
    """The evaluation cannot be made like this; ``field`` is the control, the message German."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen, with its label."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Settings:
    """One evaluation. ``unit`` is the repeat group whose rows count one by one, empty for
    submissions. ``rows`` and ``columns`` name groups, ``measure`` a number of the form.

    ``since`` and ``until`` bound the day of receipt, both inclusive. ``view_id`` takes the filters
    of a saved view; a saved evaluation holds the ``filters`` themselves, as they were then. With
    ``accepted_only`` only accepted submissions count (Berichtswesen).
    """

    unit: str = ""
    rows: str = MONTH
    columns: str = ""
    measure: str = COUNT
    since: str = ""
    until: str = ""
    view_id: str = ""
    accepted_only: bool = False
    filters: tuple[Filter, ...] = ()

    @property
    def period(self) -> tuple[date | None, date | None]:
        """Return first and last day. Raises `SettingsRefused`."""
        since, until = _day(self.since, "von"), _day(self.until, "bis")
        if since and until and since > until:
            raise SettingsRefused("bis", _("Das Ende liegt vor dem Anfang."))
        return since, until


def _day(text: str, name: str) -> date | None:
    day = read_date(text) if text else None
    if text and (day is None or not 1900 <= day.year <= 2199):
        raise SettingsRefused(name, _("Bitte geben Sie einen Tag wie 31.03.2027 an."))
    return day


def possible_units(groups: Iterable[Sequence[Column]]) -> list[Choice]:
    """Return what can be counted one by one: submissions, or the rows of a repeat group.

    ``groups`` are the ways to the groups (`forms.lists.conditions.FormTable.row_groups`).
    """
    rows = [
        Choice(path[-1].id, _("Zeilen von „{label}“").format(label=heading_of(path)))
        for path in groups
    ]
    return [Choice("", _("Einreichungen")), *rows]


def heading_of(path: Iterable[Column]) -> str:
    """Return what a repeat group, or a field in its rows, is called from the outermost group on."""
    return ": ".join(column.heading for column in path)


def possible_groups(columns: Mapping[str, Column]) -> list[Choice]:
    """Return what submissions can be grouped by."""
    answers = [
        Choice(column.id, column.heading)
        for column in columns.values()
        if column.is_answer and column.kind in GROUPED_KINDS and not column.names_people
    ]
    times = [Choice(value, label) for value, label in TIMES.items()]
    return [*times, Choice(ORGANISATION, _("Träger")), *answers]


def possible_measures(columns: Mapping[str, Column]) -> list[Choice]:
    """Return what can be counted or added up."""
    numbers = [
        Choice(column.id, _("Summe und Mittel: {label}").format(label=column.heading))
        for column in columns.values()
        if column.is_answer and column.kind == "number"
    ]
    return [Choice(COUNT, _("Anzahl")), *numbers]


def checked(
    settings: Settings, columns: Mapping[str, Column], measured: Mapping[str, Column]
) -> Settings:
    """Return ``settings`` if they fit what is counted. Raises `SettingsRefused`.

    ``columns`` are what can be grouped by, ``measured`` what can be added up
    (`forms.statistics.counting.Source`).
    """
    groups = _values(possible_groups(columns))
    if settings.rows not in groups:
        raise SettingsRefused("zeilen", _("Wählen Sie, wonach gegliedert wird."))
    if settings.columns and settings.columns not in groups:
        raise SettingsRefused("spalten", _("Danach lässt sich nicht gliedern."))
    if settings.columns == settings.rows:
        raise SettingsRefused("spalten", _("Wählen Sie für die Spalten etwas anderes."))
    if settings.columns and {settings.rows, settings.columns} & {DAY, MONTH}:
        raise SettingsRefused(
            "spalten",
            _("Tage und Monate stehen für sich allein. Wählen Sie keine Spalten, oder das Jahr."),
        )
    if settings.measure not in _values(possible_measures(measured)):
        raise SettingsRefused("wert", _("Wählen Sie, was gezählt wird."))
    _period = settings.period
    return settings


def _values(choices: Iterable[Choice]) -> frozenset[str]:
    return frozenset(choice.value for choice in choices)


def dump_settings(settings: Settings) -> dict[str, Json]:
    """Return settings as they are stored."""
    return {
        "unit": settings.unit,
        "rows": settings.rows,
        "columns": settings.columns,
        "measure": settings.measure,
        "since": settings.since,
        "until": settings.until,
        "view_id": settings.view_id,
        "accepted_only": settings.accepted_only,
        "view": dump_view(View(filters=settings.filters)),
    }


def load_settings(stored: Mapping[str, Json]) -> Settings:
    """Return stored settings."""

    def text(name: str, default: str = "") -> str:
        value = stored.get(name)
        return value if isinstance(value, str) else default

    view = stored.get("view")
    return Settings(
        unit=text("unit"),
        rows=text("rows", MONTH),
        columns=text("columns"),
        measure=text("measure", COUNT),
        since=text("since"),
        until=text("until"),
        view_id=text("view_id"),
        accepted_only=stored.get("accepted_only") is True,
        filters=load_view(view).filters if isinstance(view, dict) else (),
    )
