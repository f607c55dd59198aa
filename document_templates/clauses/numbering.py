"""The § that a reference names: counted in each document, as clauses may fall away in front of it.

A reference is a run between the ends of a bookmark that names its clause; its text is written
here. Word's own field for it (REF) would be reckoned anew by whoever opens the document, with a
space at which "§ 10" breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from document_templates.ooxml import parse_xml, w
from document_templates.package_parts import Package
from document_templates.values import UnfitValue
from tenants.language import _

BOOKMARK = "_Baustein_"
REFERENCE = "_Verweis_"
_REFERENCE = re.compile(
    rf'(<w:bookmarkStart [^>]*?w:name="{REFERENCE}\d+_(\w+)"/>.*?<w:t[^>]*>)[^<]*(</w:t>)',
    re.DOTALL,
)
_STOP = re.compile(
    rf'<w:pPr>.*?</w:pPr>|<w:bookmarkStart [^>]*?w:name="{BOOKMARK}(\w+)"', re.DOTALL
)
_HEADING = re.compile(
    rf'<w:pStyle w:val="([^"]*)"/></w:pPr><w:bookmarkStart [^>]*?w:name="{BOOKMARK}\w+"'
)
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"/>')
_OWN_LIST = re.compile(r"<w:numPr>(.*?)</w:numPr>", re.DOTALL)
_LIST = re.compile(r'<w:numId w:val="(\d+)"/>')
_LEVEL = re.compile(r'<w:ilvl w:val="(\d+)"/>')


def has_references(xml: bytes) -> bool:
    """Say whether there is anything to fill in."""
    return REFERENCE.encode() in xml


@dataclass(frozen=True, slots=True)
class SectionNumbers:
    """How the § of a template are numbered: which paragraphs count, and how a number reads.

    ``lists`` are the numbers of lists at whose first level headings stand, ``styles`` the styles
    that put a paragraph there, ``label`` the text with ``%1`` for the number.
    """

    lists: frozenset[str] = frozenset()
    styles: frozenset[str] = frozenset()
    label: str = ""

    def fill_in(self, xml: str) -> str:
        """Return the main text with the number in every reference.

        Raises `UnfitValue` when a clause that is referred to does not stand in this document.
        """
        numbers = self._numbers(xml)

        def number(match: re.Match[str]) -> str:
            key = match.group(2)
            if key not in numbers:
                raise UnfitValue(
                    _("Ein Baustein verweist auf „{key}“, der hier entfällt.").format(key=key)
                )
            text = self.label.replace("%1", str(numbers[key])).rstrip(".").replace(" ", "\u00a0")
            return f"{match.group(1)}{text}{match.group(3)}"

        return _REFERENCE.sub(number, xml)

    def _numbers(self, xml: str) -> dict[str, int]:
        numbers: dict[str, int] = {}
        count = 0
        for stop in _STOP.finditer(xml):
            key = stop.group(1)
            if key is not None:
                numbers[key] = count
            elif self._counts(stop.group()):
                count += 1
        return numbers

    def _counts(self, properties: str) -> bool:
        own = _OWN_LIST.search(properties)
        if own is not None:
            listed, level = _LIST.search(own.group(1)), _LEVEL.search(own.group(1))
            if listed is not None:
                return listed.group(1) in self.lists and (not level or level.group(1) == "0")
        style = _STYLE.search(properties)
        return style is not None and style.group(1) in self.styles


def numbers_of_clauses(package: Package, xml: str) -> SectionNumbers:
    """Return how the § are numbered in which the clauses of the main text ``xml`` stand."""
    heading = _HEADING.search(xml)
    return section_numbers(package, heading.group(1)) if heading else SectionNumbers()


@dataclass(slots=True)
class _Lists:
    """What the numbering of a document says: the kind of each list, and its first level."""

    kinds: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


def section_numbers(package: Package, heading: str) -> SectionNumbers:
    """Return how paragraphs in the style with the id ``heading`` are numbered.

    Without numbers, or with others than 1, 2, 3 at the first level, its ``label`` is empty.
    """
    roots = {
        kind: parse_xml(package.parts[name], name)
        for name, kind in package.kinds.items()
        if kind in ("styles", "numbering")
    }
    lists = _read_lists(roots.get("numbering"))
    own = dict(_numbered_styles(roots["styles"])) if "styles" in roots else {}
    listed = own.get(heading, "")
    kind = lists.kinds.get(listed, "")
    if not kind:
        return SectionNumbers()
    same = frozenset(number for number, other in lists.kinds.items() if other == kind)
    return SectionNumbers(
        same,
        frozenset(style for style, number in own.items() if number in same),
        lists.labels.get(kind, ""),
    )


def _read_lists(numbering: etree._Element | None) -> _Lists:
    lists = _Lists()
    if numbering is None:
        return lists
    for number in numbering.findall(w("num")):
        kind = number.find(w("abstractNumId"))
        if kind is not None:
            lists.kinds[str(number.get(w("numId")))] = str(kind.get(w("val")))
    for model in numbering.findall(w("abstractNum")):
        for level in model.findall(w("lvl")):
            text, numbers = level.find(w("lvlText")), level.find(w("numFmt"))
            if level.get(w("ilvl")) != "0" or text is None:
                continue
            label = str(text.get(w("val")))
            is_decimal = numbers is None or numbers.get(w("val")) == "decimal"
            if is_decimal and "%1" in label:
                lists.labels[str(model.get(w("abstractNumId")))] = label
    return lists


def _numbered_styles(styles: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield each style that stands at the first level of a list, with the number of the list."""
    known = {str(style.get(w("styleId"))): style for style in styles.findall(w("style"))}
    for identifier in known:
        found = _list_of(known, identifier, set())
        if found is not None and found[1] == "0":
            yield identifier, found[0]


def _list_of(
    known: dict[str, etree._Element], identifier: str, seen: set[str]
) -> tuple[str, str] | None:
    style = known.get(identifier)
    if style is None or identifier in seen:
        return None
    seen.add(identifier)
    numbers = style.find(f"{w('pPr')}/{w('numPr')}")
    if numbers is not None:
        listed, level = numbers.find(w("numId")), numbers.find(w("ilvl"))
        if listed is not None:
            return str(listed.get(w("val"))), "0" if level is None else str(level.get(w("val")))
    based = style.find(w("basedOn"))
    return None if based is None else _list_of(known, str(based.get(w("val"))), seen)
