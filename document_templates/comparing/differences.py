"""The difference between two templates, line by line and word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from document_templates.checking import used_placeholders
from document_templates.cleaning import CleanedDocx
from document_templates.comparing.contents import (
    Line,
    TemplateContents,
    read_contents,
)
from tenants.language import _

MAX_LINES = 1_500
"""Lines of a place that are compared; a template of a hundred pages has fewer."""
_ALIKE = 0.35
"""How alike two lines are at least, by their words, to count as one that was changed."""
_WORDS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\w+|\s+|[^\w\s]")

MarkKind = Literal["same", "added", "removed"]
ChangeKind = Literal["added", "removed", "changed", "restyled"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a line and what became of it."""

    kind: MarkKind
    text: str


@dataclass(frozen=True, slots=True)
class LineChange:
    """What became of one line: ``place`` is the German name of where it stands."""

    kind: ChangeKind
    place: str
    marks: tuple[Mark, ...]
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class TemplateDifference:
    """Everything that differs; ``remarks`` are German sentences on what has no words."""

    changes: tuple[LineChange, ...]
    placeholders_added: tuple[str, ...]
    placeholders_removed: tuple[str, ...]
    remarks: tuple[str, ...]
    frame_only: bool
    """Whether nothing differs but letterhead and look: no word of the text."""

    @property
    def is_empty(self) -> bool:
        """Whether the two templates are the same for whoever reads them."""
        return not (self.changes or self.remarks)

    @property
    def placeholders(self) -> bool:
        """Whether placeholders came or went."""
        return bool(self.placeholders_added or self.placeholders_removed)


def compare_templates(old: CleanedDocx, new: CleanedDocx) -> TemplateDifference:
    """Return what changed from ``old`` to ``new``."""
    before, after = read_contents(old), read_contents(new)
    changes: list[LineChange] = []
    for place in dict.fromkeys([*before.places, *after.places]):
        changes.extend(
            compare_lines(place, before.places.get(place, ()), after.places.get(place, ()))
        )
    uses_before, uses_after = used_placeholders(old), used_placeholders(new)
    in_text = [change for change in changes if not _is_frame(change.place)]
    return TemplateDifference(
        tuple(changes),
        tuple(sorted(uses_after - uses_before)),
        tuple(sorted(uses_before - uses_after)),
        tuple(_remarks(before, after)),
        frame_only=not in_text and before.pictures == after.pictures,
    )


def _is_frame(place: str) -> bool:
    return place.startswith((_("Kopfzeile"), _("Fußzeile")))


def _remarks(before: TemplateContents, after: TemplateContents) -> Iterator[str]:
    for name, old, new in (
        (_("im Text"), before.pictures, after.pictures),
        (_("in Kopf- und Fußzeile"), before.frame_pictures, after.frame_pictures),
    ):
        added, removed = (new - old).total(), (old - new).total()
        if added:
            yield _("Bilder {place} hinzugefügt: {count}.").format(place=name, count=added)
        if removed:
            yield _("Bilder {place} entfernt: {count}.").format(place=name, count=removed)
    if before.styles != after.styles:
        yield _("Schriften oder Formatvorlagen sind anders.")
    if before.paper != after.paper:
        yield _("Papierformat oder Seitenränder sind anders.")
    if max(map(len, [*before.places.values(), *after.places.values()]), default=0) > MAX_LINES:
        yield _("Verglichen sind die ersten {count} Zeilen.").format(count=MAX_LINES)


def compare_lines(place: str, old: Sequence[Line], new: Sequence[Line]) -> Iterator[LineChange]:
    """Yield what became of the lines of one place, word by word; at most `MAX_LINES` of them."""
    old, new = old[:MAX_LINES], new[:MAX_LINES]
    matcher = difflib.SequenceMatcher(
        None, [line.text for line in old], [line.text for line in new], autojunk=False
    )
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            for one, other in zip(old[old_from:old_to], new[new_from:new_to], strict=True):
                if one.look != other.look:
                    yield LineChange("restyled", place, (Mark("same", other.text),), other.is_row)
        else:
            yield from _replaced(place, old[old_from:old_to], new[new_from:new_to])


def _replaced(place: str, old: Sequence[Line], new: Sequence[Line]) -> Iterator[LineChange]:
    """Yield the changes of a stretch: each old line with the next new one that is like it."""
    at = 0
    for line in old:
        found = next(
            (
                number
                for number in range(at, min(len(new), at + 20))
                if _likeness(line.text, new[number].text) >= _ALIKE
            ),
            None,
        )
        if found is None:
            yield LineChange("removed", place, (Mark("removed", line.text),), line.is_row)
            continue
        yield from _added(place, new[at:found])
        yield LineChange(
            "changed", place, tuple(_marks(line.text, new[found].text)), new[found].is_row
        )
        at = found + 1
    yield from _added(place, new[at:])


def _added(place: str, lines: Sequence[Line]) -> Iterator[LineChange]:
    for line in lines:
        yield LineChange("added", place, (Mark("added", line.text),), line.is_row)


def _likeness(old: str, new: str) -> float:
    return difflib.SequenceMatcher(None, _words(old), _words(new), autojunk=False).ratio()


def _words(text: str) -> list[str]:
    return _WORDS.findall(text[:5_000])


def _marks(old: str, new: str) -> Iterator[Mark]:
    before, after = _words(old), _words(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield Mark("same", "".join(after[new_from:new_to]))
            continue
        if old_to > old_from:
            yield Mark("removed", "".join(before[old_from:old_to]))
        if new_to > new_from:
            yield Mark("added", "".join(after[new_from:new_to]))
