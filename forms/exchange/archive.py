"""Reads the members of a ZIP that came from anywhere, believing nothing its headers say."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from enum import Enum

from forms.exchange.report import ImportRefused
from tenants.language import _

MEGABYTE = 1_000_000
ZIP_START = b"PK\x03\x04"
RATIO_FROM_BYTES = MEGABYTE
LONGEST_NAME = 200

_CHUNK = 65_536
_END = struct.Struct("<4s4H2LH")
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)", re.ASCII)


class Fault(Enum):
    """What is wrong with an archive."""

    TOO_LARGE = "too large"
    DAMAGED = "damaged"
    TOO_MANY = "too many"
    DOUBLED = "doubled"
    WANDERING = "wandering"
    ENCRYPTED = "encrypted"
    INFLATED = "inflated"


class ArchiveRefused(ImportRefused):
    """An archive that is not read: ``problem`` says why, ``way_out`` what helps (both German)."""

    def __init__(self, fault: Fault, problem: str, way_out: str = "") -> None:
        super().__init__(f"{problem} {way_out}".rstrip())
        self.fault = fault
        self.problem = problem
        self.way_out = way_out


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much of an archive is read at most, in bytes and members.

    ``ratio`` is how many times larger than packed a member may be, from one megabyte on.
    """

    archive_bytes: int = 10 * MEGABYTE
    members: int = 300
    member_bytes: int = 15 * MEGABYTE
    xml_bytes: int = 15 * MEGABYTE
    total_bytes: int = 40 * MEGABYTE
    ratio: int = 200


def read_archive(data: bytes, limits: ArchiveLimits) -> dict[str, bytes]:
    """Return every file of the archive, inflated, by name.

    Sizes are counted while inflating. Raises `ArchiveRefused` for whatever exceeds ``limits``
    and for encrypted, damaged, doubled or wandering members.
    """
    if len(data) > limits.archive_bytes:
        raise ArchiveRefused(
            Fault.TOO_LARGE,
            _("Die Datei ist größer als {size} MB.").format(size=limits.archive_bytes // MEGABYTE),
        )
    _check_directory_size(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_all(archive, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        struct.error,
        ValueError,
        OSError,
    ) as error:
        if isinstance(error, ImportRefused):
            raise
        raise _damaged() from error


def check_xml(name: str, content: bytes) -> None:
    """Refuse XML with a DTD (entities, bombs) or in another encoding than UTF-8.

    Raises `ImportRefused`. What passes has no entities beyond the five of XML itself.
    """
    if any(doctype in content for doctype in _DOCTYPES) or b"<!ENTITY" in content:
        raise ImportRefused(
            _("„{name}“ enthält eine DTD oder Entitäten; das ist nicht erlaubt.").format(name=name)
        )
    declared = _ENCODING.match(content[:400].removeprefix(b"\xef\xbb\xbf"))
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding not in ("utf-8", "us-ascii", "iso-8859-1", "windows-1252") or b"\0" in content:
        raise ImportRefused(
            _("„{name}“ ist nicht in UTF-8 geschrieben. Speichern Sie die Datei neu.").format(
                name=name
            )
        )


def _damaged() -> ArchiveRefused:
    return ArchiveRefused(
        Fault.DAMAGED,
        _("Die Datei ist beschädigt oder unvollständig."),
        _("Speichern Sie sie neu."),
    )


def _too_many(limits: ArchiveLimits) -> ArchiveRefused:
    return ArchiveRefused(
        Fault.TOO_MANY,
        _("Die Datei hat mehr als {count} Bestandteile.").format(count=limits.members),
    )


def _check_directory_size(data: bytes, limits: ArchiveLimits) -> None:
    """Refuse too many members before the directory is read into memory."""
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) - at < _END.size:
        raise _damaged()
    fields = _END.unpack_from(data, at)
    if fields[4] > limits.members or fields[5] > limits.members * (46 + 2 * LONGEST_NAME):
        raise _too_many(limits)


def _read_all(archive: zipfile.ZipFile, limits: ArchiveLimits) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > limits.members:
        raise _too_many(limits)
    members: dict[str, bytes] = {}
    seen: set[str] = set()
    total = 0
    for entry in entries:
        _check_entry(entry)
        folded = entry.filename.casefold()
        if folded in seen:
            raise ArchiveRefused(
                Fault.DOUBLED,
                _("Der Bestandteil „{name}“ kommt doppelt vor.").format(name=entry.filename),
            )
        seen.add(folded)
        if entry.is_dir():
            continue
        content = _inflate(archive, entry, limits, limits.total_bytes - total)
        total += len(content)
        members[entry.filename] = content
    return members


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # `orig_filename` is what the archive says; zipfile cuts names at a null byte.
    name = entry.orig_filename
    pieces = name.split("/")
    if (
        not name
        or len(name) > LONGEST_NAME
        or name.startswith("/")
        or ".." in pieces
        or "." in pieces
        or any(character in '\\:*?"<>|' or ord(character) < 32 for character in name)
    ):
        raise ArchiveRefused(
            Fault.WANDERING,
            _("Die Datei enthält einen unzulässigen Namen: „{name}“.").format(
                name=name[:60].encode("unicode_escape").decode("ascii")
            ),
        )
    if entry.flag_bits & _ENCRYPTED_FLAGS:
        raise ArchiveRefused(
            Fault.ENCRYPTED, _("Die Datei ist verschlüsselt."), _("Entfernen Sie das Kennwort.")
        )
    if entry.compress_type not in _METHODS:
        raise _damaged()


def _inflate(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits, remaining: int
) -> bytes:
    is_xml = entry.filename.casefold().endswith((".xml", ".rels"))
    limit = min(limits.xml_bytes if is_xml else limits.member_bytes, remaining)
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            packed = max(entry.compress_size, 1)
            if size > limit or (size > RATIO_FROM_BYTES and size > limits.ratio * packed):
                raise ArchiveRefused(
                    Fault.INFLATED,
                    _("Der Bestandteil „{name}“ wird beim Entpacken zu groß.").format(
                        name=entry.filename
                    ),
                )
            pieces.append(piece)
    if size != entry.file_size:
        raise _damaged()
    return b"".join(pieces)
