"""``file``: files that were uploaded for a field.

An answer names its files; their content lies in the object store. The names and hashes are part
of the answer, so that the hash of a declaration covers the files that belong to it. No post and
no page writes them: they come from uploading alone (`forms.attachments`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forms.document_settings import Object, number, texts
from forms.elements import ROW_ID, Field, Scalar
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from forms.fields.kind import Common, EntryError, FieldKind, Reading, empty_range, wrong_type
from tenants.language import _

DEFAULT_KINDS = ("pdf", "docx", "xlsx", "jpg", "png")
MAXIMUM_NAME = 120

_IDENTITY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class AttachedFile(str):
    """The name of an uploaded file, which also says which file it is."""

    identity: str
    sha256: str

    def __new__(cls, name: str, identity: str, sha256: str) -> AttachedFile:
        made = super().__new__(cls, name)
        made.identity, made.sha256 = identity, sha256
        return made

    def stored(self) -> dict[str, Json]:
        """Return the file as it stands in an answer."""
        return {ROW_ID: self.identity, "name": str(self), "sha256": self.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileField(Field):
    """``file``; the limits count files, 0 megabytes leaves their size to the installation."""

    kinds: tuple[str, ...] = DEFAULT_KINDS
    minimum: int | None = None
    maximum: int | None = None
    maximum_megabytes: int = 0


class FileKind(FieldKind):
    """Any number of files, each named once. Rules and templates see the list of their names."""

    sample: Operand = ("anlage.pdf",)

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return FileField(
            **common,
            kinds=texts(document, "kinds") or DEFAULT_KINDS,
            minimum=number(document, "minimum"),
            maximum=number(document, "maximum"),
            maximum_megabytes=number(document, "maximum_megabytes") or 0,
        )

    def contradictions(self, field: Field) -> Iterator[str]:
        if isinstance(field, FileField):
            yield from empty_range(field.minimum, field.maximum)

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        raise EntryError(
            _("Dateien zu „{label}“ lassen sich nur hochladen.").format(label=field.label)
        )

    def load(self, field: Field, stored: Json) -> Scalar:
        expected = wrong_type(field, _("eine Liste hochgeladener Dateien"))
        if not isinstance(stored, list):
            raise expected
        files: dict[str, AttachedFile] = {}
        for item in stored:
            file = _read(item)
            if file is None:
                raise expected
            files[file.identity] = file
        return tuple(files.values()) or None

    def dump(self, field: Field, value: Scalar) -> Json:
        return [file.stored() for file in files_of(value)]

    def display(self, field: Field, value: Scalar) -> str:
        return ", ".join(files_of(value))

    def entry(self, field: Field, value: Scalar) -> str:
        """Return nothing: an input for files is always empty."""
        return ""

    def check(self, field: Field, value: Scalar) -> list[str]:
        if not isinstance(field, FileField):
            return []
        count = len(files_of(value))
        if field.minimum is not None and count < field.minimum:
            return [
                _("Bitte laden Sie bei „{label}“ mindestens {limit} Dateien hoch.").format(
                    label=field.label, limit=field.minimum
                )
            ]
        if field.maximum is not None and count > field.maximum:
            return [
                _("Bei „{label}“ sind höchstens {limit} Dateien möglich, es sind {count}.").format(
                    label=field.label, limit=field.maximum, count=count
                )
            ]
        return []

    def operand(self, value: Scalar) -> Operand:
        return tuple(str(file) for file in files_of(value))


def files_of(value: object) -> tuple[AttachedFile, ...]:
    """Return the files of an answer, none for any other value."""
    items = value if isinstance(value, tuple) else ()
    return tuple(item for item in items if isinstance(item, AttachedFile))


def _read(item: Json) -> AttachedFile | None:
    if not isinstance(item, dict) or set(item) != {ROW_ID, "name", "sha256"}:
        return None
    identity, name, sha256 = item[ROW_ID], item["name"], item["sha256"]
    if not (isinstance(identity, str) and isinstance(name, str) and isinstance(sha256, str)):
        return None
    if not (_IDENTITY.fullmatch(identity) and _SHA256.fullmatch(sha256)):
        return None
    return AttachedFile(name, identity, sha256) if 0 < len(name) <= MAXIMUM_NAME else None
