"""Archives and parts that lie about themselves, and pictures made to burst."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest

from document_templates.cleaning import clean_docx
from document_templates.findings import TemplateRefused
from document_templates.template_check import check_document
from tests.document_templates.pdf.test_conversion_requests import drawing
from tests.support.docx_files import names, paragraph, plain_members, relationships, zipped

SECONDS = 20.0
BYTES = 400_000_000


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that claims a size; its points need not be there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", data or zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def with_pictures(*pictures: bytes) -> bytes:
    body = "".join(
        drawing(f'<a:blip r:embed="rId{number}"/>') for number in range(1, len(pictures) + 1)
    )
    members = plain_members(paragraph("Bild") + body)
    members["word/_rels/document.xml.rels"] = relationships(
        *(
            (f"rId{number}", "image", f"media/image{number}.png", False)
            for number in range(1, len(pictures) + 1)
        )
    )
    for number, content in enumerate(pictures, start=1):
        members[f"word/media/image{number}.png"] = content
    return zipped(members)


def overlapping() -> bytes:
    """Many entries of the directory that lead to the very same packed bytes."""
    packed = bytearray(zipped({**plain_members(paragraph("x")), "word/a.bin": b"\0" * 4_000_000}))
    end = packed.rfind(b"PK\x05\x06")
    start = struct.unpack_from("<L", packed, end + 16)[0]
    last = packed.rfind(b"PK\x01\x02")
    entry = bytes(packed[last:end])
    copies = b"".join(entry.replace(b"word/a.bin", b"word/%c.bin" % (97 + n)) for n in range(1, 26))
    directory = bytes(packed[start:end]) + copies
    count = 4 + 25
    return (
        bytes(packed[:start])
        + directory
        + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    )


def symlink() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in plain_members(paragraph("x")).items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("word/styles.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return stream.getvalue()


def with_member(name: str, content: bytes) -> bytes:
    return zipped({**plain_members(paragraph("x")), name: content})


ENTITY = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
RELATIONS = relationships(("rId1", "officeDocument", "word/document.xml", False))

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "overlapping entries": (overlapping, ""),
    "name with a zero": (lambda: with_member("word/a\x01b.xml", b""), "unzulässigen Namen"),
    "name of a folder above": (lambda: with_member("word/../../x", b""), "unzulässigen Namen"),
    "name on a server": (lambda: with_member("//server/share/x", b""), "unzulässigen Namen"),
    "entity in the relationships": (
        lambda: with_member("_rels/.rels", ENTITY + RELATIONS),
        "Dokumenttyp",
    ),
    "entity in the list of types": (
        lambda: with_member(
            "[Content_Types].xml", ENTITY + plain_members("")["[Content_Types].xml"]
        ),
        "Dokumenttyp",
    ),
    "picture of a billion points": (
        lambda: with_pictures(png(60_000, 60_000)),
        "zu viele Bildpunkte",
    ),
    "picture without an end": (lambda: with_pictures(png(9, 9)[:40]), "beschädigt"),
    "many large pictures": (
        lambda: with_pictures(*(png(6_000, 6_000, zlib.compress(bytes([n]))) for n in range(3))),
        "zusammen zu viele Bildpunkte",
    ),
    "runs a hundred thousand deep": (
        lambda: zipped(plain_members("<w:p>" + "<w:sdt>" * 3_000 + "</w:sdt>" * 3_000 + "</w:p>")),
        "",
    ),
}


@pytest.mark.parametrize(("build", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_with_a_reason(build: Callable[[], bytes], says: str) -> None:
    data = build()
    started = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(TemplateRefused) as refusal:
            clean_docx(data)
        _current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - started < SECONDS
    assert peak < BYTES
    assert refusal.value.findings[0].message
    assert says in str(refusal.value)


def test_a_link_in_the_archive_is_no_link() -> None:
    """Its target is never followed; as a part it is no readable XML."""
    report = check_document(symlink(), None)
    assert "root:" not in report.as_text()


@pytest.mark.parametrize(
    "inner",
    [
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"'
        ' parse="text"/>',
        '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?>',
        "<!-- {{ x.__class__ }} -->",
    ],
)
def test_what_xml_itself_can_include_is_not_included(inner: str) -> None:
    data = zipped(plain_members(f"{inner}{paragraph('Text')}"))
    try:
        cleaned = clean_docx(data)
    except TemplateRefused:
        return
    with zipfile.ZipFile(io.BytesIO(cleaned.data)) as archive:
        content = archive.read("word/document.xml")
    assert b"root:" not in content
    assert b"xsl" not in content


def test_tables_in_tables_stay_within_limits() -> None:
    inner = paragraph("innen")
    for _level in range(60):
        inner = f"<w:tbl><w:tblGrid/><w:tr><w:tc>{inner}<w:p/></w:tc></w:tr></w:tbl>"
    started = time.perf_counter()
    check_document(zipped(plain_members(inner + "<w:p/>")), None)
    assert time.perf_counter() - started < SECONDS


def test_embedded_fonts_are_left_behind() -> None:
    members = plain_members(paragraph("Text"))
    members["word/_rels/document.xml.rels"] = relationships(
        ("rId1", "fontTable", "fontTable.xml", False)
    )
    members["word/_rels/fontTable.xml.rels"] = relationships(
        ("rId1", "font", "fonts/font1.odttf", False)
    )
    members["word/fonts/font1.odttf"] = b"\0\1\0\0" + b"\xff" * 50_000
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    r = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    members["word/fontTable.xml"] = (
        f'<w:fonts xmlns:w="{w}" xmlns:r="{r}"><w:font w:name="Fremd">'
        '<w:embedRegular r:id="rId1" w:fontKey="{{00000000-0000-0000-0000-000000000000}}"/>'
        "</w:font></w:fonts>"
    ).encode()
    cleaned = clean_docx(zipped(members))
    assert any("Eingebettete Schriften" in finding.message for finding in cleaned.findings)
    assert not [name for name in names(cleaned.data) if "odttf" in name]
