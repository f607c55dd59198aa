"""Do the blocks of a template fit together: for and endfor, if and endif, rows and cells?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from document_templates.findings import Finding
from document_templates.ooxml import CELL, PARAGRAPH, ROW, nearest, paragraph_text, part_title
from document_templates.tag_mending import TAG
from document_templates.tags import Tag
from tenants.language import _

MAX_DEPTH = 15
MAX_LOOP_DEPTH = 5

_ENDS = {"for": "endfor", "if": "endif"}
_CELL_MARKS = ("colspan", "cellbg", "vm", "hm")
_KNOWN = {"for", "if", "elif", "else", "endfor", "endif", *_CELL_MARKS}


def error(tag: Tag, message: str, suggestion: str = "") -> Finding:
    """Return an error at the place of ``tag``."""
    return Finding("error", message, part_title(tag.part), tag.excerpt(), suggestion)


@dataclass(slots=True)
class _Open:
    tag: Tag
    otherwise: bool = False


@dataclass(slots=True)
class BlockStructure:
    """Follows the block tags of one part and keeps what is open."""

    findings: list[Finding] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def take(self, tag: Tag) -> None:
        """Take the next tag of the part."""
        if tag.kind == "print" and tag.span not in ("", "r"):
            self.findings.append(
                error(
                    tag,
                    _("„{tag}“ ist nicht möglich.").format(tag=tag.text),
                    _("Schreiben Sie {example}.").format(example="{{ " + tag.body + " }}"),
                )
            )
        if tag.kind != "block":
            return
        if not self._is_known(tag):
            # Follow it all the same: one mistake shall not be told as several.
            word = tag.word.rstrip("-+")
            if word in _ENDS:
                self.open.append(_Open(replace(tag, word=word)))
            elif word in ("endfor", "endif") and self.open:
                self.open.pop()
            return
        if tag.word in _ENDS:
            self._begin(tag)
        elif tag.word in ("elif", "else"):
            self._continue(tag)
        elif tag.word in ("endfor", "endif"):
            self._end(tag)

    def finish(self) -> list[Finding]:
        """Return all findings, with those for blocks that nobody closed."""
        for block in self.open:
            self.findings.append(
                error(
                    block.tag,
                    _("Für {tag} fehlt das {end}.").format(
                        tag=block.tag.text, end=_end_of(block.tag)
                    ),
                )
            )
        self.open.clear()
        return self.findings

    def _is_known(self, tag: Tag) -> bool:
        if tag.word.rstrip("-+") != tag.word:
            self.findings.append(
                error(
                    tag,
                    _("Bindestriche am Rand von {tag} sind nicht erlaubt.").format(tag=tag.text),
                    _("Lassen Sie sie weg; {example} entfernt den ganzen Absatz.").format(
                        example="{%p … %}"
                    ),
                )
            )
            return False
        if tag.word not in _KNOWN:
            self.findings.append(
                error(
                    tag,
                    _("Die Anweisung {tag} gibt es nicht.").format(tag=tag.text),
                    _("Es gibt if, elif, else, endif, for und endfor."),
                )
            )
            return False
        if tag.word in _CELL_MARKS and nearest(tag.paragraph, CELL) is None:
            self.findings.append(
                error(tag, _("{tag} gehört in eine Tabellenzelle.").format(tag=tag.text))
            )
            return False
        if tag.span in ("tr", "tc") and nearest(tag.paragraph, ROW) is None:
            self.findings.append(
                error(
                    tag,
                    _("{tag} steht nicht in einer Tabelle.").format(tag=tag.text),
                    _("Außerhalb von Tabellen schreiben Sie {example}.").format(
                        example="{%p " + f"{tag.word} {tag.body}".strip() + " %}"
                    ),
                )
            )
            return False
        if tag.span and ("}" in tag.text[2:-2] or "%" in tag.text[2:-2]):
            # docxtpl 644: preparation would cut such a tag at the first of these characters.
            self.findings.append(
                error(
                    tag,
                    _("In {tag} dürfen kein Prozentzeichen und keine Klammer vorkommen.").format(
                        tag=tag.text
                    ),
                )
            )
            return False
        return True

    def _begin(self, tag: Tag) -> None:
        self.open.append(_Open(tag))
        loops = sum(1 for block in self.open if block.tag.word == "for")
        if len(self.open) > MAX_DEPTH or loops > MAX_LOOP_DEPTH:
            self.findings.append(
                error(
                    tag,
                    _(
                        "Zu viele Bereiche ineinander (höchstens {depth}, davon {loops} Schleifen)."
                    ).format(depth=MAX_DEPTH, loops=MAX_LOOP_DEPTH),
                )
            )

    def _continue(self, tag: Tag) -> None:
        if not self.open or (tag.word == "elif" and self.open[-1].tag.word != "if"):
            self.findings.append(
                error(
                    tag,
                    _("{tag} ohne vorheriges {begin}.").format(tag=tag.text, begin="{% if … %}"),
                )
            )
            return
        block = self.open[-1]
        if block.otherwise:
            self.findings.append(
                error(tag, _("{tag} steht nach einem „else“.").format(tag=tag.text))
            )
        block.otherwise = block.otherwise or tag.word == "else"
        self._compare(block.tag, tag)

    def _end(self, tag: Tag) -> None:
        begin = tag.word.removeprefix("end")
        if not self.open:
            self.findings.append(
                error(
                    tag,
                    _("Zu {tag} fehlt ein {begin} davor.").format(
                        tag=tag.text, begin="{%" + tag.span + f" {begin} … %}}"
                    ),
                )
            )
            return
        block = self.open[-1]
        if block.tag.word != begin:
            self.findings.append(
                error(
                    tag,
                    _("Für {tag} fehlt das {end}; hier steht {found}.").format(
                        tag=block.tag.text, end=_end_of(block.tag), found=tag.text
                    ),
                )
            )
            # The author most likely forgot the inner end: close up to the matching beginning.
            while self.open and self.open[-1].tag.word != begin:
                self.open.pop()
            if self.open:
                self.open.pop()
            return
        self.open.pop()
        self._compare(block.tag, tag)

    def _compare(self, begin: Tag, later: Tag) -> None:
        if begin.span != later.span:
            self.findings.append(
                error(
                    later,
                    _("{begin} und {later} passen nicht zusammen.").format(
                        begin=begin.text, later=later.text
                    ),
                    _("Schreiben Sie {example}.").format(
                        example="{%" + begin.span + f" {later.word} … %}}"
                        if later.word == "elif"
                        else "{%" + begin.span + f" {later.word} %}}"
                    ),
                )
            )
        elif begin.span not in ("", "r") and begin.holder is not later.holder:
            self.findings.append(
                error(
                    later,
                    _(
                        "{begin} und {later} stehen nicht in derselben Tabelle, Zelle oder "
                        "Textebene."
                    ).format(begin=begin.text, later=later.text),
                )
            )
        elif begin.span in ("", "r") and begin.paragraph is not later.paragraph:
            self.findings.append(
                Finding(
                    "warning",
                    _(
                        "{begin} beginnt in einem anderen Absatz, als {later} endet; "
                        "die Absätze fließen zusammen."
                    ).format(begin=begin.text, later=later.text),
                    part_title(later.part),
                    later.excerpt(),
                    _("Für ganze Absätze schreiben Sie {example} in einen eigenen Absatz.").format(
                        example="{%p " + f"{begin.word} … %}}"
                    ),
                )
            )


def _end_of(tag: Tag) -> str:
    return "{%" + tag.span + f" {_ENDS[tag.word]} %}}"


def lost_texts(tags: Sequence[Tag]) -> Iterator[Finding]:
    """Yield an error for text or tags that a paragraph, row or cell tag would take away.

    Preparation removes the whole paragraph, row or cell around such a tag and keeps the tag.
    """
    seen: set[tuple[str, int]] = set()
    for tag in tags:
        if tag.kind != "block" or tag.span in ("", "r"):
            continue
        name = {"tr": ROW, "tc": CELL}.get(tag.span, PARAGRAPH)
        spanned = nearest(tag.paragraph, name)
        if spanned is None or (tag.span, id(spanned)) in seen:
            continue
        seen.add((tag.span, id(spanned)))
        rest = _text_within(spanned).replace(tag.text, "", 1).strip()
        if not rest:
            continue
        others = [match.group() for match in TAG.finditer(rest)]
        same = [other for other in others if other.startswith("{%" + tag.span + " ")]
        unit = {
            "tr": _("Tabellenzeile"),
            "tc": _("Tabellenzelle"),
        }.get(tag.span, _("Absatz"))
        if same:
            message = _("{tag} und {other} stehen zusammen ({unit}).").format(
                tag=tag.text, other=same[0], unit=unit
            )
        else:
            message = _("Neben {tag} steht weiterer Text, der verloren ginge ({unit}).").format(
                tag=tag.text, unit=unit
            )
        yield error(
            tag,
            message,
            _("Setzen Sie {tag} allein an eine eigene Stelle ({unit}).").format(
                tag=tag.text, unit=unit
            ),
        )


def _text_within(element: etree._Element) -> str:
    if element.tag == PARAGRAPH:
        return paragraph_text(element)
    return "".join(paragraph_text(paragraph) for paragraph in element.iter(PARAGRAPH))
