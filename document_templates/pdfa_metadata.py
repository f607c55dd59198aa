"""The metadata rules of PDF/A-2: the claim, the title, and no contradiction (ISO 19005-2, 6.6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from lxml import etree
from pikepdf import Pdf, Stream
from pikepdf.models.metadata import decode_pdf_date

from document_templates.production_record import PDFA_EXTENSION, PDFA_SCHEMA, PDFUA, RDF
from tenants.language import _

PDFA = "http://www.aiim.org/pdfa/ns/id/"
DC = "http://purl.org/dc/elements/1.1/"
PDF = "http://ns.adobe.com/pdf/1.3/"
XMP = "http://ns.adobe.com/xap/1.0/"
LEVELS = {"A", "U", "B"}

# The schemas that ISO 19005-2 knows by itself (6.6.2.3.1); others need a description.
PREDEFINED = {
    RDF, PDFA, DC, PDF, XMP, PDFA_EXTENSION,
    "http://ns.adobe.com/xap/1.0/rights/",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/xap/1.0/bj/",
    "http://ns.adobe.com/xap/1.0/t/pg/",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    "http://ns.adobe.com/photoshop/1.0/",
    "http://ns.adobe.com/camera-raw-settings/1.0/",
    "http://ns.adobe.com/tiff/1.0/",
    "http://ns.adobe.com/exif/1.0/",
    "http://ns.adobe.com/exif/1.0/aux/",
}  # fmt: skip

TEXTS = (
    ("/Title", DC, "title", "Titel"),
    ("/Author", DC, "creator", "Verfasser"),
    ("/Subject", DC, "description", "Thema"),
    ("/Keywords", PDF, "Keywords", "Stichwörter"),
    ("/Creator", XMP, "CreatorTool", "Programm"),
    ("/Producer", PDF, "Producer", "Erzeuger"),
)
DATES = (
    ("/CreationDate", XMP, "CreateDate", "Erstellungsdatum"),
    ("/ModDate", XMP, "ModifyDate", "Änderungsdatum"),
)

Problem = tuple[str, str]


def metadata_problems(document: Pdf) -> Iterator[Problem]:
    """Yield (clause, German message) for every breach of the metadata rules."""
    stream = document.Root.get("/Metadata")
    if not isinstance(stream, Stream):
        yield "6.6.2.1", _("Der Datei fehlen die XMP-Metadaten.")
        return
    if "/Filter" in stream:
        # Allowed by part 2, but archives search the file for the packet.
        yield "6.6.2.1", _("Die XMP-Metadaten sind gepackt und für Archive nicht auffindbar.")
    packet = _packet(stream.read_bytes())
    if packet is None:
        yield "6.6.2.1", _("Die XMP-Metadaten sind nicht lesbar.")
        return
    properties = _properties(packet)
    yield from _claim_problems(properties)
    yield from _schema_problems(packet, properties)
    if not properties.get((DC, "title"), "").strip():
        yield "6.6.2.3", _("Der Datei fehlt der Titel.")
    yield from _contradictions(document, properties)


def _packet(xml: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(xml.strip(b"\x00"), parser)
    except etree.XMLSyntaxError:
        return None
    return root.find(f".//{{{RDF}}}RDF")


def _properties(rdf: etree._Element) -> dict[tuple[str, str], str]:
    """Return the simple properties, of arrays the joined items, by namespace and name."""
    found: dict[tuple[str, str], str] = {}
    for description in rdf.iterfind(f"{{{RDF}}}Description"):
        for key, value in description.attrib.items():
            name = etree.QName(str(key))
            found[name.namespace or "", name.localname] = str(value)
        for element in description.iterchildren(tag=etree.Element):
            name = etree.QName(element)
            items = [str(item.text or "") for item in element.iter(f"{{{RDF}}}li")]
            text = ", ".join(items) if items else str(element.text or "").strip()
            found[name.namespace or "", name.localname] = text
    return found


def _claim_problems(properties: dict[tuple[str, str], str]) -> Iterator[Problem]:
    part, level = properties.get((PDFA, "part")), properties.get((PDFA, "conformance"))
    if part is None:
        yield "6.6.4", _("Die Datei gibt sich nicht als PDF/A aus.")
    elif part != "2" or level not in LEVELS:
        yield (
            "6.6.4",
            _("Die Datei gibt sich als PDF/A-{part}{level} aus, erwartet wird PDF/A-2b.").format(
                part=part, level=(level or "").lower()
            ),
        )
    if properties.get((PDFUA, "part")) != "1":
        yield "14289-1, 5", _("Die Datei gibt sich nicht als barrierefrei aus (PDF/UA-1).")


def _schema_problems(
    packet: etree._Element, properties: dict[tuple[str, str], str]
) -> Iterator[Problem]:
    described = {
        str(element.text or "").strip() for element in packet.iter(f"{{{PDFA_SCHEMA}}}namespaceURI")
    }
    described |= {
        str(element.attrib[key])
        for element in packet.iter(f"{{{RDF}}}li", f"{{{RDF}}}Description")
        for key in (f"{{{PDFA_SCHEMA}}}namespaceURI",)
        if key in element.attrib
    }
    used = {namespace for namespace, _name in properties}
    for namespace in sorted(used - PREDEFINED - described):
        yield (
            "6.6.2.3.1",
            _("Die Metadaten benutzen das Schema {schema}, ohne es zu beschreiben.").format(
                schema=namespace
            ),
        )


def _contradictions(document: Pdf, properties: dict[tuple[str, str], str]) -> Iterator[Problem]:
    information = document.trailer.get("/Info")
    if information is None:
        return
    for key, namespace, name, label in TEXTS:
        if key in information and str(information[key]) != properties.get((namespace, name)):
            yield "6.6.3", _contradiction(label)
    for key, namespace, name, label in DATES:
        if key in information and not _same_time(
            str(information[key]), properties.get((namespace, name), "")
        ):
            yield "6.6.3", _contradiction(label)


def _contradiction(label: str) -> str:
    return _("Die Angabe „{label}“ widerspricht den XMP-Metadaten.").format(label=label)


def _same_time(pdf_date: str, xmp_date: str) -> bool:
    try:
        # LibreOffice writes „Z'“ where the standard has „Z“ or „Z00'00'“; both are read.
        first = decode_pdf_date(pdf_date.replace("Z'", "Z"))
        second = datetime.fromisoformat(xmp_date)
    except ValueError:
        return False
    return _in_utc(first) == _in_utc(second)


def _in_utc(time: datetime) -> datetime:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)
