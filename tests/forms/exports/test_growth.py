"""An export of four times the submissions needs no more memory, and reads them in small parts."""

from __future__ import annotations

import tempfile
import tracemalloc
from dataclasses import replace
from typing import BinaryIO, cast

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from forms.exports.exporting import FORMATS, Selection, write_export
from forms.lists.filters import View
from forms.lists.searching import open_table
from forms.models import Form
from forms.viewer import Viewer
from tenants.context import acting_as
from tests.support.installation import Installation
from tools.bench.submissions import LargeTenant, fill, scope_of

SIZES = (1_000, 4_000)


@pytest.fixture(scope="module")
def tenants(installation: Installation) -> list[LargeTenant]:
    return fill(installation, SIZES, total=sum(SIZES) + 1, tenants=len(SIZES) + 1)


def selection_of(session: Session) -> Selection:
    form = session.scalars(select(Form)).one()
    table = open_table(session, form.id, Viewer(frozenset({"fachkraft"})))
    columns = list(table.columns.values())
    view = replace(View(), columns=tuple(table.columns))
    return Selection(form, table, view, (), columns, own_only=False)


def measure(installation: Installation, large: LargeTenant, kind: str) -> tuple[int, int]:
    """Return the most memory that an export needs in bytes, and how many rows it wrote."""
    with acting_as(scope_of(large)), installation.sessions() as session:
        selection = selection_of(session)
        with tempfile.TemporaryFile() as target:
            tracemalloc.start()
            try:
                count = write_export(
                    session, selection, FORMATS[kind], cast(BinaryIO, target), seconds=600
                )
                _now, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    return most, count


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_memory_does_not_grow_with_the_number_of_submissions(
    installation: Installation, tenants: list[LargeTenant], kind: str
) -> None:
    small, large = tenants
    least, rows = measure(installation, small, kind)
    most, many = measure(installation, large, kind)
    assert (rows, many) == SIZES
    assert most < least * 1.3


def test_the_database_gives_the_rows_part_by_part(
    installation: Installation, tenants: list[LargeTenant]
) -> None:
    """A statement of its own for all of them would bring them all at once."""
    engine = installation.sessions.kw["bind"]
    cursors: list[object] = []

    def note(_connection: object, cursor: object, *_rest: object) -> None:
        cursors.append(cursor)

    large = tenants[1]
    with acting_as(scope_of(large)), installation.sessions() as session:
        selection = selection_of(session)
        event.listen(engine, "after_cursor_execute", note)
        try:
            with tempfile.TemporaryFile() as target:
                write_export(session, selection, FORMATS["csv"], cast(BinaryIO, target))
        finally:
            event.remove(engine, "after_cursor_execute", note)
    named = [one for one in cursors if getattr(one, "name", None)]
    assert len(named) == 1
    assert len(cursors) < 10
