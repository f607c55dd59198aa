"""Words on the page: paragraphs with emphasis, headings, lists, clauses, conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from docx.document import Document
from docx.table import _Cell
from docx.text.paragraph import Paragraph

Place = Document | _Cell


_BEFORE_UNIT = re.compile(r"(?<=\}\}) (?=(?:€|%|h|min|VZÄ|Tage|Minuten)(?!\w|\}))")
_IN_CITATION = re.compile(r"(?<=§) |(?<=Abs\.) |(?<=SGB) (?=[IVX])")


def write(paragraph: Paragraph, text: str) -> Paragraph:
    """Append ``text``; what stands between ``**`` is bold. Each placeholder stays in one run.

    Spaces before units and within citations of law do not break.
    """
    text = _IN_CITATION.sub("\u00a0", _BEFORE_UNIT.sub("\u00a0", text))
    for number, piece in enumerate(text.split("**")):
        if piece:
            run = paragraph.add_run(piece)
            if number % 2:
                run.bold = True
    return paragraph


def add(place: Place, text: str, style: str = "Normal") -> Paragraph:
    """Append a paragraph in ``style``; one that ends in a colon stays with what it announces."""
    paragraph = write(place.add_paragraph(style=style), text)
    if text.endswith(":"):
        keep_together(paragraph)
    return paragraph


def clause(place: Place, title: str, *paragraphs: str) -> None:
    """Append a § with its Absätze; a single one carries no number."""
    add(place, title, "Paragraf")
    for text in paragraphs:
        add(place, text, "Absatz" if len(paragraphs) > 1 else "Normal")


def slot(place: Place, key: str) -> None:
    """Leave a place for the Baustein ``key``."""
    add(place, f"{{{{ baustein.{key} }}}}")


@contextmanager
def when(place: Place, condition: str) -> Iterator[None]:
    """Print what is added inside only if ``condition`` holds."""
    add(place, f"{{%p if {condition} %}}")
    yield
    add(place, "{%p endif %}")


@contextmanager
def each(place: Place, loop: str) -> Iterator[None]:
    """Repeat what is added inside for ``loop``, such as ``ziel in ziele``."""
    add(place, f"{{%p for {loop} %}}")
    yield
    add(place, "{%p endfor %}")


def or_dash(path: str) -> str:
    """Return tags that print ``path``, or a dash if it is unanswered.

    A dash inside a tag would not do: the product mends typographic characters there.
    """
    return f"{{% if {path} %}}{{{{ {path} }}}}{{% else %}}–{{% endif %}}"


def keep_together(*paragraphs: Paragraph) -> None:
    """Keep these paragraphs on one page with what follows."""
    for paragraph in paragraphs:
        paragraph.paragraph_format.keep_with_next = True
