"""Unreadable texts follow their rows when a merge orders them anew."""

from __future__ import annotations

from typing import Any

from forms.raw_texts import is_answered, moved_texts
from tests.support.nested_forms import invoice_answers


def test_texts_follow_their_rows_at_every_level() -> None:
    before: Any = invoice_answers()
    after: Any = invoice_answers()
    after["faelle"].reverse()
    after["faelle"][1]["einsaetze"].insert(0, {"_id": "neu"})
    texts = {
        "name": "a",
        "faelle[0].satz": "b",
        "faelle[0].einsaetze[1].minuten": "c",
        "faelle[1].einsaetze[0].minuten": "d",
        "faelle[5].satz": "gone",
        "faelle[1].einsaetze[5].minuten": "gone",
    }
    assert moved_texts(texts, before, after) == {
        "name": "a",
        "faelle[1].satz": "b",
        "faelle[1].einsaetze[2].minuten": "c",
        "faelle[0].einsaetze[0].minuten": "d",
    }
    assert moved_texts(texts, before, {}) == {"name": "a"}
    assert moved_texts({"faelle[0].satz": "b"}, {"faelle": [{}]}, {"faelle": [{}]}) == {}


def test_answered() -> None:
    answers = invoice_answers()
    for path in ("faelle[1].einsaetze[0].minuten", "faelle[0].einsaetze", "faelle", "faelle[1]"):
        assert is_answered(path, answers), path
    for path in (
        "faelle[1].einsaetze[1].minuten",
        "faelle[2]",
        "fremd",
        "faelle[0].grund",
        "faelle[x]",
    ):
        assert not is_answered(path, answers), path
