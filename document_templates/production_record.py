"""What a PDF itself says of its making: the PDF/UA mark, the converter and its fonts. Pure.

The record stands in the XMP metadata under the seal, so it is true of the very file, whoever
converted it and whoever registers it later. ISO 19005-2, 6.6.2.3.3 wants a description of every
schema that the standard does not know; LibreOffice 7.4 sets the mark without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PDFUA = "http://www.aiim.org/pdfua/ns/id/"
PDFA_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
PDFA_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
PDFA_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
PRODUCTION = "urn:brief-und-siegel:herstellung#"

_EXTENSIONS = {
    "rdf": RDF,
    "pdfaExtension": PDFA_EXTENSION,
    "pdfaSchema": PDFA_SCHEMA,
    "pdfaProperty": PDFA_PROPERTY,
}


@dataclass(frozen=True, slots=True)
class ProductionRecord:
    """The converter by name and version, and the SHA-256 of the list of its fonts."""

    converter: str
    fonts_sha256: str


@dataclass(frozen=True, slots=True)
class _Schema:
    title: str
    namespace: str
    prefix: str
    properties: tuple[tuple[str, str, str], ...]
    """Name, type and description of each property."""


_PDFUA_SCHEMA = _Schema(
    "PDF/UA identification schema",
    PDFUA,
    "pdfuaid",
    (("part", "Integer", "The part of ISO 14289 that the file conforms to"),),
)
_PRODUCTION_SCHEMA = _Schema(
    "Brief & Siegel production schema",
    PRODUCTION,
    "herstellung",
    (
        ("converter", "Text", "The program that laid out the pages, with its version"),
        ("fontsSha256", "Text", "SHA-256 of the list of fonts that it could choose from"),
    ),
)


def write_record(packet: bytes, record: ProductionRecord) -> bytes:
    """Return an XMP packet that carries ``record`` and is marked as PDF/UA-1.

    Both schemas are described as PDF/A wants it. Raises `ValueError` for what is no XMP packet.
    """
    root = _parse(packet)
    rdf = None if root is None else root.find(f".//{{{RDF}}}RDF")
    if root is None or rdf is None:
        raise ValueError("no XMP packet")
    _set_properties(rdf, _PDFUA_SCHEMA, ("1",))
    _set_properties(rdf, _PRODUCTION_SCHEMA, (record.converter, record.fonts_sha256))
    bag = _bag_of_schemas(rdf)
    for schema in (_PDFUA_SCHEMA, _PRODUCTION_SCHEMA):
        if schema.namespace not in _described(bag):
            _describe(bag, schema)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
        + etree.tostring(root, encoding="utf-8")
        + b'\n<?xpacket end="r"?>'
    )


def read_record(packet: bytes) -> ProductionRecord | None:
    """Return the record that `write_record` wrote, None when there is none."""
    root = _parse(packet)
    if root is None:
        return None
    found = [
        next((str(one.text or "") for one in root.iter(f"{{{PRODUCTION}}}{name}")), "")
        for name, _type, _text in _PRODUCTION_SCHEMA.properties
    ]
    return ProductionRecord(*found) if all(found) else None


def _parse(packet: bytes) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_blank_text=True, remove_pis=True
    )
    try:
        root: etree._Element | None = etree.fromstring(packet.strip(b"\x00"), parser)
    except etree.XMLSyntaxError:
        return None
    return root


def _set_properties(rdf: etree._Element, schema: _Schema, values: Iterable[str]) -> None:
    for description in rdf.findall(f"{{{RDF}}}Description"):
        for element in description.findall(f"{{{schema.namespace}}}*"):
            description.remove(element)
        if not len(description) and len(description.attrib) <= 1:
            rdf.remove(description)
    description = etree.SubElement(
        rdf, f"{{{RDF}}}Description", nsmap={schema.prefix: schema.namespace}
    )
    description.set(f"{{{RDF}}}about", "")
    for (name, _type, _text), value in zip(schema.properties, values, strict=True):
        etree.SubElement(description, f"{{{schema.namespace}}}{name}").text = value


def _bag_of_schemas(rdf: etree._Element) -> etree._Element:
    bag = rdf.find(f".//{{{PDFA_EXTENSION}}}schemas/{{{RDF}}}Bag")
    if bag is None:
        description = etree.SubElement(rdf, f"{{{RDF}}}Description", nsmap=_EXTENSIONS)
        description.set(f"{{{RDF}}}about", "")
        schemas = etree.SubElement(description, f"{{{PDFA_EXTENSION}}}schemas")
        bag = etree.SubElement(schemas, f"{{{RDF}}}Bag")
    return bag


def _described(bag: etree._Element) -> set[str]:
    return {str(one.text or "").strip() for one in bag.iter(f"{{{PDFA_SCHEMA}}}namespaceURI")}


def _describe(bag: etree._Element, schema: _Schema) -> None:
    entry = _resource(bag)
    for name, text in (
        ("schema", schema.title),
        ("namespaceURI", schema.namespace),
        ("prefix", schema.prefix),
    ):
        etree.SubElement(entry, f"{{{PDFA_SCHEMA}}}{name}").text = text
    listed = etree.SubElement(entry, f"{{{PDFA_SCHEMA}}}property")
    sequence = etree.SubElement(listed, f"{{{RDF}}}Seq")
    for name, type_, text in schema.properties:
        described = _resource(sequence)
        for key, value in (
            ("name", name),
            ("valueType", type_),
            ("category", "internal"),
            ("description", text),
        ):
            etree.SubElement(described, f"{{{PDFA_PROPERTY}}}{key}").text = value


def _resource(parent: etree._Element) -> etree._Element:
    entry = etree.SubElement(parent, f"{{{RDF}}}li")
    entry.set(f"{{{RDF}}}parseType", "Resource")
    return entry
