"""The styles of §, Absätze and lists in a template: its own, or new ones where it has none."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from document_templates.findings import TemplateRefused
from document_templates.ooxml import R, W, parse_xml, serialise_xml, w
from document_templates.package_parts import Package
from tenants.language import _

HEADING, PARAGRAPH, ITEM = "Paragraf", "Absatz", "List Bullet"
INDENT = 680
"""Twentieths of a point between the margin and the text behind § and (1)."""
ITEM_INDENT = 397
"""The same between the dash of a list and its text."""

_NEW_STYLES = {
    HEADING: """<w:style xmlns:w="{W}" w:type="paragraph" w:customStyle="1" w:styleId="Paragraf">
      <w:name w:val="Paragraf"/>{based}<w:next w:val="Absatz"/><w:qFormat/>
      <w:pPr><w:keepNext/><w:keepLines/>{numbers}<w:spacing w:before="240" w:after="80"/>
      <w:outlineLvl w:val="1"/></w:pPr><w:rPr><w:b/><w:bCs/></w:rPr></w:style>""",
    PARAGRAPH: """<w:style xmlns:w="{W}" w:type="paragraph" w:customStyle="1" w:styleId="Absatz">
      <w:name w:val="Absatz"/>{based}<w:qFormat/>
      <w:pPr>{numbers}<w:spacing w:after="100"/></w:pPr></w:style>""",
    ITEM: """<w:style xmlns:w="{W}" w:type="paragraph" w:styleId="ListBullet">
      <w:name w:val="List Bullet"/>{based}<w:qFormat/>
      <w:pPr>{numbers}<w:spacing w:after="60"/><w:contextualSpacing/></w:pPr></w:style>""",
}
_TWO_LEVELS = """<w:abstractNum xmlns:w="{W}" w:abstractNumId="{id}">
  <w:multiLevelType w:val="multilevel"/>
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Paragraf"/>
    <w:suff w:val="tab"/><w:lvlText w:val="§ %1"/><w:lvlJc w:val="left"/>{indent}</w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Absatz"/>
    <w:suff w:val="tab"/><w:lvlText w:val="(%2)"/><w:lvlJc w:val="left"/>{indent}</w:lvl>
</w:abstractNum>"""
_BULLETS = """<w:abstractNum xmlns:w="{W}" w:abstractNumId="{id}">
  <w:multiLevelType w:val="singleLevel"/>
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:pStyle w:val="ListBullet"/>
    <w:suff w:val="tab"/><w:lvlText w:val="–"/><w:lvlJc w:val="left"/>{indent}</w:lvl>
</w:abstractNum>"""


@dataclass(frozen=True, slots=True)
class ClauseStyles:
    """The ids of the styles of a template in which clauses are written."""

    heading: str
    paragraph: str
    item: str


def clause_styles(package: Package) -> ClauseStyles:
    """Return the styles for clauses; those that the template lacks are added to ``package``.

    Raises `TemplateRefused` when it has only one of „Paragraf“ and „Absatz“: their numbers belong
    together.
    """
    name = next(name for name, kind in package.kinds.items() if kind == "styles")
    styles = parse_xml(package.parts[name], name)
    found = _named(styles)
    if (HEADING in found) != (PARAGRAPH in found):
        present, absent = (HEADING, PARAGRAPH) if HEADING in found else (PARAGRAPH, HEADING)
        raise TemplateRefused.because(
            _("Die Vorlage hat die Formatvorlage „{present}“, aber keine „{absent}“.").format(
                present=present, absent=absent
            ),
            suggestion=_(
                "Legen Sie in Word beide an und nummerieren Sie sie in einer gemeinsamen Liste, "
                "oder löschen Sie beide: dann macht sie das System."
            ),
        )
    if HEADING not in found:
        number = _add_list(package, _TWO_LEVELS, INDENT)
        for level, style in enumerate((HEADING, PARAGRAPH)):
            found[style] = _add_style(styles, style, number, level)
    if ITEM not in found:
        found[ITEM] = _add_style(styles, ITEM, _add_list(package, _BULLETS, ITEM_INDENT), 0)
    package.parts[name] = serialise_xml(styles)
    return ClauseStyles(found[HEADING], found[PARAGRAPH], found[ITEM])


def _named(styles: etree._Element) -> dict[str, str]:
    """Return the ids of paragraph styles by name; Word writes some of its names small."""
    found: dict[str, str] = {}
    for style in styles.findall(w("style")):
        name = style.find(w("name"))
        if style.get(w("type")) == "paragraph" and name is not None:
            written = str(name.get(w("val")))
            wanted = next((one for one in _NEW_STYLES if one.lower() == written.lower()), "")
            if wanted:
                found.setdefault(wanted, str(style.get(w("styleId"))))
    return found


def _add_style(styles: etree._Element, name: str, number: int, level: int) -> str:
    default = next(
        (
            style.get(w("styleId"))
            for style in styles.findall(w("style"))
            if style.get(w("type")) == "paragraph" and style.get(w("default")) == "1"
        ),
        None,
    )
    based = f'<w:basedOn w:val="{default}"/>' if default else ""
    numbers = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    style = etree.fromstring(_NEW_STYLES[name].format(W=W, based=based, numbers=numbers))
    taken = {one.get(w("styleId")) for one in styles.findall(w("style"))}
    identifier = str(style.get(w("styleId")))
    while identifier in taken:
        identifier += "1"
    style.set(w("styleId"), identifier)
    styles.append(style)
    return identifier


def _add_list(package: Package, model: str, indent: int) -> int:
    """Add a list to the numbering of the document; return the number that styles refer to."""
    name = _numbering(package)
    numbering = parse_xml(package.parts[name], name)
    lists = numbering.findall(w("abstractNum"))
    taken = [int(str(one.get(w("abstractNumId")))) for one in lists]
    number = max([0, *(int(str(one.get(w("numId")))) for one in numbering.findall(w("num")))]) + 1
    abstract = max([0, *taken]) + 1
    indentation = (
        f'<w:pPr><w:tabs><w:tab w:val="num" w:pos="{indent}"/></w:tabs>'
        f'<w:ind w:left="{indent}" w:hanging="{indent}"/></w:pPr>'
    )
    made = etree.fromstring(model.format(W=W, id=abstract, indent=indentation))
    if lists:
        lists[-1].addnext(made)
    else:
        numbering.insert(0, made)
    use = etree.fromstring(
        f'<w:num xmlns:w="{W}" w:numId="{number}"><w:abstractNumId w:val="{abstract}"/></w:num>'
    )
    uses = numbering.findall(w("num"))
    (uses[-1] if uses else made).addnext(use)
    package.parts[name] = serialise_xml(numbering)
    return number


def _numbering(package: Package) -> str:
    """Return the name of the part with the lists, a new one where there is none."""
    name = next((name for name, kind in package.kinds.items() if kind == "numbering"), None)
    if name is None:
        name = package.free_name("word/numbering{}.xml")
        package.parts[name] = f'<w:numbering xmlns:w="{W}"/>'.encode()
        package.kinds[name] = "numbering"
        package.add_relationship(package.main, f"{R}/numbering", name)
    return name
