"""WordprocessingML: names, safe parsing and the text of a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from document_templates.findings import TemplateRefused, excerpt
from tenants.language import _

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
VML = "urn:schemas-microsoft-com:vml"
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
OFFICE = "urn:schemas-microsoft-com:office:office"
STRICT = "http://purl.oclc.org/ooxml/"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

_DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))


def w(name: str) -> str:
    """Return the full name of a WordprocessingML element or attribute."""
    return f"{{{W}}}{name}"


PARAGRAPH = w("p")
RUN = w("r")
TEXT = w("t")
TABLE = w("tbl")
ROW = w("tr")
CELL = w("tc")

# What stands for a character when it lies inside a tag that Word has torn apart.
SEPARATORS = {
    w("tab"): " ",
    w("br"): " ",
    w("cr"): " ",
    w("noBreakHyphen"): "-",
    w("softHyphen"): "",
}

_NESTED = frozenset(
    {PARAGRAPH, w("txbxContent"), w("drawing"), w("pict"), f"{{{MC}}}AlternateContent"}
)


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Parse one member of a DOCX.

    No DTD, no entities, no network, no huge trees; comments and processing instructions
    vanish. Raises `TemplateRefused` for anything that is not plain well-formed XML.
    """
    if any(doctype in data for doctype in _DOCTYPES):
        raise TemplateRefused.because(
            _("Der Bestandteil „{name}“ enthält eine Dokumenttyp-Deklaration.").format(name=name),
            suggestion=_("Speichern Sie die Vorlage in Word neu."),
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise TemplateRefused.because(
            _("Der Bestandteil „{name}“ ist kein lesbares XML.").format(name=name),
            suggestion=_("Öffnen Sie die Vorlage in Word und speichern Sie sie neu."),
        ) from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise TemplateRefused.because(
            _("Der Bestandteil „{name}“ ist kein lesbares XML.").format(name=name)
        )
    return root


def serialise_xml(root: etree._Element) -> bytes:
    """Return ``root`` as UTF-8 with a declaration; the same tree gives the same bytes."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def elements(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the descendants of ``root`` with one of the full ``names`` in document order."""
    yield from root.iter(*names)


def own_pieces(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Yield texts, tabs and breaks of a paragraph, without those of text boxes inside it."""
    for child in paragraph:
        if child.tag == TEXT or child.tag in SEPARATORS:
            # `w:tab` is also the name of a tab stop in the paragraph's properties.
            if paragraph.tag == RUN:
                yield child
        elif child.tag not in _NESTED:
            yield from own_pieces(child)


def paragraph_text(paragraph: etree._Element) -> str:
    """Return the paragraph's own text; tabs and breaks are blanks."""
    return "".join(
        (piece.text or "") if piece.tag == TEXT else SEPARATORS[str(piece.tag)]
        for piece in own_pieces(paragraph)
    )


def nearest(element: etree._Element, name: str) -> etree._Element | None:
    """Return the element itself or its closest ancestor called ``name``."""
    current: etree._Element | None = element
    while current is not None and current.tag != name:
        current = current.getparent()
    return current


def paragraph_excerpt(element: etree._Element) -> str:
    """Return a short text by which a person finds the paragraph around ``element``."""
    paragraph = nearest(element, PARAGRAPH)
    if paragraph is None:
        paragraph = next(elements(element, PARAGRAPH), None)
    while paragraph is not None:
        text = excerpt(paragraph_text(paragraph))
        if text:
            return text
        previous = next(paragraph.itersiblings(PARAGRAPH, preceding=True), None)
        if previous is None:
            return _("(am Anfang)")
        paragraph = previous
    return ""


def part_title(name: str) -> str:
    """Return the German name of a part, such as "Kopfzeile 2" for ``word/header2.xml``."""
    match = re.fullmatch(r"(?:word|docProps)/([a-z]+)(\d*)\.xml", name)
    titles = {
        "document": _("Text"),
        "header": _("Kopfzeile"),
        "footer": _("Fußzeile"),
        "footnotes": _("Fußnoten"),
        "endnotes": _("Endnoten"),
        "core": _("Dokumenteigenschaften"),
    }
    if match is None or match.group(1) not in titles:
        return name
    return f"{titles[match.group(1)]} {match.group(2)}".strip()


def remove_element(element: etree._Element) -> None:
    """Remove an element and all in it; text after it stays where it was."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is None:
            parent.text = (parent.text or "") + element.tail
        else:
            previous.tail = (previous.tail or "") + element.tail
    parent.remove(element)


def unwrap_element(element: etree._Element) -> None:
    """Put the children of ``element`` in its place."""
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    for child in list(element):
        parent.insert(at, child)
        at += 1
    parent.remove(element)
