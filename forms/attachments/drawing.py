"""What pages show of the uploaded files of a field."""

from __future__ import annotations

from collections.abc import Iterable

from forms.attachments.contents import FILE_FORMATS
from forms.attachments.states import AnsweredFile, Attachments
from forms.definition import FormDefinition
from forms.elements import Field, Scalar
from forms.fields.file import AttachedFile, FileField, files_of
from forms.posted_names import drop_name, upload_name
from forms.views import FilesView, FileView
from tenants.language import _

_MEGABYTE = 1024 * 1024


def size_text(size: int) -> str:
    """Return a size of ``size`` bytes in words: „340 kB“, „2,4 MB“."""
    if size < _MEGABYTE:
        return f"{max(1, round(size / 1024))} kB"
    return f"{size / _MEGABYTE:.1f} MB".replace(".", ",")


def files_view(target: Field, path: str, value: Scalar, attachments: Attachments) -> FilesView:
    """Return the files of the field at ``path`` and what it still takes."""
    field = target if isinstance(target, FileField) else None
    files = tuple(file_view(target, file, attachments) for file in files_of(value))
    limits = attachments.limits
    kinds = [FILE_FORMATS[kind] for kind in field.kinds] if field else []
    largest = limits.bytes_for(field) if field else 0
    most = limits.files_for(field) if field else 0
    text = _("{kinds}; je Datei höchstens {size}").format(
        kinds=", ".join(kind.word for kind in kinds), size=f"{largest // _MEGABYTE} MB"
    )
    count = _("höchstens {count} Dateien").format(count=most) if most > 1 else _("eine Datei")
    return FilesView(
        files=files,
        upload_name=upload_name(path),
        drop_name=drop_name(path),
        accept=",".join(ending for kind in kinds for ending in kind.endings),
        limits_text=f"{text}, {count}.",
        maximum_bytes=largest,
        can_add=len(files) < most,
    )


def file_view(target: Field, file: AttachedFile, attachments: Attachments) -> FileView:
    """Return one file as a page shows it."""
    info = attachments.info(target, file)
    state = info.state if info else "erased"
    return FileView(
        id=file.identity,
        name=str(file),
        size=size_text(info.size) if info else "",
        state=state,
        state_text=attachments.state_text(target, file),
        url_id=file.identity if state == "clean" else "",
        rescan_id=file.identity if info and info.is_stalled else "",
    )


def file_rows(
    definition: FormDefinition, files: Iterable[AnsweredFile], attachments: Attachments
) -> list[dict[str, object]]:
    """Return ``files`` as lines of one list, each with the question it answers."""
    return [
        {
            "question": ", ".join(
                text for text in (definition.row_title(one.path), one.field.label) if text
            ),
            "file": file_view(one.field, one.file, attachments),
        }
        for one in files
    ]
