"""Columns over several versions: the id of a field decides, not its key or label."""

from __future__ import annotations

from forms.definition import parse_definition
from forms.lists.columns import Column, KnownVersion, answer_columns
from forms.lists.values import field_of, shown_value, stored_value
from tests.support.form_documents import Document, field, identity, one_page, row_field


def version(number: int, *fields: Document) -> KnownVersion:
    """Return a published version."""
    return KnownVersion(f"v{number}", number, parse_definition(one_page(*fields)))


def renamed(document: Document, key: str, **changes: str) -> Document:
    """Return a field with another key and the same id."""
    return document | {"key": key} | changes


AMOUNT = field("money", "betrag", label="Betrag")
KIND = field("radio", "art", label="Art", options={"a": "Alt", "b": "Beides"})
GONE = field("text", "ort", label="Ort")


def by_label(columns: tuple[Column, ...]) -> dict[str, Column]:
    return {column.label: column for column in columns}


def test_a_renamed_field_stays_one_column_with_its_newest_label() -> None:
    old = version(1, AMOUNT, GONE)
    new = version(2, renamed(AMOUNT, "gesamt", label="Summe"))
    columns = answer_columns([old, new])
    assert [column.heading for column in columns] == ["Summe", "Ort (bis Fassung 1)"]
    assert dict(columns[0].places) == {"gesamt": {"v2"}, "betrag": {"v1"}}
    found = field_of(columns[0], old.definition, "v1")
    assert found is not None and found.key == "betrag"
    assert field_of(columns[1], new.definition, "v2") is None


def test_another_field_under_an_old_key_is_another_column() -> None:
    old = version(1, AMOUNT)
    new = version(2, {**AMOUNT, "id": identity("ein anderer"), "label": "Anderer Betrag"})
    assert [column.heading for column in answer_columns([new, old])] == [
        "Anderer Betrag",
        "Betrag (bis Fassung 1)",
    ]


def test_options_of_all_versions_are_offered() -> None:
    changed = field("radio", "art", label="Art", options={"a": "Neu", "c": "Ceta"})
    column = by_label(answer_columns([version(1, KIND), version(2, changed)]))["Art"]
    assert column.options == (("a", "Neu"), ("c", "Ceta"), ("b", "Beides"))


def test_every_kind_is_known() -> None:
    fields = [
        field("text", "t"), field("integer", "i"), field("date", "d"), field("yes_no", "y"),
        field("checkboxes", "c", options={"x": "X"}), field("info", "n", text="Hinweis"),
        field("calculated", "s", result="money", value="i * 2"),
        field("repeat", "g", display="table", item_label="G", fields=[row_field("g", "text", "z")]),
    ]  # fmt: skip
    kinds = [column.kind for column in answer_columns([version(1, *fields)])]
    assert kinds == ["text", "number", "date", "yes_no", "choices", "number", "rows"]


def test_values_are_shown_as_a_german_reads_them() -> None:
    known = version(1, AMOUNT, KIND)
    shown = {
        column.label: shown_value(found, stored_value(found, {"betrag": "1234.50", "art": "b"}))
        for column in answer_columns([known])
        if (found := field_of(column, known.definition, "v1"))
    }
    assert shown == {"Betrag": "1.234,50\u00a0€", "Art": "Beides"}


def test_an_answer_that_the_version_does_not_know_is_empty() -> None:
    known = version(1, AMOUNT, KIND)
    found = known.definition.fields["art"]
    assert shown_value(found, stored_value(found, {"art": "weg"})) == ""
