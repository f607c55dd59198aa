"""Small DOCX and PDF files that the tests of this folder are about."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pikepdf
from docx import Document

LINKED_PICTURE = (
    '<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:r>'
    '<w:drawing xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
    '<wp:inline><wp:extent cx="914400" cy="914400"/><wp:docPr id="1" name="Bild"/>'
    '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<pic:nvPicPr><pic:cNvPr id="1" name="Bild"/><pic:cNvPicPr/></pic:nvPicPr>'
    '<pic:blipFill><a:blip r:link="rIdLinked" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>'
    "<a:stretch><a:fillRect/></a:stretch></pic:blipFill>"
    '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="914400" cy="914400"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
    "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
)


class PdfBytes(bytes):
    """A PDF that does not fill the screen when a test fails."""

    def __repr__(self) -> str:
        return f"<PDF of {len(self)} bytes>"


def letter(text: str, *, title: str = "", pages: int = 1) -> bytes:
    """Return a DOCX letter with headings, umlauts, a table and ``text``."""
    document = Document()
    document.core_properties.title = title
    document.core_properties.author = ""
    for page in range(1, pages + 1):
        document.add_heading(f"§ {page} Vereinbarung über Leistungen", 1)
        document.add_paragraph(text)
        document.add_paragraph("Größe, Maß und Übermut: „Müller & Söhne“ – 1.250,00 €")
        table = document.add_table(rows=2, cols=2, style="Table Grid")
        table.rows[0].cells[0].text = "Leistung"
        table.rows[0].cells[1].text = "Betrag"
        table.rows[1].cells[0].text = "Fachleistungsstunde"
        table.rows[1].cells[1].text = "64,95 €"
        if page < pages:
            document.add_page_break()
    return _saved(document)


def letter_with_linked_picture(address: str) -> bytes:
    """Return a DOCX whose only picture lies at ``address``, outside the file."""
    source = io.BytesIO(letter("Ein Bild von außen:"))
    target = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "word/document.xml":
                data = data.replace(b"<w:sectPr", LINKED_PICTURE.encode() + b"<w:sectPr", 1)
            if item.filename == "word/_rels/document.xml.rels":
                link = (
                    '<Relationship Id="rIdLinked" Type="http://schemas.openxmlformats.org/'
                    'officeDocument/2006/relationships/image" '
                    f'Target="{address}" TargetMode="External"/></Relationships>'
                )
                data = data.replace(b"</Relationships>", link.encode())
            new.writestr(item, data)
    return target.getvalue()


def _saved(document: object) -> bytes:
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    """Return ``pdf`` after ``change``, otherwise still as the archive wants it."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        document.save(
            target,
            fix_metadata_version=False,
            **options,  # type: ignore[arg-type]
        )
    return target.getvalue()
