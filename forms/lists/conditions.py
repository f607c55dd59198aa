"""What columns, filters and order of a form's table are to the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Numeric,
    SQLColumnExpression,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    type_coerce,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.selectable import TableValuedAlias

from forms.expressions.nodes import Json
from forms.fields.register_columns import KEY, NAME
from forms.lists.columns import (
    NUMBER,
    ORGANISATION,
    RECEIVED,
    STATE,
    VERSION,
    Column,
    KnownVersion,
    is_hours,
    row_columns,
)
from forms.lists.filters import Condition
from forms.models import Submission

_NUMBER_PATTERN = r"^-?[0-9]{1,20}(\.[0-9]{1,20})?$"
_LOWEST = Decimal(-(10**40))

Element = SQLColumnExpression[object]


@dataclass(frozen=True, slots=True)
class FormTable:
    """A form with its versions and all columns that its submissions can show."""

    form_id: str
    versions: tuple[KnownVersion, ...]
    columns: Mapping[str, Column]
    things: frozenset[str] = frozenset()
    """The keys of the registers whose entries are known to be no persons."""

    def row_columns(self, group: Column) -> Mapping[str, Column]:
        """Return the columns of the rows of a repeat group, by id."""
        return {column.id: column for column in row_columns(self.versions, group, self.things)}

    def row_groups(self) -> list[tuple[Column, ...]]:
        """Return the way to every repeat group from the outermost, inner ones after their outer."""
        return self._groups_below(self.columns, ())

    def _groups_below(
        self, columns: Mapping[str, Column], above: tuple[Column, ...]
    ) -> list[tuple[Column, ...]]:
        found: list[tuple[Column, ...]] = []
        for column in columns.values():
            if column.kind == "rows":
                path = (*above, column)
                found += [path, *self._groups_below(self.row_columns(column), path)]
        return found

    @property
    def newest(self) -> KnownVersion:
        """Return the newest version."""
        return max(self.versions, key=lambda version: version.number)

    def version(self, version_id: str) -> KnownVersion:
        """Return the version with this id. Raises KeyError."""
        for version in self.versions:
            if version.id == version_id:
                return version
        raise KeyError(version_id)


def order_of(table: FormTable, sort: str) -> Element:
    """Return what the rows are ordered by; never null, so that pages follow each other."""
    column = table.columns.get(sort)
    if column is None or sort == RECEIVED:
        return Submission.submitted_at
    if column.kind == "number":
        return func.coalesce(number_of(table, column), _LOWEST)
    return func.coalesce(text_of(table, column), "")


def elements_of(table: FormTable, path: Sequence[Column]) -> list[TableValuedAlias]:
    """Return the rows of the repeat groups on the way to one, each as rows of a query.

    Each is joined to the one before it; its column is ``value``.
    """
    found: list[TableValuedAlias] = []
    for depth, group in enumerate(path, start=1):
        stored = json_of(table, group, found[-1].c.value if found else None)
        is_list = func.jsonb_typeof(stored) == "array"
        listed = case((is_list, stored), else_=cast(literal("[]"), JSONB))
        found.append(
            func.jsonb_array_elements(listed).table_valued(
                sql_column("value", JSONB), name=f"row_of_group_{depth}"
            )
        )
    return found


def text_of(table: FormTable, column: Column, row: Element | None = None) -> Element:
    """Return the answer as stored text; null where there is none.

    ``row`` is where the columns of a repeat group are read from (`elements_of`).
    """
    known = {
        NUMBER: Submission.number,
        ORGANISATION: Submission.organisation_name,
        STATE: Submission.state,
    }
    if column.id in known:
        return known[column.id]
    stored = _stored(row)
    if column.kind == "entry":
        return _by_version(table, column, lambda key: stored[key][NAME].astext)
    return _by_version(table, column, lambda key: stored[key].astext)


def entry_key_of(table: FormTable, column: Column, row: Element | None = None) -> Element:
    """Return the key of the entry that was chosen; null where there is none. As `text_of`."""
    stored = _stored(row)
    return _by_version(table, column, lambda key: stored[key][KEY].astext)


def json_of(table: FormTable, column: Column, row: Element | None = None) -> Element:
    """Return the answer as stored JSON; null where there is none. ``row`` as in `text_of`."""
    stored = _stored(row)
    return _by_version(table, column, lambda key: stored[key])


def _stored(row: Element | None) -> ColumnElement[dict[str, Json]]:
    return Submission.answers.expression if row is None else type_coerce(row, JSONB)


def number_of(table: FormTable, column: Column, row: Element | None = None) -> Element:
    """Return the answer as a number; null for what is none, as after a change of the type."""
    if column.id == VERSION:
        numbers = [
            (Submission.form_version_id == version.id, version.number) for version in table.versions
        ]
        return cast(case(*numbers), Numeric)
    number = _stored_number(table, column, row)
    return number / 60 if is_hours(column.field) else number


def _stored_number(table: FormTable, column: Column, row: Element | None) -> Element:
    stored = text_of(table, column, row)
    return case((stored.op("~")(_NUMBER_PATTERN), cast(stored, Numeric)))


def total_of(table: FormTable, column: Column, row: Element | None = None) -> Element:
    """Return the sum of the answers, 0 for none.

    Minutes are added up before they become hours: a third of an hour has no last place.
    """
    total = func.coalesce(func.sum(_stored_number(table, column, row)), 0)
    return total / 60 if is_hours(column.field) else total


def _by_version(table: FormTable, column: Column, read: Callable[[str], Element]) -> Element:
    """Return the answer from the key under which the submission's own version keeps it."""
    every = frozenset(version.id for version in table.versions)
    places = [(key, versions) for key, versions in column.places]
    if len(places) == 1 and (places[0][1] == every or _is_only_theirs(table, column)):
        return read(places[0][0])
    return case(
        *((Submission.form_version_id.in_(sorted(versions)), read(key)) for key, versions in places)
    )


def _is_only_theirs(table: FormTable, column: Column) -> bool:
    """Say whether no other field ever used the key of ``column``, one of a row perhaps."""
    key = column.places[0][0]
    return column.id in table.columns and not any(
        key == other_key
        for other in table.columns.values()
        if other.id != column.id
        for other_key, _versions in other.places
    )


def matches(table: FormTable, condition: Condition) -> ColumnElement[bool]:
    """Return the condition of a query that a filter means."""
    column = condition.column
    match column.kind:
        case "moment":
            return _between(Submission.submitted_at, condition.since, None, condition.before)
        case "number":
            return _between(number_of(table, column), condition.since, condition.until)
        case "date":
            return _between(text_of(table, column), _iso(condition.since), _iso(condition.until))
        case "choice" | "yes_no":
            return text_of(table, column).in_(condition.values)
        case "choices":
            wanted = cast(list(condition.values), ARRAY(Text))
            return json_of(table, column).op("?|", is_comparison=True)(wanted)
    return _contains(text_of(table, column), condition)


def _iso(day: object) -> str | None:
    """Days are stored as ISO texts, which sort as days do."""
    return day.isoformat() if isinstance(day, date) else None


def _between(
    value: Element, since: object, until: object, before: object = None
) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    if since is not None:
        parts.append(value >= since)
    if until is not None:
        parts.append(value <= until)
    if before is not None:
        parts.append(value < before)
    return and_(*parts)


def _contains(value: Element, condition: Condition) -> ColumnElement[bool]:
    if condition.is_exact:
        return func.lower(value) == condition.text.lower()
    return func.strpos(func.lower(value), condition.text.lower()) > 0
