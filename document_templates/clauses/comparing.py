"""What changed between two versions of a clause, word by word."""

from __future__ import annotations

from collections.abc import Iterator

from document_templates.clauses.content import CLAUSE_KINDS, ClauseContent, Variant
from document_templates.comparing.contents import Line
from document_templates.comparing.differences import (
    LineChange,
    TemplateDifference,
    compare_lines,
)
from tenants.language import _


def compare_clauses(old: ClauseContent, new: ClauseContent) -> TemplateDifference:
    """Return what changed from ``old`` to ``new``; a variant is a place of its own."""
    return TemplateDifference(
        tuple(_changes(old, new)), (), (), tuple(_remarks(old, new)), frame_only=False
    )


def _remarks(old: ClauseContent, new: ClauseContent) -> Iterator[str]:
    if old.kind != new.kind:
        yield _("Der Baustein war {old} und ist jetzt {new}.").format(
            old=CLAUSE_KINDS[old.kind], new=CLAUSE_KINDS[new.kind]
        )
    kept = [one.key for one in new.variants if old.variant(one.key)]
    if kept != [one.key for one in old.variants if new.variant(one.key)]:
        yield _("Die Varianten stehen in anderer Reihenfolge: die erste, die passt, gilt.")


def _changes(old: ClauseContent, new: ClauseContent) -> Iterator[LineChange]:
    yield from compare_lines(_("Überschrift"), _lines(old.heading), _lines(new.heading))
    yield from compare_lines(_("Bedingung"), _lines(old.condition), _lines(new.condition))
    keys = dict.fromkeys(one.key for one in (*new.variants, *old.variants))
    for key in keys:
        before, after = old.variant(key), new.variant(key)
        title = (after or before or old.variants[0]).title
        place = _("Variante „{title}“").format(title=title)
        yield from compare_lines(place, _variant_lines(before), _variant_lines(after))


def _variant_lines(variant: Variant | None) -> list[Line]:
    if variant is None:
        return []
    condition = [_("Gilt, wenn {condition}").format(condition=variant.condition)]
    return _lines("\n".join([variant.title, *(condition if variant.condition else ())])) + _lines(
        variant.text
    )


def _lines(text: str) -> list[Line]:
    return [Line(" ".join(line.split()), "") for line in text.split("\n") if line.strip()]
