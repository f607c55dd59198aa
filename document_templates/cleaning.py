"""Turn an uploaded DOCX into one that holds nothing but text, layout and pictures.

The result is written anew from an allow-list of parts: what is not known does not get
through. The same upload gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from document_templates.active_content import (
    active_findings,
    drop_empty_runs,
    mend_links,
    remove_litter,
)
from document_templates.alternative_texts import describe_shapes
from document_templates.document_kind import (
    refuse_other_files,
    require_transitional,
    require_word_document,
)
from document_templates.findings import Finding, TemplateRefused, has_errors
from document_templates.house_style import (
    document_properties,
    drop_shape_targets,
    empty_styles,
    keep_harmless_settings,
    prune_table_styles,
    set_language,
)
from document_templates.ooxml import (
    WP,
    A,
    R,
    W,
    elements,
    parse_xml,
    remove_element,
    serialise_xml,
    w,
)
from document_templates.package_limits import read_members
from document_templates.package_parts import (
    CORE_PROPERTIES_TYPE,
    IMAGE_TYPES,
    TEXT_KINDS,
    Package,
    resolve_target,
)
from document_templates.part_selection import Selection, select_parts
from document_templates.pictures import separate_pictures
from document_templates.tag_mending import mend_tags
from tenants.language import _

_ROOTS = {
    "officeDocument": w("document"),
    "styles": w("styles"),
    "settings": w("settings"),
    "fontTable": w("fonts"),
    "numbering": w("numbering"),
    "header": w("hdr"),
    "footer": w("ftr"),
    "footnotes": w("footnotes"),
    "endnotes": w("endnotes"),
    "theme": f"{{{A}}}theme",
}

_PREFIXES = {W: "w", WP: "wp"}


@dataclass(frozen=True, slots=True)
class CleanedDocx:
    """A DOCX safe to check, compile and convert, with the notices from cleaning it."""

    data: bytes
    findings: tuple[Finding, ...]


class ContentRefused(TemplateRefused):
    """Something in the text is not allowed; ``rest`` tells what else is wrong with the file.

    The rest still holds what was refused: it may be checked, and neither kept nor filled.
    """

    def __init__(self, rest: CleanedDocx) -> None:
        super().__init__(rest.findings)
        self.rest = rest


def clean_docx(data: bytes) -> CleanedDocx:
    """Clean an uploaded file.

    Raises `TemplateRefused` when it is no DOCX, breaks a limit or holds what cannot be
    removed without changing its meaning (macros, objects, fields that load or run
    something, tracked changes, linked pictures); `ContentRefused` when that is all.
    """
    refuse_other_files(data)
    members = read_members(data)
    require_word_document(members)
    selection = select_parts(members)
    package = selection.package
    require_transitional(package.parts[package.main])
    roots = _parse(package)
    _clean_roots(selection, roots)
    if has_errors(selection.findings):
        raise _refusal(selection, roots)
    return _written(selection, roots)


def _refusal(selection: Selection, roots: dict[str, etree._Element]) -> TemplateRefused:
    try:
        return ContentRefused(_written(selection, roots))
    except TemplateRefused as further:
        return TemplateRefused([*selection.findings, *further.findings])


def _written(selection: Selection, roots: dict[str, etree._Element]) -> CleanedDocx:
    package = selection.package
    _shape_side_parts(selection, roots)
    texts = {name: root for name, root in roots.items() if package.kinds[name] in TEXT_KINDS}
    separate_pictures(package, texts)
    for name, root in roots.items():
        etree.cleanup_namespaces(root, keep_ns_prefixes=_needed_prefixes(root))
        package.parts[name] = serialise_xml(root)
    _drop_unused_images(package, roots)
    return CleanedDocx(package.to_bytes(), tuple(selection.findings))


def _parse(package: Package) -> dict[str, etree._Element]:
    roots: dict[str, etree._Element] = {}
    for name, kind in package.kinds.items():
        if kind not in _ROOTS:
            continue
        root = parse_xml(package.parts[name], name)
        if root.tag != _ROOTS[kind]:
            raise TemplateRefused.because(
                _("Der Bestandteil „{name}“ enthält nicht, was er angibt.").format(name=name)
            )
        _require_usual_prefixes(root, name)
        roots[name] = root
    main = roots[package.main]
    if main.find(w("body")) is None:
        raise TemplateRefused.because(_("Die Datei enthält keinen Text."))
    return roots


def _require_usual_prefixes(root: etree._Element, name: str) -> None:
    """Preparing a template works on the text of the XML and relies on Word's own prefixes."""
    for element in elements(root):
        usual = _PREFIXES.get(etree.QName(element).namespace or "")
        if (usual or element.prefix) != element.prefix or (
            element.prefix in _PREFIXES.values() and usual is None
        ):
            raise TemplateRefused.because(
                _("Der Bestandteil „{name}“ ist ungewöhnlich geschrieben.").format(name=name),
                suggestion=_("Öffnen Sie die Vorlage in Word und speichern Sie sie neu."),
            )


def _clean_roots(selection: Selection, roots: dict[str, etree._Element]) -> None:
    findings = selection.findings
    commented = False
    for name in _in_reading_order(selection.package, roots):
        root = roots[name]
        findings.extend(active_findings(root, name))
        commented = remove_litter(root) or commented
        kept = {relationship.id for relationship in selection.package.relationships[name]}
        left_out = {
            identifier: reason
            for (source, identifier), reason in selection.left_out.items()
            if source == name
        }
        if selection.package.kinds[name] == "settings":
            findings.extend(keep_harmless_settings(root))
        findings.extend(mend_links(root, name, kept, left_out))
        if selection.package.kinds[name] in TEXT_KINDS:
            drop_shape_targets(root)
            describe_shapes(root)
            drop_empty_runs(root)
            findings.extend(mend_tags(root, name))
            drop_empty_runs(root)
    if commented:
        selection.notice(_("Die Kommentare wurden entfernt."))


def _in_reading_order(package: Package, roots: dict[str, etree._Element]) -> list[str]:
    texts = package.text_parts()
    return texts + sorted(name for name in roots if name not in texts)


def _shape_side_parts(selection: Selection, roots: dict[str, etree._Element]) -> None:
    package = selection.package
    by_kind = {kind: name for name, kind in package.kinds.items()}
    if "styles" not in by_kind:
        by_kind["styles"] = package.free_name("word/styles{}.xml")
        package.add_relationship(package.main, f"{R}/styles", by_kind["styles"])
        package.kinds[by_kind["styles"]] = "styles"
        roots[by_kind["styles"]] = empty_styles()
    styles = roots[by_kind["styles"]]
    others = [root for root in roots.values() if root is not styles]
    set_language(styles, others)
    prune_table_styles(styles, others)
    for latent in list(elements(styles, w("latentStyles"))):
        remove_element(latent)

    core = by_kind.get("core-properties")
    old = parse_xml(package.parts[core], core) if core else None
    content, findings = document_properties(old)
    selection.findings.extend(findings)
    if core is None:
        core = "docProps/core.xml"
        package.add_relationship("", CORE_PROPERTIES_TYPE, core)
        package.kinds[core] = "core-properties"
    package.parts[core] = content


def _needed_prefixes(root: etree._Element) -> list[str]:
    """Return the prefixes that attributes such as mc:Ignorable name in their values."""
    needed = {"w", "r"}
    for element in elements(root):
        for attribute, value in element.attrib.items():
            if etree.QName(attribute).localname in ("Ignorable", "Requires", "MustUnderstand"):
                needed.update(str(value).split())
    return sorted(needed)


def _drop_unused_images(package: Package, roots: dict[str, etree._Element]) -> None:
    """Remove pictures that no element shows any more, such as replaced named pictures."""
    for source, relationships in package.relationships.items():
        if source not in roots:
            continue
        used = {
            str(value)
            for element in elements(roots[source])
            for attribute, value in element.attrib.items()
            if etree.QName(attribute).namespace == R
        }
        package.relationships[source] = [
            relationship
            for relationship in relationships
            if relationship.kind not in ("image", "hyperlink") or relationship.id in used
        ]
    reached = {
        resolve_target(source, relationship.target)
        for source, relationships in package.relationships.items()
        for relationship in relationships
        if not relationship.external
    }
    for name, kind in list(package.kinds.items()):
        if kind in IMAGE_TYPES and name not in reached:
            del package.parts[name], package.kinds[name]
