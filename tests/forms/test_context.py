"""What a template may name, and what it finds there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from forms.context import Plain, placeholder_paths, template_context
from forms.definition import parse_definition
from forms.evaluation import evaluate
from tests.support.form_documents import (
    Document,
    field,
    grant_answers,
    grant_form,
    hourly_rate_answers,
    hourly_rate_form,
    parsed,
    row_field,
)

DEFINITION = parsed(
    field("text", "name"),
    field("date", "tag"),
    field("yes_no", "frage"),
    field("text", "versteckt", visible="frage"),
    field("integer", "anzahl_kinder"),
    field("select", "hilfeart", options={"31": "§ 31 SPFH", "30": "§ 30 Beistand"}),
    field("checkboxes", "themen", options={"a": "Alpha", "b": "Beta"}),
    field("info", "hinweis", text="Nur zum Lesen."),
    field(
        "repeat",
        "kosten",
        display="table",
        item_label="Position",
        totals=["betrag"],
        fields=[
            row_field("kosten", "money", "betrag"),
            row_field("kosten", "radio", "art", options={"x": "Personal"}),
        ],
    ),
    field(
        "matrix",
        "m",
        rows={"akquise": "Akquise"},
        columns={"ja": "Jugendamt", "t1": "Träger"},
        cells={"F": "Federführung"},
    ),
)

ANSWERS: Document = {
    "name": "Müller & Söhne <gGmbH>",
    "tag": "2027-07-01",
    "frage": False,
    "versteckt": "x",
    "hilfeart": "31",
    "themen": ["b", "a"],
    "kosten": [{"_id": "r1", "betrag": "12.50", "art": "x"}, {"_id": "r2", "betrag": "7.50"}],
    "m": {"akquise": {"ja": "F"}},
}


def test_context() -> None:
    context = template_context(DEFINITION, evaluate(DEFINITION, ANSWERS, stage="submission"))
    assert context == {
        "name": "Müller & Söhne <gGmbH>",
        "tag": date(2027, 7, 1),
        "frage": False,
        "versteckt": None,
        "anzahl_kinder": None,
        "hilfeart": "31",
        "hilfeart_text": "§ 31 SPFH",
        "themen": ["a", "b"],
        "themen_text": ["Alpha", "Beta"],
        "kosten": [
            {"betrag": Decimal("12.50"), "art": "x", "art_text": "Personal"},
            {"betrag": Decimal("7.50"), "art": None, "art_text": None},
        ],
        "kosten_summe": {"betrag": Decimal("20.00")},
        "m": [
            {
                "key": "akquise",
                "text": "Akquise",
                "zellen": [
                    {"key": "ja", "spalte": "Jugendamt", "wert": "F", "text": "Federführung"},
                    {"key": "t1", "spalte": "Träger", "wert": None, "text": None},
                ],
            }
        ],
        "m_spalten": [{"key": "ja", "text": "Jugendamt"}, {"key": "t1", "text": "Träger"}],
    }


def _paths(value: Plain, path: str) -> Iterator[str]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                for key, inner in item.items():
                    yield from _paths(inner, f"{path}[].{key}")


def test_paths_are_exactly_those_of_a_full_context() -> None:
    for definition, answers in (
        (DEFINITION, ANSWERS),
        (parse_definition(hourly_rate_form()), hourly_rate_answers()),
        (parse_definition(grant_form()), grant_answers()),
    ):
        context = template_context(definition, evaluate(definition, answers, stage="submission"))
        paths = placeholder_paths(definition)
        assert set(paths) == set(_paths(context, ""))
        assert all(paths.values())
        assert all(re.fullmatch(r"[a-z0-9_]+(\[\])?(\.[a-z0-9_]+(\[\])?)*", path) for path in paths)


def test_empty_answers_give_the_same_names() -> None:
    full = template_context(DEFINITION, evaluate(DEFINITION, ANSWERS, stage="submission"))
    empty = template_context(DEFINITION, evaluate(DEFINITION, {}, stage="draft"))
    assert empty.keys() == full.keys()
    assert empty["kosten"] == []
    assert empty["kosten_summe"] == {"betrag": Decimal(0)}
    assert empty["name"] is None
