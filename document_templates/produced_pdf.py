"""How a finished PDF was made, told by the file itself: its converter and the fonts in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pikepdf import Pdf, Stream

from document_templates.opened_pdf import opened_pdf
from document_templates.pdfa import page_fonts
from document_templates.production_record import ProductionRecord, read_record

_SUBSET = re.compile(r"/?(?:[A-Z]{6}\+)?")
_UNRECORDED = ProductionRecord("", "")


@dataclass(frozen=True, slots=True)
class Making:
    """The converter, the list it chose fonts from, and the fonts that are in the file."""

    record: ProductionRecord
    fonts: tuple[str, ...]


def making_of(pdf: bytes) -> Making:
    """Return how ``pdf`` was made; what it does not tell is empty.

    Raises `pikepdf.PdfError` for what is no PDF.
    """
    with opened_pdf(pdf) as document:
        metadata = document.Root.get("/Metadata")
        record = read_record(metadata.read_bytes()) if isinstance(metadata, Stream) else None
        return Making(record or _UNRECORDED, _fonts_in(document))


def _fonts_in(document: Pdf) -> tuple[str, ...]:
    checked: set[tuple[int, int]] = set()
    names = {
        _SUBSET.sub("", str(font.get("/BaseFont", "")), count=1)
        for page in document.pages
        for font in page_fonts(page.obj, checked)
    }
    return tuple(sorted(name for name in names if name))
