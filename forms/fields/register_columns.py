"""The columns of a Verzeichnis: a few types, read, kept and shown like fields of these types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.document_settings import Object, text
from forms.elements import DateField, Field, NumberField, Scalar, TextField
from forms.expressions.nodes import Json
from forms.fields.choices import YesNoKind
from forms.fields.dates import DateKind
from forms.fields.kind import Common, EntryError, FieldKind
from forms.fields.numbers import DecimalKind, IntegerKind, MoneyKind
from forms.fields.text import TextKind
from tenants.language import _

KEY = "schluessel"
NAME = "name"
"""What every entry has besides its columns, as rules and templates call it."""
MAXIMUM_COLUMNS = 20
MAXIMUM_CELL = 500
"""Characters of a text in a column."""

COLUMN_KINDS: dict[str, FieldKind] = {
    "text": TextKind(),
    "integer": IntegerKind(),
    "decimal": DecimalKind(),
    "money": MoneyKind(),
    "date": DateKind(),
    "yes_no": YesNoKind(),
}
COLUMN_TYPES: dict[str, str] = {
    "text": _("Text"),
    "integer": _("Ganze Zahl"),
    "decimal": _("Zahl mit Komma"),
    "money": _("Betrag in Euro"),
    "date": _("Datum"),
    "yes_no": _("Ja oder Nein"),
}
"""The types in the words of the page."""

_COLUMN_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Words of import and export, and what rules and templates read as something else.
_TAKEN = frozenset({KEY, NAME, "traeger", "gueltig_ab", "gueltig_bis", "funktion"})


@dataclass(frozen=True, slots=True)
class RegisterColumn:
    """A column; its ``key`` and ``type`` stay as they were when it was made."""

    key: str
    label: str
    type: str

    def document(self) -> dict[str, Json]:
        """Return the column as it is stored and as a field names it."""
        return {"key": self.key, "label": self.label, "type": self.type}


def read_columns(stored: Json) -> tuple[RegisterColumn, ...]:
    """Read stored columns; what is none is left out."""
    return tuple(
        RegisterColumn(text(one, "key"), text(one, "label"), text(one, "type"))
        for one in (stored if isinstance(stored, list) else ())
        if isinstance(one, dict) and one.get("type") in COLUMN_KINDS
    )


def column_problems(columns: tuple[RegisterColumn, ...]) -> Iterator[str]:
    """Yield in German what is wrong with the columns of a register."""
    if len(columns) > MAXIMUM_COLUMNS:
        yield _("Ein Verzeichnis hat höchstens {limit} Spalten.").format(limit=MAXIMUM_COLUMNS)
    keys = [column.key for column in columns]
    for column in columns:
        if not column.label:
            yield _("Geben Sie der Spalte „{key}“ einen Namen.").format(key=column.key)
        if not _COLUMN_KEY.fullmatch(column.key):
            yield _(
                "Der Schlüssel „{key}“ besteht nicht aus Kleinbuchstaben a–z, Ziffern und"
                " Unterstrich, beginnend mit einem Buchstaben."
            ).format(key=column.key[:64])
        elif is_taken(column.key):
            yield _("„{key}“ kann keine Spalte heißen; das Wort hat schon eine Bedeutung.").format(
                key=column.key
            )
        elif keys.count(column.key) > 1 and keys.index(column.key) == columns.index(column):
            yield _("Zwei Spalten haben den Schlüssel „{key}“.").format(key=column.key)
    headings = [column.label.casefold() for column in columns]
    for label in dict.fromkeys(one for one in headings if one and headings.count(one) > 1):
        yield _("Zwei Spalten heißen „{label}“.").format(label=columns[headings.index(label)].label)


def is_taken(key: str) -> bool:
    """Say whether no column may have ``key``: rules or templates read it as something else."""
    return key in _TAKEN or hasattr(dict, key)


def column_field(common: Common, column: RegisterColumn) -> Field:
    """Return the field that reads and shows the cells of ``column``, made with ``common``."""
    if column.type == "text":
        return TextField(**common, max_length=MAXIMUM_CELL)
    if column.type in ("integer", "decimal", "money"):
        places = 2 if column.type == "money" else None
        return NumberField(**common, places=places)
    return DateField(**common) if column.type == "date" else Field(**common)


def _plain_field(column: RegisterColumn) -> Field:
    return column_field(_common(column), column)


def parse_cell(column: RegisterColumn, typed: str) -> Json:
    """Read what was typed or imported, None for nothing. Raises `EntryError`."""
    field, kind = _plain_field(column), COLUMN_KINDS[column.type]
    known = {"ja": "ja", "nein": "nein", "true": "ja", "false": "nein", "x": "ja"}
    posted = known.get(typed.strip().casefold(), typed) if column.type == "yes_no" else typed
    value = kind.parse(field, [posted])
    if value is None:
        return None
    problems = kind.check(field, value)
    if problems:
        raise EntryError(problems[0])
    return kind.dump(field, value)


def load_cell(column: RegisterColumn, stored: Json) -> Scalar:
    """Read a stored cell, None for one that is empty or not of the column's type."""
    if stored is None:
        return None
    try:
        return COLUMN_KINDS[column.type].load(_plain_field(column), stored)
    except EntryError:
        return None


def cell_text(column: RegisterColumn, values: Mapping[str, Json]) -> str:
    """Return the cell of ``column`` for reading, empty for none."""
    value = load_cell(column, values.get(column.key))
    return "" if value is None else COLUMN_KINDS[column.type].display(_plain_field(column), value)


def cell_entry(column: RegisterColumn, values: Mapping[str, Json]) -> str:
    """Return the cell of ``column`` as an input shows it, empty for none."""
    value = load_cell(column, values.get(column.key))
    return "" if value is None else COLUMN_KINDS[column.type].entry(_plain_field(column), value)


def _common(column: RegisterColumn) -> Common:
    return Common(
        id="",
        key=column.key,
        type=column.type,
        label=column.label,
        page_key="",
        section_key="",
        repeat_key="",
        help="",
        required=False,
        required_level="error",
        visible=None,
        valid=(),
        data_class="",
        visible_to=(),
        prefill=None,
        not_recorded=None,
        shown_to=(),
    )


def columns_of(document: Object, name: str) -> tuple[RegisterColumn, ...]:
    """Read the columns that a field takes over, from its setting ``name``."""
    return read_columns(document.get(name))
