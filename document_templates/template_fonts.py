"""Which fonts a template asks for, and what stands in the PDF where one is not installed. Pure.

A font of the same width ("metric-compatible") keeps every line and page as it is in Word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from document_templates.cleaning import CleanedDocx
from document_templates.conversion.fonts import InstalledFonts
from document_templates.findings import Finding
from document_templates.ooxml import A, elements, parse_xml, w
from document_templates.package_parts import Package, open_cleaned
from tenants.language import _

METRIC_TWINS: Mapping[str, str] = {
    "arial": "Liberation Sans",
    "helvetica": "Liberation Sans",
    "arial narrow": "Liberation Sans Narrow",
    "times new roman": "Liberation Serif",
    "times": "Liberation Serif",
    "courier new": "Liberation Mono",
    "courier": "Liberation Mono",
    "calibri": "Carlito",
    "calibri light": "Carlito",
    "cambria": "Caladea",
    "georgia": "Gelasio",
    "symbol": "OpenSymbol",
    "wingdings": "OpenSymbol",
}
"""Fonts of the same widths, by the name in small letters (fontconfig's metric aliases)."""

_STYLE_USES = tuple(w(name) for name in ("pStyle", "rStyle", "tblStyle"))
_STYLE_LINKS = tuple(w(name) for name in ("basedOn", "link"))
_LATIN = ("ascii", "hAnsi")


def font_findings(cleaned: CleanedDocx, installed: InstalledFonts) -> list[Finding]:
    """Return a finding for every font of the text that is not installed.

    None where it is not known what is installed.
    """
    known = {family.casefold() for family in installed.families}
    if not known:
        return []
    findings: list[Finding] = []
    for font in sorted(fonts_of(open_cleaned(cleaned.data))):
        if font.casefold() in known:
            continue
        twin = METRIC_TWINS.get(font.casefold(), "")
        if twin.casefold() in known:
            message = _(
                "Die Schrift „{font}“ ist hier nicht installiert; im PDF steht dafür „{twin}“. "
                "Sie ist gleich breit: Zeilen und Seiten bleiben, wie sie sind."
            ).format(font=font, twin=twin)
            findings.append(Finding("notice", message))
        else:
            findings.append(_unknown_font(font, installed.families))
    return findings


def _unknown_font(font: str, installed: Iterable[str]) -> Finding:
    have = sorted(
        {twin for twin in METRIC_TWINS.values() if twin in installed}
        | {family for family in installed if family.startswith("DejaVu S")}
    )
    return Finding(
        "warning",
        _(
            "Die Schrift „{font}“ ist hier nicht installiert, auch keine gleich breite. Im PDF "
            "steht eine andere: Zeilen und Seiten können anders umbrechen."
        ).format(font=font),
        suggestion=_("Nehmen Sie eine Schrift, die es gibt: {fonts}.").format(
            fonts=", ".join(["Arial", "Calibri", "Cambria", "Times New Roman", *have])
        ),
    )


def fonts_of(package: Package) -> set[str]:
    """Return the names of the fonts that the text of a cleaned package is set in."""
    roots = {
        name: parse_xml(package.parts[name], name)
        for name, kind in package.kinds.items()
        if kind in ("officeDocument", "header", "footer", "footnotes", "endnotes", "styles",
                    "numbering", "theme")
    }  # fmt: skip
    by_kind = {package.kinds[name]: root for name, root in roots.items()}
    texts = [root for name, root in roots.items() if name in package.text_parts()]
    theme = _theme_fonts(by_kind.get("theme"))
    wanted = [*texts, *_used_styles(by_kind.get("styles"), texts)]
    found: set[str] = set()
    for root in wanted:
        for fonts in elements(root, w("rFonts")):
            found.update(_named(fonts, theme))
        found.update(str(one.get(w("font"))) for one in elements(root, w("sym")))
    return {name for name in found if name and name != "None"}


def _named(fonts: etree._Element, theme: Mapping[str, str]) -> Iterator[str]:
    for name in _LATIN:
        of_theme = fonts.get(w(f"{name}Theme"))
        if of_theme is not None and theme.get(of_theme[:5]):
            yield theme[of_theme[:5]]
        else:
            yield fonts.get(w(name), "")


def _theme_fonts(theme: etree._Element | None) -> dict[str, str]:
    """Return the Latin fonts of a theme under ``major`` and ``minor``."""
    if theme is None:
        return {}
    return {
        kind: str(latin.get("typeface", ""))
        for kind in ("major", "minor")
        for latin in theme.iterfind(f".//{{{A}}}{kind}Font/{{{A}}}latin")
    }


def _used_styles(
    styles: etree._Element | None, texts: Iterable[etree._Element]
) -> list[etree._Element]:
    """Return the styles that the texts use, those they are based on, and the defaults."""
    if styles is None:
        return []
    by_id = {str(one.get(w("styleId"))): one for one in styles.findall(w("style"))}
    waiting = [str(one.get(w("val"))) for root in texts for one in elements(root, *_STYLE_USES)]
    waiting += [name for name, one in by_id.items() if one.get(w("default")) in ("1", "true")]
    used: dict[str, etree._Element] = {}
    while waiting:
        name = waiting.pop()
        if name in by_id and name not in used:
            used[name] = by_id[name]
            waiting += [str(one.get(w("val"))) for one in by_id[name] if one.tag in _STYLE_LINKS]
    defaults = styles.find(w("docDefaults"))
    return [*used.values(), *([] if defaults is None else [defaults])]
