"""What a picture file tells beside the picture: who took it, where, with what. Taken out here.

The points of the picture are not touched. Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_PNG_TALK = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_START_OF_SCAN = 0xDA
_COMMENT = 0xFE
_APPLICATION = range(0xE1, 0xF0)
_COLOUR = frozenset({0xE2, 0xEE})
"""The ICC profile and Adobe's note of the colour space, without which colours change."""


def without_metadata(content: bytes) -> bytes:
    """Return a PNG or JPEG without texts, places, times and previews; others as they are.

    A file that does not hold together is returned as it is: reading it is for others to refuse.
    """
    try:
        if content.startswith(_PNG):
            return _PNG + b"".join(_png_chunks(content))
        if content.startswith(_JPEG):
            return _JPEG + b"".join(_jpeg_segments(content))
    except (struct.error, ValueError):
        return content
    return content


def _png_chunks(content: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        end = at + 12 + size
        kind = content[at + 4 : at + 8]
        if end > len(content):
            raise ValueError("a chunk beyond the end")
        if kind not in _PNG_TALK:
            yield content[at:end]
        at = end
        if kind == b"IEND":
            return  # what follows is no picture


def _jpeg_segments(content: bytes) -> Iterator[bytes]:
    at = len(_JPEG)
    while True:
        mark, kind = struct.unpack_from(">BB", content, at)
        if mark != 0xFF:
            raise ValueError("no marker")
        if kind == _START_OF_SCAN:
            yield content[at:]
            return
        (size,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + size
        if size < 2 or end > len(content):
            raise ValueError("a segment beyond the end")
        if kind != _COMMENT and (kind not in _APPLICATION or kind in _COLOUR):
            yield content[at:end]
        at = end
