"""Counting submissions in the database, by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, case, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TableValuedAlias

from forms.fields.picked import PickedField
from forms.german import MONTHS, format_date
from forms.lists.columns import ORGANISATION, Column
from forms.lists.conditions import (
    Element,
    FormTable,
    elements_of,
    entry_key_of,
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
from forms.registers.keeping import few_entries
from forms.statistics.settings import (
    DAY,
    MONTH,
    TIMES,
    YEAR,
    Settings,
    SettingsRefused,
    checked,
    heading_of,
)
from forms.statistics.tables import MOST_GROUPS, Figures, ResultTable, result_table, too_many_groups
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
    stands once in a submission, or in a row, is not added up for each of the rows inside.
    ``unit`` is the way to the group, ``rows`` its rows and those around them, ``row_of`` says by
    the id of a column in which of these it stands.
    """

    table: FormTable
    columns: Mapping[str, Column]
    measured: Mapping[str, Column]
    unit: tuple[Column, ...] = ()
    rows: Sequence[TableValuedAlias] = ()
    row_of: Mapping[str, Element] = field(default_factory=dict)

    def _row(self, column: Column) -> Element | None:
        return self.row_of.get(column.id)

    def number(self, column: Column) -> Element:
        """Return the answer as a number."""
        return number_of(self.table, column, self._row(column))

    def total(self, column: Column) -> Element:
        """Return the sum of the answers."""
        return total_of(self.table, column, self._row(column))

    def answer(self, column: Column) -> Element:
        """Return the answer as it is stored, of an entry of a list its key."""
        row = self._row(column)
        if column.kind == "entry":
            return entry_key_of(self.table, column, row)
        return json_of(self.table, column, row)

    def group(self, name: str) -> Element:
        """Return what a group is made by."""
        if name in TIMES:
            local = func.timezone("Europe/Berlin", Submission.submitted_at)
            return func.to_char(local, _FORMATS[name])
        column = self.columns[name]
        if not column.is_answer:
            return text_of(self.table, column)
        row = self._row(column)
        if column.kind == "entry":
            return entry_key_of(self.table, column, row)
        # "Nicht erhoben" is stored as an object; its reason is free text and no group.
        is_choice = func.jsonb_typeof(json_of(self.table, column, row)) != "object"
        return case((is_choice, text_of(self.table, column, row)))

    def entry_names(
        self, session: Session, name: str, conditions: Sequence[ColumnElement[bool]]
    ) -> dict[str, str]:
        """Return what the entries are called by which ``name`` groups, by key, first by name.

        Those of a register that nobody chose are among them while they are few. An entry is
        called what it was called last when somebody chose it.
        """
        column = self.columns.get(name)
        if column is None or not isinstance(column.field, PickedField):
            return {}
        row = self._row(column)
        key: ColumnElement[object] = entry_key_of(self.table, column, row).label("key")
        names = aggregate_order_by(
            cast(text_of(self.table, column, row), Text), Submission.submitted_at.desc()
        )
        query = select(key, func.array_agg(names)[1]).select_from(Submission).where(*conditions)
        for one in self.rows:
            query = query.join(one, true())
        chosen = session.execute(query.group_by(key).limit(MOST_GROUPS * 4))
        found = {str(key): str(name or key) for key, name in chosen if key}
        found = few_entries(session, column.field.register, MOST_GROUPS) | found
        return dict(sorted(found.items(), key=lambda one: (one[1].lower(), one[0])))

    def heading(self, name: str) -> str:
        """Return what a group is called."""
        return TIMES[name] if name in TIMES else self.columns[name].heading


def counting_source(table: FormTable, settings: Settings) -> Source:
    """Return what ``settings`` count one by one. Raises `SettingsRefused`."""
    if not settings.unit:
        return Source(table, table.columns, table.columns)
    path = next((one for one in table.row_groups() if one[-1].id == settings.unit), None)
    if path is None:
        raise SettingsRefused("einheit", _("Wählen Sie, was einzeln zählt."))
    return rows_source(table, path)


def rows_source(table: FormTable, path: tuple[Column, ...]) -> Source:
    """Return the rows of the repeat group at the end of ``path`` as what is counted."""
    rows = elements_of(table, path)
    columns, row_of = dict(table.columns), dict[str, Element]()
    inner: Mapping[str, Column] = table.columns
    for group, elements in zip(path, rows, strict=True):
        inner = table.row_columns(group)
        columns |= inner
        row_of |= dict.fromkeys(inner, elements.c.value)
    return Source(table, columns, inner, path, rows, row_of)


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
    conditions = counted_submissions(session, table, settings)
    query = (
        select(
            func.coalesce(cast(row, Text), "").label("row"),
            func.coalesce(cast(column, Text), "").label("column"),
            func.count(),
            func.count(source.number(measure)) if measure else literal(0),
            source.total(measure) if measure else literal(Decimal(0)),
        )
        .select_from(Submission)
        .where(*conditions)
        .group_by("row", "column")
        .limit(MOST_GROUPS**2 * 4)
    )
    for elements in source.rows:
        query = query.join(elements, true())
    with bounded(session, SECONDS):
        found = [_counted(one) for one in session.execute(query)]
        names = {
            name: source.entry_names(session, name, conditions)
            for name in (settings.rows, settings.columns)
        }
    rows = _groups(source, settings.rows, {one.row for one in found}, names)
    columns = (
        _groups(source, settings.columns, {one.column for one in found}, names)
        if settings.columns
        else []
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
    return replace(table_shown, unit=heading_of(source.unit))


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


def _groups(
    source: Source, name: str, found: set[str], entries: Mapping[str, Mapping[str, str]]
) -> list[Group]:
    """Return the groups in the order they are read, those without a submission too."""
    if name in TIMES:
        return _times(name, sorted(found))
    column = source.columns[name]
    if name == ORGANISATION:
        return [Group(one, one or _("Eigenes Amt")) for one in sorted(found)]
    return _options(dict(column.options) | dict(entries[name]), found)


def _options(known: Mapping[str, str], found: set[str]) -> list[Group]:
    labels = {one: one for one in sorted(found) if one} | dict(known)
    order = list(known)
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
            raise too_many_groups()
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
