"""Cells of a register: read as people type them, kept as answers are, shown in German."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.register_columns import (
    COLUMN_KINDS,
    COLUMN_TYPES,
    RegisterColumn,
    cell_entry,
    cell_text,
    column_problems,
    is_taken,
    load_cell,
    parse_cell,
    read_columns,
)

ACCEPTED: list[tuple[str, str, Json, str]] = [
    ("text", " Am Ahornweg 3 ", "Am Ahornweg 3", "Am Ahornweg 3"),
    ("integer", "1.250", 1250, "1250"),
    ("decimal", "12,75", "12.75", "12,75"),
    ("money", "1.234,5", "1234.50", "1.234,50\u00a0€"),
    ("date", "1.8.2027", "2027-08-01", "01.08.2027"),
    ("date", "2027-08-01", "2027-08-01", "01.08.2027"),
    ("yes_no", "Ja", True, "Ja"),
    ("yes_no", "nein", False, "Nein"),
    ("yes_no", "x", True, "Ja"),
]
REFUSED = [
    ("text", "x" * 501),
    ("integer", "zwölf"),
    ("integer", "1,5"),
    ("decimal", "1,2,3"),
    ("money", "1,234"),
    ("date", "31.02.2027"),
    ("yes_no", "vielleicht"),
]


def column(kind: str) -> RegisterColumn:
    return RegisterColumn("wert", "Wert", kind)


@pytest.mark.parametrize(("kind", "typed", "stored", "shown"), ACCEPTED)
def test_what_is_read(kind: str, typed: str, stored: Json, shown: str) -> None:
    assert parse_cell(column(kind), typed) == stored
    assert cell_text(column(kind), {"wert": stored}) == shown


@pytest.mark.parametrize(("kind", "typed"), REFUSED)
def test_what_is_refused(kind: str, typed: str) -> None:
    with pytest.raises(EntryError) as refused:
        parse_cell(column(kind), typed)
    assert "Wert" in str(refused.value)


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_nothing_is_nothing(kind: str) -> None:
    assert parse_cell(column(kind), "  ") is None
    assert cell_text(column(kind), {}) == cell_entry(column(kind), {"wert": None}) == ""


def test_every_type_has_a_word() -> None:
    assert set(COLUMN_TYPES) == set(COLUMN_KINDS)


@given(st.decimals(-(10**9), 10**9, places=2))
def test_an_amount_survives_its_way_through_an_input(amount: Decimal) -> None:
    stored = f"{amount:f}"
    money = column("money")
    typed = cell_entry(money, {"wert": stored})
    again = parse_cell(money, typed)
    assert isinstance(again, str) and Decimal(again) == amount


@given(st.text(max_size=60))
def test_a_stored_cell_of_another_type_is_no_error(text: str) -> None:
    for kind in ("integer", "decimal", "date", "yes_no"):
        load_cell(column(kind), {"x": text})
        cell_text(column(kind), {"wert": text})


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([("a", "", "text")], "einen Namen"),
        ([("A", "Wert", "text")], "Kleinbuchstaben"),
        ([("name", "Wert", "text")], "schon eine Bedeutung"),
        ([("items", "Wert", "text")], "schon eine Bedeutung"),
        ([("a", "Eins", "text"), ("a", "Zwei", "text")], "denselben|haben den Schlüssel"),
        ([("a", "Eins", "text"), ("b", "eins", "text")], "heißen"),
        ([(f"a{n}", f"S{n}", "text") for n in range(21)], "höchstens 20"),
    ],
)
def test_columns_that_cannot_be(columns: list[tuple[str, str, str]], said: str) -> None:
    problems = list(column_problems(tuple(RegisterColumn(*one) for one in columns)))
    assert len(problems) == 1
    assert any(word in problems[0] for word in said.split("|"))


def test_stored_columns_of_no_type_are_left_out() -> None:
    stored: Json = [{"key": "a", "label": "A", "type": "text"}, {"key": "b", "type": "blob"}, 7]
    assert read_columns(stored) == (RegisterColumn("a", "A", "text"),)
    assert is_taken("schluessel") and not is_taken("plaetze")
