"""Files are known by what they hold; names are made harmless."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.attachments.contents import FILE_FORMATS, clean_name, format_of
from forms.fields.file import MAXIMUM_NAME
from tests.support.upload_files import (
    DOCM,
    DOCX,
    DOCX_WITH_MACROS,
    EXE,
    JPG,
    PDF,
    PNG,
    XLSX,
    office_file,
    open_document,
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (JPG, "jpg"),
        (b"II*\0" + b"\0" * 60, "tif"),
        (DOCX, "docx"),
        (XLSX, "xlsx"),
        (open_document("application/vnd.oasis.opendocument.text"), "odt"),
        (open_document("application/vnd.oasis.opendocument.spreadsheet"), "ods"),
    ],
)
def test_accepted_formats(data: bytes, expected: str) -> None:
    assert format_of(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        EXE,
        DOCM,
        DOCX_WITH_MACROS,
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + EXE + PDF,
        b"nur Text",
        b"PK\x03\x04kaputt",
        office_file("application/x-unbekannt"),
        open_document("application/vnd.oasis.opendocument.text-master"),
        b"\0" * 10,
    ],
)
def test_everything_else_is_nothing(data: bytes) -> None:
    assert format_of(data) == ""


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert format_of(data) in {"", *FILE_FORMATS}
    assert format_of(b"PK\x03\x04" + data) in {"", *FILE_FORMATS}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("C:\\Users\\kim\\Beleg.PDF", "Beleg.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("beleg.exe", "beleg.exe.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe.pdf"),
        ("...pdf", "pdf.pdf"),
        ("", "Datei.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "b.pdf"),
        ('x"<y>.pdf', "x__y_.pdf"),
    ],
)
def test_names_are_made_harmless(typed: str, kept: str) -> None:
    assert clean_name(typed, "pdf") == kept


@given(st.text(max_size=300), st.sampled_from(sorted(FILE_FORMATS)))
def test_every_name_is_safe(typed: str, key: str) -> None:
    name = clean_name(typed, key)
    assert 0 < len(name) <= MAXIMUM_NAME
    assert not set(name) & set('/\\:<>"|?*')
    assert not any(unicodedata.category(letter).startswith("C") for letter in name)
    assert name.lower().endswith(FILE_FORMATS[key].endings)
    assert clean_name(name, key) == name
