"""Build DOCX files for tests: decent ones with python-docx, others member by member."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
from docx.document import Document

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(document: Document) -> bytes:
    """Return the bytes of a python-docx document."""
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def docx_of(
    *paragraphs: str,
    rows: Sequence[Sequence[str]] = (),
    header: str = "",
    footer: str = "",
    title: str = "",
) -> bytes:
    """Return a DOCX with paragraphs, one table, header and footer."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    if header:
        document.sections[0].header.paragraphs[0].text = header
    if footer:
        document.sections[0].footer.paragraphs[0].text = footer
    document.core_properties.title = title
    return saved(document)


def plain_members(body: str, **more: str | bytes) -> dict[str, bytes]:
    """Return the members of a minimal DOCX with ``body`` as the XML inside w:body."""
    members: dict[str, bytes] = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>'
        ).encode(),
        "_rels/.rels": relationships(("rId1", "officeDocument", "word/document.xml", False)),
        "word/document.xml": (
            f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>'
        ).encode(),
    }
    for name, content in more.items():
        members[name] = content.encode() if isinstance(content, str) else content
    return members


def relationships(*listed: tuple[str, str, str, bool]) -> bytes:
    """Return a relationship part; each entry is (id, kind, target, external)."""
    items = "".join(
        f'<Relationship Id="{identifier}" Type="{R}/{kind}" Target="{target}"'
        + (' TargetMode="External"' if external else "")
        + "/>"
        for identifier, kind, target, external in listed
    )
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{items}</Relationships>"
    ).encode()


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the members as a ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def paragraph(text: str) -> str:
    """Return the XML of a paragraph with one run."""
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def member(document: bytes, name: str) -> bytes:
    """Return one member of a DOCX."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return archive.read(name)


def names(document: bytes) -> list[str]:
    """Return the names of all members of a DOCX."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return archive.namelist()


def text_of(document: bytes) -> str:
    """Return the text of body paragraphs and tables, a line each, read by python-docx."""
    opened = docx.Document(io.BytesIO(document))
    lines = [entry.text for entry in opened.paragraphs]
    lines += [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)
