"""Write a DOCX in microseconds: unchanged members lie ready deflated in one piece."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from isal import isal_zlib

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8 = 0x800
_DEFLATED = 8
_VERSION = 20
# 1 January 1980, the first day a ZIP can name: a document carries no clock.
_DAY = 0x21


class StaticArchive:
    """The members that are the same in every document; immutable, shared between threads."""

    __slots__ = ("_body", "_count", "_directory")

    def __init__(self, members: Iterable[tuple[str, bytes]]) -> None:
        """Deflate ``members`` (name, content) once, as small as zlib can."""
        body: list[bytes] = []
        directory: list[bytes] = []
        offset = 0
        for name, content in members:
            deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = deflater.compress(content) + deflater.flush()
            offset += _add(body, directory, offset, name, content, packed, zlib.crc32(content))
        self._body = b"".join(body)
        self._directory = b"".join(directory)
        self._count = len(directory)

    def with_members(self, members: Iterable[tuple[str, bytes]]) -> bytes:
        """Return the archive with further ``members``; the same members give the same bytes.

        (isal chooses its code by the processor: bytes may differ between kinds of machine,
        the content never does.)
        """
        body = [self._body]
        directory = [self._directory]
        offset = len(self._body)
        count = self._count
        for name, content in members:
            deflater = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
            packed = deflater.compress(content) + deflater.flush()
            checksum = isal_zlib.crc32(content)
            offset += _add(body, directory, offset, name, content, packed, checksum)
            count += 1
        size = sum(map(len, directory))
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)
        return b"".join((*body, *directory, end))


def _add(
    body: list[bytes],
    directory: list[bytes],
    offset: int,
    name: str,
    content: bytes,
    packed: bytes,
    checksum: int,
) -> int:
    encoded = name.encode()
    shared = (_UTF8, _DEFLATED, 0, _DAY, checksum, len(packed), len(content), len(encoded))
    local = _LOCAL.pack(b"PK\x03\x04", _VERSION, *shared, 0) + encoded
    body += (local, packed)
    directory.append(
        _CENTRAL.pack(b"PK\x01\x02", _VERSION, _VERSION, *shared, 0, 0, 0, 0, 0, offset) + encoded
    )
    return len(local) + len(packed)
