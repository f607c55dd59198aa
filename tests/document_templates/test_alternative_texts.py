"""Pictures are described: by their authors, or by what they plainly are."""

from __future__ import annotations

import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.shared import Cm
from PIL import Image

from document_templates.alternative_texts import texts_that_get_lost
from document_templates.checking import check_template
from document_templates.cleaning import clean_docx
from tests.support.docx_files import member, paragraph, plain_members, saved, zipped

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "wpg": "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
        "adec": "http://schemas.microsoft.com/office/drawing/2017/decorative",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)


def with_picture(*, alternative: str = "", title: str = "", head: bool = False) -> bytes:
    document = docx.Document()
    document.add_paragraph("Vor dem Bild")
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    place = document.sections[0].header.paragraphs[0] if head else document.add_paragraph()
    properties = place.add_run().add_picture(picture, Cm(1))._inline.docPr
    properties.set("descr", alternative)
    properties.set("title", title)
    return saved(document)


def with_drawing(content: str) -> bytes:
    document = docx.Document()
    body = document.element.body
    body.insert(len(body) - 1, parse_xml(f"<w:p {NAMESPACES}><w:r>{content}</w:r></w:p>"))
    return saved(document)


def shape(inner: str, properties: str = '<wp:docPr id="7" name="Form"/>') -> str:
    return (
        '<w:drawing><wp:inline><wp:extent cx="9" cy="9"/>'
        f"{properties}<a:graphic><a:graphicData><wps:wsp>{inner}</wps:wsp></a:graphicData>"
        "</a:graphic></wp:inline></w:drawing>"
    )


def findings(data: bytes) -> list[tuple[str, str]]:
    return [
        (finding.level, finding.as_text())
        for finding in check_template(clean_docx(data), None)
        if "Alternativtext" in finding.message
    ]


def test_a_picture_without_words_is_an_error_that_names_its_place() -> None:
    ((level, text),) = findings(with_picture())
    assert level == "error"
    assert text.startswith("Text, Absatz „Vor dem Bild“: Ein Bild hat keinen Alternativtext")
    assert "rechten Maustaste" in text


@pytest.mark.parametrize("words", [{"alternative": "Ein Haus"}, {"title": "Ein Haus"}])
def test_words_are_enough_wherever_word_keeps_them(words: dict[str, str]) -> None:
    data = with_picture(**words)  # type: ignore[arg-type]
    assert findings(data) == []
    assert b'descr="Ein Haus"' in member(clean_docx(data).data, "word/document.xml")


def test_in_the_head_of_a_page_it_is_a_warning() -> None:
    ((level, text),) = findings(with_picture(head=True))
    assert (level, text[:9]) == ("warning", "Kopfzeile")


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (
            shape("<wps:txbx><w:txbxContent><w:p/></w:txbxContent></wps:txbx>"),
            "Rahmen eines Textfelds",
        ),
        (shape("<wps:cNvCnPr/>"), "Linie"),
        (
            shape(
                "<wps:cNvSpPr/>",
                '<wp:docPr id="7" name="F"><a:extLst><a:ext><adec:decorative val="1"/></a:ext>'
                "</a:extLst></wp:docPr>",
            ),
            "Schmuckbild",
        ),
        ('<w:pict><v:rect o:hr="t"/></w:pict>', "Linie"),
        ('<w:pict><v:line from="0,0" to="9,9"/></w:pict>', "Linie"),
        (
            "<w:pict><v:shape><v:textbox><w:txbxContent><w:p/></w:txbxContent></v:textbox>"
            "</v:shape></w:pict>",
            "Rahmen eines Textfelds",
        ),
    ],
)
def test_what_describes_itself_gets_its_words(drawing: str, words: str) -> None:
    data = with_drawing(drawing)
    assert findings(data) == []
    assert f'="{words}"' in member(clean_docx(data).data, "word/document.xml").decode()


@pytest.mark.parametrize("drawing", [shape("<wps:cNvSpPr/>"), "<w:pict><v:oval/></w:pict>"])
def test_a_drawn_shape_needs_words_too(drawing: str) -> None:
    assert [level for level, _text in findings(with_drawing(drawing))] == ["error"]


def test_the_words_of_a_drawn_shape_stand_where_the_office_reads_them() -> None:
    data = with_drawing(shape("<wps:cNvSpPr/>", '<wp:docPr id="7" name="F" descr="Ein Kreis"/>'))
    cleaned = member(clean_docx(data).data, "word/document.xml").decode()
    assert '<wps:cNvPr id="1" name="" descr="Ein Kreis"/>' in cleaned


def test_words_that_get_lost_are_known() -> None:
    group = (
        '<w:drawing><wp:inline><wp:docPr id="7" name="G" descr="Zwei Kreise"/><a:graphic>'
        "<a:graphicData><wpg:wgp/></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    assert texts_that_get_lost(with_drawing(group)) == ["Zwei Kreise"]
    old = '<w:pict><v:group alt="Alt gezeichnet"><v:oval alt="innen"/></v:group></w:pict>'
    assert texts_that_get_lost(with_drawing(old)) == ["Alt gezeichnet"]
    assert texts_that_get_lost(with_picture(alternative="Haus")) == []
    assert texts_that_get_lost(zipped(plain_members(paragraph("Text")))) == []
    assert texts_that_get_lost(b"kein DOCX") == []
