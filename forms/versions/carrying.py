"""Brings the answers of a draft from one version of a form into another.

Fields, columns, choices, rows and columns of a matrix are told by their ids: what was renamed or
moved keeps its answer. Nothing is dropped silently: an answer that the other version has no place
for is returned as a `RemovedAnswer`, in the words of the version it was given in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forms.answer_texts import answer_text
from forms.definition import FormDefinition
from forms.elements import (
    ROW_ID,
    ChoiceField,
    DeclarationField,
    Field,
    MatrixField,
    Option,
    RepeatField,
)
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.registry import has_value, kind_of
from forms.versions.changes import FormDiff, Grade
from forms.versions.judging import WIDENINGS
from tenants.language import _

_CHECKED_KINDS = frozenset({"label"})


@dataclass(frozen=True, slots=True)
class RemovedAnswer:
    """An answer that is no longer asked for: where it stood, and what it says."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A field to be checked by the person: its page and key in the new version, and why."""

    page_key: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class CarriedAnswers:
    """The answers in the other version, and what a person should know of it.

    ``completed_pages`` are those that need no second look: completed before and without notice.
    """

    answers: dict[str, Json]
    invalid: dict[str, str]
    completed_pages: tuple[str, ...]
    notices: tuple[Notice, ...]
    removed: tuple[RemovedAnswer, ...]


def carry_answers(
    old: FormDefinition,
    new: FormDefinition,
    diff: FormDiff,
    *,
    answers: Mapping[str, Json],
    invalid: Mapping[str, str],
    completed_pages: Sequence[str],
) -> CarriedAnswers:
    """Carry the stored answers of a draft from ``old`` to ``new``; ``diff`` is between the two.

    ``invalid`` are the raw texts by path, ``completed_pages`` keys of pages of ``old``.
    """
    resourced = frozenset(one.element_id for one in diff.changes if one.kind == "columns_from")
    carrier = _Carrier({one.id: one for one in new.fields.values()}, resourced)
    carried = carrier.fields(old.fields.values(), answers)
    notices = tuple(_notices(new, diff))
    noticed = {notice.page_key for notice in notices}
    renamed = _renamed_pages(old, new)
    return CarriedAnswers(
        answers=carried,
        invalid=carrier.texts(old, invalid),
        completed_pages=tuple(
            renamed[key] for key in completed_pages if renamed.get(key, "") not in {"", *noticed}
        ),
        notices=notices,
        removed=tuple(carrier.removed),
    )


def _renamed_pages(old: FormDefinition, new: FormDefinition) -> dict[str, str]:
    keys = {page.id: page.key for page in new.pages}
    return {page.key: keys[page.id] for page in old.pages if page.id in keys}


def _notices(new: FormDefinition, diff: FormDiff) -> Iterator[Notice]:
    """Yield what to look at: whatever is not compatible, and questions that read differently."""
    places = dict(_places(new))
    for change in diff.changes:
        place = places.get(change.element_id)
        if place and (change.grade is not Grade.COMPATIBLE or change.kind in _CHECKED_KINDS):
            page_key, key = place
            yield Notice(page_key, key, change.text)


def _places(definition: FormDefinition) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the id of each field with the key of its page and of its field at the top."""
    for page in definition.pages:
        for one in definition.fields_of(page):
            for inner in _with_columns(one):
                yield inner.id, (page.key, one.key)


def _with_columns(one: Field) -> Iterator[Field]:
    yield one
    if isinstance(one, RepeatField):
        for column in one.fields:
            yield from _with_columns(column)


@dataclass(slots=True)
class _Carrier:
    """Carries answers and collects what has no place any more.

    ``targets`` are by id, ``resourced`` the ids of matrices whose columns come from elsewhere.
    """

    targets: Mapping[str, Field]
    resourced: frozenset[str]
    removed: list[RemovedAnswer] = field(default_factory=list)

    def fields(self, fields: Iterable[Field], answers: Mapping[str, Json]) -> dict[str, Json]:
        carried: dict[str, Json] = {}
        for one in fields:
            stored = answers.get(one.key)
            target = self.targets.get(one.id)
            if stored is None:
                continue
            value = self._value(one, target, stored, one.label) if target else None
            if target is None:
                self._remove(one, stored, one.label)
            elif value is not None:
                carried[target.key] = value
        return carried

    def _remove(self, one: Field, stored: Json, place: str) -> None:
        text = answer_text(stored, one)
        if text:
            self.removed.append(RemovedAnswer(place, text))

    def _value(self, old: Field, new: Field, stored: Json, place: str) -> Json:
        if isinstance(old, RepeatField) and isinstance(new, RepeatField):
            return self._rows(old, new, stored, place)
        if isinstance(old, MatrixField) and isinstance(new, MatrixField):
            return self._cells(old, new, stored, place)
        if isinstance(old, ChoiceField) and isinstance(new, ChoiceField):
            return self._choice(old, new, stored, place)
        if isinstance(old, DeclarationField) and isinstance(new, DeclarationField):
            if old.text == new.text:
                return stored
            # Nobody has declared the new text.
            self._remove(old, stored, _("{place}: „{text}“").format(place=place, text=old.text))
            return None
        if old.type == new.type or (old.type, new.type) in WIDENINGS:
            return stored
        return self._converted(old, new, stored, place)

    def _converted(self, old: Field, new: Field, stored: Json, place: str) -> Json:
        """Return the answer to another type if it can be read as that, as it was written."""
        if has_value(old) and has_value(new):
            try:
                value = kind_of(old).load(old, stored)
                entry = kind_of(old).entry(old, value)
                read = kind_of(new).parse(new, [entry]) if entry else None
                if read is not None:
                    return kind_of(new).dump(new, read)
            except EntryError:
                pass
        self._remove(old, stored, place)
        return None

    def _rows(self, old: RepeatField, new: RepeatField, stored: Json, place: str) -> Json:
        if not isinstance(stored, list):
            return stored
        columns = {column.id: column for column in new.fields}
        rows: list[Json] = []
        for number, row in enumerate(stored, start=1):
            if not isinstance(row, dict):
                continue
            inner = _Carrier(columns, self.resourced)
            carried = inner.fields(old.fields, row)
            if isinstance(row.get(ROW_ID), str):
                carried = {ROW_ID: row[ROW_ID], **carried}
            rows.append(dict(carried))
            where = f"{place}, {old.item_label} {number}"
            self.removed += [
                RemovedAnswer(f"{where}: {one.place}", one.text) for one in inner.removed
            ]
        return rows

    def _choice(self, old: ChoiceField, new: ChoiceField, stored: Json, place: str) -> Json:
        values = _renamed(old.options, new.options)
        chosen = stored if isinstance(stored, list) else [stored]
        kept: list[Json] = []
        for value in chosen:
            renamed = values.get(str(value))
            if renamed is None:
                self._remove(old, [value] if isinstance(stored, list) else value, place)
            else:
                kept.append(renamed)
        if new.type == "checkboxes":
            return kept or None
        # One choice where there were several: only a person knows which.
        if len(kept) > 1:
            self._remove(old, stored, place)
            return None
        return kept[0] if kept else None

    def _cells(self, old: MatrixField, new: MatrixField, stored: Json, place: str) -> Json:
        if not isinstance(stored, dict):
            return stored
        new_rows = {row.id: row.key for row in new.rows}
        new_columns = {column.id: column.key for column in new.columns}
        rows = {row.key: (row.label, new_rows.get(row.id)) for row in old.rows}
        columns = {one.key: (one.label, new_columns.get(one.id)) for one in old.columns}
        same_source = new.columns_from is not None and new.id not in self.resourced
        values = _renamed(old.cells, new.cells)
        carried: dict[str, dict[str, Json]] = {}
        for row_key, cells in stored.items():
            for column_key, cell in cells.items() if isinstance(cells, dict) else ():
                row_label, row = rows.get(row_key, (row_key, None))
                fallback = (column_key, column_key if same_source else None)
                column_label, column = columns.get(column_key, fallback)
                value = values.get(str(cell))
                if row is None or column is None or value is None:
                    self._remove(old, cell, f"{place}, {row_label}, {column_label}")
                else:
                    carried.setdefault(row, {})[column] = value
        return {key: dict(cells) for key, cells in carried.items()} or None

    # ---- texts that could not be read

    def texts(self, old: FormDefinition, invalid: Mapping[str, str]) -> dict[str, str]:
        """Return the raw texts at their new paths; those without a place are removed answers."""
        carried: dict[str, str] = {}
        for path, text in invalid.items():
            renamed = _renamed_path(path, old.fields, self.targets)
            if renamed is not None:
                carried[renamed] = text
            elif text:
                source = old.field_at(path)
                place = source.label if source is not None else path
                self.removed.append(RemovedAnswer(place, text))
        return carried


def _renamed(old: Sequence[Option], new: Sequence[Option]) -> dict[str, str]:
    """Return the new value by the old one, for each choice that is still there."""
    values = {option.id: option.value for option in new}
    return {option.value: values[option.id] for option in old if option.id in values}


def _renamed_path(path: str, old: Mapping[str, Field], new: Mapping[str, Field]) -> str | None:
    """Return ``kosten[0].betrag`` in the keys of the new version, None without a place there.

    ``old`` are fields by key, ``new`` by id. A cell of a matrix is never unreadable.
    """
    key, bracket, rest = path.partition("[")
    source = old.get(key)
    target = new.get(source.id) if source is not None else None
    if source is None or target is None:
        return None
    if not bracket:
        return target.key if not isinstance(target, RepeatField | MatrixField) else None
    index, _bracket, inner = rest.partition("].")
    if not isinstance(source, RepeatField) or not isinstance(target, RepeatField):
        return None
    column = _renamed_path(
        inner,
        {column.key: column for column in source.fields},
        {column.id: column for column in target.fields},
    )
    return f"{target.key}[{index}].{column}" if column is not None else None
