"""Mend tags that Word has torn apart or decorated: one tag, one text, plain characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice

from lxml import etree

from document_templates.findings import Finding, TemplateRefused, excerpt
from document_templates.ooxml import (
    PARAGRAPH,
    RUN,
    SEPARATORS,
    TEXT,
    XML_SPACE,
    elements,
    own_pieces,
    part_title,
    remove_element,
    w,
)
from tenants.language import _

MAX_TAGS = 10_000
_SHOWN = 5
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)

_DOUBLE_QUOTES = "„“”‟«»″"
_SINGLE_QUOTES = "‚‘’‛‹›′´`"
_DASHES = "‐‑‒–—−"
_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
_PLAIN = str.maketrans(
    {
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys(_SINGLE_QUOTES, "'"),
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_BLANKS, " "),
        **dict.fromkeys("\t\n\r", " "),
    }
)
# Characters that nobody sees and that make two equal-looking names differ.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_DECORATION = re.compile(f"[{_DOUBLE_QUOTES}{_SINGLE_QUOTES}{_DASHES}]")
_PREFIX_APART = re.compile(r"^\{%\s+(tr|tc|p|r)\s+(?=\w)")
_RUN_TAG = re.compile(r"(\{[{%]r\s.*?[%}]\})", re.DOTALL)


def plain_tag(tag: str) -> str:
    """Return ``tag`` with straight quotes, plain blanks and no invisible characters."""
    plain = _INVISIBLE.sub("", tag.translate(_PLAIN))
    return _PREFIX_APART.sub(r"{%\1 ", plain)


def mend_tags(root: etree._Element, part: str) -> list[Finding]:
    """Put every tag of every paragraph into one text element; return what was noteworthy.

    Raises `TemplateRefused` when the part has more than 10,000 tags.
    """
    findings: list[Finding] = []
    torn: list[str] = []
    count = 0
    for paragraph in elements(root, PARAGRAPH):
        pieces = list(own_pieces(paragraph))
        for piece in pieces:
            if piece.tag == TEXT and piece.text:
                # A line break in the XML is a blank in Word; it must not become a real one.
                piece.text = re.sub(r"[\t\r\n]+", " ", piece.text)
        texts = [
            (piece.text or "") if piece.tag == TEXT else SEPARATORS[str(piece.tag)]
            for piece in pieces
        ]
        whole = "".join(texts)
        if "{" not in whole and "}" not in whole:
            continue
        matches = list(islice(TAG.finditer(whole), MAX_TAGS + 1))
        count += len(matches)
        if count > MAX_TAGS:
            raise TemplateRefused.because(
                _("Die Vorlage hat mehr als {count} Platzhalter.").format(count=MAX_TAGS)
            )
        findings.extend(_mended(matches, whole, part))
        torn += reversed(_rewrite(pieces, texts, matches))
    isolate_run_tags(root)
    if torn:
        findings.append(
            Finding(
                "notice",
                _(
                    "Word hatte {count} Platzhalter zerlegt; sie wurden zusammengesetzt: {tags}."
                ).format(
                    count=len(torn),
                    tags=", ".join(torn[:_SHOWN]) + _(" und weitere") * (len(torn) > _SHOWN),
                )
                if len(torn) > 1
                else _("Word hatte {tag} zerlegt; der Platzhalter wurde zusammengesetzt.").format(
                    tag=torn[0]
                ),
                part_title(part),
            )
        )
    return findings


def _mended(matches: list[re.Match[str]], whole: str, part: str) -> Iterator[Finding]:
    tags = [match.group() for match in matches]
    if any(_INVISIBLE.search(tag) for tag in tags):
        yield Finding(
            "notice",
            _("Unsichtbare Zeichen in Platzhaltern wurden entfernt."),
            part_title(part),
            excerpt(_INVISIBLE.sub("", whole)),
        )
    decorated = next((tag for tag in tags if _DECORATION.search(tag)), None)
    if decorated is not None:
        yield Finding(
            "notice",
            _("Typografische Zeichen im Platzhalter wurden ersetzt: {tag}.").format(
                tag=plain_tag(decorated)
            ),
            part_title(part),
            excerpt(whole),
        )


def isolate_run_tags(root: etree._Element) -> None:
    """Give every ``{{r … }}`` and ``{%r … %}`` a run of its own that looks like its place.

    Preparation takes the whole run of such a tag away; so nothing beside it loses its look.
    """
    for run in list(elements(root, RUN)):
        texts = [child for child in run if child.tag == TEXT and _RUN_TAG.search(child.text or "")]
        if not texts or (len(run) <= 2 and _RUN_TAG.fullmatch(texts[0].text or "")):
            continue
        look = run.find(w("rPr"))
        current: etree._Element | None = None
        for child in [one for one in run if one is not look]:
            for piece, alone in _split_child(child):
                if current is None or alone:
                    current = etree.Element(RUN)
                    if look is not None:
                        current.append(deepcopy(look))
                    run.addprevious(current)
                current.append(piece)
                if alone:
                    current = None
        remove_element(run)


def _split_child(child: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Yield a child of a run in pieces, each with whether it is a tag that stands alone."""
    if child.tag != TEXT or not _RUN_TAG.search(child.text or ""):
        yield child, False
        return
    for text in filter(None, _RUN_TAG.split(child.text or "")):
        piece = etree.Element(TEXT)
        piece.text = text
        piece.set(XML_SPACE, "preserve")
        yield piece, _RUN_TAG.fullmatch(text) is not None


def _rewrite(
    pieces: list[etree._Element], texts: list[str], matches: list[re.Match[str]]
) -> list[str]:
    """Put torn tags together; return them, the last first."""
    starts: list[int] = []
    position = 0
    for text in texts:
        starts.append(position)
        position += len(text)
    changed = list(texts)
    emptied: set[int] = set()
    last = len(pieces) - 1
    torn: list[str] = []
    # From the last tag to the first, so that earlier offsets stay true. Tags within one piece
    # come afterwards: a piece begins or ends at most one torn tag, so all stays linear.
    for match in reversed(matches):
        while starts[last] > match.end() - 1 or not texts[last]:
            last -= 1
        first = last
        while starts[first] > match.start() or not texts[first]:
            first -= 1
        if first == last:
            continue
        torn.append(excerpt(plain_tag(match.group())))
        changed[last] = changed[last][match.end() - starts[last] :]
        for index in range(first + 1, last):
            changed[index] = ""
            emptied.add(index)
        changed[first] = changed[first][: match.start() - starts[first]] + match.group()
        last = first
    for index, piece in enumerate(pieces):
        if index in emptied:
            remove_element(piece)
        elif changed[index] != texts[index] or TAG.search(changed[index]):
            _set_text(piece, TAG.sub(lambda match: plain_tag(match.group()), changed[index]))
    return torn


def _set_text(piece: etree._Element, text: str) -> None:
    if text:
        piece.text = text
        piece.set(XML_SPACE, "preserve")
    else:
        remove_element(piece)
