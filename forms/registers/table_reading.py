"""What the rows of an uploaded table mean for one register, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forms.exchange.report import ImportRefused
from forms.exchange.workbook import Sheet, SheetRow
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.register_columns import RegisterColumn, parse_cell, read_columns
from forms.german import read_date
from forms.registers.keeping import EntryContent
from forms.registers.models import Register
from tenants.language import _

KEY_HEADING = _("Schlüssel")
NAME_HEADING = _("Name")
OWNER_HEADING = _("Träger")
FROM_HEADING = _("Gültig ab")
UNTIL_HEADING = _("Gilt bis vor den")


@dataclass(frozen=True, slots=True)
class TableProblem:
    """Why a row cannot be taken in; ``row`` is its number in the file, 0 for the whole table."""

    row: int
    text: str


class TableRefused(ImportRefused):
    """A table cannot be taken in; nothing was changed."""

    def __init__(self, problems: Sequence[TableProblem]) -> None:
        super().__init__(_("Die Tabelle wurde nicht übernommen, es ist nichts geändert."))
        self.problems = tuple(problems)


def headings(register: Register) -> list[str]:
    """Return the headings of the register as a table."""
    columns = [column.label for column in read_columns(register.columns)]
    return [KEY_HEADING, NAME_HEADING, *columns, OWNER_HEADING, FROM_HEADING, UNTIL_HEADING]


@dataclass(slots=True)
class TableRow:
    """A row of the file as far as it could be read."""

    number: int
    key: str
    content: EntryContent


@dataclass(slots=True)
class TableReader:
    """Reads the rows of a table for one register and collects what is wrong."""

    columns: Mapping[str, RegisterColumn]
    """The columns by heading."""
    owners: Mapping[str, str]
    """The cooperating Träger: id by name in small letters."""
    problems: list[TableProblem] = field(default_factory=list)

    def row(self, row: SheetRow, headings: Mapping[str, str]) -> TableRow:
        """Read one row; ``headings`` says what the columns of the file are called here."""
        texts = {headings[name]: text for name, text in row.cells.items() if name in headings}
        for name in row.formulas:
            self._problem(
                row, _("„{name}“ ist eine Formel. Fügen Sie den Wert ein.").format(name=name)
            )
        values: dict[str, Json] = {}
        for heading, column in self.columns.items():
            value = self._value(row, column, texts.get(heading, ""))
            if value is not None:
                values[column.key] = value
        label = " ".join(texts.get(NAME_HEADING, "").split())
        if len(label) > 200:
            self._problem(row, _("Der Name hat mehr als 200 Zeichen."))
        return TableRow(
            row.number,
            texts.get(KEY_HEADING, ""),
            EntryContent(
                label=label[:200],
                owner_organisation_id=self._owner(row, texts.get(OWNER_HEADING, "")),
                values=values,
                valid_from=self._day(row, FROM_HEADING, texts),
                valid_until=self._day(row, UNTIL_HEADING, texts),
            ),
        )

    def _problem(self, row: SheetRow, text: str) -> None:
        self.problems.append(TableProblem(row.number, text))

    def _value(self, row: SheetRow, column: RegisterColumn, text: str) -> Json:
        # A decimal number from a workbook comes with a point, as our own CSV does with a comma.
        try:
            return parse_cell(column, text)
        except EntryError as error:
            self._problem(row, str(error))
            return None

    def _owner(self, row: SheetRow, name: str) -> str | None:
        if not name:
            return None
        owner = self.owners.get(" ".join(name.split()).casefold())
        if owner is None:
            self._problem(
                row,
                _("Ein Träger „{name}“ arbeitet hier nicht mit.").format(name=name[:80]),
            )
        return owner

    def _day(self, row: SheetRow, heading: str, texts: Mapping[str, str]) -> date | None:
        text = texts.get(heading, "")
        day = read_date(text)
        if text and day is None:
            self._problem(
                row,
                _("„{text}“ bei „{heading}“ ist kein Tag wie 01.08.2027.").format(
                    text=text[:40], heading=heading
                ),
            )
        return day


def known_headings(register: Register, sheet: Sheet) -> dict[str, str]:
    """Return what each heading of the file means here. Raises `TableRefused`."""
    by_word = {heading.casefold(): heading for heading in headings(register)}
    by_word |= {column.key: column.label for column in read_columns(register.columns)}
    found: dict[str, str] = {}
    problems: list[TableProblem] = []
    for name in filter(None, sheet.columns):
        heading = by_word.get(" ".join(name.split()).casefold())
        if heading is None:
            problems.append(
                TableProblem(
                    0,
                    _("Die Spalte „{name}“ gibt es in diesem Verzeichnis nicht.").format(
                        name=name[:80]
                    ),
                )
            )
        elif heading in found.values():
            problems.append(
                TableProblem(0, _("Die Spalte „{name}“ steht doppelt.").format(name=name[:80]))
            )
        else:
            found[name] = heading
    if NAME_HEADING not in found.values():
        problems.append(
            TableProblem(0, _("Es fehlt die Spalte „{name}“.").format(name=NAME_HEADING))
        )
    if problems:
        raise TableRefused(problems)
    return found


def doubled_keys(rows: Sequence[TableRow]) -> Iterator[TableProblem]:
    """Yield a problem for each key that an earlier row of the file has."""
    seen: dict[str, int] = {}
    for row in rows:
        if row.key and row.key in seen:
            yield TableProblem(
                row.number,
                _("Der Schlüssel „{key}“ steht schon in Zeile {row}.").format(
                    key=row.key, row=seen[row.key]
                ),
            )
        seen.setdefault(row.key, row.number)
