"""Answers that a program writes: read whole, refused whole, never half taken."""

from __future__ import annotations

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
    """Return by key the fields that a program may answer: all that are open, but for files."""
    return {
        key: field
        for key, field in sheet.definition.fields.items()
        if key in sheet.editable and not _holds_files(field)
    }


def _holds_files(field: Field) -> bool:
    if isinstance(field, RepeatField):
        return any(_holds_files(column) for column in field.fields)
    return isinstance(field, FileField)


def writable_answers(sheet: Worksheet) -> Answers:
    """Return the answers of a draft that a program may replace, as they are stored."""
    known = writable_fields(sheet)
    return {key: value for key, value in sheet.typed.items() if key in known}


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
        key: dump_value(known[key], value)
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
