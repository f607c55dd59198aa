"""Find what acts by itself in a document: fields, objects, links, tracked changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from document_templates.findings import Finding
from document_templates.ooxml import (
    MATH,
    OFFICE,
    PARAGRAPH,
    RUN,
    VML,
    A,
    R,
    elements,
    nearest,
    paragraph_excerpt,
    part_title,
    remove_element,
    unwrap_element,
    w,
)
from tenants.language import _

_FIELDS = frozenset(
    {
        "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "NOTEREF", "TOC", "SEQ",
        "STYLEREF", "HYPERLINK", "TC", "XE", "INDEX", "SYMBOL", "LISTNUM", "AUTONUM",
        "AUTONUMLGL", "AUTONUMOUT", "DATE", "TIME", "TITLE", "SUBJECT", "NUMWORDS", "NUMCHARS",
        "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN", "=", "EQ", "QUOTE",
    }
)  # fmt: skip

_OBJECTS = {
    w("object"): "OLE",
    w("control"): "ActiveX",
    w("altChunk"): "altChunk",
    w("subDoc"): "subDoc",
    w("movie"): "movie",
    w("scriptAnchor"): "script",
    f"{{{OFFICE}}}OLEObject": "OLE",
}
_FORMULA = f"{{{MATH}}}oMath"

_TRACKED = tuple(
    w(name)
    for name in (
        "ins", "del", "moveFrom", "moveTo", "moveFromRangeStart", "moveToRangeStart", "rPrChange",
        "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tblGridChange", "trPrChange",
        "tcPrChange", "numberingChange", "cellIns", "cellDel", "cellMerge",
        "customXmlInsRangeStart", "customXmlDelRangeStart", "customXmlMoveFromRangeStart",
        "customXmlMoveToRangeStart",
    )
)  # fmt: skip

_LITTER = tuple(
    w(name)
    for name in (
        "proofErr", "lastRenderedPageBreak", "commentRangeStart", "commentRangeEnd",
        "commentReference", "annotationRef", "permStart", "permEnd", "fldData", "dataBinding",
        "entryMacro", "exitMacro", "webHidden", "rsid",
    )
)  # fmt: skip

_LINK = re.compile(r"\s*(?:https?://|mailto:|#)", re.IGNORECASE)
_REVISION_MARK = re.compile(r"rsid|paraId$|textId$")


def active_findings(root: etree._Element, part: str) -> list[Finding]:
    """Return an error for every object, tracked change and dangerous field, by paragraph."""
    return [
        Finding("error", message, part_title(part), paragraph_excerpt(element), suggestion)
        for element, message, suggestion in (
            *_objects(root),
            *_formulas(root),
            *_tracked_changes(root),
            *_dangerous_fields(root),
        )
    ]


Observation = tuple[etree._Element, str, str]


def _objects(root: etree._Element) -> Iterator[Observation]:
    for element in elements(root, *_OBJECTS):
        kind = _OBJECTS[str(element.tag)]
        yield (
            element,
            _("Eingebettete Objekte sind nicht erlaubt ({kind}).").format(kind=kind),
            _("Löschen Sie das Objekt oder fügen Sie es als Bild ein."),
        )


def _formulas(root: etree._Element) -> Iterator[Observation]:
    """Yield formulas: Writer alone has no means to draw them and would leave them out."""
    for element in elements(root, _FORMULA):
        yield (
            element,
            _("Word-Formeln erscheinen nicht im PDF."),
            _("Schreiben Sie die Formel als Text oder fügen Sie sie als Bild ein."),
        )


def _tracked_changes(root: etree._Element) -> Iterator[Observation]:
    told: set[str] = set()
    for element in elements(root, *_TRACKED):
        place = paragraph_excerpt(element)
        if place in told:
            continue
        told.add(place)
        yield (
            element,
            _("Der Absatz enthält nachverfolgte Änderungen."),
            _("Nehmen Sie in Word alle Änderungen an oder lehnen Sie sie ab."),
        )


def _dangerous_fields(root: etree._Element) -> Iterator[Observation]:
    for element, instruction in _field_instructions(root):
        words = instruction.replace('"', " ").split()
        keyword = words[0].upper() if words else ""
        if keyword.startswith("="):
            keyword = "="
        if keyword == "HYPERLINK" and _local_link(instruction):
            keyword = _("HYPERLINK auf eine Datei")
        elif keyword in _FIELDS and "{{" not in instruction and "{%" not in instruction:
            continue
        elif keyword == "MERGEFIELD":
            yield (
                element,
                _("Seriendruckfelder werden nicht ausgefüllt („{field}“).").format(
                    field=" ".join(words[:2])[:60]
                ),
                _("Schreiben Sie stattdessen einen Platzhalter wie {example}.").format(
                    example="{{ name }}"
                ),
            )
            continue
        yield (
            element,
            _("Die Feldfunktion „{field}“ ist nicht erlaubt.").format(field=keyword[:60]),
            _("Löschen Sie das Feld oder wandeln Sie es in Word mit Strg+Umschalt+F9 in Text um."),
        )


def _local_link(instruction: str) -> bool:
    target = re.search(r'HYPERLINK\s+(?:\\[a-z]\s+)*(?:"([^"]*)"|([^\s\\"]\S*))', instruction, re.I)
    if target is None:
        return False
    if re.search(r"\\l", instruction[: target.start(1) if target.group(1) else target.start(2)]):
        return False
    return not _LINK.match(target.group(1) or target.group(2) or "")


def _field_instructions(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield each field with its instruction; what is nested in an instruction counts apart."""
    # A frame is [element, instruction so far, still before the separator].
    frames: list[tuple[etree._Element, list[str], list[bool]]] = []
    names = (w("fldChar"), w("instrText"), w("delInstrText"), w("fldSimple"))
    for element in elements(root, *names):
        if element.tag == w("fldSimple"):
            yield element, element.get(w("instr"), "")
        elif element.tag != w("fldChar"):
            text = element.text or ""
            if frames and frames[-1][2][0]:
                frames[-1][1].append(text)
            elif text.strip():
                yield element, text
        elif element.get(w("fldCharType")) == "begin":
            frames.append((element, [], [True]))
        elif frames and element.get(w("fldCharType")) == "separate":
            frames[-1][2][0] = False
        elif frames:
            start, pieces, _open = frames.pop()
            yield start, "".join(pieces)
    for start, pieces, _open in frames:
        yield start, "".join(pieces)


def remove_litter(root: etree._Element) -> bool:
    """Remove comments' anchors, proofing and revision marks; tell whether there was a comment."""
    commented = False
    for element in list(elements(root, *_LITTER)):
        commented = commented or element.tag == w("commentReference")
        remove_element(element)
    for element in list(elements(root, w("smartTag"), w("customXml"))):
        unwrap_element(element)
    for name in ("smartTagPr", "customXmlPr"):
        for element in list(elements(root, w(name))):
            remove_element(element)
    for element in elements(root):
        for attribute in list(element.attrib):
            if _REVISION_MARK.match(etree.QName(attribute).localname):
                del element.attrib[attribute]
    _remove_bookmark_of_cursor(root)
    return commented


def _remove_bookmark_of_cursor(root: etree._Element) -> None:
    for start in list(elements(root, w("bookmarkStart"))):
        if start.get(w("name")) != "_GoBack":
            continue
        identifier = start.get(w("id"))
        remove_element(start)
        for end in list(elements(root, w("bookmarkEnd"))):
            if end.get(w("id")) == identifier:
                remove_element(end)


def mend_links(
    root: etree._Element, part: str, kept: set[str], left_out: dict[str, str]
) -> list[Finding]:
    """Remove what points to a relationship that was left out; ``kept`` are the ids that stay.

    A link loses its target and keeps its text. A picture that has nothing else to show is
    an error naming its paragraph, with the reason from ``left_out``.
    """
    findings: list[Finding] = []
    for element in list(elements(root)):
        if nearest(element, str(root.tag)) is None:
            continue  # already removed with its parent
        for attribute in list(element.attrib):
            name = etree.QName(attribute)
            if name.namespace == R and str(element.attrib[attribute]) not in kept:
                reason = left_out.get(str(element.attrib[attribute]), "")
                findings.extend(_mend_link(element, str(attribute), part, reason))
            elif etree.QName(element).namespace == VML and name.localname in (
                "src", "href", "althref",
            ):  # fmt: skip
                del element.attrib[attribute]
    return findings


def _mend_link(element: etree._Element, attribute: str, part: str, reason: str) -> list[Finding]:
    name = etree.QName(element)
    if element.tag == w("hyperlink"):
        del element.attrib[attribute]
    elif name.localname in ("hlinkClick", "hlinkHover", "hlinkMouseOver"):
        remove_element(element)
    elif name.localname == "svgBlip":
        extension = nearest(element, f"{{{A}}}ext")
        remove_element(element if extension is None else extension)
    elif name.localname.startswith("embed") and nearest(element, w("fonts")) is not None:
        remove_element(element)
    elif element.tag == f"{{{A}}}blip" and attribute == f"{{{R}}}link":
        del element.attrib[attribute]
        if not element.get(f"{{{R}}}embed"):
            return [_lost_picture(element, part, reason)]
    elif name.localname in ("blip", "imagedata", "fill", "stroke"):
        return [_lost_picture(element, part, reason)]
    elif name.localname == "contentPart":
        remove_element(element)
    else:
        message = _("Ein Bestandteil des Dokuments fehlt oder ist nicht erlaubt ({name}).")
        return [
            Finding(
                "error",
                message.format(name=name.localname),
                part_title(part),
                paragraph_excerpt(element),
                _("Löschen Sie ihn in Word und speichern Sie die Datei neu."),
            )
        ]
    return []


def _lost_picture(element: etree._Element, part: str, reason: str) -> Finding:
    return Finding(
        "error",
        _("Ein Bild {reason}.").format(reason=reason or _("fehlt in der Datei")),
        part_title(part),
        paragraph_excerpt(element),
        _("Fügen Sie das Bild als PNG oder JPEG ein (Einfügen › Bilder › Dieses Gerät)."),
    )


def drop_empty_runs(root: etree._Element) -> None:
    """Remove runs in paragraphs that hold nothing but formatting."""
    for run in list(elements(root, RUN)):
        if nearest(run, PARAGRAPH) is not None and all(child.tag == w("rPr") for child in run):
            remove_element(run)
