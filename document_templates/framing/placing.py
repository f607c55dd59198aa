"""Place the text of a template in a frame: new head, foot, margins and fonts, the same words."""

from __future__ import annotations

import posixpath
from copy import deepcopy

from lxml import etree

from document_templates.cleaning import CleanedDocx
from document_templates.ooxml import R, elements, parse_xml, remove_element, serialise_xml, w
from document_templates.package_parts import Package, open_cleaned, resolve_target

_SIDES = {"header": w("headerReference"), "footer": w("footerReference")}
_ID = f"{{{R}}}id"
_STYLE_USES = (w("pStyle"), w("rStyle"), w("tblStyle"))
_STYLE_LINKS = (w("basedOn"), w("link"), w("next"))
# What stands in a section before its paper and what after it, by the schema.
_AFTER_PAPER = (w("pgMar"), w("cols"), w("titlePg"), w("docGrid"))


def place_in_frame(content: CleanedDocx, frame: CleanedDocx) -> CleanedDocx:
    """Return ``content`` with head, foot, margins and fonts of ``frame``.

    Its text, tables, pictures and placeholders stay as they are. A section that lies across
    keeps its paper. Both must be cleaned; the same two give the same bytes.
    """
    package, source = open_cleaned(content.data), open_cleaned(frame.data)
    roots = {package.main: parse_xml(package.parts[package.main], package.main)}
    _drop_sides(package, roots[package.main])
    _drop_unreached(package)
    brought = _bring_sides(package, source)
    model = _section(parse_xml(source.parts[source.main], source.main))
    for section in elements(roots[package.main], w("sectPr")):
        _frame_section(section, model, brought)
    package.parts[package.main] = serialise_xml(roots[package.main])
    _bring_fonts(package, source)
    _bring_settings(package, source)
    return CleanedDocx(package.to_bytes(), content.findings)


def _section(root: etree._Element) -> etree._Element:
    """Return the last section of a document: the one that its first pages have as a rule."""
    found = list(elements(root, w("sectPr")))
    return found[-1] if found else etree.Element(w("sectPr"))


def _drop_sides(package: Package, root: etree._Element) -> None:
    for reference in list(elements(root, *_SIDES.values())):
        remove_element(reference)
    package.relationships[package.main] = [
        one for one in package.relationships[package.main] if one.kind not in _SIDES
    ]
    body = root.find(w("body"))
    if body is not None and body.find(w("sectPr")) is None:
        etree.SubElement(body, w("sectPr"))


def _bring_sides(package: Package, source: Package) -> dict[str, str]:
    """Copy heads and feet with their pictures; return the new id for each former one."""
    brought: dict[str, str] = {}
    for relationship in source.relationships[source.main]:
        if relationship.kind not in _SIDES or relationship.external:
            continue
        old = resolve_target(source.main, relationship.target)
        new = package.free_name(f"word/rahmen-{relationship.kind}{{}}.xml")
        root = parse_xml(source.parts[old], old)
        for numbering in list(elements(root, w("numPr"))):
            remove_element(numbering)
        package.parts[new] = serialise_xml(root)
        package.kinds[new] = relationship.kind
        _bring_relationships(package, source, old, new)
        brought[relationship.id] = package.add_relationship(
            package.main, f"{R}/{relationship.kind}", new
        )
    return brought


def _bring_relationships(package: Package, source: Package, old: str, new: str) -> None:
    package.relationships[new] = []
    for relationship in source.relationships.get(old, []):
        target = relationship.target
        if not relationship.external:
            media = resolve_target(old, relationship.target)
            name = package.free_name("word/media/rahmen-{}" + posixpath.splitext(media)[1])
            package.parts[name] = source.parts[media]
            package.kinds[name] = source.kinds[media]
            target = posixpath.relpath(name, posixpath.dirname(new))
        package.relationships[new].append(
            type(relationship)(relationship.id, relationship.type, target, relationship.external)
        )


def _frame_section(section: etree._Element, model: etree._Element, brought: dict[str, str]) -> None:
    references = []
    for reference in elements(model, *_SIDES.values()):
        copied = deepcopy(reference)
        copied.set(_ID, brought[str(reference.get(_ID))])
        references.append(copied)
    for at, reference in enumerate(references):
        section.insert(at, reference)
    if not _lies_across(section):
        for name in (w("pgSz"), w("pgMar")):
            _replace(section, model, name)
    _replace(section, model, w("titlePg"))


def _lies_across(section: etree._Element) -> bool:
    paper = section.find(w("pgSz"))
    return paper is not None and paper.get(w("orient")) == "landscape"


def _replace(section: etree._Element, model: etree._Element, name: str) -> None:
    former, wanted = section.find(name), model.find(name)
    if former is not None and wanted is not None:
        section.replace(former, deepcopy(wanted))
    elif former is not None:
        if name == w("titlePg"):
            section.remove(former)
    elif wanted is not None:
        later = (
            _AFTER_PAPER[_AFTER_PAPER.index(name) + 1 :] if name in _AFTER_PAPER else (_AFTER_PAPER)
        )
        behind = next((child for child in section if child.tag in later), None)
        if behind is None:
            section.append(deepcopy(wanted))
        else:
            behind.addprevious(deepcopy(wanted))


def _part(package: Package, kind: str) -> str | None:
    return next((name for name, other in package.kinds.items() if other == kind), None)


def _bring_fonts(package: Package, source: Package) -> None:
    """Take over theme and fonts, and the styles that heads and feet of the frame use."""
    theme, other_theme = _part(package, "theme"), _part(source, "theme")
    if theme and other_theme:
        package.parts[theme] = source.parts[other_theme]
    name, other = _part(package, "styles"), _part(source, "styles")
    if name is None or other is None:
        return
    styles, wanted = parse_xml(package.parts[name], name), parse_xml(source.parts[other], other)
    for path in (
        f"{w('docDefaults')}/{w('rPrDefault')}/{w('rPr')}",
        f"{w('style')}[@{w('default')}='1'][@{w('type')}='paragraph']/{w('rPr')}",
    ):
        _bring_font(styles.find(path), wanted.find(path))
    _bring_styles(styles, wanted, _used_styles(package))
    package.parts[name] = serialise_xml(styles)


def _bring_font(look: etree._Element | None, wanted: etree._Element | None) -> None:
    if look is None or wanted is None:
        return
    fonts = wanted.find(w("rFonts"))
    former = look.find(w("rFonts"))
    if former is not None:
        look.remove(former)
    if fonts is not None:
        at = 1 if len(look) and look[0].tag == w("rStyle") else 0
        look.insert(at, deepcopy(fonts))


def _used_styles(package: Package) -> list[str]:
    used: list[str] = []
    for name, kind in sorted(package.kinds.items()):
        if kind in _SIDES:
            root = parse_xml(package.parts[name], name)
            used += [str(one.get(w("val"))) for one in elements(root, *_STYLE_USES)]
    return used


def _bring_styles(styles: etree._Element, wanted: etree._Element, used: list[str]) -> None:
    by_id = {str(one.get(w("styleId"))): one for one in wanted.findall(w("style"))}
    own = {str(one.get(w("styleId"))): one for one in styles.findall(w("style"))}
    waiting, done = list(used), set[str]()
    while waiting:
        identifier = waiting.pop()
        style = by_id.get(identifier)
        if style is None or identifier in done or style.get(w("default")) == "1":
            continue
        done.add(identifier)
        if identifier in own:
            styles.replace(own[identifier], deepcopy(style))
        else:
            styles.append(deepcopy(style))
        waiting += [str(one.get(w("val"))) for one in style if one.tag in _STYLE_LINKS]


def _bring_settings(package: Package, source: Package) -> None:
    """Even and odd pages differ as in the frame."""
    name, other = _part(package, "settings"), _part(source, "settings")
    if name is None:
        return
    settings = parse_xml(package.parts[name], name)
    former = settings.find(w("evenAndOddHeaders"))
    wanted = None
    if other is not None:
        wanted = parse_xml(source.parts[other], other).find(w("evenAndOddHeaders"))
    if former is not None and wanted is None:
        settings.remove(former)
    elif former is None and wanted is not None:
        settings.insert(0, deepcopy(wanted))
    package.parts[name] = serialise_xml(settings)


def _drop_unreached(package: Package) -> None:
    """Remove heads, feet and pictures that nothing points to any more."""
    reached: set[str] = set()
    waiting = [""]
    while waiting:
        source = waiting.pop()
        for relationship in package.relationships.get(source, []):
            if not relationship.external:
                name = resolve_target(source, relationship.target)
                if name not in reached:
                    reached.add(name)
                    waiting.append(name)
    for name in list(package.parts):
        if name not in reached:
            del package.parts[name], package.kinds[name]
            package.relationships.pop(name, None)
