"""Counting submissions in the database, by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, case, cast, func, literal, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TableValuedAlias

from forms.german import MONTHS, format_date
from forms.lists.columns import ORGANISATION, Column
from forms.lists.conditions import (
    Element,
    FormTable,
    elements_of,
    json_of,
    matches,
    number_of,
    text_of,
    total_of,
)
from forms.lists.filters import Condition, Filter, read_conditions
from forms.lists.saving import ViewUnknown, find_view
from forms.lists.searching import bounded, visible_submissions
from forms.models import Submission
from forms.procedure.states import FROZEN, RECEIVED
from forms.statistics.settings import (
    DAY,
    MONTH,
    TIMES,
    YEAR,
    Settings,
    SettingsRefused,
    checked,
)
from forms.statistics.tables import MOST_GROUPS, Figures, ResultTable, TooManyGroups, result_table
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")
SECONDS = 20
COUNTED = RECEIVED - {"rejected"}
_FORMATS = {DAY: "YYYY-MM-DD", MONTH: "YYYY-MM", YEAR: "YYYY"}


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a side: as the database knows it, as people read it, and what it is part of."""

    key: str
    label: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What is counted one by one: submissions, or the rows of the repeat group ``unit``.

    ``columns`` are all that can be asked of one, ``measured`` those that can be added up: what
    stands once in a submission is not added up for each of its rows.
    """

    table: FormTable
    columns: Mapping[str, Column]
    measured: Mapping[str, Column]
    unit: Column | None = None
    rows: TableValuedAlias | None = None

    def _row(self, column: Column) -> Element | None:
        is_inner = self.rows is not None and column.id in self.measured
        return self.rows.c.value if self.rows is not None and is_inner else None

    def number(self, column: Column) -> Element:
        """Return the answer as a number."""
        return number_of(self.table, column, self._row(column))

    def total(self, column: Column) -> Element:
        """Return the sum of the answers."""
        return total_of(self.table, column, self._row(column))

    def group(self, name: str) -> Element:
        """Return what a group is made by."""
        if name in TIMES:
            local = func.timezone("Europe/Berlin", Submission.submitted_at)
            return func.to_char(local, _FORMATS[name])
        column = self.columns[name]
        if not column.is_answer:
            return text_of(self.table, column)
        row = self._row(column)
        # "Nicht erhoben" is stored as an object; its reason is free text and no group.
        is_choice = func.jsonb_typeof(json_of(self.table, column, row)) != "object"
        return case((is_choice, text_of(self.table, column, row)))

    def heading(self, name: str) -> str:
        """Return what a group is called."""
        return TIMES[name] if name in TIMES else self.columns[name].heading


def counting_source(table: FormTable, settings: Settings) -> Source:
    """Return what ``settings`` count one by one. Raises `SettingsRefused`."""
    if not settings.unit:
        return Source(table, table.columns, table.columns)
    unit = table.columns.get(settings.unit)
    if unit is None or unit.kind != "rows":
        raise SettingsRefused("einheit", _("Wählen Sie, was einzeln zählt."))
    inner = table.row_columns(unit)
    return Source(table, {**table.columns, **inner}, inner, unit, elements_of(table, unit))


def count_submissions(
    session: Session, table: FormTable, settings: Settings, *, threshold: int
) -> ResultTable:
    """Return the evaluation, with figures below ``threshold`` hidden.

    Raises `SettingsRefused`, `TooManyGroups` and `forms.lists.searching.SearchTooSlow`.
    """
    source = counting_source(table, settings)
    checked(settings, source.columns, source.measured)
    row = source.group(settings.rows)
    column = source.group(settings.columns) if settings.columns else literal("")
    measure = source.columns.get(settings.measure)
    query = (
        select(
            func.coalesce(cast(row, Text), "").label("row"),
            func.coalesce(cast(column, Text), "").label("column"),
            func.count(),
            func.count(source.number(measure)) if measure else literal(0),
            source.total(measure) if measure else literal(Decimal(0)),
        )
        .select_from(Submission)
        .where(*counted_submissions(session, table, settings))
        .group_by("row", "column")
        .limit(MOST_GROUPS**2 * 4)
    )
    if source.rows is not None:
        query = query.join(source.rows, true())
    with bounded(session, SECONDS):
        found = [_counted(one) for one in session.execute(query)]
    rows = _groups(source, settings.rows, {one.row for one in found})
    columns = (
        _groups(source, settings.columns, {one.column for one in found}) if settings.columns else []
    )
    row_labels = {group.key: group.label for group in rows}
    column_labels = {group.key: group.label for group in columns}
    figures: dict[tuple[str, str], Figures] = {}
    for one in found:
        place = (row_labels[one.row], column_labels.get(one.column, ""))
        figures[place] = figures.get(place, Figures()) + one.figures
    table_shown = result_table(
        figures,
        [group.label for group in rows],
        [group.label for group in columns],
        headings=(
            source.heading(settings.rows),
            source.heading(settings.columns) if settings.columns else "",
            "" if measure is None else measure.heading,
        ),
        threshold=threshold,
        parents=[group.parents for group in rows],
    )
    return replace(table_shown, unit="" if source.unit is None else source.unit.heading)


@dataclass(frozen=True, slots=True)
class _Counted:
    row: str
    column: str
    figures: Figures


def _counted(found: Sequence[object]) -> _Counted:
    row, column, submissions, answers, total = found
    return _Counted(
        str(row),
        str(column),
        Figures(int(str(submissions)), int(str(answers)), Decimal(str(total))),
    )


def counted_submissions(
    session: Session, table: FormTable, settings: Settings
) -> list[ColumnElement[bool]]:
    """Return the conditions for the submissions that an evaluation rests on."""
    states = FROZEN if settings.accepted_only else COUNTED
    since, until = settings.period
    conditions = [
        *visible_submissions(table, own_only=False),
        Submission.state.in_(sorted(states)),
        *(matches(table, one) for one in _filters(session, table, settings)),
    ]
    if since:
        conditions.append(Submission.submitted_at >= _midnight(since))
    if until:
        conditions.append(Submission.submitted_at < _midnight(until + timedelta(days=1)))
    return conditions


def _filters(session: Session, table: FormTable, settings: Settings) -> Sequence[Condition]:
    filters = settings.filters or filters_of_view(session, table.form_id, settings.view_id)
    reading = read_conditions(filters, table.columns)
    if reading.mistakes:
        raise SettingsRefused("ansicht", reading.mistakes[0].message)
    return reading.conditions


def filters_of_view(session: Session, form_id: str, view_id: str) -> tuple[Filter, ...]:
    """Return the filters of a saved view, none for an empty id. Raises `SettingsRefused`."""
    if not view_id:
        return ()
    try:
        return find_view(session, form_id, view_id).view.filters
    except ViewUnknown as error:
        raise SettingsRefused("ansicht", str(error)) from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN)


def _groups(source: Source, name: str, found: set[str]) -> list[Group]:
    """Return the groups in the order they are read, those without a submission too."""
    if name in TIMES:
        return _times(name, sorted(found))
    column = source.columns[name]
    if name == ORGANISATION:
        return [Group(one, one or _("Eigenes Amt")) for one in sorted(found)]
    return _options(column, found)


def _options(column: Column, found: set[str]) -> list[Group]:
    labels = {one: one for one in sorted(found) if one} | dict(column.options)
    order = [value for value, _label in column.options]
    order += [value for value in labels if value not in order]
    doubled = {label for label in labels.values() if list(labels.values()).count(label) > 1}
    groups = [
        Group(value, f"{labels[value]} ({value})" if labels[value] in doubled else labels[value])
        for value in order
    ]
    return [*groups, Group("", _("keine Angabe"))] if "" in found else groups


def _times(name: str, found: list[str]) -> list[Group]:
    if not found:
        return []
    groups: list[Group] = []
    current, last = found[0], found[-1]
    while current <= last:
        if len(groups) > MOST_GROUPS:
            raise TooManyGroups(
                _(
                    "Das ergibt mehr als {limit} Gruppen. Gliedern Sie gröber oder grenzen Sie den"
                    " Zeitraum ein."
                ).format(limit=MOST_GROUPS)
            )
        groups.append(_time(name, current))
        current = _next(name, current)
    return groups


def _time(name: str, key: str) -> Group:
    if name == DAY:
        return Group(key, format_date(date.fromisoformat(key)), (key[:4], key[:7]))
    if name == MONTH:
        return Group(key, f"{MONTHS[int(key[5:]) - 1]} {key[:4]}", (key[:4],))
    return Group(key, key)


def _next(name: str, key: str) -> str:
    if name == DAY:
        return (date.fromisoformat(key) + timedelta(days=1)).isoformat()
    if name == MONTH:
        year, month = int(key[:4]), int(key[5:])
        return f"{year + month // 12}-{month % 12 + 1:02}"
    return str(int(key) + 1)
