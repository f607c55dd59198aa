"""The difference of two templates is told in words, and nothing else is told."""

from __future__ import annotations

import io

import docx
from docx.shared import Mm
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from document_templates.cleaning import clean_docx
from document_templates.comparing.differences import (
    LineChange,
    TemplateDifference,
    compare_templates,
)
from tests.support.docx_files import docx_of, saved


def compared(old: bytes, new: bytes) -> TemplateDifference:
    return compare_templates(clean_docx(old), clean_docx(new))


def told(change: LineChange) -> str:
    signs = {"same": "", "added": "+", "removed": "-"}
    return "".join(
        f"{signs[mark.kind]}[{mark.text}]" if mark.kind != "same" else mark.text
        for mark in change.marks
    )


def test_a_changed_word_is_marked_in_its_line() -> None:
    difference = compared(
        docx_of("Anrede", "Der Satz beträgt {{ satz|euro }} je Stunde.", "Gruß"),
        docx_of("Anrede", "Der Satz beträgt {{ fls_satz|euro }} je Stunde.", "Gruß"),
    )
    [change] = difference.changes
    assert (change.kind, change.place) == ("changed", "Text")
    assert told(change) == "Der Satz beträgt -[{{ satz|euro }}]+[{{ fls_satz|euro }}] je Stunde."
    assert difference.placeholders_added == ("fls_satz",)
    assert difference.placeholders_removed == ("satz",)
    assert not difference.frame_only


def test_lines_come_and_go() -> None:
    difference = compared(
        docx_of("Eins", "Zwei Wörter weg", "Drei"), docx_of("Eins", "Drei", "Ganz neu hier")
    )
    assert [(change.kind, told(change)) for change in difference.changes] == [
        ("removed", "-[Zwei Wörter weg]"),
        ("added", "+[Ganz neu hier]"),
    ]


def test_rows_are_read_with_their_cells() -> None:
    rows = [["Posten", "Betrag"], ["Miete", "100"]]
    changed = [["Posten", "Betrag"], ["Miete", "120"], ["Strom", "30"]]
    difference = compared(docx_of("x", rows=rows), docx_of("x", rows=changed))
    assert [(change.is_row, told(change)) for change in difference.changes] == [
        (True, "Miete | -[100]+[120]"),
        (True, "+[Strom | 30]"),
    ]


def test_only_the_frame_is_told_as_that() -> None:
    difference = compared(
        docx_of("Text", header="Stadt Hilden", footer="Seite"),
        docx_of("Text", header="Stadt Hilden, Jugendamt", footer="Seite"),
    )
    assert difference.frame_only
    assert [change.place for change in difference.changes] == ["Kopfzeile"]


def _picture(colour: tuple[int, int, int]) -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(stream, "PNG")
    stream.seek(0)
    return stream


def _with_logo(colour: tuple[int, int, int], margin: int = 20, bold: bool = False) -> bytes:
    document = docx.Document()
    document.add_paragraph().add_run("Text bleibt").bold = bold
    run = document.sections[0].header.paragraphs[0].add_run()
    run.add_picture(_picture(colour))
    document.sections[0].left_margin = Mm(margin)
    return saved(document)


def test_a_new_logo_touches_no_text() -> None:
    difference = compared(_with_logo((1, 2, 3)), _with_logo((3, 2, 1), margin=25))
    assert difference.frame_only
    assert difference.remarks == (
        "Bilder in Kopf- und Fußzeile hinzugefügt: 1.",
        "Bilder in Kopf- und Fußzeile entfernt: 1.",
        "Papierformat oder Seitenränder sind anders.",
    )


def test_other_formatting_of_the_same_words_is_told() -> None:
    difference = compared(_with_logo((1, 2, 3)), _with_logo((1, 2, 3), bold=True))
    assert [(change.kind, told(change)) for change in difference.changes] == [
        ("restyled", "Text bleibt")
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["eins zwei", "drei {{ x }}", "vier", "eins drei fünf"]), max_size=7),
    st.lists(st.sampled_from(["eins zwei", "drei {{ x }}", "vier", "eins drei fünf"]), max_size=7),
)
def test_the_marks_hold_both_texts(old: list[str], new: list[str]) -> None:
    """What stayed and what was removed is the old text; what stayed and was added the new one."""
    difference = compared(docx_of(*old), docx_of(*new))
    assert difference.is_empty == (old == new)
    before = [line for line in old if line not in new or old.count(line) > new.count(line)]
    removed = [
        "".join(mark.text for mark in change.marks if mark.kind != "added")
        for change in difference.changes
        if change.kind in ("removed", "changed")
    ]
    added = [
        "".join(mark.text for mark in change.marks if mark.kind != "removed")
        for change in difference.changes
        if change.kind in ("added", "changed")
    ]
    assert set(before) <= set(removed)
    # Taking the changes away from the old lines and adding the new ones gives the new template.
    left = list(old)
    for line in removed:
        left.remove(line)
    assert sorted(left + added) == sorted(new)
