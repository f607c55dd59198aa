"""Reads what a browser posted for one page into the stored answers of a draft.

An input that was on the page but posted nothing (an unticked box, no choice) is told from an
input that was not on the page by its marker: a hidden input named ``<path>.__present``. Without
value and without marker the stored answer stays, so that answers of hidden fields survive.

Which names a page may post, says `forms.posted_names`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as made

from forms.answers import too_many_rows
from forms.definition import FormDefinition
from forms.elements import (
    MAXIMUM_FORM_ROWS,
    MAXIMUM_ROWS,
    ROW_ID,
    CalculatedField,
    Field,
    MatrixField,
    PartsField,
    RepeatField,
)
from forms.expressions.nodes import Json
from forms.fields.file import FileField
from forms.fields.picked import PickedField
from forms.fields.registry import dump_scalar, has_value
from forms.picking.choices import NO_CHOICES, Choices, meant_by
from forms.posted_names import (
    MARKER,
    Posted,
    PostedNames,
    drop_name,
    marker_name,
    pick_name,
    upload_name,
)
from forms.posted_values import PostedValues
from forms.rows import RowOperation, form_rows
from tenants.language import _

MAXIMUM_POSTED = 20_000
"""Fields that one post may carry."""
_ROW_IDENTITY = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class InputError:
    """A posted entry that could not be taken; ``text`` is German and names the field."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInput:
    """What a post made of a draft."""

    answers: dict[str, Json]
    """The whole answers of the draft, with those of the page replaced."""
    invalid: dict[str, str]
    """Raw texts of this page that could not be read, by path; their answers are absent."""
    errors: tuple[InputError, ...]
    operation: RowOperation | None = None
    """The row button that was pressed, not yet applied (:func:`apply_row_operation`)."""
    uploads: Mapping[str, str] = made(default_factory=dict)
    """Where the files go that came with the post: the name of their input to the path."""
    dropped: Mapping[str, str] = made(default_factory=dict)
    """The files that were taken away: the id of each to the path of its field."""


def read_page(
    definition: FormDefinition,
    page_key: str,
    posted: Posted,
    stored_answers: Mapping[str, Json],
    *,
    new_row_id: Callable[[], str],
    other_names: Collection[str] = ("csrf_token",),
    editable: Collection[str] | None = None,
    file_names: Collection[str] = (),
    choices: Choices = NO_CHOICES,
) -> PageInput:
    """Read the fields of the page ``page_key`` from ``posted`` into a copy of the stored answers.

    Fields of other pages are not touched, posted values of calculated fields are passed over,
    unknown names are errors, and so are ``file_names``, the names under which files were posted,
    except those of fields that take files (:func:`upload_name`). With ``editable`` only the fields
    with these keys are taken, others are as unknown as those of another page. Rows come in the
    order in which they were posted; a row without a usable ``_id`` gets ``new_row_id()``. What was
    typed to find an entry of a list is looked up in ``choices``. Raises KeyError for an unknown
    page.
    """
    page = definition.page(page_key)
    if page is None:
        raise KeyError(page_key)
    if sum(len(values) for values in posted.values()) > MAXIMUM_POSTED:
        text = _("Die Seite schickt mehr als {limit} Angaben. Es wurde nichts geändert.")
        return PageInput(
            answers=dict(stored_answers),
            invalid={},
            errors=(InputError("", text.format(limit=MAXIMUM_POSTED)),),
        )
    fields = [
        field
        for field in definition.fields_of(page)
        if editable is None or field.key in editable or isinstance(field, CalculatedField)
    ]
    names = PostedNames({field.key: field for field in fields}, posted)
    names.sort_names(other_names)
    names.refuse_files(file_names)
    reader = _Reader(names, stored_answers, new_row_id, choices)
    for field in fields:
        reader.take(field)
    return PageInput(
        answers=reader.answers,
        invalid=reader.values.invalid,
        errors=tuple(InputError(path, text) for path, text in reader.values.errors.items()),
        operation=reader.moved_operation or names.operation,
        uploads=reader.uploads,
        dropped=reader.dropped,
    )


class _Reader:
    """Reads one post."""

    def __init__(
        self,
        names: PostedNames,
        stored: Mapping[str, Json],
        new_row_id: Callable[[], str],
        choices: Choices,
    ) -> None:
        self.values = PostedValues(names.posted, choices)
        self.values.errors |= names.errors
        self.names = names
        self.posted = names.posted
        self.answers: dict[str, Json] = dict(stored)
        self.new_row_id = new_row_id
        self.moved_operation: RowOperation | None = None
        """The pressed row button by the places that the rows have now."""
        self.uploads: dict[str, str] = {}
        self.dropped: dict[str, str] = {}
        self.free_rows = MAXIMUM_FORM_ROWS
        """Rows that the form may still take."""

    def take(self, field: Field) -> None:
        """Read one field of the page into the answers."""
        if isinstance(field, RepeatField):
            self._look_up(field)
            self._take_rows(field, field.key, field.key, self.answers)
        elif isinstance(field, MatrixField):
            self._take_cells(field)
        elif has_value(field) and not isinstance(field, CalculatedField):
            self._take_value(field, field.key, self.answers)

    def _look_up(self, group: RepeatField) -> None:
        """Ask each list once for what all rows of ``group`` name."""
        for column in group.fields:
            if isinstance(column, RepeatField):
                self._look_up(column)
            elif isinstance(column, PickedField):
                typed = [
                    text
                    for name, values in self.posted.items()
                    if name.endswith((f"].{column.key}", f"].{pick_name(column.key)}"))
                    for text in values
                ]
                meant = {text for one in typed for text in meant_by(one)}
                self.values.choices.with_texts(column, meant)

    def _was_on_page(self, path: str) -> bool:
        return path in self.posted or marker_name(path) in self.posted

    def _take_value(
        self, field: Field, name: str, target: dict[str, Json], path: str | None = None
    ) -> None:
        """Read the input ``name`` into ``target``; ``path`` is where its row stands now."""
        path = path or name
        if isinstance(field, FileField):
            self._take_files(field, name, path, target)
            return
        if isinstance(field, PickedField):
            if not self._was_on_page(name) and pick_name(name) not in self.posted:
                return
            value = self.values.pick(field, name, path)
        elif isinstance(field, PartsField):
            if not any(self._was_on_page(f"{name}.{part.key}") for part in field.parts):
                return
            value = self.values.parts(field, name, path)
        elif self._was_on_page(name):
            value = self.values.value(field, name, path)
        else:
            return
        if field.not_recorded:
            value = self.values.reason(field, name, path, value)
        target.pop(field.key, None)
        if value is not None:
            target[field.key] = dump_scalar(field, value)

    def _take_files(self, field: FileField, name: str, path: str, target: dict[str, Json]) -> None:
        """Note where files go, and take those away whose button was pressed."""
        if upload_name(name) in self.names.file_names:
            self.uploads[upload_name(name)] = path
        unwanted = set(self.posted.get(drop_name(name), ()))
        stored = target.get(field.key)
        if not unwanted or not isinstance(stored, list):
            return
        self.dropped |= dict.fromkeys(unwanted, path)
        kept = [
            file for file in stored if not (isinstance(file, dict) and file.get(ROW_ID) in unwanted)
        ]
        target.pop(field.key)
        if kept:
            target[field.key] = kept

    def _take_rows(self, group: RepeatField, name: str, path: str, target: dict[str, Json]) -> None:
        """Read the rows posted under ``name`` into ``target``; ``path`` is where they stand now."""
        numbers = list(self.names.row_numbers.get(name, {}))
        stored = _rows_by_id(target.get(group.key))
        if not numbers and marker_name(name) not in self.posted:
            self.free_rows -= form_rows({group.key: group}, target)
            return
        kept = numbers[: min(MAXIMUM_ROWS, self.free_rows)]
        if len(kept) < len(numbers):
            self.values.errors[path] = _("{reason} Die übrigen fehlen.").format(
                reason=too_many_rows(group, len(numbers))
            )
        self.free_rows -= len(kept)
        used: set[str] = set()
        rows: list[Json] = []
        for position, number in enumerate(kept):
            identity = self._row_identity(f"{name}[{number}].{ROW_ID}", used)
            row = dict(stored.get(identity, {})) | {ROW_ID: identity}
            self._take_row(group, f"{name}[{number}]", f"{path}[{position}]", row)
            rows.append(row)
        target[group.key] = rows
        pressed = self.names.operation
        if pressed and pressed.group == name:
            # The button was named by the numbers that the rows had on the page.
            index = pressed.index
            if index >= 0:
                index = numbers.index(index) if index in numbers else MAXIMUM_ROWS
            self.moved_operation = RowOperation(path, pressed.verb, index)

    def _take_row(self, group: RepeatField, name: str, path: str, row: dict[str, Json]) -> None:
        for column in group.fields:
            column_name, column_path = f"{name}.{column.key}", f"{path}.{column.key}"
            if isinstance(column, RepeatField):
                self._take_rows(column, column_name, column_path, row)
            elif has_value(column) and not isinstance(column, CalculatedField):
                self._take_value(column, column_name, row, column_path)

    def _row_identity(self, name: str, used: set[str]) -> str:
        posted = self.posted.get(name, ())
        identity = posted[0] if len(posted) == 1 else ""
        if identity in used or not _ROW_IDENTITY.fullmatch(identity):
            identity = self.new_row_id()
        used.add(identity)
        return identity

    def _take_cells(self, matrix: MatrixField) -> None:
        stored = self.answers.get(matrix.key)
        cells = {
            row: dict(columns)
            for row, columns in (stored.items() if isinstance(stored, dict) else ())
            if isinstance(columns, dict)
        }
        choices = {cell.value for cell in matrix.cells}
        for name in [*self.posted]:
            path = name.removesuffix(MARKER)
            if not path.startswith(f"{matrix.key}.") or not self.names.is_cell(path):
                continue
            _key, row, column = path.split(".", 2)
            values = self.posted.get(path, ())
            value = values[-1] if values else ""
            cells.setdefault(row, {}).pop(column, None)
            if value in choices:
                cells[row][column] = value
            elif value:
                self.values.errors[path] = _(
                    "Bitte wählen Sie in „{label}“ eine der Möglichkeiten."
                ).format(label=matrix.label)
        kept: dict[str, Json] = {row: dict(columns) for row, columns in cells.items() if columns}
        if kept or stored is not None:
            self.answers[matrix.key] = kept


def _rows_by_id(stored: Json) -> dict[str, dict[str, Json]]:
    rows: dict[str, dict[str, Json]] = {}
    for row in stored if isinstance(stored, list) else ():
        if isinstance(row, dict) and isinstance(identity := row.get(ROW_ID), str):
            rows[identity] = row
    return rows
