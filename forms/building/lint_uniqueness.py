"""Whether the rules of uniqueness in a draft compare what is there, and always answered."""

from __future__ import annotations

from collections.abc import Iterator

from forms.building.findings import BuildingFinding, about
from forms.building.linted_draft import LintedDraft
from forms.building.uniqueness import ComparedField, compared_fields, unique_sentence
from forms.uniqueness import UniqueRule, read_unique
from tenants.language import _

_FEW_ANSWERS = frozenset({"yes_no", "declaration"})


def uniqueness(draft: LintedDraft) -> Iterator[BuildingFinding]:
    """Yield an error for a field that is not there, warnings for rules that hardly ever hold."""
    place = draft.places[0]
    fields = compared_fields(draft.document)
    seen: set[tuple[frozenset[str], bool, bool]] = set()
    for rule in read_unique(draft.document):
        for name in rule.fields:
            if name not in fields:
                yield about(
                    place,
                    "error",
                    "unique_field",
                    _(
                        "Nur einmal einzureichen: „{name}“ gibt es nicht oder lässt sich nicht"
                        " vergleichen. Wählen Sie ein anderes Feld, oder löschen Sie die Regel."
                    ).format(name=name),
                )
        known = [fields[name] for name in rule.fields if name in fields]
        for text in _doubts(rule, known, fields):
            yield about(place, "warning", "unique_doubt", text)
        same = (frozenset(rule.fields), rule.per_period, rule.whole_office)
        if same in seen:
            yield about(
                place,
                "warning",
                "unique_twice",
                _("Diese Regel steht doppelt: {sentence}").format(
                    sentence=unique_sentence(rule, fields)
                ),
            )
        seen.add(same)


def _doubts(
    rule: UniqueRule, known: list[ComparedField], fields: dict[str, ComparedField]
) -> Iterator[str]:
    sentence = unique_sentence(rule, fields)
    for one in known:
        if one.element.get("type") != "calculated" and one.element.get("required") is not True:
            yield _(
                "{sentence} „{label}“ ist keine Pflichtangabe: Fehlt sie, gilt die Regel nicht."
            ).format(sentence=sentence, label=one.label)
    if known and not rule.per_period and all(_has_few(one) for one in known):
        yield _(
            "{sentence} Dafür gibt es nur wenige Antworten: Nach der ersten kann kaum noch jemand"
            " einreichen."
        ).format(sentence=sentence)


def _has_few(one: ComparedField) -> bool:
    return one.element.get("type") in _FEW_ANSWERS
