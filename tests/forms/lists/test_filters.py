"""Filters are kept as typed and understood when they are used."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.lists.columns import RECEIVED, Column
from forms.lists.filters import (
    DEFAULT_COLUMNS,
    Filter,
    View,
    dump_view,
    fitting_view,
    load_view,
    read_conditions,
)

COLUMNS = {
    column.id: column
    for column in (
        Column(RECEIVED, "Eingang", "moment"),
        Column("betrag", "Betrag", "number"),
        Column("beginn", "Beginn", "date"),
        Column("name", "Name", "text"),
        Column("art", "Art", "choice", options=(("a", "A"), ("b", "B"))),
        Column("zeilen", "Zeilen", "rows"),
    )
}


def test_entries_are_read_as_germans_type_them() -> None:
    reading = read_conditions(
        [
            Filter("betrag", since="1.234,50", until="2000"),
            Filter("beginn", since="1. Juli 2026"),
            Filter("art", values=("a", "gibt-es-nicht")),
        ],
        COLUMNS,
    )
    amount, begin, kind = reading.conditions
    assert (amount.since, amount.until) == (Decimal("1234.50"), Decimal(2000))
    assert begin.since == date(2026, 7, 1)
    assert kind.values == ("a",)
    assert reading.mistakes == []


def test_a_day_of_receipt_is_a_day_of_berlin() -> None:
    """Summer begins on 29.03.2026: the day has 23 hours."""
    (condition,) = read_conditions(
        [Filter(RECEIVED, since="29.03.2026", until="29.03.2026")], COLUMNS
    ).conditions
    assert isinstance(condition.since, datetime) and condition.before is not None
    assert condition.since.astimezone(UTC) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert condition.before.astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mistake", "part"),
    [
        (Filter("betrag", since="viel"), "since"),
        (Filter("beginn", until="31.02.2026"), "until"),
        (Filter("beginn", until="1.1.0001"), "until"),
        (Filter(RECEIVED, until="31.12.9999"), "until"),
        (Filter("betrag", since="10", until="9"), "until"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_else_is_lost(mistake: Filter, part: str) -> None:
    reading = read_conditions([Filter("name", text="kim"), mistake], COLUMNS)
    assert [(one.index, one.part) for one in reading.mistakes] == [(1, part)]
    assert [condition.column.id for condition in reading.conditions] == ["name"]


def test_blank_unknown_and_unfilterable_columns_let_everything_through() -> None:
    filters = [Filter("name"), Filter("weg", text="x"), Filter("zeilen", text="x")]
    assert read_conditions(filters, COLUMNS).conditions == []


texts = st.text(max_size=20)
views = st.builds(
    View,
    filters=st.lists(
        st.builds(
            Filter, texts, texts, st.booleans(), texts, texts,
            st.lists(texts, max_size=3).map(tuple),
        ),
        max_size=5,
    ).map(tuple),
    columns=st.lists(texts, min_size=1, max_size=5).map(tuple),
    sort=st.text(min_size=1, max_size=9),
    is_ascending=st.booleans(),
)  # fmt: skip


@given(views)
def test_a_view_is_read_as_it_was_written(view: View) -> None:
    assert load_view(dump_view(view)) == view


json = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["filters", "columns", "sort", "is_ascending"]), json))
def test_nothing_stored_breaks_a_view(stored: dict[str, object]) -> None:
    view = fitting_view(load_view(stored), COLUMNS)  # type: ignore[arg-type]
    assert view.columns == DEFAULT_COLUMNS or set(view.columns) <= set(COLUMNS)
    assert view.sort in COLUMNS
    read_conditions(view.filters, COLUMNS)
