"""What is known of uploaded files besides the answers, and what it means for handing over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from forms.constraints import Message
from forms.definition import FormDefinition
from forms.elements import Field, RepeatField, Row, Value
from forms.evaluation import Evaluation
from forms.fields.file import AttachedFile, FileField, files_of
from tenants.language import _

ATTACHMENT_STATES = {
    "quarantine": _("wird auf Schadsoftware geprüft"),
    "clean": _("geprüft"),
    "infected": _("Schadsoftware gefunden"),
    "refused": _("nicht prüfbar"),
}
STALLED = _("konnte noch nicht auf Schadsoftware geprüft werden")
ERASED = _("nicht mehr vorhanden")


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What a file field may take if it says nothing itself; ``megabytes`` is never exceeded."""

    megabytes: int = 10
    files: int = 10

    def bytes_for(self, target: FileField) -> int:
        """Return the largest size of one file in bytes."""
        return min(target.maximum_megabytes or self.megabytes, self.megabytes) * 1024 * 1024

    def files_for(self, target: FileField) -> int:
        """Return how many files the field takes."""
        return self.files if target.maximum is None else target.maximum


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """An uploaded file as pages show it; ``size`` is in bytes."""

    id: str
    field_id: str
    sha256: str
    size: int
    state: str
    is_stalled: bool = False
    """Whether the scan that it waits for was given up."""


@dataclass(frozen=True, slots=True)
class Attachments:
    """The uploaded files of a submission by id, and the limits for more."""

    known: Mapping[str, AttachmentInfo] = field(default_factory=dict)
    limits: UploadLimits = field(default_factory=UploadLimits)

    def info(self, target: Field, file: AttachedFile) -> AttachmentInfo | None:
        """Return what is known of ``file`` as an answer of ``target``, None if it is gone."""
        found = self.known.get(file.identity)
        if found is None or found.sha256 != file.sha256 or found.field_id != target.id:
            return None
        return found

    def state_text(self, target: Field, file: AttachedFile) -> str:
        """Return in words how it stands with ``file``."""
        found = self.info(target, file)
        if found is not None and found.is_stalled:
            return STALLED
        return ATTACHMENT_STATES[found.state] if found else ERASED


@dataclass(frozen=True, slots=True)
class AnsweredFile:
    """A file with the field it answers and the path where it does."""

    field: FileField
    path: str
    file: AttachedFile


def answered_files(
    definition: FormDefinition, values: Mapping[str, Value]
) -> Iterator[AnsweredFile]:
    """Yield every file of the typed ``values`` in the order of the form."""
    for target in definition.fields.values():
        yield from _files(target, values.get(target.key), target.key)


def _files(target: Field, value: Value, path: str) -> Iterator[AnsweredFile]:
    if isinstance(target, FileField):
        for file in files_of(value):
            yield AnsweredFile(target, path, file)
    elif isinstance(target, RepeatField) and isinstance(value, list):
        for number, row in enumerate(value):
            yield from _files_of_row(target, row, f"{path}[{number}]")


def _files_of_row(group: RepeatField, row: Row, path: str) -> Iterator[AnsweredFile]:
    for column in group.fields:
        yield from _files(column, row.get(column.key), f"{path}.{column.key}")


def file_fields(definition: FormDefinition) -> dict[str, FileField]:
    """Return the file fields of a form by id, those in groups too."""
    found: dict[str, FileField] = {}
    waiting: list[Field] = list(definition.fields.values())
    while waiting:
        target = waiting.pop()
        if isinstance(target, FileField):
            found[target.id] = target
        elif isinstance(target, RepeatField):
            waiting += target.fields
    return found


def with_file_errors(
    definition: FormDefinition, evaluation: Evaluation, attachments: Attachments
) -> Evaluation:
    """Return ``evaluation`` with an error for each file that may not be handed over.

    A file that is still being checked may.
    """
    errors = []
    for one in answered_files(definition, evaluation.values):
        info = attachments.info(one.field, one.file)
        text = _problem(one, info)
        if text:
            errors.append(_message(definition, one, text))
    return replace(evaluation, errors=(*evaluation.errors, *errors)) if errors else evaluation


def _problem(one: AnsweredFile, info: AttachmentInfo | None) -> str:
    texts = {
        "": _("Die Datei „{name}“ bei „{label}“ gibt es nicht mehr. Bitte entfernen Sie sie."),
        "infected": _(
            "In der Datei „{name}“ bei „{label}“ wurde Schadsoftware gefunden. Niemand kann sie"
            " öffnen. Bitte entfernen Sie sie und laden Sie eine saubere Fassung hoch."
        ),
        "refused": _(
            "Die Datei „{name}“ bei „{label}“ ließ sich nicht auf Schadsoftware prüfen. Bitte"
            " entfernen Sie sie und laden Sie eine kleinere oder andere Fassung hoch."
        ),
    }
    text = texts.get(info.state if info else "", "")
    return text.format(name=one.file, label=one.field.label)


def _message(definition: FormDefinition, one: AnsweredFile, text: str) -> Message:
    row = definition.row_title(one.path)
    label = f"{one.field.label} ({row})" if row else one.field.label
    whole = f"{row}: {text}" if row else text
    return Message(one.path, one.field.page_key, label, whole, "error", row)
