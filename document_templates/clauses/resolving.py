"""Put clauses into the slots of a template: what comes out is a template like any other."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType

from lxml import etree

from document_templates.clauses.choosing import Clauses
from document_templates.clauses.content import ClauseContent, fewest_paragraphs
from document_templates.clauses.numbering import section_numbers
from document_templates.clauses.slots import Slot, find_slots, names_clauses
from document_templates.clauses.styles import ClauseStyles, clause_styles
from document_templates.clauses.texts import Reference, read_text, references_in
from document_templates.clauses.writing import clause_paragraphs
from document_templates.cleaning import CleanedDocx
from document_templates.findings import Finding, TemplateRefused, excerpt
from document_templates.ooxml import (
    elements,
    paragraph_text,
    parse_xml,
    part_title,
    remove_element,
    serialise_xml,
    w,
)
from document_templates.package_parts import Package, open_cleaned
from tenants.language import _

_NONE: Clauses = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ResolvedTemplate:
    """A template with its clauses written in; without slots it is the one that was given."""

    cleaned: CleanedDocx
    clauses: Clauses = field(default_factory=lambda: _NONE)
    """The clauses that stand in it, by key, in the order of their slots."""
    missing: frozenset[str] = frozenset()
    """The keys of slots that no clause was known for; they stand where they stood."""
    findings: tuple[Finding, ...] = ()


def resolve_clauses(source: CleanedDocx, known: Clauses) -> ResolvedTemplate:
    """Write the clauses of ``known`` into the slots of a cleaned template.

    The same template and clauses give the same bytes. What is wrong stands in the findings, each
    with its paragraph; a slot without a clause stays as it is.
    """
    package = open_cleaned(source.data)
    if not names_clauses(package):
        return ResolvedTemplate(source)
    root = parse_xml(package.parts[package.main], package.main)
    slots, findings = find_slots(package, root)
    there = {slot.key: known[slot.key] for slot in slots if slot.key in known}
    missing = frozenset(slot.key for slot in slots) - known.keys()
    findings += [_unknown(package, slot, known) for slot in slots if slot.key in missing]
    if not there:
        return ResolvedTemplate(source, missing=missing, findings=tuple(findings))
    try:
        styles = clause_styles(package)
    except TemplateRefused as refused:
        missing = frozenset(slot.key for slot in slots)
        return ResolvedTemplate(source, missing=missing, findings=(*findings, *refused.findings))
    findings += _reference_findings(package, styles, slots, there)
    numbers = count(_free_bookmark(root))
    for slot in slots:
        content = there.get(slot.key)
        if content is not None:
            _replace(slot, clause_paragraphs(slot.key, content, styles, numbers))
    package.parts[package.main] = serialise_xml(root)
    written = CleanedDocx(package.to_bytes(), source.findings)
    return ResolvedTemplate(written, MappingProxyType(there), missing, tuple(findings))


def _replace(slot: Slot, paragraphs: list[etree._Element]) -> None:
    for paragraph in paragraphs:
        slot.paragraph.addprevious(paragraph)
    remove_element(slot.paragraph)


def _free_bookmark(root: etree._Element) -> int:
    taken = [str(one.get(w("id"))) for one in elements(root, w("bookmarkStart"))]
    return max([0, *(int(one) for one in taken if one.isdecimal())]) + 1


def _unknown(package: Package, slot: Slot, known: Clauses) -> Finding:
    close = difflib.get_close_matches(slot.key, known, 1, 0.6)
    return Finding(
        "error",
        _("Einen veröffentlichten Baustein „{key}“ gibt es nicht.").format(key=slot.key),
        part_title(package.main),
        excerpt(paragraph_text(slot.paragraph)),
        _("Meinten Sie „{name}“?").format(name=close[0])
        if close
        else _("Legen Sie ihn unter „Bausteine“ an, und veröffentlichen Sie ihn."),
    )


def _reference_findings(
    package: Package, styles: ClauseStyles, slots: list[Slot], there: Clauses
) -> Iterator[Finding]:
    told: set[str] = set()
    is_numbered = bool(section_numbers(package, styles.heading).label)
    for slot in slots:
        if slot.key not in there:
            continue
        for message in _reference_problems(slot.key, there, is_numbered=is_numbered):
            if message not in told:
                told.add(message)
                place = excerpt(paragraph_text(slot.paragraph))
                yield Finding("error", message, part_title(package.main), place)


def _reference_problems(key: str, there: Clauses, *, is_numbered: bool) -> Iterator[str]:
    content = there[key]
    references = [
        reference
        for variant in content.variants
        for reference in references_in(read_text(variant.text))
    ]
    if references and not is_numbered:
        yield _("Verweise brauchen eine nummerierte Formatvorlage „Paragraf“ (§ 1, § 2 …).")
    for reference in references:
        problem = _reference_problem(key, content, reference, there.get(reference.key))
        if problem:
            yield problem.format(key=key, target=reference.key)


def _reference_problem(
    key: str, content: ClauseContent, reference: Reference, target: ClauseContent | None
) -> str:
    if target is None:
        return _("„{key}“ verweist auf „{target}“, der in der Vorlage fehlt.")
    if not target.heading:
        return _("„{key}“ verweist auf „{target}“, der keine Überschrift hat.")
    if reference.key != key and not _stands_with(content, target):
        return _("„{key}“ verweist auf „{target}“, der entfallen kann, wo „{key}“ steht.")
    if reference.paragraph > fewest_paragraphs(target):
        return _("„{key}“ verweist auf einen Absatz, den „{target}“ nicht hat.")
    return ""


def _stands_with(content: ClauseContent, target: ClauseContent) -> bool:
    """Say whether the target stands in every document in which the clause does."""
    if target.is_certain:
        return True
    return target.kind != "optional" and target.condition == content.condition
