"""What readers hear in the place of a picture (ISO 14289-1, 7.3; BITV 2.0).

Cleaning describes what describes itself: lines, the frames of text boxes, what is marked as
decoration. Every other picture needs the words of its author. Heads and feet of pages are not
read aloud, but the delivered Word document holds their pictures too.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from document_templates.findings import Finding, Level, TemplateRefused
from document_templates.ooxml import (
    MC,
    OFFICE,
    VML,
    WP,
    elements,
    nearest,
    paragraph_excerpt,
    parse_xml,
    part_title,
    w,
)
from document_templates.package_parts import Package
from tenants.language import _

_DECORATIVE = "{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"
_WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_WPG = "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup"
_FRAMES = (f"{{{WP}}}inline", f"{{{WP}}}anchor")
_SHAPES = tuple(
    f"{{{VML}}}{name}"
    for name in ("shape", "rect", "line", "oval", "roundrect", "polyline", "arc", "curve", "group")
)
_MAIN_PART = "word/document.xml"
_NOT_READ = ("header", "footer")


def describe_shapes(root: etree._Element) -> None:
    """Give lines, frames of text boxes and decoration of a part an alternative text."""
    for frame in elements(root, *_FRAMES):
        properties = frame.find(f"{{{WP}}}docPr")
        if properties is None:
            properties = etree.Element(f"{{{WP}}}docPr", {"id": "1", "name": ""})
            extent = frame.find(f"{{{WP}}}extent")
            frame.insert(0 if extent is None else frame.index(extent) + 1, properties)
        if not (properties.get("descr") or "").strip():
            properties.set("descr", (properties.get("title") or "").strip() or _meaning(frame))
        for drawn in elements(frame, f"{{{_WPS}}}wsp"):
            _describe_drawing(drawn, properties.get("descr", ""))
    for shape in _drawn_shapes(root):
        if not (shape.get("alt") or "").strip():
            shape.set("alt", (shape.get("title") or "").strip() or _meaning(shape))


def _describe_drawing(drawn: etree._Element, text: str) -> None:
    """Write the text where LibreOffice reads it for a drawn shape."""
    properties = drawn.find(f"{{{_WPS}}}cNvPr")
    if properties is None:
        properties = etree.Element(f"{{{_WPS}}}cNvPr", {"id": "1", "name": ""})
        drawn.insert(0, properties)
    if not properties.get("descr", "").strip():
        properties.set("descr", text)


def _meaning(shape: etree._Element) -> str:
    """Return what a shape is when that needs no words of its author, else ""."""
    if any(one.get("val") in ("1", "true") for one in elements(shape, _DECORATIVE)):
        return _("Schmuckbild")
    if next(elements(shape, w("txbxContent")), None) is not None:
        return _("Rahmen eines Textfelds")
    is_line = shape.tag == f"{{{VML}}}line" or shape.get(f"{{{OFFICE}}}hr") is not None
    if is_line or next(elements(shape, f"{{{_WPS}}}cNvCnPr"), None) is not None:
        return _("Linie")
    return ""


def _drawn_shapes(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the shapes of the older drawing language that stand for themselves."""
    return (shape for shape in elements(root, *_SHAPES) if _stands_alone(shape))


def _stands_alone(shape: etree._Element) -> bool:
    parent = shape.getparent()
    return parent is not None and parent.tag == w("pict")


def missing_alternatives(package: Package, part: str, root: etree._Element) -> Iterator[Finding]:
    """Yield a finding for every picture of a part that nobody described, by its paragraph.

    It is an error where readers are told of the picture, in heads and feet a warning.
    """
    level: Level = "warning" if package.kinds[part] in _NOT_READ else "error"
    for shape in elements(root, *_FRAMES, w("pict")):
        if not _is_described(shape):
            yield Finding(
                level,
                _("Ein Bild hat keinen Alternativtext: Wer nichts sieht, erfährt nichts davon."),
                part_title(part),
                paragraph_excerpt(shape),
                _(
                    "Klicken Sie in Word mit der rechten Maustaste auf das Bild, wählen Sie "
                    "„Alternativtext bearbeiten“ und beschreiben Sie in einem Satz, was zu "
                    "sehen ist."
                ),
            )


def texts_that_get_lost(docx: bytes) -> list[str]:
    """Return the alternative texts in a DOCX that LibreOffice 7.4 does not carry into the PDF.

    They are those of grouped shapes and of shapes in the older drawing language. None for what
    is no DOCX.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as archive:
            root = parse_xml(archive.read(_MAIN_PART), _MAIN_PART)
    except (zipfile.BadZipFile, KeyError, TemplateRefused):
        return []
    texts = [
        frame.find(f"{{{WP}}}docPr")
        for frame in elements(root, *_FRAMES)
        if next(elements(frame, f"{{{_WPG}}}wgp"), None) is not None
    ]
    return [
        *(str(one.get("descr", "")).strip() for one in texts if one is not None),
        *(
            shape.get("alt", "").strip()
            for shape in _drawn_shapes(root)
            if nearest(shape, f"{{{MC}}}Fallback") is None
        ),
    ]


def _is_described(shape: etree._Element) -> bool:
    if shape.tag == w("pict"):
        return all((one.get("alt") or "").strip() for one in _drawn_shapes(shape))
    properties = shape.find(f"{{{WP}}}docPr")
    return properties is not None and bool((properties.get("descr") or "").strip())
