"""The places of clauses in a template: ``{{ baustein.datenschutz }}`` in its own paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from document_templates.clauses.choosing import GROUP
from document_templates.findings import Finding, excerpt
from document_templates.ooxml import (
    PARAGRAPH,
    elements,
    paragraph_text,
    parse_xml,
    part_title,
    w,
)
from document_templates.package_parts import Package
from tenants.language import _

EXAMPLE = "{{ baustein.datenschutz }}"
_SLOT = re.compile(r"\{\{\s*baustein\.(\w+)\s*\}\}")
_MENTION = re.compile(r"\{[{%][^{}]*\bbaustein\b[^{}]*[%}]\}")
_LOOP_BEGINS = re.compile(r"\{%p?\s*for\b")
_LOOP_ENDS = re.compile(r"\{%p?\s*endfor\b")


@dataclass(frozen=True, slots=True)
class Slot:
    """A paragraph of the main text that a clause takes the place of."""

    key: str
    paragraph: etree._Element


def find_slots(package: Package, root: etree._Element) -> tuple[list[Slot], list[Finding]]:
    """Return the slots in the main text ``root``, and what is wrong with others."""
    slots: list[Slot] = []
    findings = list(_elsewhere(package))
    depth = 0
    for paragraph in elements(root, PARAGRAPH):
        text = " ".join(paragraph_text(paragraph).split())
        depth += len(_LOOP_BEGINS.findall(text)) - len(_LOOP_ENDS.findall(text))
        if not _MENTION.search(text):
            continue
        match = _SLOT.fullmatch(text)
        problem = _problem(match, paragraph, in_loop=depth > 0)
        if problem:
            findings.append(_finding(problem, package.main, text))
        elif match is not None:
            slots.append(Slot(match.group(1), paragraph))
    findings += _doubled(package, slots)
    return slots, findings


def _problem(match: re.Match[str] | None, paragraph: etree._Element, *, in_loop: bool) -> str:
    if match is None:
        return _("Ein Baustein steht allein in seinem Absatz.")
    parent = paragraph.getparent()
    if parent is None or parent.tag != w("body"):
        return _("Ein Baustein steht im fortlaufenden Text, nicht in Tabellen und Textfeldern.")
    if in_loop:
        return _("Ein Baustein steht nicht in einer Schleife: er gilt einmal.")
    return ""


def _elsewhere(package: Package) -> Iterator[Finding]:
    for name in package.text_parts():
        if name == package.main:
            continue
        for paragraph in elements(parse_xml(package.parts[name], name), PARAGRAPH):
            text = paragraph_text(paragraph)
            if _MENTION.search(text):
                message = _("Bausteine stehen nur im Text, nicht in Kopf, Fuß und Fußnoten.")
                yield _finding(message, name, text)


def _doubled(package: Package, slots: list[Slot]) -> Iterator[Finding]:
    seen: set[str] = set()
    for slot in slots:
        if slot.key in seen:
            message = _("Der Baustein „{key}“ steht zweimal in der Vorlage.").format(key=slot.key)
            yield _finding(message, package.main, paragraph_text(slot.paragraph))
        seen.add(slot.key)


def _finding(message: str, part: str, text: str) -> Finding:
    suggestion = _("Schreiben Sie {example} in einen eigenen Absatz.").format(example=EXAMPLE)
    return Finding("error", message, part_title(part), excerpt(text), suggestion)


def names_clauses(package: Package) -> bool:
    """Say quickly whether a template may hold slots at all."""
    return any(f"{GROUP}.".encode() in package.parts[name] for name in package.text_parts())
