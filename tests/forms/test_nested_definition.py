"""Groups inside groups: what may be defined, what is refused, and what paths and names mean."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from forms.definition import DefinitionError, form_schema, parse_definition
from forms.definition_names import full_name
from forms.elements import MAXIMUM_NESTING, RepeatField
from forms.expressions.nodes import Json
from forms.paths import PathStep, path_steps
from tests.support.form_documents import Document, field, one_page, row_field
from tests.support.nested_forms import course_form, invoice_form, visits


def findings(document: Document) -> str:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(document)
    return str(caught.value)


def nested(depth: int, *columns: Document, name: str = "ebene") -> Document:
    """Return ``depth`` groups inside each other; the innermost has ``columns``."""
    path = ".".join(f"{name}_{level}" for level in range(1, depth + 1))
    inner: Document = row_field(
        path.rpartition(".")[0],
        "repeat",
        f"{name}_{depth}",
        display="cards",
        item_label=f"Ebene {depth}",
        fields=list(columns) or [row_field(path, "integer", "wert")],
    )
    for level in range(depth - 1, 0, -1):
        outer = ".".join(f"{name}_{number}" for number in range(1, level))
        inner = row_field(
            outer,
            "repeat",
            f"{name}_{level}",
            display="cards",
            item_label=f"Ebene {level}",
            fields=[inner],
        )
    return inner


@pytest.mark.parametrize("document", [invoice_form(), invoice_form("cards"), course_form()])
def test_groups_in_groups_are_accepted(document: Document) -> None:
    parse_definition(document)
    assert list(Draft202012Validator(form_schema()).iter_errors(document)) == []


def test_depth_is_limited() -> None:
    parse_definition(one_page(nested(MAXIMUM_NESTING)))
    found = findings(one_page(nested(MAXIMUM_NESTING + 1)))
    assert found == (
        "Feld „Ebene 4“ (ebene_4): "
        "Wiederholgruppen können höchstens 3 Ebenen tief ineinander stehen."
    )


def test_hostile_depth_is_refused_like_any_other() -> None:
    assert "höchstens 3 Ebenen" in findings(one_page(nested(60)))


def test_fields_of_inner_groups_keep_the_schema_too() -> None:
    broken = row_field("ebene_1.ebene_2.ebene_3", "integer", "wert", farbe="rot")
    found = findings(one_page(nested(3, broken)))
    assert "Feld „Wert“ (wert): Unbekannte Angabe „farbe“." in found


def test_a_table_holds_no_group() -> None:
    group = nested(2) | {"display": "table"}
    assert "In einer Tabelle kann keine Wiederholgruppe stehen" in findings(one_page(group))


def test_keys_are_unique_in_each_group_alone() -> None:
    inner = row_field("g", "repeat", "g", display="cards", item_label="x", fields=[
        row_field("g.g", "text", "name"), row_field("g.g", "text", "betrag")
    ])  # fmt: skip
    outer = field("repeat", "g", display="cards", item_label="x",
                  fields=[row_field("g", "text", "name"), inner])  # fmt: skip
    definition = parse_definition(one_page(field("text", "name"), outer))
    found = definition.field_at("g[0].g[1].name")
    assert found is not None
    assert found.name == "g.g.name"
    doubled = row_field("g.g", "integer", "betrag") | {"id": field("text", "frei")["id"]}
    fields = inner["fields"]
    assert isinstance(fields, list)
    outer["fields"] = [inner | {"fields": [*fields, doubled]}]
    assert "Feld „G“ (g.g): „betrag“ steht doppelt." in findings(one_page(outer))


def test_paths_lead_to_fields_at_every_level() -> None:
    definition = parse_definition(course_form())
    for path, name in {
        "kurse[0].module[2].termine[1].ue": "kurse.module.termine.ue",
        "kurse[].module[].termine[].ue": "kurse.module.termine.ue",
        "kurse[0].module[2].termine[1]": "kurse.module.termine",
        "kurse[0].module[2].termine": "kurse.module.termine",
        "kurse[0].module": "kurse.module",
        "kurse[0].titel": "kurse.titel",
    }.items():
        found = definition.field_at(path)
        assert found is not None, path
        assert found.name == name
    for path in (
        "", "kurse.titel", "kurse[0].titel.x", "kurse[0].titel[1]", "kurse[x].titel", "kurse[²].ue",
        "kurse[0]titel", "kurse[0].", "kurse[0].module.termine", "kurse[0].fremd", "[0].titel",
        "kurse[0][1].titel", "kurse[0].module[1].titel", "kosten[0]",
    ):  # fmt: skip
        assert definition.field_at(path) is None, path


def test_rows_are_named_by_all_their_levels() -> None:
    definition = parse_definition(course_form())
    title = "Kurs 1, Modul 3, Termin 2"
    assert definition.row_title("kurse[0].module[2].termine[1].ue") == title
    assert definition.row_title("kurse[0].module[2].termine[1]") == title
    assert definition.row_title("kurse[0].module") == "Kurs 1"
    assert definition.row_title("kosten") == ""
    assert definition.row_title("kurse[].titel") == ""


def test_steps_of_a_path() -> None:
    assert path_steps("a[0].b[x-1].c") == (
        PathStep("a", "0"), PathStep("b", "x-1"), PathStep("c", None)
    )  # fmt: skip
    assert path_steps("a[]") == (PathStep("a", ""),)
    for text in ("", ".", "a.", "a..b", "a[0", "a]0[", "a[0]b"):
        assert path_steps(text) == (), text


@pytest.mark.parametrize(
    ("name", "group", "expected"),
    [
        ("betrag", "kosten", "betrag"),
        ("kosten.betrag", "kosten", "kosten.betrag"),
        ("zeile.betrag", "kosten", "kosten.betrag"),
        ("zeile.einsaetze.minuten", "faelle", "faelle.einsaetze.minuten"),
        ("uebergeordnet.satz", "faelle.einsaetze", "faelle.satz"),
        ("uebergeordnet.uebergeordnet.satz", "a.b.c", "a.satz"),
        ("uebergeordnet.c.x", "a.b.c", "a.b.c.x"),
    ],
)
def test_names_in_full(name: str, group: str, expected: str) -> None:
    assert full_name(name, group) == expected


def _with_rule(source: Json) -> Document:
    """Return a form of two levels whose inner amount is computed by ``source``."""
    amount = row_field("faelle.einsaetze", "calculated", "x", result="decimal", value=source)
    minutes = row_field("faelle.einsaetze", "integer", "minuten")
    inner = visits(fields=[minutes, amount], totals=[])
    outer = field("repeat", "faelle", display="cards", item_label="Fall",
                  fields=[row_field("faelle", "money", "satz"), inner])  # fmt: skip
    return one_page(outer)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("zeile.satz", "Meinten Sie „uebergeordnet.satz“?"),
        ("satz", "Meinten Sie „uebergeordnet.satz“?"),
        ("uebergeordnet.minuten", "„uebergeordnet.minuten“ unbekannt"),
        ("uebergeordnet.sats", "Meinten Sie „uebergeordnet.satz“?"),
        ("uebergeordnet.uebergeordnet.satz", "unbekannt"),
        ("uebergeordnet", "unbekannt"),
        ("faelle.einsaetze.minute", "Meinten Sie „faelle.einsaetze.minuten“?"),
        ("einsaetze.minuten", "Meinten Sie „"),
        ("summe(uebergeordnet.einsaetze)", "erwartet Zahlen oder eine Spalte"),
        ("faelle.einsaetze.minuten + 1", "passt nicht"),
        ("summe(faelle.einsaetze.x)", "hängen im Kreis"),
        ("summe(uebergeordnet.einsaetze.x)", "hängen im Kreis"),
    ],
)
def test_rules_name_what_there_is(source: str, expected: str) -> None:
    assert expected in findings(_with_rule(source))


@pytest.mark.parametrize(
    "source",
    [
        "zeile.minuten * uebergeordnet.satz",
        "zeile.minuten / summe(uebergeordnet.einsaetze.minuten)",
        "anzahl(faelle.einsaetze) + anzahl(faelle)",
        "anzahl(uebergeordnet.einsaetze)",
    ],
)
def test_rules_of_inner_rows_see_all_levels(source: str) -> None:
    parse_definition(_with_rule(source))


def test_a_circle_through_both_levels_is_named() -> None:
    inner = visits(
        fields=[
            row_field("faelle.einsaetze", "calculated", "anteil", result="money",
                      value="uebergeordnet.betrag / 2")
        ],
        totals=[],
    )  # fmt: skip
    outer = field("repeat", "faelle", display="cards", item_label="Fall", fields=[
        row_field("faelle", "calculated", "betrag", result="money",
                  value="summe(zeile.einsaetze.anteil)"),
        inner,
    ])  # fmt: skip
    found = findings(one_page(outer))
    assert "faelle.betrag → faelle.einsaetze.anteil → faelle.betrag" in found or (
        "faelle.einsaetze.anteil → faelle.betrag → faelle.einsaetze.anteil" in found
    )


def test_the_word_for_the_outer_row_is_taken() -> None:
    top = field("text", "uebergeordnet")
    assert "heißt schon etwas in der Regelsprache" in findings(one_page(top))
    inner = row_field("ebene_1", "text", "uebergeordnet")
    assert "heißt in Regeln die Zeile um die eigene" in findings(one_page(nested(1, inner)))


def test_a_derived_name_is_taken_at_its_level() -> None:
    sibling = row_field("faelle", "text", "einsaetze_summe")
    outer = field("repeat", "faelle", display="cards", item_label="Fall",
                  fields=[visits(totals=[]) | {"fields": [sibling]}, sibling])  # fmt: skip
    found = findings(one_page(outer))
    assert "Aus ihm entsteht „einsaetze_summe“" in found


def test_totals_of_an_inner_group_are_numbers() -> None:
    assert "totals nennt „datum“" in findings(
        one_page(
            field("repeat", "faelle", display="cards", item_label="Fall",
                  fields=[row_field("faelle", "money", "satz"), visits(totals=["datum"])])
        )
    )  # fmt: skip


def test_groups_know_their_columns() -> None:
    group = parse_definition(invoice_form()).fields["faelle"]
    assert isinstance(group, RepeatField)
    assert [inner.name for inner in group.groups] == ["faelle.einsaetze"]
    assert group.groups[0].columns["minuten"].name == "faelle.einsaetze.minuten"
