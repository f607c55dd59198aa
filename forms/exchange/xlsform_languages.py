"""The other languages of an XLSForm: its translated columns become translations of the elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from forms.exchange.report import ExchangeReport, Object
from forms.exchange.workbook import SheetRow
from forms.exchange.xlsform_outline import canonical_column
from forms.languages import GERMAN, LANGUAGES
from tenants.language import _

LONGEST_LABEL = 500
LONGEST_PROSE = 20_000
_IN_BRACKETS = re.compile(r"\(([A-Za-z]{2,3}(?:[-_][A-Za-z]+)?)\)\s*$")
_PROSE_TYPES = ("info", "declaration")


def language_tag(written: str) -> str:
    """Return the tag of a language as columns name it: ``English (en)``, ``Englisch``, ``en``.

    Empty when it is none that a form can be read in. A region does not count: ``en-GB`` is en.
    """
    bracketed = _IN_BRACKETS.search(written)
    folded = (bracketed[1] if bracketed else written).strip().lower().replace("_", "-")
    for tag, language in LANGUAGES.items():
        if folded in (tag, language.name.lower(), language.german.lower()):
            return tag
    return folded.partition("-")[0] if folded.partition("-")[0] in LANGUAGES else ""


def carried_languages(base: str, others: Iterable[str], report: ExchangeReport) -> dict[str, str]:
    """Return the tags of the languages that are taken over besides ``base``, by their headings.

    The others stand in the report, as does everything besides German when ``base`` is another
    language: a form is German first.
    """
    taken: dict[str, str] = {}
    foreign = base != "" and language_tag(base) not in (GERMAN, "")
    for written in others:
        tag = language_tag(written)
        if foreign:
            reason = _("Übernommen wurde nur die Sprache „{language}“: Ein Vordruck ist zuerst "
                       "deutsch, und andere Sprachen übersetzen ihn.")  # fmt: skip
        elif not tag:
            reason = _("Diese Sprache kennt das Programm nicht; schreiben Sie ihr Kürzel dazu, "
                       "etwa „English (en)“.")  # fmt: skip
        elif tag == GERMAN or tag in taken.values():
            reason = _("Diese Sprache steht in der Datei zweimal; die erste gilt.")
        else:
            taken[written] = tag
            continue
        report.refuse(written, "language", reason.format(language=base))
    return taken


def translated_cells(row: SheetRow, languages: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the texts of ``row`` in other languages: tag → standard column → text."""
    found: dict[str, dict[str, str]] = {}
    for header, text in row.cells.items():
        column, written = canonical_column(header)
        if text and written in languages:
            found.setdefault(languages[written], {})[column] = text
    return found


def add_translations(
    element: Object, row: SheetRow, languages: Mapping[str, str], shown: Callable[[str], str]
) -> None:
    """Give ``element`` the texts that ``row`` has in other languages, each as ``shown`` returns it.

    A text without German has nothing to translate and is left out.
    """
    for tag, cells in translated_cells(row, languages).items():
        texts = _element_texts(element, cells)
        _add(
            element,
            tag,
            {name: shown(text) for name, text in texts.items() if text and element.get(name)},
        )
        message = cells.get("constraint_message", "")
        rules = element.get("valid")
        if message and isinstance(rules, list) and len(rules) == 1 and isinstance(rules[0], dict):
            _add(rules[0], tag, {"message": message[:LONGEST_PROSE]})


def _element_texts(element: Object, cells: Mapping[str, str]) -> dict[str, str]:
    label = " ".join(cells.get("label", "").split())[:LONGEST_LABEL]
    hints = (cells.get("hint", ""), cells.get("guidance_hint", ""))
    help_ = "\n\n".join(hint for hint in hints if hint)[:LONGEST_PROSE]
    if element.get("type") in _PROSE_TYPES:
        return {"text": cells.get("label", "")[:LONGEST_PROSE], "help": help_}
    texts = {"label": label, "title": label, "item_label": label, "help": help_, "intro": help_}
    return texts | {"pattern_message": cells.get("constraint_message", "")[:LONGEST_PROSE]}


def _add(element: Object, tag: str, texts: Mapping[str, str]) -> None:
    if not texts:
        return
    translations = element.get("translations")
    every = dict(translations) if isinstance(translations, dict) else {}
    former = every.get(tag)
    every[tag] = (dict(former) if isinstance(former, dict) else {}) | dict(texts)
    element["translations"] = every
