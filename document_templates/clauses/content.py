"""What a version of a clause says: its heading, its variants, and when each of them stands."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from document_templates.clauses.texts import TextUnreadable, count_paragraphs, read_text
from forms.conditions import syntax_finding
from forms.expressions.nodes import Json
from tenants.language import _

CLAUSE_KINDS = {"fixed": _("fix"), "adaptable": _("anpassbar"), "optional": _("optional")}
"""Fixed stands as it is, adaptable may be reworded in a template, optional is chosen for each
document."""
KEY = re.compile(r"[a-z][a-z0-9_]{0,23}")
"""Short, because bookmarks of Word carry it, whose names have 40 characters at most."""
MAX_VARIANTS = 20
MAX_TEXT = 20_000
MAX_CONDITION = 1_000
MAX_HEADING = 200
DEFAULT_VARIANT = "grundfassung"


class ContentUnreadable(ValueError):
    """A stored or sent content has not the form of one; the message is German."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording; it stands if ``condition`` holds and no variant before it does."""

    key: str
    title: str
    condition: str
    text: str


@dataclass(frozen=True, slots=True)
class ClauseContent:
    """A version of a clause in full.

    ``condition`` says when the clause stands at all; without a ``heading`` it continues the § in
    front of it and its paragraphs have no numbers.
    """

    kind: str
    heading: str
    condition: str
    variants: tuple[Variant, ...]

    @property
    def is_certain(self) -> bool:
        """Whether the clause stands in every document."""
        return not self.condition and self.kind != "optional"

    @property
    def conditions(self) -> tuple[str, ...]:
        """Every condition that is asked for this clause."""
        written = (self.condition, *(variant.condition for variant in self.variants))
        return tuple(dict.fromkeys(condition for condition in written if condition))

    def variant(self, key: str) -> Variant | None:
        """Return the variant with ``key``."""
        return next((one for one in self.variants if one.key == key), None)

    def as_json(self) -> dict[str, Json]:
        """Return the content as it is stored."""
        return {
            "kind": self.kind,
            "heading": self.heading,
            "condition": self.condition,
            "variants": [
                {
                    "key": one.key,
                    "title": one.title,
                    "condition": one.condition,
                    "text": one.text,
                }
                for one in self.variants
            ],
        }

    @property
    def sha256(self) -> str:
        """The hash of everything that the version says."""
        canonical = json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


def empty_content() -> ClauseContent:
    """Return the content that a new clause begins with."""
    return ClauseContent("fixed", "", "", (Variant(DEFAULT_VARIANT, _("Grundfassung"), "", ""),))


def read_content(document: Json) -> ClauseContent:
    """Return a stored content. Raises `ContentUnreadable`."""
    if not isinstance(document, dict):
        raise ContentUnreadable(_("Der Baustein ist nicht lesbar."))
    variants = document.get("variants")
    if not isinstance(variants, list) or not 1 <= len(variants) <= MAX_VARIANTS:
        raise ContentUnreadable(
            _("Ein Baustein hat eine bis {count} Varianten.").format(count=MAX_VARIANTS)
        )
    kind = _text(document, "kind", 20)
    if kind not in CLAUSE_KINDS:
        raise ContentUnreadable(_("Ein Baustein ist fix, anpassbar oder optional."))
    return ClauseContent(
        kind=kind,
        heading=" ".join(_text(document, "heading", MAX_HEADING).split()),
        condition=_text(document, "condition", MAX_CONDITION).strip(),
        variants=tuple(_variant(one) for one in variants),
    )


def _variant(document: Json) -> Variant:
    if not isinstance(document, dict):
        raise ContentUnreadable(_("Eine Variante ist nicht lesbar."))
    key = _text(document, "key", 40)
    if not KEY.fullmatch(key):
        raise ContentUnreadable(
            _("Der Schlüssel „{key}“ besteht nicht aus kleinen Buchstaben und Ziffern.").format(
                key=key
            )
        )
    return Variant(
        key,
        " ".join(_text(document, "title", MAX_HEADING).split()),
        _text(document, "condition", MAX_CONDITION).strip(),
        _text(document, "text", MAX_TEXT),
    )


def _text(document: Mapping[str, Json], key: str, longest: int) -> str:
    value = document.get(key, "")
    if not isinstance(value, str) or len(value) > longest:
        raise ContentUnreadable(
            _("„{key}“ ist kein Text oder länger als {count} Zeichen.").format(
                key=key, count=longest
            )
        )
    return value.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class ContentFinding:
    """What is wrong with a content; ``variant`` is the key of the variant, "" for the whole.

    ``entry`` says what has to be changed: ``heading``, ``condition``, ``title`` or ``text``.
    """

    variant: str
    entry: str
    message: str


def content_findings(content: ClauseContent) -> list[ContentFinding]:
    """Return everything that keeps a content from being published, without knowing any form."""
    findings = [*_heading_findings(content), *_variant_findings(content)]
    seen: set[str] = set()
    for variant in content.variants:
        if variant.key in seen:
            message = _("Zwei Varianten haben den Schlüssel „{key}“.").format(key=variant.key)
            findings.append(ContentFinding(variant.key, "title", message))
        seen.add(variant.key)
        findings += _text_findings(variant)
    return findings


def _heading_findings(content: ClauseContent) -> Iterator[ContentFinding]:
    if any(mark in content.heading for mark in ("{", "}", "[§")):
        message = _("Eine Überschrift enthält weder Platzhalter noch Verweise.")
        yield ContentFinding("", "heading", message)
    problem = syntax_finding(content.condition)
    if problem:
        yield ContentFinding("", "condition", problem)


def _variant_findings(content: ClauseContent) -> Iterator[ContentFinding]:
    *conditional, last = content.variants
    for variant in conditional:
        if not variant.condition:
            message = _(
                "Nur die letzte Variante gilt ohne Bedingung: was hinter ihr stünde, gälte nie."
            )
            yield ContentFinding(variant.key, "condition", message)
    if last.condition:
        message = _(
            "Die letzte Variante gilt, wenn keine andere passt; sie hat deshalb keine Bedingung."
        )
        yield ContentFinding(last.key, "condition", message)
    for variant in content.variants:
        if not variant.title:
            yield ContentFinding(variant.key, "title", _("Geben Sie der Variante einen Namen."))
        problem = syntax_finding(variant.condition)
        if problem:
            yield ContentFinding(variant.key, "condition", problem)


def _text_findings(variant: Variant) -> Iterator[ContentFinding]:
    try:
        paragraphs = read_text(variant.text)
    except TextUnreadable as error:
        yield ContentFinding(variant.key, "text", str(error))
        return
    if not paragraphs:
        yield ContentFinding(variant.key, "text", _("Schreiben Sie den Wortlaut."))


def fewest_paragraphs(content: ClauseContent) -> int:
    """Return how many numbered Absätze every variant has at least, 0 without numbers."""
    if not content.heading:
        return 0
    counts = [count_paragraphs(read_text(variant.text)) for variant in content.variants]
    return min(counts) if min(counts) > 1 else 0
