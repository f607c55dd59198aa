"""The sheets of an export: one of the submissions, one for each repeat group.

The rows of a group are joined to their submission by its number; ``Zeile`` counts them, ``2.1`` is
the first row of a group inside the second row, and ``gehört zu`` then names the second.

A field whose answer is an entry of a list has several columns: the name of the entry, its key, and
what the form took over of it, as all that was when it was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from zoneinfo import ZoneInfo

from forms.elements import (
    Field,
    InfoField,
    PartsField,
    PartValues,
    RepeatField,
    Row,
    RowValue,
    Value,
)
from forms.exports.cells import Cell, cell_of
from forms.fields.picked import PickedField
from forms.fields.register_columns import NAME
from forms.lists.columns import NUMBER, ORGANISATION, RECEIVED, STATE, VERSION, Column, KnownVersion
from forms.lists.conditions import FormTable
from forms.lists.searching import Row as Submitted
from forms.lists.values import field_of, stored_value
from forms.procedure.states import SUBMISSION_STATES
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")

Source: TypeAlias = tuple[str, str]
"""Where a cell comes from: the id of the column, and the key of a part, empty for the whole."""


@dataclass(slots=True)
class GroupSheet:
    """The rows of one repeat group; ``path`` are the ids of the groups that lead to it."""

    path: tuple[str, ...]
    title: str
    columns: dict[Source, str] = field(default_factory=dict)
    """Heading by field and part, in the order of the newest version."""

    @property
    def is_inner(self) -> bool:
        """Say whether its rows stand in rows of another group."""
        return len(self.path) > 1

    @property
    def headings(self) -> list[str]:
        """Return the headings of the sheet."""
        keys = [_("Vorgangsnummer"), _("Zeile"), *([_("gehört zu Zeile")] if self.is_inner else [])]
        return [*keys, *self.columns.values()]


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
            for part, heading in _headings(column, column.label):
                sheet.columns.setdefault((column.id, part), heading)
    for inner in group.groups:
        _collect(inner, path, title, sheets)


def _headings(column: Field, label: str) -> list[tuple[str, str]]:
    """Return the columns of a field, each with the key of the part, empty for the whole answer."""
    parts = column.parts if isinstance(column, PickedField) and not column.is_masked else ()
    return [
        ("", label),
        *((part.key, f"{label}: {part.label}") for part in parts if part.key != NAME),
    ]


def submission_columns(table: FormTable, columns: Sequence[Column]) -> dict[Source, str]:
    """Return the heading of each cell of a submission by column and part.

    Parts come from every version, those of the newest first.
    """
    found: dict[Source, str] = {}
    for column in columns:
        found[column.id, ""] = column.heading
        for version in sorted(table.versions, key=lambda one: one.number, reverse=True):
            target = field_of(column, version.definition, version.id)
            for part, heading in _headings(target, column.heading) if target else ():
                found.setdefault((column.id, part), heading)
    return found


def submission_cells(table: FormTable, sources: Iterable[Source], row: Submitted) -> list[Cell]:
    """Return the cells of one submission; ``sources`` as in `submission_columns`."""
    version = table.version(row.version_id)
    known: dict[str, Cell] = {
        NUMBER: row.number,
        RECEIVED: row.submitted_at.astimezone(BERLIN).replace(tzinfo=None, microsecond=0),
        ORGANISATION: row.organisation_name,
        STATE: SUBMISSION_STATES.get(row.state, row.state),
        VERSION: version.number,
    }
    return [
        known[name] if name in known else _answer(table.columns[name], part, version, row)
        for name, part in sources
    ]


def _answer(column: Column, part: str, version: KnownVersion, row: Submitted) -> Cell:
    found = field_of(column, version.definition, version.id)
    return None if found is None else _cell(found, part, stored_value(found, row.answers))


def _cell(target: Field, part_key: str, value: Value | RowValue) -> Cell:
    if not part_key:
        return cell_of(target, value)
    part = target.part(part_key) if isinstance(target, PartsField) else None
    if part is None or target.is_masked or not isinstance(value, PartValues):
        return None
    return cell_of(part.field, value.values.get(part_key))


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
                *([position.rpartition(".")[0]] if sheet.is_inner else []),
                *(
                    _cell(by_id[one], part, item.get(by_id[one].key)) if one in by_id else None
                    for one, part in sheet.columns
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
