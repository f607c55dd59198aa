"""What an uploaded file is, by its content alone, and by which name it is kept.

Neither its name nor what the browser says of it decides anything: both are the sender's word.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

import puremagic

from forms.fields.file import MAXIMUM_NAME
from tenants.language import _

_OFFICE = "application/vnd.openxmlformats-officedocument."
_LARGEST_CONTENT_TYPES = 1024 * 1024
"""Bytes of ``[Content_Types].xml``; a real one has a few thousand."""
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
_SEPARATORS = re.compile(r"[/\\:]")
_UNSAFE = re.compile(r'[<>"|?*]')


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A kind of file; ``part`` is the type of the main part of a ZIP-based format."""

    word: str
    media_type: str
    endings: tuple[str, ...]
    part: str = ""


FILE_FORMATS: dict[str, FileFormat] = {
    "pdf": FileFormat("PDF", "application/pdf", (".pdf",)),
    "docx": FileFormat(
        "Word (DOCX)",
        f"{_OFFICE}wordprocessingml.document",
        (".docx",),
        f"{_OFFICE}wordprocessingml.document.main+xml",
    ),
    "xlsx": FileFormat(
        "Excel (XLSX)",
        f"{_OFFICE}spreadsheetml.sheet",
        (".xlsx",),
        f"{_OFFICE}spreadsheetml.sheet.main+xml",
    ),
    "odt": FileFormat("ODT", "application/vnd.oasis.opendocument.text", (".odt",)),
    "ods": FileFormat("ODS", "application/vnd.oasis.opendocument.spreadsheet", (".ods",)),
    "jpg": FileFormat("JPG", "image/jpeg", (".jpg", ".jpeg", ".jfif", ".jpe")),
    "png": FileFormat("PNG", "image/png", (".png",)),
    "tif": FileFormat("TIFF", "image/tiff", (".tif", ".tiff")),
}


def format_of(data: bytes) -> str:
    """Return the key in `FILE_FORMATS` of what ``data`` is, empty for anything else.

    Office documents with macros are something else.
    """
    if data.startswith(b"PK\x03\x04"):
        return _zip_format(data)
    try:
        found = puremagic.magic_string(data)
    except (puremagic.PureError, ValueError):
        return ""
    for match in found:
        for key, known in FILE_FORMATS.items():
            if match.extension in known.endings:
                # A PDF inside of something else would be found as well: it has to begin as one.
                return key if key != "pdf" or data.startswith(b"%PDF-") else ""
    return ""


def _zip_format(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                return ""
            listing = "[Content_Types].xml" if "[Content_Types].xml" in names else "mimetype"
            with archive.open(listing) as opened:
                types = opened.read(_LARGEST_CONTENT_TYPES).decode("utf-8", "replace")
    except _BROKEN_ZIP:
        return ""
    for key, known in FILE_FORMATS.items():
        is_listed = known.part and f'"{known.part}"' in types
        if is_listed or types.strip() == known.media_type:
            return key
    return ""


def clean_name(typed: str, key: str) -> str:
    """Return a file name that is safe to show and to save under, with the ending of its format.

    Folders, control characters and marks that turn the direction of writing are taken out.
    """
    known = FILE_FORMATS[key]
    last = _SEPARATORS.split(unicodedata.normalize("NFC", typed))[-1]
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    name = " ".join(_UNSAFE.sub("_", kept).split()).strip(". ") or _("Datei")
    stem, ending = name, known.endings[0]
    for known_ending in known.endings:
        if name.lower().endswith(known_ending):
            stem, ending = name[: -len(known_ending)], name[-len(known_ending) :]
    return (stem[: MAXIMUM_NAME - len(ending)].strip(". ") or _("Datei")) + ending
