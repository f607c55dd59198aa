"""The sheets of an export: one of the submissions, one for each repeat group.

The rows of a group are joined to their submission by its number; ``Zeile`` counts them, ``2.1`` is
the first row of a group inside the second row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from forms.elements import Field, InfoField, RepeatField, Row
from forms.exports.cells import Cell, cell_of
from forms.lists.columns import NUMBER, ORGANISATION, RECEIVED, STATE, VERSION, Column, KnownVersion
from forms.lists.conditions import FormTable
from forms.lists.searching import Row as Submitted
from forms.lists.values import field_of, stored_value
from forms.procedure.states import SUBMISSION_STATES
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(slots=True)
class GroupSheet:
    """The rows of one repeat group; ``path`` are the ids of the groups that lead to it."""

    path: tuple[str, ...]
    title: str
    columns: dict[str, str] = field(default_factory=dict)
    """Label by id of the field, in the order of the newest version."""

    @property
    def headings(self) -> list[str]:
        """Return the headings of the sheet."""
        return [_("Vorgangsnummer"), _("Zeile"), *self.columns.values()]


def group_sheets(table: FormTable) -> list[GroupSheet]:
    """Return a sheet for every repeat group of any version, inner ones after their outer one."""
    sheets: dict[tuple[str, ...], GroupSheet] = {}
    for version in sorted(table.versions, key=lambda one: one.number, reverse=True):
        for one in version.definition.fields.values():
            if isinstance(one, RepeatField):
                _collect(one, (), "", sheets)
    return list(sheets.values())


def _collect(
    group: RepeatField,
    outer: tuple[str, ...],
    outer_title: str,
    sheets: dict[tuple[str, ...], GroupSheet],
) -> None:
    path = (*outer, group.id)
    title = f"{outer_title}, {group.label}" if outer_title else group.label
    sheet = sheets.setdefault(path, GroupSheet(path, title))
    for column in group.fields:
        if not isinstance(column, InfoField | RepeatField):
            sheet.columns.setdefault(column.id, column.label)
    for inner in group.groups:
        _collect(inner, path, title, sheets)


def submission_cells(table: FormTable, columns: Sequence[Column], row: Submitted) -> list[Cell]:
    """Return the cells of one submission."""
    version = table.version(row.version_id)
    known: dict[str, Cell] = {
        NUMBER: row.number,
        RECEIVED: row.submitted_at.astimezone(BERLIN).replace(tzinfo=None, microsecond=0),
        ORGANISATION: row.organisation_name,
        STATE: SUBMISSION_STATES.get(row.state, row.state),
        VERSION: version.number,
    }
    return [
        _answer(column, version, row) if column.is_answer else known[column.id]
        for column in columns
    ]


def _answer(column: Column, version: KnownVersion, row: Submitted) -> Cell:
    found = field_of(column, version.definition, version.id)
    return None if found is None else cell_of(found, stored_value(found, row.answers))


def group_cells(table: FormTable, sheet: GroupSheet, row: Submitted) -> Iterator[list[Cell]]:
    """Yield the rows that one submission has in a group."""
    fields = table.version(row.version_id).definition.fields
    outer = next((one for one in fields.values() if one.id == sheet.path[0]), None)
    if not isinstance(outer, RepeatField):
        return
    value = stored_value(outer, row.answers)
    if isinstance(value, list):
        for position, group, item in _rows(outer, value, sheet.path[1:], ""):
            by_id: dict[str, Field] = {one.id: one for one in group.fields}
            yield [
                row.number,
                position,
                *(
                    cell_of(by_id[one], item.get(by_id[one].key)) if one in by_id else None
                    for one in sheet.columns
                ),
            ]


def _rows(
    group: RepeatField, rows: Sequence[Row], inner: tuple[str, ...], before: str
) -> Iterator[tuple[str, RepeatField, Row]]:
    for place, row in enumerate(rows, start=1):
        position = f"{before}{place}"
        if not inner:
            yield position, group, row
            continue
        for nested in group.groups:
            value = row.get(nested.key)
            if nested.id == inner[0] and isinstance(value, list):
                yield from _rows(nested, value, inner[1:], f"{position}.")
