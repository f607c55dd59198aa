"""Uploaded tables are hostile: known by their content, bounded, never calculated."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from forms.exchange.report import ImportRefused
from forms.registers.table_file import read_table_file
from tests.support.workbooks import changed_member, saved


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return saved(book)


@pytest.mark.parametrize(
    "data",
    [
        "Name;Plätze\r\nKita Nord;85\r\n".encode(),
        b"\xef\xbb\xbf" + "Name;Plätze\nKita Nord;85".encode(),
        "Name;Plätze\r\nKita Nord;85\r\n".encode("cp1252"),
        "Name,Plätze\nKita Nord,85\n".encode(),
        "Name\tPlätze\n\nKita Nord\t85\n\n".encode(),
        workbook(["Name", "Plätze"], ["Kita Nord", 85]),
    ],
)
def test_the_same_table_in_every_notation(data: bytes) -> None:
    sheet = read_table_file(data)
    assert tuple(filter(None, sheet.columns)) == ("Name", "Plätze")
    assert [row.cells for row in sheet.rows] == [{"Name": "Kita Nord", "Plätze": "85"}]


def test_a_quoted_cell_may_hold_separators_and_lines() -> None:
    sheet = read_table_file(b'Name;Ort\n"Kita; ""Nord""\nHaus 2";Hilden')
    assert sheet.rows[0].cells == {"Name": 'Kita; "Nord"\nHaus 2', "Ort": "Hilden"}


def test_a_formula_is_told_and_not_calculated() -> None:
    sheet = read_table_file(workbook(["Name", "Plätze"], ["Kita", "=1+1"]))
    assert sheet.rows[0].cells == {"Name": "Kita"}
    assert sheet.rows[0].formulas == ("Plätze",)


def test_our_own_guard_against_formulas_is_taken_off() -> None:
    assert (
        read_table_file(b"Name\n'=HYPERLINK(1)\n'n Haus").rows[0].cells["Name"] == "=HYPERLINK(1)"
    )
    assert read_table_file(b"Name\n'n Haus").rows[0].cells["Name"] == "'n Haus"


REFUSED = {
    "empty": b"",
    "blank": b"\r\n\r\n",
    "not a table": b"\x00\x01\x02" * 10,
    "pdf": b"%PDF-1.7\x00\n",
    "old excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "too large": b"Name\n" + b"x" * 5_000_001,
    "too many rows": b"Name\n" + b"x\n" * 10_001,
    "too many columns": b";".join([b"a"] * 121),
    "a cell without end": b'Name\n"' + b"x" * 200_000,
    "a zip": b"PK\x03\x04" + b"\0" * 100,
    "macros": changed_member(workbook(["Name"]), "xl/vbaProject.bin", lambda _old: b"x"),
    "entities": changed_member(
        workbook(["Name"]),
        "xl/worksheets/sheet1.xml",
        lambda old: b'<!DOCTYPE a [<!ENTITY b "c">]>' + old,
    ),
    "a far cell": workbook(*[[]] * 10_001, ["x"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_said(name: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_table_file(REFUSED[name])
    assert str(refused.value).endswith((".", "Überschriften."))


def test_ten_thousand_rows_are_read() -> None:
    assert len(read_table_file(b"Name\n" + b"x\n" * 10_000).rows) == 10_000


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        sheet = read_table_file(data)
    except ImportRefused:
        return
    assert any(sheet.columns)
    for row in sheet.rows:
        assert set(row.cells) <= set(sheet.columns)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=20)
        .map(str.strip)
        .filter(lambda text: bool(text) and not text.startswith("'")),
        min_size=1,
        max_size=8,
    )
)
def test_csv_gives_back_what_was_written(names: list[str]) -> None:
    from forms.exports.csv_file import write_csv

    target = io.StringIO(newline="")
    write_csv(target, ["Name"], [[name] for name in names])
    sheet = read_table_file(target.getvalue().encode())
    assert [row.cells["Name"] for row in sheet.rows] == names
