"""What columns, filters and order of a form's table are to the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
)
from sqlalchemy.dialects.postgresql import ARRAY

from forms.lists.columns import (
    NUMBER,
    ORGANISATION,
    RECEIVED,
    STATE,
    VERSION,
    Column,
    KnownVersion,
    is_hours,
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


def text_of(table: FormTable, column: Column) -> Element:
    """Return the answer as stored text; null where there is none."""
    known = {
        NUMBER: Submission.number,
        ORGANISATION: Submission.organisation_name,
        STATE: Submission.state,
    }
    if column.id in known:
        return known[column.id]
    return _by_version(table, column, lambda key: Submission.answers[key].astext)


def json_of(table: FormTable, column: Column) -> Element:
    """Return the answer as stored JSON; null where there is none."""
    return _by_version(table, column, lambda key: Submission.answers[key])


def number_of(table: FormTable, column: Column) -> Element:
    """Return the answer as a number; null for what is none, as after a change of the type."""
    if column.id == VERSION:
        numbers = [
            (Submission.form_version_id == version.id, version.number) for version in table.versions
        ]
        return cast(case(*numbers), Numeric)
    stored = text_of(table, column)
    number = case((stored.op("~")(_NUMBER_PATTERN), cast(stored, Numeric)))
    return number / 60 if is_hours(column.field) else number


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
    """Say whether no other field ever used the key of ``column``."""
    key = column.places[0][0]
    return not any(
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
