"""One PDF to print from many: pages alone, without seals. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Name, OutlineItem, Page, Pdf

from tenants.language import _


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """A document to print; ``title`` becomes its bookmark."""

    title: str
    pdf: bytes = field(repr=False)


def merge_for_print(documents: Iterable[PrintedDocument], *, title: str, duplex: bool) -> bytes:
    """Return the pages of all documents in one PDF that says of itself that it is a copy.

    With ``duplex`` a document of an odd number of pages gets a blank one at its end, so that each
    begins on a front page. Links, fields and seals are left out: none would be valid here.
    """
    with Pdf.new() as merged:
        sources: list[Pdf] = []
        bookmarks: list[OutlineItem] = []
        for one in documents:
            source = pikepdf.open(io.BytesIO(one.pdf))
            # What pages refer to is copied when the file is saved: until then they stay open.
            sources.append(source)
            bookmarks.append(OutlineItem(one.title, len(merged.pages)))
            for page in source.pages:
                merged.pages.append(page)
                _bare(merged.pages[-1])
            if duplex and len(source.pages) % 2:
                merged.add_blank_page(page_size=_size(source.pages[-1]))
        with merged.open_outline() as outline:
            outline.root.extend(bookmarks)
        merged.docinfo["/Title"] = _("Druckausgabe (Kopie): {title}").format(title=title)
        merged.docinfo["/Subject"] = _(
            "Kopie zum Drucken, ohne Siegel. Gesiegelt sind die einzelnen Dokumente im Register."
        )
        merged.Root.PageMode = Name.UseOutlines
        target = io.BytesIO()
        merged.save(target)
        for source in sources:
            source.close()
    return target.getvalue()


def _bare(page: Page) -> None:
    """Take away what belongs to the whole file that the page came from."""
    for name in ("/Annots", "/StructParents", "/Tabs"):
        if name in page.obj:
            del page.obj[name]


def _size(page: Page) -> tuple[float, float]:
    box = Array(page.mediabox)
    left, bottom, right, top = (float(one) for one in box.as_list())
    return right - left, top - bottom
