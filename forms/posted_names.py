"""The names under which a page posts: of inputs, row buttons, cells and files; which are known.

Names that begin with an underscore belong to whoever drew the page and are passed over. A row
button is read by its name, or as the value of ``__action``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from forms.elements import ROW_ID, Field, InfoField, MatrixField, PartsField, RepeatField
from forms.fields.file import FileField
from forms.fields.picked import PickedField
from forms.fields.registry import parts_kind_of
from forms.rows import RowOperation, read_row_button
from tenants.language import _

MARKER = ".__present"
_REASON = "__reason"
_DROP = "__drop"
_PICK = "__pick"
_UPLOAD = "__files:"
_ROW_NAME = re.compile(
    r"((?:[a-z][a-z0-9_]*\[[0-9]{1,4}\]\.)*[a-z][a-z0-9_]*)\[([0-9]{1,4})\]\.([a-z_][a-z0-9_]*)"
    r"(?:\.([a-z_][a-z0-9_]*))?"
)

Posted = Mapping[str, Sequence[str]]


def marker_name(path: str) -> str:
    """Return the name of the hidden input that says that ``path`` was on the page."""
    return path + MARKER


def reason_name(path: str) -> str:
    """Return the name of the input for the reason why ``path`` was not recorded.

    A reason there is the answer „nicht erhoben“.
    """
    return f"{path}.{_REASON}"


def upload_name(path: str) -> str:
    """Return the name of the input for the files of ``path``.

    What a script sends of it as text is passed over.
    """
    return _UPLOAD + path


def drop_name(path: str) -> str:
    """Return the name of the buttons that take a file of ``path`` away; their value is its id."""
    return f"{path}.{_DROP}"


def pick_name(path: str) -> str:
    """Return the name of the buttons that choose one of the entries found for ``path``.

    Its value is the key of the entry; it counts more than the text that was searched for.
    """
    return f"{path}.{_PICK}"


class PostedNames:
    """Tells the names of one post apart: whose they are, in which rows, and which are refused."""

    def __init__(self, fields: Mapping[str, Field], posted: Posted) -> None:
        self.fields = fields
        self.posted = posted
        self.errors: dict[str, str] = {}
        """A German message for each name that is refused."""
        self.operation: RowOperation | None = None
        """The row button that was pressed, as it was named on the page."""
        self.row_numbers: dict[str, dict[int, None]] = {}
        """For each group, by its posted path, the row numbers in the order of their appearance."""
        self.groups: dict[str, RepeatField | None] = {}
        """The group of each posted path of a group; None where there is none such."""
        self.file_names: set[str] = set()
        """The names under which files came that a field takes."""

    def sort_names(self, other_names: Collection[str]) -> None:
        """Find the row numbers and the pressed button, and refuse unknown names."""
        for action in self.posted.get("__action", ()):
            self._press(action)
        for name in self.posted:
            if name.startswith("_") or name in other_names:
                continue
            if not self._press(name) and not self._is_known(name.removesuffix(MARKER)):
                self.errors[name] = self._refusal(name) or _(
                    "„{name}“ gehört nicht zu dieser Seite. Bitte laden Sie die Seite neu."
                ).format(name=name[:80])

    def refuse_files(self, file_names: Collection[str]) -> None:
        """Refuse files that no field takes, by § 72a SGB VIII at a note of an inspection."""
        for posted in file_names:
            name = posted.removeprefix(_UPLOAD)
            if posted.startswith(_UPLOAD) and isinstance(self._field_at(name), FileField):
                self.file_names.add(posted)
                continue
            self.errors[name] = self._refusal(name) or _(
                "„{name}“ ist eine Datei. Diese Seite nimmt keine Dateien an."
            ).format(name=name[:80])

    def _refusal(self, name: str) -> str:
        """Return why the field of several parts that ``name`` begins with does not take it."""
        field = self._field_at(name)
        if not isinstance(field, PartsField) or isinstance(field, PickedField):
            return ""
        return str(parts_kind_of(field).refusal(field, name))

    def _field_at(self, name: str) -> Field | None:
        """Return the field that ``name`` begins with."""
        match = _ROW_NAME.match(name)
        group = self._group_at(match[1]) if match else None
        if match and group:
            return group.columns.get(match[3])
        return self.fields.get(name.partition(".")[0])

    def _press(self, name: str) -> bool:
        operation = read_row_button(name)
        if operation and self._group_at(operation.group):
            self.operation = operation
            return True
        return False

    def _group_at(self, path: str) -> RepeatField | None:
        """Return the group of a posted path, and note the rows on the way to it."""
        if path not in self.groups:
            outer, bracket, rest = path.rpartition("[")
            number, _bracket, key = rest.rpartition("].")
            if not bracket:
                field = self.fields.get(path)
            else:
                group = self._group_at(outer)
                field = group.columns.get(key) if group else None
                if isinstance(field, RepeatField):
                    self.row_numbers.setdefault(outer, {})[int(number)] = None
            self.groups[path] = field if isinstance(field, RepeatField) else None
        return self.groups[path]

    def _is_known(self, name: str) -> bool:
        key, _dot, rest = name.partition(".")
        field = self.fields.get(key)
        if field is not None and _asks_for(field, rest):
            return True
        match = _ROW_NAME.fullmatch(name)
        if match:
            group = self._group_at(match[1])
            if group is None:
                return False
            self.row_numbers.setdefault(match[1], {})[int(match[2])] = None
            column = group.columns.get(match[3])
            return match[3] == ROW_ID or (column is not None and _asks_for(column, match[4] or ""))
        return self.is_cell(name)

    def is_cell(self, name: str) -> bool:
        matrix_key, _dot, rest = name.partition(".")
        row, _dot, column = rest.partition(".")
        matrix = self.fields.get(matrix_key)
        if not isinstance(matrix, MatrixField) or not column:
            return False
        known_columns = {heading.key for heading in matrix.columns}
        return row in {heading.key for heading in matrix.rows} and (
            not known_columns or column in known_columns
        )


def _asks_for(field: Field, rest: str) -> bool:
    """Say whether ``field`` has an input that is named ``rest`` behind its own name."""
    if isinstance(field, InfoField):
        return False
    if isinstance(field, FileField):
        return rest == _DROP
    if rest == _REASON:
        return field.not_recorded is not None
    if isinstance(field, PickedField):
        return rest in ("", _PICK)
    if isinstance(field, PartsField):
        return not rest or field.part(rest) is not None
    return not rest
