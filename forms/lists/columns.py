"""The columns of a form's submissions, united over its versions by the id of the field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from forms.definition import FormDefinition
from forms.definition_names import all_fields
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
from tenants.language import _

ColumnKind: TypeAlias = Literal[
    "moment", "text", "number", "date", "yes_no", "choice", "choices", "rows", "matrix", "other"
]
"""``other`` is shown and never searched: several parts, or an answer that is masked."""

RECEIVED = "eingang"
NUMBER = "nummer"
ORGANISATION = "traeger"
STATE = "stand"
VERSION = "fassung"


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


def answer_columns(versions: Sequence[KnownVersion]) -> tuple[Column, ...]:
    """Return a column for every answer of any version, in the order of the newest version.

    ``versions`` may come in any order. What only older versions asked stands at the end.
    """
    newest_first = sorted(versions, key=lambda version: version.number, reverse=True)
    if not newest_first:
        return ()
    newest = newest_first[0].number
    found: dict[str, Column] = {}
    places: dict[str, dict[str, set[str]]] = {}
    for version in newest_first:
        for page in version.definition.pages:
            for section in page.sections:
                for field in section.fields:
                    if isinstance(field, InfoField):
                        continue
                    places.setdefault(field.id, {}).setdefault(field.key, set()).add(version.id)
                    if field.id not in found:
                        until = None if version.number == newest else version.number
                        found[field.id] = _column(field, page.title, until)
    return tuple(
        _placed(column, places[column.id], _options_of_all(column, newest_first))
        for column in found.values()
    )


def row_columns(versions: Sequence[KnownVersion], group: Column) -> tuple[Column, ...]:
    """Return the columns of the rows of a repeat group, as `answer_columns` does for the form.

    Groups inside of it are left out.
    """
    newest_first = sorted(versions, key=lambda version: version.number, reverse=True)
    found: dict[str, Column] = {}
    places: dict[str, dict[str, set[str]]] = {}
    for version in newest_first:
        for field in version.definition.fields.values():
            if field.id != group.id or not isinstance(field, RepeatField):
                continue
            for inner in field.fields:
                if isinstance(inner, InfoField | RepeatField):
                    continue
                places.setdefault(inner.id, {}).setdefault(inner.key, set()).add(version.id)
                until = None if version is newest_first[0] else version.number
                found.setdefault(inner.id, _column(inner, group.label, until))
    return tuple(
        _placed(column, places[column.id], _options_of_all(column, newest_first))
        for column in found.values()
    )


def _column(field: Field, page_title: str, until: int | None) -> Column:
    return Column(
        field.id,
        field.label,
        kind_of_column(field),
        until=until,
        page_title=page_title,
        field=field,
    )


def _placed(
    column: Column, keys: dict[str, set[str]], options: tuple[tuple[str, str], ...]
) -> Column:
    return Column(
        column.id,
        column.label,
        column.kind,
        tuple((key, frozenset(ids)) for key, ids in keys.items()),
        options,
        column.until,
        column.page_title,
        column.field,
    )


def _options_of_all(
    column: Column, newest_first: Sequence[KnownVersion]
) -> tuple[tuple[str, str], ...]:
    """Return every option that any version offered, with its newest label."""
    if column.kind == "yes_no":
        return (("true", _("Ja")), ("false", _("Nein")))
    options: dict[str, str] = {}
    for version in newest_first:
        for field in all_fields(version.definition.pages):
            if field.id == column.id and isinstance(field, ChoiceField):
                for option in field.options:
                    options.setdefault(option.value, option.label)
    return tuple(options.items())


def kind_of_column(field: Field) -> ColumnKind:
    """Return how the answers of ``field`` are shown, filtered and sorted.

    What is masked for the viewer is not searched either: finding it would tell it.
    """
    if isinstance(field, RepeatField):
        return "rows"
    if isinstance(field, MatrixField):
        return "matrix"
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
