"""The findings of a draft agree with what can be read as a form."""

from __future__ import annotations

import pytest

from forms.building.lint import lint_form
from forms.building.operands import top_operands
from forms.definition import DefinitionError, parse_definition
from forms.expressions.nodes import Json
from forms.fields.register_columns import RegisterColumn
from forms.packages import Package, list_packages
from tests.support.form_documents import (
    Document,
    field,
    form,
    identity,
    one_page,
    page,
    section,
)


def option(value: str) -> dict[str, Json]:
    return {"id": identity(f"option {value}"), "value": value, "label": value.upper()}


@pytest.mark.parametrize(
    "key", ["stunden", "summe", "heute", "betrag", "zeile", "oben", "dokument", "loop"]
)
def test_a_key_is_an_error_exactly_when_the_form_could_not_be_read(key: str) -> None:
    document = one_page(field("text", key, label="Angabe"))
    try:
        parse_definition(document)
        is_readable = True
    except DefinitionError:
        is_readable = False
    errors = [one.text for one in lint_form(document) if one.level == "error"]
    assert (errors == []) is is_readable


@pytest.mark.parametrize("package", list_packages(), ids=lambda package: package.name)
def test_what_is_shipped_could_be_published(package: Package) -> None:
    found = lint_form(package.form_document)
    assert [one.text for one in found if one.level == "error"] == []


def found_in(document: Document, kind: str) -> list[tuple[str, str]]:
    """Return level and text of the findings of one kind."""
    return [(one.level, one.text) for one in lint_form(document) if one.kind == kind]


@pytest.mark.parametrize(
    ("settings", "unknown"),
    [
        ({"visible": "zeitraum.von > heute()"}, []),
        ({"visible": "zeitraum.mitte > heute()"}, ["zeitraum.mitte"]),
        ({"required": "anzal > 5"}, ["anzal"]),
        ({"required": {"level": "warning", "when": "anzal > 5"}}, ["anzal"]),
    ],
)
def test_rules_name_parts_and_fields_that_exist(
    settings: dict[str, Json], unknown: list[str]
) -> None:
    document = one_page(
        field("date_range", "zeitraum"), field("integer", "anzahl_kinder"),
        field("text", "grund", **settings),
    )  # fmt: skip
    assert [
        text.split("„")[1].split("“")[0] for _level, text in found_in(document, "unknown_key")
    ] == unknown


def test_a_circle_is_told_with_its_chain() -> None:
    document = one_page(
        field("text", "eins", label="Eins", visible="leer(zwei)"),
        field("text", "zwei", label="Zwei", visible="leer(eins)"),
    )
    [(level, text)] = found_in(document, "cycle")
    assert level == "error"
    assert "„Eins“" in text and "„Zwei“" in text and "→" in text


@pytest.mark.parametrize(
    ("of_form", "of_field", "levels"),
    [
        ("K1", "K4", ["error"]), ("K0", "K5", ["error"]), (None, "K4", ["error"]),
        ("K1", "K2", ["warning"]), ("K1", "K3", ["warning"]), ("K4", "K5", ["warning"]),
        ("K4", "K4", []), ("K5", "K1", []), (None, "K3", []), ("K1", None, []),
    ],
)  # fmt: skip
def test_protected_answers_need_a_form_as_protected(
    of_form: str | None, of_field: str | None, levels: list[str]
) -> None:
    settings = {"data_class": of_field} if of_field else {}
    document = one_page(field("text", "diagnose", **settings))
    document["data_class"] = of_form
    assert [level for level, _text in found_in(document, "data_class")] == levels


@pytest.mark.parametrize(
    ("type_", "label", "is_found"),
    [
        ("file", "Erweitertes Führungszeugnis", True),
        ("file", "erw. Fuehrungszeugnis (Kopie)", True),
        ("file", "Zeugnis der Ausbildung", False),
        ("inspection_note", "Führungszeugnis", False),
    ],
)
def test_a_file_for_a_certificate_that_must_not_be_kept_is_told(
    type_: str, label: str, is_found: bool
) -> None:
    found = found_in(one_page(field(type_, "nachweis", label=label)), "certificate")
    assert [level for level, _text in found] == (["warning"] if is_found else [])


@pytest.mark.parametrize(
    ("value", "settings", "is_found"),
    [
        ("'Konto: ' ~ konto", {}, True),
        ("konto if ort == 'a'", {}, True),
        ("ort", {}, False),
        ("'Konto: ' ~ konto", {"visible_to": ["wjh"]}, False),
        ("'Konto: ' ~", {}, False),
    ],
)
def test_a_calculation_that_shows_what_is_masked_is_told(
    value: str, settings: dict[str, Json], is_found: bool
) -> None:
    document = one_page(
        field("iban", "konto", masked={"shown_to": ["wjh"]}),
        field("text", "ort"),
        field("calculated", "zeile_bank", result="text", value=value, **settings),
    )
    found = found_in(document, "unmasked")
    assert [level for level, _text in found] == (["warning"] if is_found else [])


@pytest.mark.parametrize(
    ("visible", "is_unreachable"),
    [
        ("false", True),
        ("art == 'a' and art == 'b'", True),
        ("art == 'a' or art == 'b'", False),
        ("leer(art) and not leer(art)", True),
        ("art != 'a' and art != 'b' and not leer(art)", True),
    ],
)
def test_what_can_never_be_shown_is_told(visible: str, is_unreachable: bool) -> None:
    options: list[Json] = [option("a"), option("b")]
    document = one_page(
        field("radio", "art", options=options), field("text", "mehr", visible=visible)
    )
    assert bool(found_in(document, "unreachable")) is is_unreachable


def test_what_waits_for_an_answer_that_nobody_can_give_is_told_once() -> None:
    """A page that is shown after an answer on a page that is never shown; not its fields."""
    document = form(
        page("immer", section("eins", field("integer", "zahl"))),
        page("nie", section("zwei", field("yes_no", "weiter")), visible="zahl > 5 and zahl < 3"),
        page("danach", section("drei", field("text", "mehr")), visible="weiter"),
        page("sonst", section("vier", field("text", "auch")), visible="not weiter"),
    )
    found = [one.element for one in lint_form(document) if one.kind == "unreachable"]
    assert found == [identity("page nie"), identity("page danach")]


def test_a_codelist_nobody_asks_from_is_told() -> None:
    document = one_page(field("radio", "hilfeart", codelist="hilfearten"))
    document["codelists"] = [
        {"id": identity("l1"), "key": "hilfearten", "title": "Arten", "entries": [option("a")]},
        {"id": identity("l2"), "key": "orte", "title": "Stadtteile", "entries": [option("b")]},
    ]  # fmt: skip
    [(level, text)] = found_in(document, "unused_codelist")
    assert level == "warning"
    assert "Stadtteile" in text


def test_a_choice_without_possibilities_and_a_required_field_without_help_are_told() -> None:
    document = one_page(field("radio", "art", options=[], required=True, label="Art"))
    assert [level for level, _text in found_in(document, "empty")] == ["error"]
    [(level, text)] = found_in(document, "required_without_help")
    assert (level, "„Art“" in text) == ("warning", True)
    assert "was mitzählt" in text


REGISTERS = {
    "einrichtungen": (
        RegisterColumn("plaetze", "Plätze", "integer"),
        RegisterColumn("raum", "Raum", "text"),
    )
}


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({"register": "einrichtungen"}, []),
        ({"register": "gibt_es_nicht"}, ["unknown_register"]),
        ({"takes": [{"key": "plaetze", "label": "P", "type": "integer"}]}, []),
        ({"takes": [{"key": "plaetze", "label": "P", "type": "text"}]}, ["register_column"]),
        ({"takes": [{"key": "weg", "label": "Weg", "type": "text"}]}, ["register_column"]),
        ({"filter": {"column": "raum", "field": "wahl"}}, []),
        ({"filter": {"column": "weg", "field": "wahl"}}, ["register_column"]),
        ({"valid": [{"rule": "haus.plaetze > 1", "message": "m"}]}, ["unknown_key"]),
    ],
)
def test_registers_and_their_columns_have_to_be_there(
    settings: dict[str, Json], kinds: list[str]
) -> None:
    made: dict[str, Json] = {"register": "einrichtungen", "help": "Bitte wählen", **settings}
    document = one_page(
        field("radio", "wahl", options={"a": "A"}), field("register", "haus", **made)
    )
    found = lint_form(document, None, REGISTERS)
    assert [one.kind for one in found if one.level == "error"] == kinds
    without = lint_form(document)
    assert "unknown_register" not in [one.kind for one in without]


def test_rules_may_name_the_columns_that_are_taken_over() -> None:
    takes: list[Json] = [{"key": "plaetze", "label": "Plätze", "type": "integer"}]
    document = one_page(
        field("register", "haus", register="einrichtungen", takes=takes),
        field("text", "grund", visible="haus.plaetze > 1 and haus.name != ''"),
    )
    assert [one.text for one in lint_form(document, None, REGISTERS) if one.level == "error"] == []
    offered = top_operands(document)
    assert offered["haus.plaetze"].kind == "number" and offered["haus.name"].kind == "text"
