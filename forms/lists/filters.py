"""What a person chose to see: filters, columns and order, as they were typed.

A filter keeps the text that was typed, so that a mistake stands in its place again. What it means
is found when it is used (`read_condition`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from forms.expressions.nodes import Json
from forms.fields.dates import EARLIEST, LATEST
from forms.german import read_date, read_decimal
from forms.lists.columns import NUMBER, ORGANISATION, RECEIVED, STATE, Column
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")
MOST_FILTERS = 10
MOST_COLUMNS = 40
LONGEST_TEXT = 200
FIRST_ANSWERS = 3
DEFAULT_COLUMNS = (NUMBER, RECEIVED, ORGANISATION, STATE)
FILTERABLE = frozenset({"moment", "text", "number", "date", "yes_no", "choice", "choices", "entry"})
SORTABLE = frozenset({"moment", "text", "number", "date", "choice", "yes_no", "entry"})


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column; which of the texts count depends on the column's kind."""

    column: str
    text: str = ""
    is_exact: bool = False
    since: str = ""
    until: str = ""
    values: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Say whether nothing was entered: then it lets everything through."""
        return not (self.text or self.since or self.until or self.values)


@dataclass(frozen=True, slots=True)
class View:
    """Filters, columns and order of a table."""

    filters: tuple[Filter, ...] = ()
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    sort: str = RECEIVED
    is_ascending: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter understood: bounds are inclusive, ``before`` is exclusive."""

    column: Column
    text: str = ""
    is_exact: bool = False
    since: Decimal | date | datetime | None = None
    until: Decimal | date | None = None
    before: datetime | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterMistake:
    """An entry of a filter that cannot be read; ``part`` is ``since`` or ``until``."""

    index: int
    part: str
    message: str


@dataclass(slots=True)
class Reading:
    """All conditions, and what could not be read."""

    conditions: list[Condition] = field(default_factory=list)
    mistakes: list[FilterMistake] = field(default_factory=list)


def read_conditions(filters: Sequence[Filter], columns: Mapping[str, Column]) -> Reading:
    """Return what ``filters`` mean. Columns that the form no longer has are left out."""
    reading = Reading()
    for index, one in enumerate(filters):
        column = columns.get(one.column)
        if column is None or one.is_blank or column.kind not in FILTERABLE:
            continue
        try:
            reading.conditions.append(_condition(one, column))
        except _Unreadable as problem:
            reading.mistakes.append(FilterMistake(index, problem.part, str(problem)))
    return reading


class _Unreadable(ValueError):
    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


def _condition(one: Filter, column: Column) -> Condition:
    if column.kind in ("text", "entry"):
        return Condition(column, text=one.text, is_exact=one.is_exact)
    if column.kind in ("choice", "choices", "yes_no"):
        known = {value for value, _label in column.options}
        return Condition(column, values=tuple(value for value in one.values if value in known))
    read = _number if column.kind == "number" else _day
    since, until = (
        read(text, part, column) for text, part in ((one.since, "since"), (one.until, "until"))
    )
    if since is not None and until is not None and _is_later(since, until):
        raise _Unreadable(
            "until", _("„{label}“: Das Ende liegt vor dem Anfang.").format(label=column.label)
        )
    if column.kind == "moment":
        return Condition(
            column,
            since=_midnight(since) if isinstance(since, date) else None,
            before=_midnight(until + timedelta(days=1)) if isinstance(until, date) else None,
        )
    return Condition(column, since=since, until=until)


def _is_later(since: Decimal | date, until: Decimal | date) -> bool:
    if isinstance(since, Decimal) and isinstance(until, Decimal):
        return since > until
    return isinstance(since, date) and isinstance(until, date) and since > until


def _midnight(day: date) -> datetime:
    """Return the beginning of a day of Berlin."""
    return datetime.combine(day, time(), BERLIN)


def _number(text: str, part: str, column: Column) -> Decimal | None:
    number = read_decimal(text) if text else None
    if text and number is None:
        raise _Unreadable(
            part,
            _("„{label}“: Bitte geben Sie eine Zahl wie 1.234,56 an.").format(label=column.label),
        )
    return number


def _day(text: str, part: str, column: Column) -> date | None:
    day = read_date(text) if text else None
    # A year before 1900 or after 2199 is a slip, and its next day may not exist.
    if text and (day is None or not EARLIEST <= day <= LATEST):
        raise _Unreadable(
            part,
            _("„{label}“: Bitte geben Sie einen Tag wie 31.03.2027 an.").format(label=column.label),
        )
    return day


def dump_view(view: View) -> dict[str, Json]:
    """Return a view as it is stored."""
    return {
        "filters": [
            {
                "column": one.column,
                "text": one.text,
                "is_exact": one.is_exact,
                "since": one.since,
                "until": one.until,
                "values": list(one.values),
            }
            for one in view.filters
        ],
        "columns": list(view.columns),
        "sort": view.sort,
        "is_ascending": view.is_ascending,
    }


def load_view(stored: Mapping[str, Json]) -> View:
    """Return a stored view; what is not as `dump_view` writes it is left out."""
    filters = stored.get("filters")
    return View(
        filters=tuple(
            _load_filter(one)
            for one in (filters if isinstance(filters, list) else [])[:MOST_FILTERS]
            if isinstance(one, dict)
        ),
        columns=_texts(stored.get("columns"))[:MOST_COLUMNS] or DEFAULT_COLUMNS,
        sort=_text(stored.get("sort")) or RECEIVED,
        is_ascending=stored.get("is_ascending") is True,
    )


def _load_filter(stored: Mapping[str, Json]) -> Filter:
    return Filter(
        column=_text(stored.get("column")),
        text=_text(stored.get("text")),
        is_exact=stored.get("is_exact") is True,
        since=_text(stored.get("since")),
        until=_text(stored.get("until")),
        values=_texts(stored.get("values")),
    )


def _text(stored: Json) -> str:
    return stored[:LONGEST_TEXT] if isinstance(stored, str) else ""


def _texts(stored: Json) -> tuple[str, ...]:
    items = stored if isinstance(stored, list) else []
    return tuple(item[:LONGEST_TEXT] for item in items if isinstance(item, str))


def first_view(columns: Mapping[str, Column]) -> View:
    """Return what a table shows before anybody chose: its head and the first simple answers."""
    answers = [
        key
        for key, column in columns.items()
        if column.is_answer and column.until is None and column.kind in SORTABLE
    ]
    return View(columns=(*DEFAULT_COLUMNS, *answers[:FIRST_ANSWERS]))


def fitting_view(view: View, columns: Mapping[str, Column]) -> View:
    """Return ``view`` without the columns and the order that the form does not know."""
    shown = tuple(one for one in view.columns if one in columns)
    known_sort = view.sort in columns and columns[view.sort].kind in SORTABLE
    return replace(
        view,
        filters=tuple(one for one in view.filters if one.column in columns),
        columns=shown or DEFAULT_COLUMNS,
        sort=view.sort if known_sort else RECEIVED,
        is_ascending=view.is_ascending and known_sort,
    )
