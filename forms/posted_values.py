"""What was typed for one field of a page: read as a value, or kept as the text it was."""

from __future__ import annotations

from forms.elements import (
    MAXIMUM_TEXT,
    Field,
    NotRecorded,
    PartsField,
    PartValues,
    Scalar,
    Simple,
    TextField,
)
from forms.fields.kind import EntryError, single
from forms.fields.not_recorded import read_reason
from forms.fields.picked import PickedField
from forms.fields.registry import kind_of, parts_kind_of
from forms.fields.text import clean_text
from forms.picking.choices import Choices, read_pick
from forms.posted_names import Posted, pick_name, reason_name
from tenants.language import _

MAXIMUM_RAW = 2 * MAXIMUM_TEXT
"""Characters of one posted text; what is longer than its field allows is kept up to here."""


class PostedValues:
    """Reads the inputs of single fields; ``name`` is the input, ``path`` where its row stands."""

    def __init__(self, posted: Posted, choices: Choices) -> None:
        self.posted = posted
        self.choices = choices
        self.invalid: dict[str, str] = {}
        """What could not be read, as it was typed, by path."""
        self.errors: dict[str, str] = {}

    def value(self, field: Field, name: str, path: str) -> Scalar:
        """Read one input; what is unreadable is kept as raw text."""
        raw = list(self.posted.get(name, ()))
        try:
            _check_length(field, raw)
            return kind_of(field).parse(field, raw)
        except EntryError as error:
            self._keep(path, raw, error)
            return None

    def _keep(self, path: str, raw: list[str], error: EntryError) -> None:
        """Keep what was typed; the database takes every character but NUL."""
        self.invalid[path] = "\n".join(raw).replace("\0", "")[:MAXIMUM_RAW]
        self.errors[path] = str(error)

    def pick(self, field: PickedField, name: str, path: str) -> Scalar:
        """Read which entry was chosen: of those found by its button, else by what was typed."""
        found = list(self.posted.get(pick_name(name), ()))
        raw = found if any(found) else list(self.posted.get(name, ()))
        try:
            _check_length(field, raw)
            return read_pick(self.choices, field, single(field, raw))
        except EntryError as error:
            self._keep(path, raw, error)
            return None

    def parts(self, field: PartsField, name: str, path: str) -> Scalar:
        values: dict[str, Simple] = {}
        for part in field.parts:
            value = self.value(part.field, f"{name}.{part.key}", f"{path}.{part.key}")
            if value is not None and not isinstance(value, PartValues | NotRecorded):
                values[part.key] = value
        return parts_kind_of(field).assemble(field, values)

    def reason(self, field: Field, name: str, path: str, value: Scalar) -> Scalar:
        """Read „nicht erhoben“; an answer beside it stays with it for the person to decide."""
        posted = self.posted.get(reason_name(name), ())
        try:
            reason = read_reason(field, clean_text(single(field, posted)))
        except EntryError as error:
            self.errors[path] = str(error)
            return value
        if not reason or isinstance(value, NotRecorded):
            return value
        return NotRecorded(reason, value)


def _check_length(field: Field, raw: list[str]) -> None:
    limit = field.max_length if isinstance(field, TextField) else MAXIMUM_TEXT
    if any(len(text) > max(limit, MAXIMUM_TEXT) for text in raw):
        raise EntryError(
            _("„{label}“ darf höchstens {limit} Zeichen haben.").format(
                label=field.label, limit=limit
            )
        )
