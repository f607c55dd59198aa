"""Where the recipients of a run come from: submissions, a register, an uploaded table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.models import TemplateVersion
from forms.exchange.workbook import Sheet
from forms.fields.register_columns import cell_text, read_columns
from forms.lists.conditions import FormTable
from forms.lists.filters import Condition, View
from forms.lists.searching import every_row
from forms.registers.models import Register, RegisterEntry
from forms.registers.table_reading import KEY_HEADING, NAME_HEADING
from forms.surroundings import today_in_berlin
from tenants.language import _


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who shall get a document: a submission, or the texts of a row by heading."""

    label: str = ""
    submission_id: str | None = None
    template_version_id: str | None = None
    cells: Mapping[str, str] = field(default_factory=dict)
    row: int = 0
    formulas: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def published_versions(session: Session, template_id: str) -> dict[str, TemplateVersion]:
    """Return the published versions of a template by the version of the form that they fit."""
    found = session.scalars(
        select(TemplateVersion)
        .where(TemplateVersion.template_id == template_id, TemplateVersion.state == "published")
        .order_by(TemplateVersion.number)
    )
    return {one.form_version_id or "": one for one in found}


def of_submissions(
    session: Session,
    table: FormTable,
    view: View,
    conditions: Sequence[Condition],
    versions: Mapping[str, TemplateVersion],
) -> Iterator[Recipient]:
    """Yield the submissions of a view in its order; the transaction must stay open meanwhile."""
    numbers = {version.id: version.number for version in table.versions}
    for row in every_row(session, table, view, conditions, own_only=False):
        version = versions.get(row.version_id)
        label = ", ".join(filter(None, (row.number, row.organisation_name)))
        if version is not None:
            yield Recipient(label, row.id, version.id)
            continue
        problem = _("Für Fassung {number} des Vordrucks ist diese Vorlage nicht veröffentlicht.")
        number = numbers.get(row.version_id, "?")
        yield Recipient(label, row.id, problems=(problem.format(number=number),))


def register_columns(register: Register) -> list[str]:
    """Return the headings under which the entries of a register can be used."""
    return [KEY_HEADING, NAME_HEADING, *(one.label for one in read_columns(register.columns))]


def of_register(
    session: Session, register: Register, version: TemplateVersion
) -> Iterator[Recipient]:
    """Yield the entries of a register that hold today, by name."""
    columns = read_columns(register.columns)
    today = today_in_berlin()
    entries = session.scalars(
        select(RegisterEntry)
        .where(RegisterEntry.register_id == register.id)
        .order_by(RegisterEntry.label, RegisterEntry.key)
    )
    for entry in entries:
        if entry.is_valid(today):
            cells = {KEY_HEADING: entry.key, NAME_HEADING: entry.label}
            cells |= {one.label: cell_text(one, entry.values) for one in columns}
            yield Recipient(entry.label, None, version.id, cells)


def of_sheet(sheet: Sheet, version: TemplateVersion) -> Iterator[Recipient]:
    """Yield the rows of an uploaded table."""
    for row in sheet.rows:
        yield Recipient("", None, version.id, row.cells, row.number, row.formulas)
