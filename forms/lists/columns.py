"""The columns of a form's submissions, united over its versions by the id of the field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from forms.definition import FormDefinition
from forms.definition_names import repeat_groups
from forms.elements import (
    CalculatedField,
    ChoiceField,
    Field,
    InfoField,
    MatrixField,
    PartsField,
    RepeatField,
    ScaleField,
)
from forms.fields.picked import PickedField
from tenants.language import _

ColumnKind: TypeAlias = Literal[
    "moment",
    "text",
    "number",
    "date",
    "yes_no",
    "choice",
    "choices",
    "entry",
    "rows",
    "matrix",
    "other",
]
"""``entry`` is an entry of a list, read by its name; ``other`` is shown and never searched: several
parts, or an answer that is masked."""

RECEIVED = "eingang"
NUMBER = "nummer"
ORGANISATION = "traeger"
STATE = "stand"
VERSION = "fassung"

OPEN_CLASSES = frozenset({"K0", "K1"})
"""Classes of a field whose entries may be told apart even where each of them is a person."""


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A published version of the form with its parsed definition."""

    id: str
    number: int
    definition: FormDefinition


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    ``id`` is the id of the field, for what the product itself knows one of the words above.
    ``places`` says under which key the answer stands in which versions. ``until`` is the last
    version that asked for it, None while the newest still does.
    """

    id: str
    label: str
    kind: ColumnKind
    places: tuple[tuple[str, frozenset[str]], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    until: int | None = None
    page_title: str = ""
    field: Field | None = None
    """The field as its newest version has it, None for what the product itself knows."""
    names_people: bool = False
    """Whether the answer says who: nobody counts by it, whoever stands behind a figure."""

    @property
    def is_answer(self) -> bool:
        """Say whether the column shows an answer."""
        return bool(self.places)

    @property
    def heading(self) -> str:
        """Return the label, with the last version for what is no longer asked."""
        if self.until is None:
            return self.label
        return _("{label} (bis Fassung {number})").format(label=self.label, number=self.until)


def system_columns(states: Iterable[tuple[str, str]]) -> tuple[Column, ...]:
    """Return what the product knows of every submission; ``states`` with their German words."""
    return (
        Column(NUMBER, _("Vorgangsnummer"), "text"),
        Column(RECEIVED, _("Eingang"), "moment"),
        Column(ORGANISATION, _("Träger"), "text"),
        Column(STATE, _("Stand"), "choice", options=tuple(states)),
        Column(VERSION, _("Fassung"), "number"),
    )


def answer_columns(
    versions: Sequence[KnownVersion], things: frozenset[str] = frozenset()
) -> tuple[Column, ...]:
    """Return a column for every answer of any version, in the order of the newest version.

    ``versions`` may come in any order. What only older versions asked stands at the end.
    ``things`` are the keys of the registers whose entries are known to be no persons.
    """
    asked = (
        (version, page.title, field)
        for version in _newest_first(versions)
        for page in version.definition.pages
        for section in page.sections
        for field in section.fields
    )
    return _united(asked, versions, things)


def row_columns(
    versions: Sequence[KnownVersion], group: Column, things: frozenset[str] = frozenset()
) -> tuple[Column, ...]:
    """Return the columns of the rows of a repeat group, as `answer_columns` does for the form.

    Groups that stand in its rows are among them.
    """
    asked = (
        (version, group.label, field)
        for version in _newest_first(versions)
        for repeat in repeat_groups(version.definition.pages).values()
        if repeat.id == group.id
        for field in repeat.fields
    )
    return _united(asked, versions, things)


def _newest_first(versions: Iterable[KnownVersion]) -> list[KnownVersion]:
    return sorted(versions, key=lambda version: version.number, reverse=True)


def _united(
    asked: Iterable[tuple[KnownVersion, str, Field]],
    versions: Iterable[KnownVersion],
    things: frozenset[str],
) -> tuple[Column, ...]:
    """Return a column for each id of a field; ``asked`` has the newest version first."""
    by_id: dict[str, list[tuple[KnownVersion, str, Field]]] = {}
    for one in asked:
        if not isinstance(one[2], InfoField):
            by_id.setdefault(one[2].id, []).append(one)
    newest = max((version.number for version in versions), default=0)
    return tuple(_column(found, newest, things) for found in by_id.values())


def _column(
    found: Sequence[tuple[KnownVersion, str, Field]], newest: int, things: frozenset[str]
) -> Column:
    last, page_title, field = found[0]
    places: dict[str, set[str]] = {}
    for version, _title, one in found:
        places.setdefault(one.key, set()).add(version.id)
    fields = [one for _version, _title, one in found]
    kind = kind_of_column(field)
    return Column(
        id=field.id,
        label=field.label,
        kind=kind,
        places=tuple((key, frozenset(ids)) for key, ids in places.items()),
        options=_options_of_all(kind, fields),
        until=None if last.number == newest else last.number,
        page_title=page_title,
        field=field,
        names_people=any(_names_people(one, things) for one in fields),
    )


def _options_of_all(kind: ColumnKind, fields: Iterable[Field]) -> tuple[tuple[str, str], ...]:
    """Return every option that any version offered, with its newest label."""
    if kind == "yes_no":
        return (("true", _("Ja")), ("false", _("Nein")))
    options: dict[str, str] = {}
    for field in fields:
        if isinstance(field, ChoiceField):
            for option in field.options:
                options.setdefault(option.value, option.label)
    return tuple(options.items())


def _names_people(field: Field, things: frozenset[str]) -> bool:
    """Say whether an answer names a person; a register of which nobody said so may hold people."""
    if not isinstance(field, PickedField) or field.data_class in OPEN_CLASSES:
        return False
    return field.type == "person" or (field.type == "register" and field.register not in things)


def kind_of_column(field: Field) -> ColumnKind:
    """Return how the answers of ``field`` are shown, filtered and sorted.

    What is masked for the viewer is not searched either: finding it would tell it.
    """
    if isinstance(field, RepeatField):
        return "rows"
    if isinstance(field, MatrixField):
        return "matrix"
    if isinstance(field, PickedField) and not field.is_masked:
        return "entry"
    if field.is_masked or isinstance(field, PartsField | ScaleField):
        return "other"
    if isinstance(field, ChoiceField):
        return "choices" if field.type == "checkboxes" else "choice"
    name = field.result if isinstance(field, CalculatedField) else field.type
    return _KINDS.get(name, "text")


_KINDS: dict[str, ColumnKind] = {
    "decimal": "number",
    "money": "number",
    "integer": "number",
    "percent": "number",
    "hours": "number",
    "date": "date",
    "yes_no": "yes_no",
    "declaration": "yes_no",
}


def is_hours(field: Field | None) -> bool:
    """Say whether the answers are stored as minutes and read as hours."""
    if isinstance(field, CalculatedField):
        return field.result == "hours"
    return field is not None and field.type == "hours"
