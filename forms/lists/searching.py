"""Finding submissions of a form, page by page.

Pages are found by key, not by counting rows: the address of the next page names the last row that
was shown, and the index leads there. Under row-level security PostgreSQL uses an index only for
leakproof operators; tenant, form and time of receipt are, JSONB is not. So a filter or an order by
an answer reads the form's submissions one after the other, at most for `SECONDS`; the answer is
then "narrow it down", never a page that hangs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from psycopg.errors import QueryCanceled
from sqlalchemy import ColumnElement, Select, func, literal, select, text, tuple_
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, undefer
from sqlalchemy.sql.elements import Tuple

from forms.definition_names import all_fields
from forms.expressions.nodes import Json
from forms.fields.picked import PickedField
from forms.lists.columns import RECEIVED, KnownVersion, answer_columns, system_columns
from forms.lists.conditions import Element, FormTable, matches, order_of
from forms.lists.filters import Condition, View
from forms.models import Form, FormVersion, Submission
from forms.procedure.states import SUBMISSION_STATES
from forms.procedure.viewing import readable_form
from forms.publishing import FormUnknown, definition_of
from forms.registers.models import Register
from forms.viewer import Viewer
from tenants.context import current_scope
from tenants.isolation import GUARDED
from tenants.language import _

SECONDS = 5
COUNTED = 10_000


class SearchTooSlow(RuntimeError):
    """The search would take too long; the message says how to narrow it down."""


@dataclass(frozen=True, slots=True)
class Row:
    """A submission as the table needs it."""

    id: str
    number: str
    state: str
    submitted_at: datetime
    organisation_name: str
    version_id: str
    content_sha256: str | None
    answers: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page is wanted: the one after or before a row, or the first."""

    direction: Literal["first", "after", "before"] = "first"
    submission_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows; ``count`` is exact up to `COUNTED`, None when it was not counted."""

    rows: list[Row] = field(default_factory=list)
    has_previous: bool = False
    has_next: bool = False
    count: int | None = None
    is_more: bool = False


def open_table(session: Session, form_id: str, viewer: Viewer) -> FormTable:
    """Return what the table of a form consists of, as far as ``viewer`` may see it."""
    rows = session.scalars(
        select(FormVersion)
        .where(FormVersion.form_id == form_id)
        .order_by(FormVersion.number)
        .options(undefer(FormVersion.definition))
    )
    versions = tuple(
        KnownVersion(row.id, row.number, readable_form(definition_of(row), viewer)) for row in rows
    )
    states = [(key, label) for key, label in SUBMISSION_STATES.items() if key != "draft"]
    things = _registers_of_things(session, versions)
    columns = (*system_columns(states), *answer_columns(versions, things))
    return FormTable(form_id, versions, {column.id: column for column in columns}, things)


def _registers_of_things(session: Session, versions: Iterable[KnownVersion]) -> frozenset[str]:
    """Return the keys of the registers that a form asks for and whose entries are no persons."""
    asked = {
        field.register
        for version in versions
        for field in all_fields(version.definition.pages)
        if isinstance(field, PickedField) and field.register
    }
    if not asked:
        return frozenset()
    query = select(Register.key).where(Register.key.in_(asked), Register.names_people.is_(False))
    return frozenset(session.scalars(query))


def find_form_table(session: Session, key: str, viewer: Viewer) -> tuple[Form, FormTable]:
    """Return a form that was ever published, by its key, with its table. Raises `FormUnknown`."""
    form = session.scalars(select(Form).where(Form.key == key)).first()
    table = open_table(session, form.id, viewer) if form else None
    if form is None or table is None or not table.versions:
        raise FormUnknown(_("Den Vordruck „{key}“ gibt es hier nicht.").format(key=key))
    return form, table


def visible_submissions(table: FormTable, *, own_only: bool) -> list[ColumnElement[bool]]:
    """Return the conditions for what the acting person may see: submitted, own side, own."""
    scope = current_scope()
    conditions: list[ColumnElement[bool]] = [
        Submission.form_id == table.form_id,
        Submission.submitted_at.is_not(None),
        Submission.state != "draft",
    ]
    if scope.organisation_id is not None:
        conditions.append(Submission.organisation_id == scope.organisation_id)
    if own_only:
        conditions.append(Submission.account_id == scope.account_id)
    return conditions


def find_rows(
    session: Session,
    table: FormTable,
    view: View,
    conditions: Sequence[Condition],
    *,
    own_only: bool,
    turn: Turn,
    size: int,
) -> Found:
    """Return a page of submissions that the acting person may see. Raises `SearchTooSlow`.

    A page whose row is gone or hidden meanwhile begins anew.
    """
    matching = [
        *visible_submissions(table, own_only=own_only),
        *(matches(table, condition) for condition in conditions),
    ]
    order = order_of(table, view.sort)
    with bounded(session, by_index=view.sort == RECEIVED):
        start = _start(session, order, turn)
        backwards = turn.direction == "before" and start is not None
        ascending = view.is_ascending is not backwards
        query = _selected(matching, order, ascending)
        if start is not None:
            key = tuple_(order, Submission.id)
            query = query.where(key > start if ascending else key < start)
        rows = [_row(one) for one in session.execute(query.limit(size + 1))]
        has_more = len(rows) > size
        rows = rows[:size]
        count = _count(session, matching) if turn.direction == "first" else None
    if backwards:
        rows.reverse()
    return Found(
        rows=rows,
        has_previous=has_more if backwards else start is not None,
        has_next=backwards or has_more,
        count=None if count is None else min(count, COUNTED),
        is_more=count is not None and count > COUNTED,
    )


def every_row(
    session: Session,
    table: FormTable,
    view: View,
    conditions: Sequence[Condition],
    *,
    own_only: bool,
) -> Iterator[Row]:
    """Yield all submissions of the view in its order, from the database in small parts.

    The transaction must stay open while rows are taken. There is no limit but that of the
    database's statements: who takes all, waits.
    """
    matching = [
        *visible_submissions(table, own_only=own_only),
        *(matches(table, condition) for condition in conditions),
    ]
    query = _selected(matching, order_of(table, view.sort), view.is_ascending)
    for part in session.execute(query.execution_options(yield_per=500)).partitions():
        for one in part:
            yield _row(one)


@contextmanager
def bounded(session: Session, seconds: int = SECONDS, *, by_index: bool = False) -> Iterator[None]:
    """Let the enclosed statements take ``seconds`` each. Raises `SearchTooSlow` beyond that.

    With ``by_index`` the order comes from an index. PostgreSQL would sort instead: it takes the
    row rules for far more selective than they are, and then reads a whole form for one page.
    """
    wanted = {"statement_timeout": f"{seconds}s", "enable_sort": "off" if by_index else "on"}
    before = _set(session, wanted)
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        session.rollback()
        raise SearchTooSlow(
            _(
                "Diese Suche dauert zu lange. Grenzen Sie den Eingang auf ein Jahr oder einen Monat"
                " ein, oder nehmen Sie einen Filter weg."
            )
        ) from error
    _set(session, before)


def _set(session: Session, wanted: Mapping[str, str]) -> dict[str, str]:
    """Set settings of the database until the transaction ends; return what they were.

    One statement for all: each way to the database and back is part of every page's time.
    """
    # Read in a sub-query, which is done before anything is set.
    before = ", ".join(f"current_setting('{name}') AS was_{name}" for name in wanted)
    now = ", ".join(f"set_config('{name}', :{name}, true)" for name in wanted)
    names = ", ".join(f"was_{name}" for name in wanted)
    row = session.execute(
        text(
            f"WITH old AS MATERIALIZED (SELECT {before}) SELECT {names}, {now} FROM old"  # noqa: S608
        ),
        dict(wanted),
        execution_options={GUARDED: True},
    ).one()
    return {name: str(row[place]) for place, name in enumerate(wanted)}


_Selected: TypeAlias = Select[
    str, str | None, str, datetime | None, str, str, str | None, dict[str, Json]
]


def _selected(
    matching: Sequence[ColumnElement[bool]], order: Element, ascending: bool
) -> _Selected:
    query = select(
        Submission.id,
        Submission.number,
        Submission.state,
        Submission.submitted_at,
        Submission.organisation_name,
        Submission.form_version_id,
        Submission.content_sha256,
        Submission.answers,
    ).where(*matching)
    if ascending:
        return query.order_by(order.asc(), Submission.id.asc())
    return query.order_by(order.desc(), Submission.id.desc())


def _row(found: Sequence[object]) -> Row:
    identity, number, state, submitted_at, organisation, version, digest, answers = found
    if not isinstance(submitted_at, datetime) or not isinstance(answers, dict):
        raise TypeError("a submission without time of receipt in the table")
    return Row(
        id=str(identity),
        number=str(number or ""),
        state=str(state),
        submitted_at=submitted_at,
        organisation_name=str(organisation),
        version_id=str(version),
        content_sha256=None if digest is None else str(digest),
        answers=answers,
    )


def _start(session: Session, order: Element, turn: Turn) -> Tuple | None:
    """Return the place of the row that the page begins at: its value is not in the address."""
    if turn.direction == "first":
        return None
    value = session.execute(select(order).where(Submission.id == turn.submission_id)).first()
    if value is None:
        return None
    return tuple_(literal(value[0]), literal(turn.submission_id, Submission.id.type))


def _count(session: Session, matching: Sequence[ColumnElement[bool]]) -> int:
    """Return how many match, `COUNTED` + 1 for more: counting all of a large table is slow."""
    some = select(Submission.id).where(*matching).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
