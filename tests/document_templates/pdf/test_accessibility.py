"""What LibreOffice writes becomes PDF/UA-1, and what breaks it is named."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx
import pikepdf
import pytest
from docx.oxml import parse_xml
from docx.shared import Cm
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from document_templates.cleaning import clean_docx
from document_templates.conversion import Converter
from document_templates.conversion.fonts import installed_fonts
from document_templates.pdf_structure import tags_of
from document_templates.pdfa import check_pdfa
from document_templates.production_record import (
    PDFUA,
    ProductionRecord,
    read_record,
    write_record,
)
from document_templates.seals import Seal, seal_pdf
from tests.document_templates.pdf.samples import PdfBytes, changed
from tests.support.docx_files import saved

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def rich_letter() -> bytes:
    """A Word document with all that LibreOffice tags by halves."""
    document = docx.Document()
    document.core_properties.title = "Alles auf einmal"
    document.styles.add_style("Hyperlink", 2)
    document.add_heading("Ebene 2 zuerst", 2)
    document.add_heading("", 1)
    document.add_heading("Ebene 4 danach", 4)
    document.add_paragraph("Unterstrichen gerahmt", style="Title")
    target = document.part.relate_to("https://example.org/weiter", f"{R}/hyperlink", True)
    for container in (document, document.sections[0].footer):
        link = container.add_paragraph("Siehe ")
        identifier = target
        if container is not document:
            identifier = container.part.relate_to("https://example.org/", f"{R}/hyperlink", True)
        link._p.append(
            parse_xml(
                f'<w:hyperlink xmlns:w="{W}" xmlns:r="{R}" r:id="{identifier}"><w:r><w:rPr>'
                '<w:rStyle w:val="Hyperlink"/></w:rPr><w:t>dort</w:t></w:r></w:hyperlink>'
            )
        )
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "green").save(picture, "PNG")
    shape = document.add_picture(picture, Cm(2))
    shape._inline.docPr.set("descr", "Grünes Quadrat")
    document.sections[0].header.paragraphs[0].add_run().add_picture(picture, Cm(1))
    table = document.add_table(rows=3, cols=2, style="Table Grid")
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f'<w:tblHeader xmlns:w="{W}"/>'))
    table.cell(1, 0).merge(table.cell(1, 1))
    table.cell(0, 0).text, table.cell(2, 1).text = "Kopf", "Zelle"
    for style in ("List Bullet", "List Number", "Quote"):
        document.add_paragraph(style, style=style)
    document.element.body.insert(
        len(document.element.body) - 1,
        parse_xml(
            f'<w:p xmlns:w="{W}"><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1"'
            ' w:color="auto"/></w:pBdr></w:pPr><w:r><w:t>Mit Linie</w:t></w:r></w:p>'
        ),
    )
    document.element.body.insert(len(document.element.body) - 1, text_box("Im Kasten"))
    return with_footnote(document)


def text_box(text: str) -> object:
    """A paragraph whose text box nobody described."""
    return parse_xml(
        f'<w:p xmlns:w="{W}" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
        'wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
        ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        '<wp:extent cx="1500000" cy="500000"/><wp:docPr id="77" name="Textfeld"/>'
        '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/'
        'wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm>'
        '<a:off x="0" y="0"/><a:ext cx="1500000" cy="500000"/></a:xfrm><a:prstGeom prst="rect"/>'
        '<a:ln w="6350"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln></wps:spPr>'
        f"<wps:txbx><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
        "</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline>"
        "</w:drawing></w:r></w:p>"
    )


def with_footnote(document: object) -> bytes:
    """The document with a footnote, whose number leads back to the text."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    paragraph = document.add_paragraph("Mit Fußnote")  # type: ignore[attr-defined]
    paragraph._p.append(parse_xml(f'<w:r xmlns:w="{W}"><w:footnoteReference w:id="2"/></w:r>'))
    notes = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator" w:id="0"><w:p><w:r>'
        '<w:separator/></w:r></w:p></w:footnote><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/>'
        "</w:r><w:r><w:t>Der Text dazu</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        notes.encode(),
        document.part.package,  # type: ignore[attr-defined]
    )
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)  # type: ignore[attr-defined]
    return saved(document)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rich_pdf(converter: Converter) -> bytes:
    return PdfBytes(converter.convert(clean_docx(rich_letter()).data))


def tags(pdf: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [tag.kind for tag in tags_of(document)]


def test_all_that_word_knows_becomes_accessible(rich_pdf: bytes) -> None:
    assert check_pdfa(rich_pdf) == []


def test_the_file_is_marked_as_both_and_says_so_with_its_schema(rich_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(rich_pdf)) as pdf, pdf.open_metadata() as metadata:
        assert metadata.pdfa_status == "2B"
        assert metadata[f"{{{PDFUA}}}part"] == "1"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.Root.Lang) == "de-DE"


def test_headings_begin_at_the_top_and_skip_nothing(rich_pdf: bytes) -> None:
    assert [kind for kind in tags(rich_pdf) if kind[0] == "H"] == ["H1", "H2"]


def test_links_and_notes_are_among_the_tags(rich_pdf: bytes) -> None:
    assert {"Link", "Note", "Figure", "TH", "LBody"} <= set(tags(rich_pdf))
    with pikepdf.open(io.BytesIO(rich_pdf)) as pdf:
        annotations = [one for page in pdf.pages for one in page.obj.get("/Annots", [])]
        assert len(annotations) >= 2
        assert all("/StructParent" in one and str(one.Contents) for one in annotations)
        assert all(page.obj.Tabs == Name.S for page in pdf.pages)


def test_a_sealed_file_is_still_both(rich_pdf: bytes, seal: Seal, now: object) -> None:
    sealed = seal_pdf(
        rich_pdf, seal, reason="Siegel der Behörde", location="Köln", name="Amt", signed_at=now
    )  # type: ignore[arg-type]
    assert check_pdfa(sealed) == []
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].TU) == "Siegel der Behörde"


def test_the_making_is_recorded_in_the_file(converter: Converter, rich_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(rich_pdf)) as pdf:
        record = read_record(pdf.Root.Metadata.read_bytes())
    assert record is not None
    assert record.converter.startswith("LibreOffice ")
    assert record.converter.count(".") == 3, "with its full version"
    assert record.fonts_sha256 == installed_fonts().sha256
    assert {"Carlito", "Liberation Sans"} <= installed_fonts().families


def test_a_record_replaces_the_one_before_it() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/'
        b'22-rdf-syntax-ns#"/></x:xmpmeta>'
    )
    first, second = ProductionRecord("Amt & Büro 1", "a"), ProductionRecord("Amt & Büro 2", "b")
    twice = write_record(write_record(packet, first), second)
    assert read_record(twice) == second
    assert twice.count(b"namespaceURI>urn:") == 1
    assert read_record(packet) is None
    assert read_record(b"kein XML") is None
    with pytest.raises(ValueError, match="XMP"):
        write_record(b"<x/>", first)


def first_of(pdf: Pdf, kind: str) -> Dictionary:
    return next(tag.element for tag in tags_of(pdf) if tag.kind == kind)


def forget_alternative(pdf: Pdf) -> None:
    del first_of(pdf, "Figure").Alt


def skip_a_level(pdf: Pdf) -> None:
    first_of(pdf, "H2").S = Name.H3


def leave_scope(pdf: Pdf) -> None:
    del first_of(pdf, "TH").A


def unknown_kind(pdf: Pdf) -> None:
    first_of(pdf, "TH").S = Name.Dingsbums


def misplace(pdf: Pdf) -> None:
    first_of(pdf, "TH").S = Name.LBody


def forget_note(pdf: Pdf) -> None:
    del first_of(pdf, "Note").ID


def hide_title(pdf: Pdf) -> None:
    del pdf.Root.ViewerPreferences


def suspect(pdf: Pdf) -> None:
    pdf.Root.MarkInfo.Suspects = True


def order_by_rows(pdf: Pdf) -> None:
    pdf.pages[0].obj.Tabs = Name.R


def loosen_link(pdf: Pdf) -> None:
    del pdf.pages[0].obj.Annots[0].StructParent


def silence_link(pdf: Pdf) -> None:
    del pdf.pages[0].obj.Annots[0].Contents


def draw_outside(pdf: Pdf) -> None:
    page = pdf.pages[0]
    page.contents_add(b"0 0 m 9 9 l S", prepend=False)


def show_widget(pdf: Pdf) -> None:
    form = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    pdf.pages[0].obj.Annots.append(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([9, 9, 90, 90]), F=4,
                   FT=Name.Sig, T=String("x"), AP=Dictionary(N=form))
    )  # fmt: skip


def circle(pdf: Pdf) -> None:
    table = first_of(pdf, "Table")
    table.K.append(table)


@pytest.mark.parametrize(
    ("change", "clause", "expected"),
    [
        (forget_alternative, "7.3", "Ein Bild hat keinen Alternativtext."),
        (skip_a_level, "7.4.2", "Ebene 1 folgt eine der Ebene 3"),
        (leave_scope, "7.5", "Kopfzelle"),
        (unknown_kind, "7.1", "„Dingsbums“"),
        (misplace, "7.2", "„LBody“ steht an der falschen Stelle"),
        (forget_note, "7.9", "Fußnote"),
        (hide_title, "7.1", "Titel"),
        (suspect, "7.1", "unsicher"),
        (order_by_rows, "7.18.3", "Seite 1: Die Reihenfolge"),
        (loosen_link, "7.18.1", "(Link) ist nicht ausgezeichnet"),
        (silence_link, "7.18.1", "(Link) hat keine Beschreibung"),
        (draw_outside, "7.1", "Seite 1: Ein Teil des Inhalts ist nicht ausgezeichnet."),
        (show_widget, "7.18.1", "(Widget) ist nicht ausgezeichnet"),
        (circle, "7.1", "zu groß"),
    ],
)
def test_what_bars_readers_is_named(
    rich_pdf: bytes, change: Callable[[Pdf], None], clause: str, expected: str
) -> None:
    findings = check_pdfa(changed(rich_pdf, change))
    assert any(
        finding.clause == f"14289-1, {clause}" and expected in finding.message
        for finding in findings
    ), findings
