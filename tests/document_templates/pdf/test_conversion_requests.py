"""No document makes a request during its conversion, whatever it refers to and by which way.

These files never get through cleaning; here they go to the converter directly, as if it had
failed. A listener on loopback waits for whoever asks, and a file of the machine for whoever reads.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from document_templates.cleaning import clean_docx
from document_templates.conversion import ConversionFailed, Converter, office_process
from document_templates.conversion.isolation import Isolation
from document_templates.findings import TemplateRefused
from tests.document_templates.pdf.test_conversion import text_of
from tests.document_templates.pdf.test_conversion_links import Listener, without_hardening
from tests.support.docx_files import paragraph, plain_members, relationships, zipped

SECRET = "Inhalt-einer-Datei-des-Rechners"
V = "urn:schemas-microsoft-com:vml"
O = "urn:schemas-microsoft-com:office:office"  # noqa: E741 - the prefix of the namespace
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"


def linked(kind: str, address: str, body: str) -> bytes:
    """A document whose relationship rId9 of ``kind`` leads to ``address``."""
    members = plain_members(paragraph("Davor") + body)
    members["word/_rels/document.xml.rels"] = relationships(("rId9", kind, address, True))
    return zipped(members)


def field(instruction: str) -> bytes:
    escaped = instruction.replace("&", "&amp;").replace('"', "&quot;")
    return zipped(
        plain_members(
            paragraph("Davor")
            + f'<w:p><w:fldSimple w:instr="{escaped}"><w:r><w:t>Feld</w:t></w:r></w:fldSimple>'
            "</w:p>"
            '<w:p><w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText>'
            f'{escaped}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r>'
            '<w:t>Feld</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        )
    )


def drawing(inner: str) -> str:
    return (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{WP}"><wp:extent cx="99999" cy="99999"/>'
        f'<wp:docPr id="1" name="B"/><a:graphic xmlns:a="{A}"><a:graphicData uri="{PIC}">'
        f'<pic:pic xmlns:pic="{PIC}"><pic:nvPicPr><pic:cNvPr id="1" name="B"/><pic:cNvPicPr/>'
        f"</pic:nvPicPr><pic:blipFill>{inner}<a:stretch><a:fillRect/></a:stretch></pic:blipFill>"
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="99999" cy="99999"/></a:xfrm>'
        '<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
        "</w:drawing></w:r></w:p>"
    )


def with_part(name: str, kind: str, content: str, type_: str, target: str = "") -> bytes:
    """A document with a further part, which may have a relationship rId9 to ``target``."""
    members = plain_members(paragraph("Davor"))
    members[f"word/{name}"] = content.encode()
    members["word/_rels/document.xml.rels"] = relationships(("rId1", kind, name, False))
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"</Types>",
        f'<Override PartName="/word/{name}" ContentType="application/{type_}"/></Types>'.encode(),
    )
    if target:
        members[f"word/_rels/{name}.rels"] = relationships(
            ("rId9", "attachedTemplate", target, True)
        )
    return zipped(members)


def svg(address: str) -> bytes:
    members = plain_members(paragraph("Davor") + drawing('<a:blip r:embed="rId9"/>'))
    members["word/_rels/document.xml.rels"] = relationships(
        ("rId9", "image", "media/image1.svg", False)
    )
    members["word/media/image1.svg"] = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' width="90" height="90"><image xlink:href="{address}" width="90" height="90"/>'
        f'<style>@import url("{address}");</style><use xlink:href="{address}#a"/></svg>'
    ).encode()
    return zipped(members)


def external_entity(address: str) -> bytes:
    members = plain_members("")
    members["word/document.xml"] = (
        f'<!DOCTYPE w [<!ENTITY x SYSTEM "{address}">'
        f'<!ENTITY % p SYSTEM "{address}"> %p;]>'.encode()
        + members["word/document.xml"].replace(b"<w:body>", b"<w:body>&x;")
    )
    return zipped(members)


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WAYS: dict[str, Callable[[str], bytes]] = {
    "picture": lambda to: linked("image", to, drawing('<a:blip r:link="rId9"/>')),
    "picture twice": lambda to: linked(
        "image", to, drawing('<a:blip r:embed="rId9" r:link="rId9"/>')
    ),
    "old picture": lambda to: linked(
        "image",
        to,
        f'<w:p><w:r><w:pict><v:shape xmlns:v="{V}" xmlns:o="{O}" style="width:50pt;height:50pt">'
        f'<v:imagedata r:id="rId9" o:href="{to}" src="{to}"/></v:shape></w:pict></w:r></w:p>',
    ),
    "svg": svg,
    "link": lambda to: linked(
        "hyperlink", to, '<w:p><w:hyperlink r:id="rId9"><w:r><w:t>x</w:t></w:r></w:hyperlink></w:p>'
    ),
    "chunk": lambda to: linked("aFChunk", to, '<w:altChunk r:id="rId9"/>'),
    "part of a master": lambda to: linked("subDocument", to, '<w:subDoc r:id="rId9"/>'),
    "object": lambda to: linked(
        "oleObject",
        to,
        f'<w:p><w:r><w:object><v:shape xmlns:v="{V}" id="s" style="width:50pt;height:50pt"/>'
        f'<o:OLEObject xmlns:o="{O}" Type="Link" ProgID="Word.Document" ShapeID="s"'
        ' r:id="rId9" UpdateMode="Always"/></w:object></w:r></w:p>',
    ),
    "attached template": lambda to: with_part(
        "settings.xml",
        "settings",
        f'<w:settings xmlns:w="{W}" xmlns:r="{R}"><w:attachedTemplate r:id="rId9"/></w:settings>',
        "vnd.openxmlformats-officedocument.wordprocessingml.settings+xml",
        to,
    ),
    "source of a merge": lambda to: with_part(
        "settings.xml",
        "settings",
        f'<w:settings xmlns:w="{W}" xmlns:r="{R}"><w:mailMerge><w:mainDocumentType'
        ' w:val="formLetters"/><w:dataSource r:id="rId9"/></w:mailMerge></w:settings>',
        "vnd.openxmlformats-officedocument.wordprocessingml.settings+xml",
        to,
    ),
    "font": lambda to: with_part(
        "fontTable.xml",
        "fontTable",
        f'<w:fonts xmlns:w="{W}" xmlns:r="{R}"><w:font w:name="X"><w:embedRegular r:id="rId9"/>'
        "</w:font></w:fonts>",
        "vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml",
        to,
    ),
    "INCLUDETEXT": lambda to: field(f' INCLUDETEXT "{to}" '),
    "INCLUDEPICTURE": lambda to: field(f' INCLUDEPICTURE "{to}" \\d '),
    "LINK": lambda to: field(f' LINK Word.Document.8 "{to}" "" \\a \\p '),
    "DDEAUTO": lambda to: field(f' DDEAUTO soffice "{to}" x '),
    "DATABASE": lambda to: field(f' DATABASE \\d "{to}" \\s "SELECT 1" '),
    "RD": lambda to: field(f' RD "{to}" '),
    "IMPORT": lambda to: field(f' IMPORT "{to}" '),
    "external entity": external_entity,
}


@pytest.fixture
def listener() -> Iterator[Listener]:
    waiting = Listener()
    yield waiting
    waiting.close()


def convert(converter: Converter, docx: bytes) -> str:
    """Return the text of the PDF, "" for a document that the office refuses."""
    with contextlib.suppress(ConversionFailed):
        return text_of(converter.convert(docx))
    return ""


@pytest.mark.parametrize("way", WAYS, ids=WAYS.keys())
def test_nothing_is_asked_of_anybody(converter: Converter, listener: Listener, way: str) -> None:
    convert(converter, WAYS[way](f"http://127.0.0.1:{listener.port}/{SECRET}"))
    assert listener.requests == []


@pytest.mark.parametrize("way", WAYS, ids=WAYS.keys())
def test_no_file_of_the_machine_gets_into_the_document(
    converter: Converter, tmp_path: Path, way: str
) -> None:
    for name in ("geheim.txt", "geheim.docx"):
        (tmp_path / name).write_bytes(
            zipped(plain_members(paragraph(SECRET))) if name.endswith("x") else SECRET.encode()
        )
        assert SECRET not in convert(converter, WAYS[way]((tmp_path / name).as_uri()))


@pytest.mark.parametrize("way", WAYS, ids=WAYS.keys())
def test_cleaning_lets_no_address_through(way: str) -> None:
    address = f"http://127.0.0.1:9/{SECRET}"
    if way == "link":
        address = f"file:///{SECRET}"
    try:
        cleaned = clean_docx(WAYS[way](address))
    except TemplateRefused as refusal:
        assert refusal.findings[0].message
        return
    assert SECRET.encode() not in b"".join(members_of(cleaned.data))


def members_of(docx: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        yield from (archive.read(name) for name in archive.namelist())


def test_without_the_walls_some_of_them_would_ask(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the files are such that an office of the usual kind follows them."""
    without_hardening(monkeypatch)
    monkeypatch.setattr(office_process, "network_isolation", lambda _python: Isolation())
    with Converter(directory=tmp_path) as careless:
        for way in ("picture", "old picture"):
            convert(careless, WAYS[way](f"http://127.0.0.1:{listener.port}/{way[0]}.png"))
    assert listener.requests
