"""A template as a reader sees it: lines of text by place, pictures, and its look by hash."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from document_templates.cleaning import CleanedDocx
from document_templates.ooxml import (
    CELL,
    PARAGRAPH,
    ROW,
    TABLE,
    R,
    elements,
    nearest,
    paragraph_text,
    parse_xml,
    w,
)
from document_templates.package_parts import IMAGE_TYPES, Package, open_cleaned, resolve_target
from tenants.language import _

FRAME_KINDS = ("header", "footer")
_LOOK_KINDS = ("styles", "theme", "fontTable", "numbering")
_CELL_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, or a row of a table with its cells side by side."""

    text: str
    look: str
    """A hash of how it is written, so that new formatting of the same words is seen."""
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class TemplateContents:
    """A template in words; ``places`` are its lines by the German name of their place."""

    places: dict[str, tuple[Line, ...]]
    pictures: Counter[str]
    frame_pictures: Counter[str]
    styles: str
    paper: str

    @property
    def lines(self) -> int:
        """How many lines there are in all places together."""
        return sum(map(len, self.places.values()))


def read_contents(cleaned: CleanedDocx) -> TemplateContents:
    """Return what a cleaned template says and shows."""
    package = open_cleaned(cleaned.data)
    places: dict[str, tuple[Line, ...]] = {}
    numbers: Counter[str] = Counter()
    for part in package.text_parts():
        kind = package.kinds[part]
        numbers[kind] += 1
        title = _place_title(kind, numbers[kind])
        places[title] = tuple(_lines(parse_xml(package.parts[part], part), package, part))
    pictures: Counter[str] = Counter()
    frame: Counter[str] = Counter()
    for part in package.text_parts():
        counted = frame if package.kinds[part] in FRAME_KINDS else pictures
        counted.update(_media(package, part).values())
    looks = sorted(
        (kind, _hash(package.parts[name]))
        for name, kind in package.kinds.items()
        if kind in _LOOK_KINDS
    )
    return TemplateContents(places, pictures, frame, str(looks), _paper(package))


def _place_title(kind: str, number: int) -> str:
    titles = {
        "officeDocument": _("Text"),
        "header": _("Kopfzeile"),
        "footer": _("Fußzeile"),
        "footnotes": _("Fußnoten"),
        "endnotes": _("Endnoten"),
    }
    return titles[kind] if number == 1 else f"{titles[kind]} {number}"


def _lines(root: etree._Element, package: Package, part: str) -> Iterator[Line]:
    media = _media(package, part)
    for element in elements(root, PARAGRAPH, ROW):
        if element.tag == ROW:
            yield Line(_row_text(element), _look(element, media), is_row=True)
        elif nearest(element, TABLE) is None:
            text = " ".join(paragraph_text(element).split())
            if text or next(elements(element, w("drawing")), None) is not None:
                yield Line(text, _look(element, media))


def _row_text(row: etree._Element) -> str:
    return _CELL_BETWEEN.join(
        " ".join(" ".join(paragraph_text(line) for line in elements(cell, PARAGRAPH)).split())
        for cell in row.findall(CELL)
    )


def _look(element: etree._Element, media: dict[str, str]) -> str:
    """Return a hash of an element in which pictures count by what they show, not by number."""
    copied = etree.fromstring(etree.tostring(element))
    for inner in copied.iter():
        for name in list(inner.attrib):
            value = str(inner.attrib[name])
            if etree.QName(name).namespace == R:
                inner.attrib[name] = media.get(value, "")
            elif etree.QName(inner).localname in ("docPr", "cNvPr") and name == "id":
                inner.attrib[name] = ""
    return _hash(etree.tostring(copied, method="c14n", exclusive=True))


def _media(package: Package, part: str) -> dict[str, str]:
    """Return the hash of each picture of a part by the id that shows it."""
    found: dict[str, str] = {}
    for relationship in package.relationships.get(part, []):
        if relationship.external:
            continue
        name = resolve_target(part, relationship.target)
        if package.kinds.get(name) in IMAGE_TYPES:
            found[relationship.id] = _hash(package.parts[name])
    return found


def _paper(package: Package) -> str:
    """Return size and margins of every section."""
    root = parse_xml(package.parts[package.main], package.main)
    names = (w("pgSz"), w("pgMar"), w("cols"))
    return str(
        [
            sorted((str(key), str(value)) for key, value in element.attrib.items())
            for element in elements(root, *names)
        ]
    )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
