"""Texts of a form that are missing in a language it offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from forms.building.document_tree import Place, element_id, element_name
from forms.building.findings import BuildingFinding, about
from forms.building.linted_draft import LintedDraft
from forms.building.properties import LABELS
from forms.languages import language_of
from forms.translations import offered_languages, translatable_texts
from tenants.language import _


def missing_translations(draft: LintedDraft) -> Iterator[BuildingFinding]:
    """Yield a finding for each element and language in which a text is missing.

    Who chooses that language reads the text in German.
    """
    languages = offered_languages(draft.document)[1:]
    known = {element_id(place.element): place for place in draft.places}
    missing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text in translatable_texts(draft.document):
        for language in languages:
            if language not in text.translated:
                missing[text.element_id, language].append(property_label(text.name))
    for (identity, language), names in missing.items():
        place = known.get(identity, Place(draft.document))
        yield about(
            place,
            "warning",
            "untranslated",
            _("„{label}“ hat keine Übersetzung: {language} ({names}).").format(
                label=element_name(place.element),
                language=language_of(language).german,
                names=", ".join(dict.fromkeys(names)),
            ),
        )


def property_label(name: str) -> str:
    """Return what a translated property is called on the page."""
    return LABELS[name][0] if name in LABELS else _("Meldung")
