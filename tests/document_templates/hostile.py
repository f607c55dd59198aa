"""Hostile and broken uploads, each with the German words its refusal must contain."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.support.docx_files import (
    MAIN,
    docx_of,
    paragraph,
    plain_members,
    relationships,
    zipped,
)


@dataclass(frozen=True)
class Hostile:
    """A file, when it must be refused (cleaning or checking) and what the message says."""

    name: str
    build: Callable[[], bytes]
    says: str


def _changed(old: bytes, new: bytes) -> bytes:
    return zipped(plain_members(paragraph("Text"))).replace(old, new)


def _with(body: str = "", kind: str = "", target: str = "", external: bool = True) -> bytes:
    members = plain_members(body or paragraph("Absatz"))
    if kind:
        members["word/_rels/document.xml.rels"] = relationships(("rId9", kind, target, external))
    return zipped(members)


def _declared(content_type: str) -> bytes:
    members = plain_members(paragraph("Text"))
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        MAIN.encode(), content_type.encode()
    )
    return zipped(members)


def _bomb(size: int) -> bytes:
    return zipped({**plain_members(paragraph("Text")), "word/media/a.bin": b"\0" * size})


def _xml_bomb() -> bytes:
    return zipped(plain_members(paragraph("x" * 11_000_000)))


def _many_bombs() -> bytes:
    # Each member alone is within its limit and ratio; together they are not.
    filling = bytes(range(256)) * 180 + b"\0" * 4_000_000
    return zipped(
        {**plain_members(paragraph("x")), **{f"word/{n}.bin": filling for n in range(30)}}
    )


def _many_members() -> bytes:
    return zipped({**plain_members(paragraph("x")), **{f"word/{n}.x": b"" for n in range(600)}})


def _nested() -> bytes:
    inner = zipped({"a": b"b"})
    return zipped({**plain_members(paragraph("x")), "word/media/image1.png": inner})


def _duplicate() -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in plain_members(paragraph("x")).items():
                archive.writestr(name, content)
            archive.writestr("word/document.xml", b"<x/>")
    return stream.getvalue()


def _named(name: str) -> bytes:
    return zipped({**plain_members(paragraph("x")), name: b"x"})


def _encrypted() -> bytes:
    data = bytearray(zipped(plain_members(paragraph("x"))))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _lying_size() -> bytes:
    """The directory says that a member is tiny; the stream holds megabytes."""
    data = bytearray(_bomb(900_000))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    return bytes(data)


def _lying_count() -> bytes:
    data = bytearray(zipped(plain_members(paragraph("x"))))
    at = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", data, at + 8, 60_000, 60_000)
    return bytes(data)


def _lzma() -> bytes:
    return zipped(plain_members(paragraph("x")), zipfile.ZIP_LZMA)


def _truncated() -> bytes:
    data = docx_of("Text")
    return data[: len(data) // 2]


def _document(xml: bytes) -> bytes:
    return zipped({**plain_members(""), "word/document.xml": xml})


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return _document(
        f'<!DOCTYPE w [<!ENTITY l0 "ha">{entities}]>'.encode()
        + b'<w:document xmlns:w="x">&l9;</w:document>'
    )


def _external_entity() -> bytes:
    return _document(
        b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<w:document xmlns:w="x">&x;</w:document>'
    )


def _utf16_doctype() -> bytes:
    return _document('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE w []><w/>'.encode("utf-16"))


def _deep() -> bytes:
    return _with("<w:p>" + "<w:r>" * 5_000 + "</w:r>" * 5_000 + "</w:p>")


def _field(*pieces: str) -> str:
    instructions = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return (
        '<w:p><w:r><w:t>Anlage siehe </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'{instructions}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )


def _linked_picture() -> bytes:
    body = (
        "<w:p><w:r><w:t>Logo</w:t></w:r><w:r><w:drawing>"
        '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:link="rId9"/>'
        "</w:drawing></w:r></w:p>"
    )
    return _with(body, "image", "http://127.0.0.1:9/x.png")


def _metafile() -> bytes:
    body = (
        "<w:p><w:r><w:drawing>"
        '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:embed="rId9"/>'
        "</w:drawing></w:r></w:p>"
    )
    members = plain_members(body)
    members["word/_rels/document.xml.rels"] = relationships(
        ("rId9", "image", "media/image1.emf", False)
    )
    members["word/media/image1.emf"] = b"\x01\0\0\0" * 30
    return zipped(members)


def _part(kind: str) -> bytes:
    members = plain_members(paragraph("Text"))
    members["word/_rels/document.xml.rels"] = relationships(("rId9", kind, "x.bin", False))
    members["word/x.bin"] = b"x"
    return zipped(members)


def _two_mains() -> bytes:
    members = plain_members(paragraph("Text"))
    members["_rels/.rels"] = relationships(
        ("rId1", "officeDocument", "word/document.xml", False),
        ("rId2", "officeDocument", "word/other.xml", False),
    )
    members["word/other.xml"] = members["word/document.xml"]
    return zipped(members)


def _strange_prefix() -> bytes:
    members = plain_members(paragraph("{{ name }}"))
    members["word/document.xml"] = (
        members["word/document.xml"].replace(b"w:", b"q:").replace(b"xmlns:w", b"xmlns:q")
    )
    return zipped(members)


def _million() -> bytes:
    # Varied names: a template that repeats itself would break the compression limit first.
    text = "".join(f"{{{{a{number * 7919 % 1_000_003}}}}}" for number in range(700_000))
    return zipped(plain_members(paragraph(text)))


REFUSED_BY_CLEANING = (
    Hostile("a million placeholders", _million, "mehr als 10000 Platzhalter"),
    Hostile("empty file", lambda: b"", "leer"),
    Hostile("plain text", lambda: b"Sehr geehrte Damen", "kein Word-Dokument"),
    Hostile("old doc or encrypted docx", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "kennwort"),
    Hostile("pdf", lambda: b"%PDF-1.7", "PDF"),
    Hostile("rtf", lambda: b"{\\rtf1 x}", "RTF"),
    Hostile(
        "flat odf",
        lambda: (
            b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:'
            b'opendocument:xmlns:office:1.0"/>'
        ),
        "OpenDocument",
    ),
    Hostile("html", lambda: b"<html><body>x</body></html>", "HTML"),
    Hostile(
        "odt",
        lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}),
        "OpenDocument",
    ),
    Hostile("some zip", lambda: zipped({"a.txt": b"x"}), "kein Word-Dokument"),
    Hostile(
        "docm",
        lambda: _declared("application/vnd.ms-word.document.macroEnabled.main+xml"),
        "Makros",
    ),
    Hostile(
        "dotm",
        lambda: _declared("application/vnd.ms-word.template.macroEnabledTemplate.main+xml"),
        "Makros",
    ),
    Hostile("dotx", lambda: _declared(MAIN.replace("document.main", "template.main")), ".dotx"),
    Hostile(
        "xlsx",
        lambda: _declared(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        ),
        "kein Word-Dokument",
    ),
    Hostile("zip bomb", lambda: _bomb(60_000_000), "zu groß"),
    Hostile("ratio bomb", lambda: _bomb(5_000_000), "zu groß"),
    Hostile("many bombs", _many_bombs, "zu groß"),
    Hostile("xml bomb", _xml_bomb, "zu groß"),
    Hostile("too many members", _many_members, "Bestandteile"),
    Hostile("nested zip", _nested, "eingebettete Datei"),
    Hostile("duplicate member", _duplicate, "doppelt"),
    Hostile("member that differs in case", lambda: _named("word/DOCUMENT.xml"), "doppelt"),
    Hostile("climbing name", lambda: _named("../../etc/passwd"), "unzulässigen Namen"),
    Hostile("absolute name", lambda: _named("/etc/passwd"), "unzulässigen Namen"),
    Hostile("backslash name", lambda: _named("word\\..\\x"), "unzulässigen Namen"),
    Hostile("drive name", lambda: _named("C:/x"), "unzulässigen Namen"),
    Hostile("encrypted members", _encrypted, "verschlüsselt"),
    Hostile("lying size", _lying_size, "beschädigt"),
    Hostile("lying count", _lying_count, "Bestandteile"),
    Hostile("other compression", _lzma, "beschädigt"),
    Hostile("truncated", _truncated, "beschädigt"),
    Hostile("too large", lambda: b"PK\x03\x04" + b"\0" * 10_000_001, "größer als 10 MB"),
    Hostile("billion laughs", _laughs, "Dokumenttyp"),
    Hostile("external entity", _external_entity, "Dokumenttyp"),
    Hostile("doctype in utf-16", _utf16_doctype, "Dokumenttyp"),
    Hostile("not xml", lambda: _document(b"<w:document"), "kein lesbares XML"),
    Hostile("deep xml", _deep, "kein lesbares XML"),
    Hostile("wrong root", lambda: _document(b"<x/>"), "nicht, was er angibt"),
    Hostile("strange prefix", _strange_prefix, "ungewöhnlich"),
    Hostile("two main documents", _two_mains, "Haupttext"),
    Hostile(
        "target outside",
        lambda: _with(kind="styles", target="../../../etc/passwd", external=False),
        "aus der Datei hinaus",
    ),
    Hostile("vba project", lambda: _part("vbaProject"), "aktive oder eingebettete"),
    Hostile("ole object", lambda: _part("oleObject"), "aktive oder eingebettete"),
    Hostile("embedded package", lambda: _part("package"), "aktive oder eingebettete"),
    Hostile("activex", lambda: _part("control"), "aktive oder eingebettete"),
    Hostile("alt chunk", lambda: _part("aFChunk"), "aktive oder eingebettete"),
    Hostile("sub document", lambda: _with(kind="subDocument", target="file:///x"), "aktive"),
    Hostile("external ole", lambda: _with(kind="oleObject", target="http://x/"), "aktive"),
    Hostile("external frame", lambda: _with(kind="frame", target="http://x/"), "aktive"),
    Hostile("chart", lambda: _part("chart"), "Diagramm"),
    Hostile("unknown part", lambda: _part("futureThing"), "nicht unterstützten"),
    Hostile("w:object", lambda: _with("<w:p><w:r><w:object/></w:r></w:p>"), "Objekte"),
    Hostile("w:altChunk", lambda: _with('<w:altChunk r:id="rId9"/>'), "Objekte"),
    Hostile("linked picture", _linked_picture, "nur verknüpft"),
    Hostile("metafile", _metafile, "PNG, JPEG und GIF"),
    Hostile("include text", lambda: _with(_field(' INCLUDETEXT "/etc/passwd" ')), "INCLUDETEXT"),
    Hostile(
        "include picture in pieces",
        lambda: _with(_field(" INCLUDE", 'PICTURE "http://x/" ')),
        "INCLUDEPICTURE",
    ),
    Hostile("dde", lambda: _with(_field(' ddeauto c:\\\\cmd "/k calc" ')), "DDEAUTO"),
    Hostile("quoted link", lambda: _with(_field(' "LINK" Excel.Sheet x ')), "LINK"),
    Hostile(
        "simple field",
        lambda: _with('<w:p><w:fldSimple w:instr="DATABASE \\d x"/></w:p>'),
        "DATABASE",
    ),
    Hostile("link to a file", lambda: _with(_field(' HYPERLINK "file:///etc/x" ')), "HYPERLINK"),
    Hostile("merge field", lambda: _with(_field(" MERGEFIELD Name ")), "Seriendruckfelder"),
    Hostile(
        "formula",
        lambda: _with(
            '<w:p><m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">'
            "<m:r><m:t>a=b</m:t></m:r></m:oMath></w:p>"
        ),
        "Word-Formeln erscheinen nicht im PDF",
    ),
    Hostile(
        "tracked changes",
        lambda: _with('<w:p><w:ins w:id="1"><w:r><w:t>Neu</w:t></w:r></w:ins></w:p>'),
        "nachverfolgte Änderungen",
    ),
)


def _text(*paragraphs: str) -> Callable[[], bytes]:
    return lambda: zipped(plain_members("".join(paragraph(text) for text in paragraphs)))


REFUSED_BY_CHECKING = (
    Hostile(
        "dunder traversal",
        _text("{{ cycler.__init__.__globals__.os.popen('id').read() }}"),
        "Aufrufe mit Klammern",
    ),
    Hostile("dunder item", _text("{{ ''['__class__'] }}{{ x.__class__ }}"), "Unterstrich"),
    Hostile("filter bomb", _text("{{ 'a'|center(999999999) }}"), "Unbekannter Filter „center“"),
    Hostile("format filter", _text("{{ '%999999999s'|format(1) }}"), "Unbekannter Filter"),
    Hostile("attr filter", _text("{{ x|attr('__class__') }}"), "Unbekannter Filter „attr“"),
    Hostile("map filter", _text("{{ x|map(attribute='y')|list }}"), "Unbekannter Filter"),
    Hostile("inner filter", _text("{{ x|_turns }}"), "Unbekannter Filter"),
    Hostile("range", _text("{% for i in range(9999999) %}x{% endfor %}"), "Aufrufe"),
    Hostile("power", _text("{{ 9**9**9 }}"), "Rechenarten"),
    Hostile("macro", _text("{% macro m() %}{% endmacro %}"), "gibt es nicht"),
    Hostile("import", _text("{% import 'os' as os %}"), "gibt es nicht"),
    Hostile("include", _text("{% include '/etc/passwd' %}"), "gibt es nicht"),
    Hostile("set", _text("{% set x = 1 %}"), "gibt es nicht"),
    Hostile("raw", _text("{% raw %}{{ x }}{% endraw %}"), "gibt es nicht"),
    Hostile("paragraphs from data", _text("{{p x }}"), "nicht möglich"),
    Hostile("row from data", _text("{{tr x }}"), "nicht möglich"),
    Hostile("emphasis within a run", _text("{{ x|gestaltet }}"), "ersetzt seine ganze Stelle"),
    Hostile("runs with a brace", _text("{{r x|default('%') }}"), "kein Prozentzeichen"),
    Hostile("picture from an address", _text("{{ bild('http://x/') }}"), "Aufrufe"),
    Hostile("merging without a loop", _text("{% vm %}"), "gehört in eine Tabellenzelle"),
    Hostile(
        "colour that leaves its attribute",
        lambda: docx_of(rows=[['{% cellbg "</w:tcPr>" %}x']]),
        "kein Platzhalter möglich",
    ),
    Hostile(
        "value beside a run",
        lambda: zipped(plain_members("<w:p><w:r><w:tab/></w:r>{{ x }}</w:p>")),
        "steht nicht im Text",
    ),
    Hostile("deep expression", _text("{{ " + "(" * 400 + "x" + ")" * 400 + " }}"), "verschachtelt"),
    Hostile("long tag", _text("{{ x" + " + x" * 2_000 + " }}"), "länger als 1000"),
    Hostile(
        "deep blocks",
        _text(*["{%p if x %}"] * 30, "A", *["{%p endif %}"] * 30),
        "Zu viele Bereiche",
    ),
    Hostile("open brace", _text("Name: {{ name"), "fehlt „}}“"),
    Hostile("open comment", _text("Name {# name"), "fehlt „#}“"),
    Hostile("tag over two paragraphs", _text("Name: {{ na", "me }}"), "fehlt „}}“"),
    Hostile("braces at the edge of paragraphs", _text("Menge {", "{ offen {{ x }}"), "geschweifte"),
    Hostile("unbalanced", _text("{%p for x in y %}", "x"), "fehlt das {%p endfor %}"),
    Hostile(
        "placeholder in an attribute",
        lambda: zipped(plain_members('<w:p><w:bookmarkStart w:id="1" w:name="{{ x }}"/></w:p>')),
        "kein Platzhalter möglich",
    ),
    Hostile(
        "block across levels",
        lambda: zipped(
            plain_members(
                paragraph("{% if x %}A") + f"<w:tbl><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc>"
                f"{paragraph('B{% endif %}')}</w:tc></w:tr></w:tbl>"
            )
        ),
        "ungleichen Stellen",
    ),
)


def all_hostile() -> Iterator[Hostile]:
    """Yield every file that must not become a template."""
    yield from REFUSED_BY_CLEANING
    yield from REFUSED_BY_CHECKING
