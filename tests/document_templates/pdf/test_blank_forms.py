"""Blank forms: every question has its place on paper, and the PDF is tagged and archivable."""

from __future__ import annotations

import io
import zipfile

import docx
import pikepdf
import pytest

from document_templates.blank_forms import BlankForm, blank_form_docx
from document_templates.conversion import Converter
from document_templates.pdfa import check_pdfa
from forms.building.sentences import spoken_rules
from forms.definition import parse_definition
from forms.packages import list_packages
from tests.support.form_documents import Document, field, form, one_page, page, row_field, section

PACKAGES = {package.name: package.form_document for package in list_packages()}


def blank(document: Document) -> bytes:
    return blank_form_docx(
        BlankForm(
            parse_definition(document),
            spoken_rules(document),
            "Stadt Muster",
            "Jugendamt",
            "Fassung 3",
        )
    )


def words(data: bytes) -> str:
    """Return everything that stands on the paper, in its order."""
    document = docx.Document(io.BytesIO(data))
    parts = [
        node.text or ""
        for node in document.element.body.iter()
        if str(node.tag).endswith(("}t", "}tab"))
    ]
    return " ".join(" ".join(parts).replace("\u00a0", " ").split())


@pytest.mark.parametrize("name", PACKAGES)
def test_every_question_of_every_shipped_form_is_on_paper(name: str) -> None:
    document = PACKAGES[name]
    definition = parse_definition(document)
    text = words(blank(document))
    for item in definition.pages:
        assert item.title in text
    for question in definition.fields.values():
        assert question.label in text
    assert blank(document) == blank(document)


def test_answers_have_the_place_they_need() -> None:
    document = one_page(
        field("yes_no", "ja", label="Ja?", required=True),
        field("date", "tag", label="Wann?"),
        field("money", "betrag", label="Wie viel?"),
        field("decimal", "stunden", label="Stunden", unit="h"),
        field("checkboxes", "wege", label="Wege", options={"a": "Brief", "b": "Internet"}),
        field("select", "land", label="Land", options={str(n): f"Land {n}" for n in range(20)}),
        field("declaration", "ok", label="Erklärung", text="Ich stimme zu."),
        field("info", "hinweis", label="Hinweis", text="Nur in Blau."),
        field("calculated", "summe_x", label="Summe", result="money", value="betrag * 2"),
        field(
            "scale",
            "note",
            label="Note",
            minimum=1,
            maximum=3,
            minimum_label="gut",
            maximum_label="schlecht",
        ),
        field("date_range", "zeit", label="Zeitraum"),
        field("text", "grund", label="Grund", visible="ja and betrag > 500"),
        field("text", "rest", label="Rest", visible="betrag * 2 > stunden"),
    )
    text = words(blank(document))
    assert "Ja? ☐ Ja ☐ Nein" in text
    assert "Wann? (freiwillig) TT.MM.JJJJ" in text
    assert "Wie viel? (freiwillig) €" in text
    assert "Stunden (freiwillig) h" in text
    assert "Mehrere Antworten sind möglich. ☐ Brief ☐ Internet" in text
    assert "Tragen Sie ein, was zutrifft: Land 0, Land 1" in text
    assert "☐ Ich stimme zu." in text
    assert "Note (freiwillig) ☐ 1 (gut) ☐ 2 ☐ 3 (schlecht) ☐ keine Angabe" in text
    assert "Zeitraum (freiwillig) von TT.MM.JJJJ bis (letzter Tag) TT.MM.JJJJ" in text
    assert "Nur in Blau." in text
    assert "Summe (wird ausgerechnet)" in text
    assert ("Nur ausfüllen, wenn „Ja?“ ist Ja und „Wie viel?“ größer als 500.") in text
    assert "Nur ausfüllen, wenn („Wie viel?“ mal 2) ist größer als „Stunden“." in text


def tables(document: Document) -> list[docx.table.Table]:
    return list(docx.Document(io.BytesIO(blank(document))).tables)


def test_short_groups_are_tables_with_empty_rows() -> None:
    [table] = tables(
        form(page("seite", section("a", field(
            "repeat", "kosten", display="table", item_label="Position", minimum=7,
            totals=["betrag"], fields=[
                row_field("kosten", "text", "was", label="Wofür", required=True),
                row_field("kosten", "money", "betrag", label="Betrag"),
            ],
        ))))
    )  # fmt: skip
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0] == ["Wofür", "Betrag (freiwillig)"]
    assert rows[1:8] == [["", "€"]] * 7
    assert rows[8:] == [["Summe", "€"]]


def test_long_groups_are_cards_and_few_rows_are_not_made_more() -> None:
    columns = [row_field("ziele", "long_text", "ziel", label="Ziel")]
    text = words(
        blank(one_page(field("repeat", "ziele", display="cards", item_label="Ziel Nr.",
                           maximum=3, fields=columns)))
    )  # fmt: skip
    assert "Ziel Nr. 1" in text
    assert "Ziel Nr. 2" in text
    assert "Ziel Nr. 3" not in text
    assert "kopieren Sie bitte dieses Blatt" in text


def test_a_matrix_says_what_to_write() -> None:
    matrix = field("matrix", "m", label="Wer?", rows={"a": "Anfrage", "b": "Beratung"},
                   columns={"x": "Amt", "y": "Träger"},
                   cells={"F": "federführend", "M": "wirkt mit"})  # fmt: skip
    [table] = tables(form(page("seite", section("s", matrix))))
    rows = [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in table.rows]
    assert rows == [["", "Amt", "Träger"], ["Anfrage", "☐ F  ☐ M", "☐ F  ☐ M"],
                    ["Beratung", "☐ F  ☐ M", "☐ F  ☐ M"]]  # fmt: skip
    assert "Kreuzen Sie an: F = federführend, M = wirkt mit" in words(blank(one_page(matrix)))


def test_nothing_in_a_form_becomes_markup() -> None:
    text = words(blank(one_page(field("text", "x", label="<w:p/> & {{ x }} „“"))))
    assert "<w:p/> & {{ x }} „“" in text


@pytest.mark.parametrize("name", ["kooperationsvereinbarung-kindertagespflege", "hilfebericht"])
def test_the_pdf_is_tagged_and_archivable(converter: Converter, name: str) -> None:
    document = PACKAGES[name]
    pdf = converter.convert(blank(document), title="ohne")
    assert check_pdfa(pdf) == []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert str(opened.Root.Lang) == "de-DE"
        assert str(opened.docinfo["/Title"]) == document["title"]
        assert bool(opened.Root.MarkInfo.Marked)
        elements = [item for item in opened.objects if isinstance(item, pikepdf.Dictionary)]
        kinds = {str(item.S) for item in elements if item.get("/Type") == "/StructElem"}
        assert {"/H1", "/H2", "/Table", "/TR", "/TH", "/TD"} <= kinds
        width, height = (float(side) for side in opened.pages[0].MediaBox[2:])
    assert (round(width), round(height)) == (595, 842)


def test_no_part_of_the_docx_points_outside() -> None:
    with zipfile.ZipFile(io.BytesIO(blank(PACKAGES["hilfebericht"]))) as archive:
        for name in archive.namelist():
            assert b'TargetMode="External"' not in archive.read(name)


def test_an_entry_of_a_list_is_one_line_on_paper() -> None:
    entry = field(
        "register", "haus", label="Einrichtung", register="haeuser",
        takes=[{"key": "plaetze", "label": "Plätze", "type": "integer"}],
    )  # fmt: skip
    text = words(blank(one_page(entry)))
    assert "Einrichtung" in text
    assert "Schlüssel" not in text and "Plätze" not in text
