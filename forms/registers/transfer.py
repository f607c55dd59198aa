"""Registers as tables: given out, and taken in from a file, wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.exchange.workbook import Sheet
from forms.exports.cells import Cell
from forms.expressions.nodes import Json
from forms.fields.register_columns import RegisterColumn, load_cell, read_columns
from forms.registers.keeping import (
    MAXIMUM_ENTRIES,
    EntryContent,
    RegisterRefused,
    apply_content,
    cooperating,
    new_entry,
)
from forms.registers.models import Register, RegisterEntry
from forms.registers.table_reading import (
    TableProblem,
    TableReader,
    TableRefused,
    TableRow,
    doubled_keys,
    known_headings,
)
from tenants.audit import record
from tenants.language import _


@dataclass(slots=True)
class TableOutcome:
    """What taking in a table did, in entries."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def table_rows(session: Session, register: Register) -> Iterator[list[Cell]]:
    """Yield every entry as typed cells, by name, in the order of `headings`."""
    columns = read_columns(register.columns)
    owners = cooperating(session)
    query = (
        select(RegisterEntry)
        .where(RegisterEntry.register_id == register.id, RegisterEntry.erased_at.is_(None))
        .order_by(RegisterEntry.label, RegisterEntry.key)
    )
    for entry in session.scalars(query):
        yield [
            entry.key,
            entry.label,
            *(_cell(column, entry.values) for column in columns),
            owners.get(entry.owner_organisation_id or "", ""),
            entry.valid_from,
            entry.valid_until,
        ]


def _cell(column: RegisterColumn, values: Mapping[str, Json]) -> Cell:
    value = load_cell(column, values.get(column.key))
    if isinstance(value, bool):
        return _("Ja") if value else _("Nein")
    return value if isinstance(value, str | int | Decimal | date) else None


def take_in_table(session: Session, register: Register, sheet: Sheet) -> TableOutcome:
    """Add and change the entries that a table names; others stay as they are.

    An entry is found by its key, without one by its exact name. The register's row must be
    locked. Raises `TableRefused` with every problem; then nothing is changed. Permission:
    Tenant-Admin.
    """
    owners = cooperating(session)
    reader = TableReader(
        {column.label: column for column in read_columns(register.columns)},
        {name.casefold(): identity for identity, name in owners.items()},
    )
    known = known_headings(register, sheet)
    rows = [reader.row(row, known) for row in sheet.rows]
    reader.problems += doubled_keys(rows)
    if reader.problems:
        raise TableRefused(reader.problems)
    outcome = _apply(session, register, rows, owners)
    session.flush()
    record(
        session,
        "register.table_taken_in",
        "register",
        register.id,
        added=outcome.added,
        changed=outcome.changed,
    )
    return outcome


def _apply(
    session: Session, register: Register, rows: Sequence[TableRow], owners: Mapping[str, str]
) -> TableOutcome:
    entries = session.scalars(
        select(RegisterEntry).where(
            RegisterEntry.register_id == register.id, RegisterEntry.erased_at.is_(None)
        )
    ).all()
    by_key = {entry.key: entry for entry in entries}
    by_label: dict[str, list[RegisterEntry]] = {}
    for entry in entries:
        by_label.setdefault(entry.label, []).append(entry)
    outcome, problems = TableOutcome(), []
    for row in rows:
        try:
            known = _existing(row, by_key, by_label)
            if known is None:
                added = new_entry(register, row.key, row.content, by_key, owners)
                by_key[added.key] = added
                session.add(added)
                outcome.added += 1
            elif _says(known) == _said(row.content):
                outcome.unchanged += 1
            else:
                apply_content(known, row.content, owners)
                outcome.changed += 1
        except RegisterRefused as refused:
            problems.append(TableProblem(row.number, str(refused)))
    if len(by_key) > MAXIMUM_ENTRIES:
        problems.append(
            TableProblem(
                0,
                _("Ein Verzeichnis hat höchstens {limit} Einträge.").format(limit=MAXIMUM_ENTRIES),
            )
        )
    if problems:
        raise TableRefused(problems)
    return outcome


def _existing(
    row: TableRow,
    by_key: Mapping[str, RegisterEntry],
    by_label: Mapping[str, list[RegisterEntry]],
) -> RegisterEntry | None:
    if row.key:
        return by_key.get(row.key)
    same = by_label.get(row.content.label, [])
    if len(same) > 1:
        raise RegisterRefused(
            _("„{name}“ gibt es mehrmals. Geben Sie den Schlüssel mit an.").format(
                name=row.content.label
            )
        )
    return same[0] if same else None


def _says(entry: RegisterEntry) -> tuple[object, ...]:
    return (
        entry.label,
        entry.owner_organisation_id,
        dict(entry.values),
        entry.valid_from,
        entry.valid_until,
    )


def _said(content: EntryContent) -> tuple[object, ...]:
    return (
        content.label,
        content.owner_organisation_id,
        dict(content.values),
        content.valid_from,
        content.valid_until,
    )
