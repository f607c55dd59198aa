"""Hostile workbooks and archives: refused with German words, in bounded time and memory."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.exchange.importing import import_file
from forms.exchange.report import ImportRefused
from tests.support.workbooks import changed_member, xlsform

GOOD = xlsform([{"type": "text", "name": "x", "label": "X"}])
SHEET = "xl/worksheets/sheet1.xml"


def replaced(old: bytes, new: bytes, member: str = SHEET) -> bytes:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return changed_member(GOOD, member, change)


def added(name: str, content: bytes = b"x") -> bytes:
    return changed_member(GOOD, name, lambda _former: content)


def many_rows(number: int) -> bytes:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>text</t></is></c></row>'
                   for n in range(2, number))  # fmt: skip
    return replaced(b"</sheetData>", rows.encode() + b"</sheetData>")


def bomb() -> bytes:
    return added("xl/worksheets/sheet9.xml", b" " * 30_000_000)


def encrypted() -> bytes:
    data = bytearray(GOOD)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


def doubled() -> bytes:
    target = io.BytesIO(GOOD)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("XL/workbook.xml", b"<a/>")
    return target.getvalue()


def crowd() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(400):
            archive.writestr(f"xl/{number}.xml", b"<a/>")
    return target.getvalue()


CORPUS: list[tuple[str, Callable[[], bytes], str]] = [
    ("nothing", lambda: b"", "weder"),
    ("text", lambda: b"type,name,label\n", "weder"),
    ("old Excel", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "XLS"),
    ("cut off", lambda: GOOD[:-40], "beschädigt"),
    ("macros", lambda: added("xl/vbaProject.bin"), "Makros"),
    ("macro type", lambda: replaced(b"sheet.main", b"sheet.macroEnabled.main",
                                    "[Content_Types].xml"), "Makros"),
    ("other files", lambda: added("xl/externalLinks/externalLink1.xml", b"<a/>"), "verweist"),
    ("embedded", lambda: added("xl/embeddings/oleObject1.bin"), "eingebettete"),
    ("entities", lambda: replaced(b"<worksheet", b'<!DOCTYPE a [<!ENTITY x "y">]><worksheet'),
     "DTD"),
    ("external entity", lambda: replaced(
        b"<worksheet", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><worksheet'), "DTD"),
    ("UTF-16", lambda: changed_member(
        GOOD, SHEET, lambda content: content.decode().encode("utf-16")), "UTF-8|DTD"),
    ("bomb", bomb, "zu groß"),
    ("encrypted", encrypted, "verschlüsselt|beschädigt"),
    ("wandering", lambda: added("../../etc/passwd"), "unzulässigen Namen"),
    ("absolute", lambda: added("/etc/passwd"), "unzulässigen Namen"),
    ("doubled", doubled, "doppelt"),
    ("crowd", crowd, "Bestandteile"),
    ("rows", lambda: many_rows(10_100), "Zeilen"),
    ("far row", lambda: replaced(b"</sheetData>", b'<row r="1048000"><c r="A1048000" '
                                 b't="inlineStr"><is><t>x</t></is></c></row></sheetData>'),
     "Zeilen"),
    ("far column", lambda: replaced(b"</sheetData>", b'<row r="9"><c r="XFD9" '
                                    b't="inlineStr"><is><t>x</t></is></c></row></sheetData>'),
     "Spalten"),
    ("no sheet", lambda: replaced(b"survey", b"umfrage", "xl/workbook.xml"), "survey"),
    ("no workbook", lambda: xlsform([])[:0] + crowd_of_one(), "Excel|Paket|weder"),
]  # fmt: skip


def crowd_of_one() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", b"application/zip")
    return target.getvalue()


@pytest.mark.parametrize(("build", "words"), [(b, w) for _n, b, w in CORPUS],
                         ids=[name for name, _b, _w in CORPUS])  # fmt: skip
@pytest.mark.timeout(120)
def test_hostile_files_are_refused(build: Callable[[], bytes], words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        import_file(build())


def test_the_good_workbook_of_the_corpus_is_good() -> None:
    assert import_file(GOOD).form.report.refused == []


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 30))
def test_broken_bytes_are_refused_and_never_raise_anything_else(seed: int, count: int) -> None:
    source = random.Random(seed)
    data = bytearray(GOOD)
    for _one in range(count):
        data[source.randrange(4, len(data))] = source.randrange(256)
    try:
        import_file(bytes(data))
    except ImportRefused as error:
        assert str(error)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("${}x.'\"()<>=!+-*/ andorivm,[]@|0123456789"), max_size=60))
def test_any_rule_is_read_or_refused(rule: str) -> None:
    from forms.exchange.xpath import XPathRefused
    from forms.exchange.xpath_reading import Place, Question, expression_from_xpath

    own = Question("x", "number")
    try:
        expression_from_xpath(rule, Place(own, {"x": own}))
    except XPathRefused as error:
        assert str(error)


def test_long_and_deep_rules_are_refused() -> None:
    survey = [
        {"type": "integer", "name": "x", "label": "X"},
        {"type": "text", "name": "a", "label": "A", "relevant": "(" * 500 + "1" + ")" * 500},
        {"type": "text", "name": "b", "label": "B", "relevant": "1" + "+1" * 990 + " > 0"},
        {"type": "text", "name": "c", "label": "C", "relevant": "not(" * 200 + "1" + ")" * 200},
        {"type": "text", "name": "d", "label": "D", "relevant": "${x} > 1 or " * 300 + "${x} > 1"},
    ]
    report = import_file(xlsform(survey)).form.report
    assert {entry.name for entry in report.refused} == {"a", "b", "c", "d"}
    assert {entry.kind for entry in report.refused} <= {"relevant", "visible"}
