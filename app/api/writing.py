"""Answers that a program writes: read whole, refused whole, never half taken."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from app.api.problems import Fault, Problem, answer_pointer, pointer_of
from forms.answers import dump_value, load_answers
from forms.elements import ROW_ID, Field, RepeatField, Row
from forms.expressions.nodes import Json
from forms.fields.file import FileField
from forms.models import Answers
from forms.procedure.worksheet import Worksheet
from tenants.language import _

LONGEST_ROW_ID = 64


def writable_fields(sheet: Worksheet) -> dict[str, Field]:
    """Return by key the fields that a program may answer: all that are open, but for files.

    A group comes without the columns that hold files or are hidden from the bearer.
    """
    open_fields = (
        _writable(field) for key, field in sheet.readable.fields.items() if key in sheet.editable
    )
    return {field.key: field for field in open_fields if field is not None}


def _writable(field: Field) -> Field | None:
    if not isinstance(field, RepeatField):
        return None if isinstance(field, FileField) else field
    columns = tuple(cut for column in field.fields if (cut := _writable(column)) is not None)
    return replace(field, fields=columns) if columns else None


def writable_answers(sheet: Worksheet) -> Answers:
    """Return the answers of a draft that a program may replace, as they are stored."""
    known = writable_fields(sheet)
    return {key: _cut(known[key], value) for key, value in sheet.typed.items() if key in known}


def _cut(field: Field, stored: Json) -> Json:
    """Return a stored answer with the columns of ``field`` alone."""
    if not isinstance(field, RepeatField) or not isinstance(stored, list):
        return stored
    rows: list[Json] = []
    for row in stored:
        if isinstance(row, dict):
            rows.append(
                {
                    key: _cut(field.columns[key], value) if key in field.columns else value
                    for key, value in row.items()
                    if key == ROW_ID or key in field.columns
                }
            )
    return rows


def _with_kept(field: Field, written: Field, new: Json, stored: Json) -> Json:
    """Return the ``new`` rows with what ``written`` does not have of the same rows in ``stored``.

    These are files, and columns that the bearer does not see.
    """
    if not (
        isinstance(field, RepeatField)
        and isinstance(written, RepeatField)
        and isinstance(new, list)
        and isinstance(stored, list)
    ):
        return new
    before = {row.get(ROW_ID): row for row in stored if isinstance(row, dict)}
    rows: list[Json] = []
    for row in new:
        old = before.get(row.get(ROW_ID)) if isinstance(row, dict) else None
        if not isinstance(row, dict) or old is None:
            rows.append(row)
            continue
        joined = dict(row)
        for key, column in field.columns.items():
            if key not in written.columns and key in old:
                joined[key] = old[key]
            elif key in row:
                joined[key] = _with_kept(column, written.columns[key], row[key], old.get(key))
        rows.append(joined)
    return rows


def read_answers(sheet: Worksheet, sent: Json) -> Answers:
    """Return all answers of the draft with ``sent`` in the place of the writable ones.

    Raises `Problem` 422 that names every place which cannot be taken: unknown or closed fields,
    values of another kind, rows with the same id.
    """
    if not isinstance(sent, dict):
        raise TypeError("answers are an object, says the schema")
    known = writable_fields(sheet)
    faults = [
        Fault(
            pointer_of(["answers", key]),
            _("Die Angabe „{key}“ ist hier nicht zu ändern.").format(key=key),
        )
        for key in sent
        if key not in known
    ]
    loaded = load_answers(known, {key: value for key, value in sent.items() if key in known})
    faults += [Fault(answer_pointer(path), text) for path, text in loaded.errors.items()]
    for key, value in loaded.values.items():
        if isinstance(value, list):
            faults += _name_rows(value, key)
    if faults:
        raise Problem(422, _("Nichts davon wurde gespeichert."), faults)
    kept = {key: value for key, value in sheet.typed.items() if key not in known}
    new = {
        key: _with_kept(
            sheet.definition.fields[key],
            known[key],
            dump_value(known[key], value),
            sheet.typed.get(key),
        )
        for key, value in loaded.values.items()
        if value is not None
    }
    return kept | new


def _name_rows(rows: list[Row], path: str) -> list[Fault]:
    """Give every row without one an id of its own; return a fault for each that is doubled."""
    faults: list[Fault] = []
    used: set[str] = set()
    for index, row in enumerate(rows):
        identity = str(row.get(ROW_ID) or "") or str(uuid4())
        place = f"{path}[{index}]"
        if identity in used or len(identity) > LONGEST_ROW_ID:
            faults.append(Fault(answer_pointer(place), _("Jede Zeile braucht ein eigenes „_id“.")))
        used.add(identity)
        row[ROW_ID] = identity
        for key, value in row.items():
            if isinstance(value, list):
                faults += _name_rows(value, f"{place}.{key}")
    return faults
