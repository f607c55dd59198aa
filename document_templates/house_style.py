"""Bring the side parts of a template into shape: language, styles, settings, properties."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from document_templates.findings import Finding
from document_templates.ooxml import OFFICE, W, elements, remove_element, serialise_xml, w
from tenants.language import _

LANGUAGE = "de-DE"

_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_DC = "http://purl.org/dc/elements/1.1/"

_KEPT_SETTINGS = frozenset(
    w(name)
    for name in (
        "zoom", "mirrorMargins", "gutterAtTop", "defaultTabStop", "autoHyphenation",
        "consecutiveHyphenLimit", "hyphenationZone", "doNotHyphenateCaps", "evenAndOddHeaders",
        "bookFoldPrinting", "displayBackgroundShape", "characterSpacingControl", "footnotePr",
        "endnotePr", "compat", "themeFontLang", "clrSchemeMapping", "decimalSymbol",
        "listSeparator", "noLineBreaksAfter", "noLineBreaksBefore",
    )
)  # fmt: skip

_STYLE_USES = tuple(w(name) for name in ("tblStyle", "pStyle", "rStyle", "basedOn", "link", "next"))


def set_language(styles: etree._Element, texts: Iterable[etree._Element]) -> None:
    """Make German the language of the document, so that the PDF says so too.

    Runs marked German or English lose their mark (Word sets it by keyboard layout); other
    languages stay. Without the default in the styles LibreOffice writes /Lang en-US.
    """
    defaults = _child(_child(_child(styles, "docDefaults", 0), "rPrDefault", 0), "rPr")
    _language_mark(defaults)
    for element in list(elements(styles, w("lang"))):
        if element.getparent() is not defaults and _german_or_english(element):
            remove_element(element)
    for root in texts:
        for element in list(elements(root, w("lang"))):
            if _german_or_english(element):
                remove_element(element)


def _german_or_english(element: etree._Element) -> bool:
    return element.get(w("val"), "de").casefold().startswith(("de", "en"))


def _language_mark(properties: etree._Element) -> None:
    mark = properties.find(w("lang"))
    if mark is None:
        mark = etree.SubElement(properties, w("lang"))
        # The schema fixes the order: only these may follow w:lang.
        for name in ("eastAsianLayout", "specVanish", "oMath"):
            for later in properties.findall(w(name)):
                properties.append(later)
    mark.set(w("val"), LANGUAGE)


def _child(parent: etree._Element, name: str, at: int | None = None) -> etree._Element:
    found = parent.find(w(name))
    if found is None:
        found = etree.SubElement(parent, w(name))
        if at is not None:
            parent.insert(at, found)
    return found


def prune_table_styles(styles: etree._Element, roots: Iterable[etree._Element]) -> int:
    """Remove the table styles that nothing uses; return how many. They slow conversion down."""
    used: set[str] = set()
    for root in roots:
        for element in elements(root, *_STYLE_USES):
            used.add(element.get(w("val"), ""))
    by_id = {style.get(w("styleId"), ""): style for style in styles.findall(w("style"))}
    waiting = [
        identifier
        for identifier, style in by_id.items()
        if identifier in used
        or style.get(w("default")) in ("1", "true", "on")
        or style.get(w("type")) != "table"
    ]
    kept: set[str] = set()
    while waiting:
        identifier = waiting.pop()
        if identifier in kept or identifier not in by_id:
            continue
        kept.add(identifier)
        for element in elements(by_id[identifier], *_STYLE_USES):
            waiting.append(element.get(w("val"), ""))
    for identifier in by_id.keys() - kept:
        remove_element(by_id[identifier])
    return len(by_id) - len(kept)


def keep_harmless_settings(settings: etree._Element) -> list[Finding]:
    """Remove every setting that is not about layout; tell of those that people set on purpose."""
    findings: list[Finding] = []
    if settings.find(w("documentProtection")) is not None:
        findings.append(Finding("notice", _("Der Bearbeitungsschutz der Vorlage wurde entfernt.")))
    if settings.find(w("mailMerge")) is not None:
        findings.append(Finding("notice", _("Die Seriendruck-Datenquelle wurde entfernt.")))
    for element in list(settings):
        if element.tag not in _KEPT_SETTINGS:
            remove_element(element)
    mark = settings.find(w("themeFontLang"))
    if mark is not None:
        mark.set(w("val"), LANGUAGE)
    return findings


def document_properties(old: etree._Element | None) -> tuple[bytes, list[Finding]]:
    """Return new core properties without names and times of persons.

    Title and subject stay; a missing title becomes ``{{ dokument.titel }}``. The author
    becomes ``{{ mandant.name }}`` unless the template names a placeholder of its own.
    """
    title = _property(old, f"{{{_DC}}}title") or "{{ dokument.titel }}"
    subject = _property(old, f"{{{_DC}}}subject")
    author = _property(old, f"{{{_DC}}}creator")
    findings: list[Finding] = []
    if "{{" not in author:
        if author:
            findings.append(
                Finding("notice", _("Der Name des Verfassers der Vorlage wurde entfernt."))
            )
        author = "{{ mandant.name }}"
    root = etree.Element(f"{{{_CORE}}}coreProperties", nsmap={"cp": _CORE, "dc": _DC})
    etree.SubElement(root, f"{{{_DC}}}title").text = title
    if subject:
        etree.SubElement(root, f"{{{_DC}}}subject").text = subject
    etree.SubElement(root, f"{{{_DC}}}creator").text = author
    etree.SubElement(root, f"{{{_DC}}}language").text = LANGUAGE
    return serialise_xml(root), findings


def _property(root: etree._Element | None, name: str) -> str:
    text = root.findtext(name) if root is not None else None
    return " ".join((text or "").split())


def empty_styles() -> etree._Element:
    """Return a style part for documents that came without one."""
    return etree.Element(w("styles"), nsmap={"w": W})


def drop_shape_targets(root: etree._Element) -> None:
    """Remove drop-down targets and scripts that Office shapes may carry."""
    for element in elements(root):
        for attribute in (f"{{{OFFICE}}}href", f"{{{OFFICE}}}button"):
            if attribute in element.attrib:
                del element.attrib[attribute]
