"""What LibreOffice leaves undone in a tagged PDF, so that it is PDF/A-2b and PDF/UA-1. Pure.

Measured with LibreOffice 7.4: the PDF/UA mark lacks the description that PDF/A demands of it, the
order of the annotations is a text where a name belongs, notes have no identity, links back from
notes are not among the tags, the borders of paragraphs are not marked as decoration, and headings
are numbered as the Word document did it. Drawn shapes lose their alternative texts.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from document_templates.marked_content import mark_lines
from document_templates.opened_pdf import opened_pdf
from document_templates.pdf_structure import Tag, tags_of
from document_templates.production_record import ProductionRecord, write_record
from tenants.language import _

_HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")


class Unfinishable(ValueError):
    """LibreOffice wrote something that is no tagged PDF."""


def finish_pdf(
    pdf: bytes, record: ProductionRecord, read_lost_texts: Callable[[], Sequence[str]]
) -> bytes:
    """Return a PDF of LibreOffice as PDF/A-2b and PDF/UA-1, with ``record`` in its metadata.

    ``read_lost_texts`` returns the alternative texts of the Word document that LibreOffice does
    not carry over. Nothing that is seen on the pages changes. Raises `Unfinishable`.
    """
    target = io.BytesIO()
    try:
        with opened_pdf(pdf) as document:
            tags = list(tags_of(document))
            _number_headings(tags)
            _describe_figures(tags, read_lost_texts)
            _name_notes(document, tags)
            _mark_decoration(document)
            _order_annotations(document)
            _adopt_links(document)
            _write_metadata(document, record)
            document.save(target, fix_metadata_version=False)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unfinishable(str(error)) from error
    return target.getvalue()


def _number_headings(tags: list[Tag]) -> None:
    """Let the first heading be H1 and none skip a level (ISO 14289-1, 7.4.2).

    A heading without any text is an empty paragraph.
    """
    open_levels: list[int] = []
    for tag in tags:
        if tag.kind not in _HEADINGS:
            continue
        if not tag.children:
            tag.element.S = Name.P
            continue
        level = _HEADINGS.index(tag.kind)
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        tag.element.S = Name("/" + _HEADINGS[len(open_levels) - 1])


def _describe_figures(tags: list[Tag], read_lost_texts: Callable[[], Sequence[str]]) -> None:
    """Give words to the figures whose own were dropped: grouped and old-fashioned drawings.

    Which is which cannot be told, so they get their own words only where all have the same.
    """
    silent = [
        tag.element
        for tag in tags
        if tag.kind == "Figure" and not str(tag.element.get("/Alt", "")).strip()
    ]
    texts = set(read_lost_texts()) if silent else set()
    text = next(iter(texts)) if len(texts) == 1 else _("Zeichnung")
    for figure in silent if texts else []:
        figure.Alt = String(text)


def _name_notes(document: Pdf, tags: list[Tag]) -> None:
    """Give every note an identity of its own and a place to find it by (ISO 14289-1, 7.9)."""
    notes = [tag.element for tag in tags if tag.kind == "Note"]
    if not notes:
        return
    names = Array()
    for number, note in enumerate(notes, start=1):
        identity = String(f"note{number:06}")
        note.ID = identity
        names.extend([identity, note])
    document.Root.StructTreeRoot.IDTree = document.make_indirect(
        Dictionary(Kids=Array([document.make_indirect(_leaf(names))]))
    )


def _leaf(names: Array) -> Dictionary:
    return Dictionary(Names=names, Limits=Array([names[0], names[len(names) - 2]]))


def _mark_decoration(document: Pdf) -> None:
    """Mark the borders of paragraphs, which no screen reader has to read (ISO 14289-1, 7.1)."""
    for page in document.pages:
        marked = mark_lines(page)
        if marked is not None:
            page.obj.Contents = document.make_stream(marked)


def _order_annotations(document: Pdf) -> None:
    """Say on every page that annotations follow the tags; the seal will be one of them."""
    for page in document.pages:
        page.obj.Tabs = Name.S


def _adopt_links(document: Pdf) -> None:
    """Put links that no tag refers to under tags of their own (ISO 14289-1, 7.18.5)."""
    for page in document.pages:
        annotations = page.obj.get("/Annots")
        for annotation in annotations if isinstance(annotations, Array) else []:
            if annotation.get("/Subtype") == Name.Link and "/StructParent" not in annotation:
                _adopt_link(document, page.obj, annotation)


def _adopt_link(document: Pdf, page: Object, annotation: Object) -> None:
    root = document.Root.StructTreeRoot
    numbers = root.ParentTree.Nums
    top = next(one for one in Array(root.K) if isinstance(one, Dictionary))
    key = max(int(numbers[at]) for at in range(0, len(numbers), 2)) + 1
    link = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Link, P=top, Pg=page))
    link.K = Dictionary(Type=Name.OBJR, Obj=annotation, Pg=page)
    annotation.StructParent = key
    if not str(annotation.get("/Contents", "")).strip():
        annotation.Contents = String(_("Verweis"))
    numbers.append(key)
    numbers.append(link)
    root.ParentTreeNextKey = key + 1
    top.K.append(link)


def _write_metadata(document: Pdf, record: ProductionRecord) -> None:
    metadata = document.Root.get("/Metadata")
    if not isinstance(metadata, Stream):
        raise Unfinishable("no metadata")
    document.Root.Metadata = document.make_indirect(
        Stream(
            document,
            write_record(metadata.read_bytes(), record),
            Type=Name.Metadata,
            Subtype=Name.XML,
        )
    )
