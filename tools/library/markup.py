"""Small pieces of WordprocessingML that python-docx has no words for."""

from __future__ import annotations

import re

from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.text.paragraph import Paragraph

MILLIMETRE_TWIPS = 56.6929


def twips(millimetres: float) -> int:
    """Return ``millimetres`` in twentieths of a point, Word's unit for tables."""
    return round(millimetres * MILLIMETRE_TWIPS)


def element(name: str, **attributes: str | int) -> BaseOxmlElement:
    """Return a new element such as ``w:shd`` with attributes of the same namespace."""
    made = OxmlElement(name)
    prefix = name.split(":", 1)[0]
    for key, value in attributes.items():
        made.set(qn(f"{prefix}:{key}"), str(value))
    return made


def fragment(xml: str) -> BaseOxmlElement:
    """Parse ``xml``, whose outermost element needs no namespace declarations."""
    return parse_xml(re.sub(r"^\s*<([\w:]+)", rf"<\1 {nsdecls('w')}", xml))


def add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Append a field such as PAGE; ``shown`` stands there until the field is updated."""
    for kind, text in (("begin", ""), ("", instruction), ("separate", ""), ("shown", shown)):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = text
        elif kind:
            run._r.append(element("w:fldChar", fldCharType=kind))
        else:
            code = element("w:instrText")
            code.text = f" {text} "
            run._r.append(code)
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType="end"))


def add_rule(
    paragraph: Paragraph, side: str, colour: str, *, size: int = 8, space: int = 4
) -> None:
    """Draw a line along one side of ``paragraph``; ``size`` in eighths of a point."""
    properties = paragraph._p.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = element("w:pBdr")
        properties.insert_element_before(
            borders,
            *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"),
        )
    borders.append(element(f"w:{side}", val="single", sz=size, space=space, color=colour))
