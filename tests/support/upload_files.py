"""Small files of each format, real to the byte where it matters."""

from __future__ import annotations

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0" + b"\0" * 20
JPG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\0" * 40 + b"\xff\xd9"
EXE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + b"\0" * 200

_OFFICE = "application/vnd.openxmlformats-officedocument."
_MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"


def office_file(part: str, *extra: str) -> bytes:
    """Return a ZIP whose list of content types names ``part``, with ``extra`` members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types><Override PartName="/word/document.xml" ContentType="{part}"/></Types>',
        )
        for name in extra:
            archive.writestr(name, "x")
    return buffer.getvalue()


DOCX = office_file(f"{_OFFICE}wordprocessingml.document.main+xml")
XLSX = office_file(f"{_OFFICE}spreadsheetml.sheet.main+xml")
DOCM = office_file(_MACRO)
DOCX_WITH_MACROS = office_file(
    f"{_OFFICE}wordprocessingml.document.main+xml", "word/vbaProject.bin"
)


def open_document(media_type: str) -> bytes:
    """Return a ZIP that says by its first member what it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", media_type)
    return buffer.getvalue()
