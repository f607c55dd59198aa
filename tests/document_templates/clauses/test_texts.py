"""The wording of a clause as it is typed, and what it becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.clauses.texts import (
    Reference,
    TextUnreadable,
    count_paragraphs,
    read_text,
    references_in,
)


def _plain(text: str) -> list[tuple[str, str]]:
    return [(one.kind, "".join(piece.text for piece in one.pieces)) for one in read_text(text)]


def test_empty_lines_end_a_paragraph_and_dashes_begin_items() -> None:
    text = "Der Träger\nschützt die Daten:\n- sicher\n- und\n  sparsam\n\nEr berichtet."
    assert _plain(text) == [
        ("paragraph", "Der Träger schützt die Daten:"),
        ("item", "sicher"),
        ("item", "und sparsam"),
        ("paragraph", "Er berichtet."),
    ]
    assert count_paragraphs(read_text(text)) == 2


def test_marks_tags_and_references_stand_in_each_other() -> None:
    (paragraph,) = read_text("Es gilt **[§ datenschutz Abs. 2] für {{ a*b*c }}** sofort.")
    assert [(piece.text, piece.bold, piece.reference) for piece in paragraph.pieces] == [
        ("Es gilt ", False, None),
        ("", True, Reference("datenschutz", 2)),
        (" für {{ a*b*c }}", True, None),
        (" sofort.", False, None),
    ]
    assert references_in((paragraph,)) == (Reference("datenschutz", 2),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% if a %}x{% endif %}", "wird eine Variante"),
        ("{{r a }}", "Platzhalter wie"),
        ("{# versteckt #}", "Platzhalter wie"),
        ("ein {{ offener", "fehlt der Anfang oder das Ende"),
        ("[§ Datenschutz]", "kein Verweis"),
        ("[§ datenschutz Abs. 0]", "kein Verweis"),
        ("Zeichen \ue000", "nicht möglich"),
        ("Zeichen \x01", "nicht möglich"),
    ],
)
def test_what_clauses_cannot_say_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(TextUnreadable, match=reason):
        read_text(text)


def test_typographic_quotes_in_a_tag_are_mended_and_those_of_the_text_stay() -> None:
    assert _plain("„So“ {{ a|default(„x“) }}") == [("paragraph", '„So“ {{ a|default("x") }}')]


_WORDS = st.text(alphabet="abcäöü §()„“,;:.!?0123456789", min_size=1, max_size=40).filter(
    lambda text: text.strip() and not text.strip().startswith("- ")
)


@given(st.lists(_WORDS, max_size=8))
def test_no_word_is_lost(paragraphs: list[str]) -> None:
    read = read_text("\n\n".join(paragraphs))
    said = ["".join(piece.text for piece in one.pieces).replace("\u00a0", " ") for one in read]
    assert said == [text.strip() for text in paragraphs]
