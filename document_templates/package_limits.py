"""Read the members of an uploaded DOCX without believing anything its headers say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from document_templates.findings import TemplateRefused
from tenants.language import _

MEGABYTE = 1_000_000
MAX_ARCHIVE_BYTES = 10 * MEGABYTE
MAX_MEMBERS = 500
MAX_MEMBER_BYTES = 50 * MEGABYTE
MAX_XML_BYTES = 10 * MEGABYTE
MAX_TOTAL_BYTES = 100 * MEGABYTE
MAX_RATIO = 100
RATIO_FROM_BYTES = MEGABYTE
MAX_NAME_LENGTH = 200
MAX_DIRECTORY_BYTES = MAX_MEMBERS * (46 + 2 * MAX_NAME_LENGTH)

_CHUNK = 65_536
_END = struct.Struct("<4s4H2LH")
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_members(data: bytes) -> dict[str, bytes]:
    """Return every file in the archive, inflated, by name.

    Sizes are counted while inflating. Limits: archive 10 MB, 500 members, a member 50 MB
    (XML 10 MB), together 100 MB, compression ratio 100 for members from 1 MB. Raises
    `TemplateRefused` for anything beyond them and for encrypted, nested, damaged,
    duplicate or wandering members.
    """
    if len(data) > MAX_ARCHIVE_BYTES:
        raise TemplateRefused.because(
            _("Die Datei ist größer als {size} MB.").format(size=MAX_ARCHIVE_BYTES // MEGABYTE),
            suggestion=_("Verkleinern Sie die enthaltenen Bilder."),
        )
    _check_directory_size(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_all(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        struct.error,
        ValueError,
        OSError,
    ) as error:
        raise _damaged() from error


def _damaged() -> TemplateRefused:
    return TemplateRefused.because(
        _("Die Datei ist beschädigt oder unvollständig."),
        suggestion=_("Öffnen Sie sie in Word und speichern Sie sie neu."),
    )


def _check_directory_size(data: bytes) -> None:
    """Refuse too many members before the directory is read into memory."""
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) - at < _END.size:
        raise _damaged()
    fields = _END.unpack_from(data, at)
    entries, directory_bytes = fields[4], fields[5]
    if entries > MAX_MEMBERS or directory_bytes > MAX_DIRECTORY_BYTES:
        raise _too_many()


def _too_many() -> TemplateRefused:
    return TemplateRefused.because(
        _("Die Datei hat mehr als {count} Bestandteile.").format(count=MAX_MEMBERS)
    )


def _read_all(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise _too_many()
    members: dict[str, bytes] = {}
    seen: set[str] = set()
    total = 0
    for entry in entries:
        _check_entry(entry)
        folded = entry.filename.casefold()
        if folded in seen:
            raise TemplateRefused.because(
                _("Der Bestandteil „{name}“ kommt doppelt vor.").format(name=entry.filename)
            )
        seen.add(folded)
        if entry.is_dir():
            continue
        content = _inflate(archive, entry, MAX_TOTAL_BYTES - total)
        total += len(content)
        _check_content(entry, content)
        members[entry.filename] = content
    return members


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # `orig_filename` is what the archive says; zipfile cuts names at a null byte.
    name = entry.orig_filename
    pieces = name.split("/")
    if (
        not name
        or len(name) > MAX_NAME_LENGTH
        or name.startswith("/")
        or ".." in pieces
        or "." in pieces
        or any(character in name for character in '\\:*?"<>|')
        or any(ord(character) < 32 for character in name)
    ):
        raise TemplateRefused.because(
            _("Die Datei enthält einen unzulässigen Namen: „{name}“.").format(
                name=name[:60].encode("unicode_escape").decode("ascii")
            )
        )
    if entry.flag_bits & _ENCRYPTED_FLAGS:
        raise TemplateRefused.because(
            _("Die Datei ist verschlüsselt."),
            suggestion=_("Entfernen Sie in Word das Kennwort und speichern Sie die Datei neu."),
        )
    if entry.compress_type not in _METHODS:
        raise _damaged()


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, remaining: int) -> bytes:
    limit = min(MAX_MEMBER_BYTES, remaining)
    if entry.filename.casefold().endswith((".xml", ".rels")):
        limit = min(limit, MAX_XML_BYTES)
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            packed = max(entry.compress_size, 1)
            if size > limit or (size > RATIO_FROM_BYTES and size > MAX_RATIO * packed):
                raise TemplateRefused.because(
                    _("Der Bestandteil „{name}“ wird beim Entpacken zu groß.").format(
                        name=entry.filename
                    ),
                    suggestion=_("Entfernen Sie große Bilder oder überflüssigen Inhalt."),
                )
            pieces.append(piece)
    if size != entry.file_size:
        raise _damaged()
    return b"".join(pieces)


def _check_content(entry: zipfile.ZipInfo, content: bytes) -> None:
    if content.startswith(_ZIP_MAGIC):
        raise TemplateRefused.because(
            _("Die Datei enthält eine eingebettete Datei („{name}“).").format(name=entry.filename),
            suggestion=_("Entfernen Sie eingebettete Tabellen, Diagramme und Dateien."),
        )
