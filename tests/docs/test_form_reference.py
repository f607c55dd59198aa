"""The reference of forms is true: its examples are read and evaluated, nothing is left out."""

from __future__ import annotations

import json
import uuid
from datetime import date
from decimal import Decimal

import pytest

from forms.definition import form_schema, parse_definition
from forms.evaluation import evaluate, flatten
from forms.expressions.functions import FUNCTIONS
from forms.expressions.interpreting import compile_expression, evaluate_expression
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand, Rows, Scope
from forms.fields.kind import EntryError
from forms.fields.registry import KINDS
from forms.german import read_date, read_decimal
from forms.surroundings import Surroundings
from tests.support.documentation import code_blocks, code_in, read_page, table_after
from tests.support.form_documents import field, parsed

PAGE = read_page("referenz/formular.md")
BLOCKS: list[Json] = [json.loads(block) for block in code_blocks(PAGE, "json")]


def form_around(block: Json) -> Json:
    """Return a whole form with the field or fields of an example."""
    if isinstance(block, dict) and "schema_version" in block:
        return block

    def made(name: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))

    fields: list[Json] = block if isinstance(block, list) else [block]
    section: Json = {"id": made("section"), "key": "abschnitt", "fields": fields}
    return {
        "schema_version": 1,
        "id": made("form"),
        "key": "beispiel",
        "title": "Beispiel",
        "language": "de-DE",
        "pages": [
            {"id": made("page"), "key": "seite", "title": "Seite", "sections": [section]},
        ],
    }


def is_definition(block: Json) -> bool:
    first = block[0] if isinstance(block, list) else block
    return isinstance(first, dict) and ("type" in first or "schema_version" in first)


DEFINITIONS = [block for block in BLOCKS if is_definition(block)]


@pytest.mark.parametrize("block", DEFINITIONS)
def test_every_example_is_a_usable_form(block: Json) -> None:
    parse_definition(form_around(block))


def test_every_field_type_has_an_example_and_a_heading() -> None:
    types = {*KINDS, "calculated", "info", "repeat", "matrix"}
    shown = {
        one.type
        for block in DEFINITIONS
        for one in parse_definition(form_around(block)).fields.values()
    }
    assert shown == types
    headings = " ".join(line for line in PAGE.splitlines() if line.startswith("### "))
    assert not {name for name in types if f"`{name}`" not in headings}


def test_every_property_of_the_meta_schema_is_named() -> None:
    def properties(node: Json) -> set[str]:
        if isinstance(node, list):
            return {name for item in node for name in properties(item)}
        if not isinstance(node, dict):
            return set()
        own = node.get("properties")
        names = set(own) if isinstance(own, dict) else set()
        return names | {name for item in node.values() for name in properties(item)}

    names = properties(form_schema()) - {"$schema", "any"}
    assert not {name for name in names if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE}


def test_every_function_is_explained_and_no_other() -> None:
    explained = " ".join(row[0] for row in table_after(PAGE, "Funktion"))
    named = {name for name in FUNCTIONS if f"`{name}(" in explained}
    assert named == set(FUNCTIONS)
    assert explained.count("(") == len(FUNCTIONS)


SAMPLES: dict[str, Operand] = {
    "a": Decimal(10),
    "von": date(2026, 1, 31),
    "bis": date(2026, 3, 1),
    "art": "p31",
    "wege": ("brief", "netz"),
    "kosten": Rows([{"betrag": Decimal("1.50")}, {}]),
}


@pytest.mark.parametrize(
    ("source", "result"),
    [(code_in(row[0]), row[1]) for row in table_after(PAGE, "Ausdruck")],
)
def test_the_examples_of_expressions_come_out_as_written(source: str, result: str) -> None:
    words = {"null": None, "wahr": True, "falsch": False}
    surroundings = Surroundings(today=date(2027, 2, 15), land="NW")
    scope = Scope(dict(SAMPLES), surroundings=surroundings)
    value = evaluate_expression(compile_expression(source), scope)
    if result in words:
        assert value is words[result]
    else:
        assert str(value) == result


def entries() -> list[tuple[str, str]]:
    return [(code_in(row[0]), row[1]) for row in table_after(PAGE, "Eingabe")]


@pytest.mark.parametrize(("typed", "wanted"), entries())
def test_the_examples_of_entries_are_read_as_written(typed: str, wanted: str) -> None:
    read = {str(value) for value in (read_decimal(typed), read_date(typed)) if value is not None}
    assert read == (set() if wanted == "nichts" else {wanted})


def test_the_smallest_example_gives_the_value_it_promises() -> None:
    form = parse_definition(BLOCKS[0])
    answers = BLOCKS[1]
    assert isinstance(answers, dict)
    values = flatten(evaluate(form, answers, stage="submission").values)
    assert values["je_monat"] == "583.33"
    assert '"583.33"' in PAGE


def hour_entries() -> list[tuple[str, str]]:
    return [(code_in(row[0]), row[1]) for row in table_after(PAGE, "Stunden")]


@pytest.mark.parametrize(("typed", "wanted"), hour_entries())
def test_the_examples_of_hours_are_read_as_written(typed: str, wanted: str) -> None:
    assert _read_as("hours", typed) == wanted


def time_entries() -> list[tuple[str, str]]:
    return [(code_in(row[0]), row[1]) for row in table_after(PAGE, "Uhrzeit")]


@pytest.mark.parametrize(("typed", "wanted"), time_entries())
def test_the_examples_of_times_are_read_as_written(typed: str, wanted: str) -> None:
    assert _read_as("time", typed) == wanted


def _read_as(kind: str, typed: str) -> str:
    asked = parsed(field(kind, "angabe")).fields["angabe"]
    try:
        return str(KINDS[kind].dump(asked, KINDS[kind].parse(asked, [typed])))
    except EntryError:
        return "nichts"
