"""XLSForm out and in again: nothing is lost, every change made in Excel counts, ODK accepts it."""

from __future__ import annotations

import copy
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from forms.definition import parse_definition
from forms.exchange.expression_source import expression_source
from forms.exchange.xlsform_reading import read_xlsform
from forms.exchange.xlsform_writing import write_xlsform
from forms.expressions.parsing import parse_expression
from forms.packages import list_packages
from tests.forms.test_expression_properties import arithmetic, conditions, written
from tests.support.form_documents import Document, field, form, page, row_field, section
from tests.support.golden_cases import GoldenCase, golden_cases
from tests.support.large_form import large_form
from tests.support.workbooks import edited

PACKAGES = {package.name: package.form_document for package in list_packages()}


@pytest.mark.parametrize("name", PACKAGES)
def test_every_shipped_form_comes_back_as_it_was(name: str) -> None:
    exported = write_xlsform(PACKAGES[name])
    imported = read_xlsform(exported.data)
    assert imported.document == PACKAGES[name]
    assert imported.report.refused == []


@pytest.mark.parametrize("name", PACKAGES)
def test_other_programs_accept_what_is_exported(name: str) -> None:
    result = convert(io.BytesIO(write_xlsform(PACKAGES[name]).data), file_type=".xlsx")
    assert result.xform.startswith("<")
    assert result.warnings == []


def test_a_large_form_comes_back() -> None:
    document = large_form()
    assert read_xlsform(write_xlsform(document).data).document == document


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")),
    min_size=1, max_size=30,
).map(lambda text: text.strip()).filter(bool)  # fmt: skip
keys = st.from_regex(r"[a-z][a-z0-9]{3,8}x", fullmatch=True)
KINDS = ("text", "long_text", "integer", "decimal", "money", "date", "yes_no", "email", "iban",
         "radio", "select", "checkboxes", "info", "declaration", "matrix", "time", "datetime",
         "hours", "percent", "scale", "date_range", "address", "norm", "telephone",
         "postcode", "file")  # fmt: skip


FILE_SETTINGS = st.sampled_from(
    [{}, {"kinds": ["pdf"], "maximum": 3}, {"kinds": ["png", "tif"], "maximum_megabytes": 4}]
)
DATA_CLASSES = st.sampled_from([{}, {}, {"data_class": "K1"}, {"data_class": "K4"}])


@st.composite
def one_field(draw: st.DrawFn, key: str, kinds: tuple[str, ...] = KINDS) -> Document:
    kind = draw(st.sampled_from(kinds))
    made = field(kind, key, label=draw(words))
    if draw(st.booleans()):
        made["help"] = draw(words)
    if kind in ("info", "declaration"):
        made["text"] = draw(words)
    if kind in ("radio", "select", "checkboxes"):
        values = draw(st.lists(words, min_size=1, max_size=4, unique=True))
        made |= field(kind, key, label=made["label"], options={value: value for value in values})
    if kind == "scale":
        made |= {"minimum": 1, "maximum": 5, "minimum_label": draw(words), "maximum_label": "gut"}
    if kind == "file":
        made |= draw(FILE_SETTINGS)
    if kind == "matrix":
        made |= field(kind, key, label=made["label"], rows={"a": "A", "b": "B"},
                      columns={"x": "X"}, cells={"F": draw(words), "m m": "M"})  # fmt: skip
    if kind in ("integer", "decimal", "money") and draw(st.booleans()):
        made |= {"minimum": draw(st.integers(-50, 0)), "maximum": draw(st.integers(1, 99))}
    if kind in ("text", "long_text") and draw(st.booleans()):
        made["max_length"] = draw(st.integers(1, 999))
    if kind != "info" and draw(st.booleans()):
        made["required"] = True
    return made | draw(DATA_CLASSES)


@st.composite
def whole_forms(draw: st.DrawFn) -> Document:
    names = draw(st.lists(keys, min_size=4, max_size=9, unique=True))
    fields = [draw(one_field(name)) for name in names[:-2]]
    group, column = names[-2], names[-1]
    inner = draw(one_field(column, ("text", "money", "radio", "yes_no")))
    inner["id"] = row_field(group, "text", column)["id"]
    for option in inner.get("options", []):
        option["id"] = row_field(group, "text", f"{column}{option['value']}")["id"]
    fields.append(field("repeat", group, display="table", item_label="Zeile", fields=[inner]))
    fields.append(field("integer", "anzahl_der_zeilen", label="Zahl"))
    sources = ["anzahl_der_zeilen > 1", f"anzahl({group}) == 2", "anzahl_der_zeilen in [1, 2]"]
    fields.append(
        field("calculated", "ergebnis", result="yes_no", value=draw(st.sampled_from(sources)))
    )
    fields.append(field("text", "bedingt", visible=draw(st.sampled_from(sources)), valid=[
        {"rule": "laenge(bedingt) > 2", "message": draw(words),
         "level": draw(st.sampled_from(["error", "warning"]))},
    ]))  # fmt: skip
    cut = draw(st.integers(1, len(fields) - 1))
    return form(
        page("eins", section("erster", *fields[:cut]), title=draw(words)),
        page("zwei", section("zweiter", *fields[cut:], title=draw(words))),
    )


@settings(max_examples=30, deadline=None)
@given(whole_forms())
def test_any_form_comes_back_as_it_was(document: Document) -> None:
    parse_definition(document)
    imported = read_xlsform(write_xlsform(document).data)
    assert imported.document == document


@pytest.mark.parametrize("text", ["_x000D_", "a_x005F_x000D_b", "_x0041_", "_x_"])
def test_what_looks_like_an_escape_of_a_workbook_is_text(text: str) -> None:
    document = form(page("eins", section("erster", field("text", "frage", label=text)), title=text))
    assert read_xlsform(write_xlsform(document).data).document == document


@settings(max_examples=200, deadline=None)
@given(st.one_of(arithmetic, conditions))
def test_an_expression_is_read_as_it_was_written(tree: object) -> None:
    node = parse_expression(written(tree))  # type: ignore[arg-type]
    assert parse_expression(expression_source(node)) == node


@pytest.mark.parametrize(
    "source",
    [
        "a if b > 1 else c", "(a if b else c) + 1", "not (a and b)", "not a and b",
        "a ~ 'x' ~ b", "a in ['x', 'y']", "a not in b", "-(a + b)", "a - (b - c)", "a / (b * c)",
        "'it\\'s' ~ a", "0 < a <= 10", "summe(kosten.betrag) * 2", "a == none", "(a == b) == true",
        "(a ~ b) == 'x'", "a + b ~ c", "(a if b) if c else d",
    ],
)  # fmt: skip
def test_special_expressions_are_read_as_they_were_written(source: str) -> None:
    node = parse_expression(source)
    assert parse_expression(expression_source(node)) == node


def example() -> Document:
    return form(
        page(
            "seite",
            section(
                "abschnitt",
                field("money", "betrag", label="Betrag", minimum="0", data_class="K2"),
                field("radio", "art", label="Art", options={"a b": "Erste", "c": "Zweite"}),
                field("text", "grund", label="Grund", visible="betrag > 500 and art == 'a b'"),
                field("calculated", "rest", result="money", value="runden(betrag / 3, 2)"),
                field("date", "tag", valid=[
                    {"rule": "jahr(tag) == 2026", "message": "Nur 2026."},
                ]),
            ),
        )
    )  # fmt: skip


def changed(document: Document, key: str, **settings: object) -> Document:
    result = copy.deepcopy(document)
    for item in result["pages"][0]["sections"][0]["fields"]:  # type: ignore[index, call-overload]
        if item["key"] == key:
            for name, value in settings.items():
                if value is None:
                    item.pop(name, None)
                else:
                    item[name] = value
    return result


@pytest.mark.parametrize(
    ("name", "column", "text", "settings"),
    [
        ("betrag", "label", "Neuer Betrag", {"label": "Neuer Betrag"}),
        ("betrag", "hint", "In Euro", {"help": "In Euro"}),
        ("betrag", "required", "yes", {"required": True}),
        ("betrag", "constraint", ". <= 5", {"minimum": None, "maximum": "5"}),
        ("betrag", "constraint", None, {"minimum": None}),
        ("grund", "relevant", "${betrag} > 9", {"visible": "betrag > 9"}),
        ("grund", "relevant", None, {"visible": None}),
        ("grund", "appearance", "multiline", {"type": "long_text"}),
        ("rest", "calculation", "${betrag} * 2", {"value": "betrag * 2", "result": "decimal"}),
        ("tag", "constraint_message", "Falsch.", {}),
    ],
)  # fmt: skip
def test_a_change_in_excel_changes_that_and_nothing_else(
    name: str, column: str, text: str | None, settings: dict[str, object]
) -> None:
    exported = write_xlsform(example())
    imported = read_xlsform(edited(exported.data, "survey", name, column, text))
    assert imported.document == changed(example(), name, **settings)


def test_a_choice_renamed_in_excel_keeps_its_id_and_value() -> None:
    data = edited(write_xlsform(example()).data, "choices", "a_b", "label", "Allererste")
    document = read_xlsform(data).document
    option = document["pages"][0]["sections"][0]["fields"][1]["options"][0]  # type: ignore[index, call-overload]
    assert option == {
        "id": field("radio", "art", options={"a b": "Erste"})["options"][0]["id"],  # type: ignore[index, call-overload]
        "value": "a b",
        "label": "Allererste",
    }


def test_the_report_names_what_xlsform_cannot_say() -> None:
    refused = {(entry.name, entry.kind) for entry in write_xlsform(example()).report.refused}
    assert refused == {("betrag", "money"), ("betrag", "data_class"), ("tag", "constraint")}


def test_the_report_names_every_property_without_a_column() -> None:
    document = form(
        page(
            "seite",
            section(
                "abschnitt",
                field("text", "name", privacy_check=True,
                      required={"level": "warning"}),
                field("integer", "alter", unit="Jahre", not_recorded={"reasons": ["unbekannt"]}),
                field("repeat", "kosten", display="table", item_label="K", minimum=1,
                      totals=["wert"], fields=[row_field("kosten", "money", "wert")]),
            ),
        )
    ) | {"description": "Wozu"}  # fmt: skip
    report = write_xlsform(document).report
    assert {(entry.name, entry.kind) for entry in report.refused} >= {
        (document["key"], "description"), ("name", "privacy_check"), ("name", "required"),
        ("alter", "unit"), ("alter", "not_recorded"), ("kosten", "totals"),
        ("kosten", "repeat_count"),
    }  # fmt: skip
    assert all(entry.reason.endswith(".") for entry in report.refused)


def test_rules_leave_as_xpath() -> None:
    book = load_workbook(io.BytesIO(write_xlsform(example()).data))
    rows = list(book["survey"].values)
    columns = list(rows[0])
    by_name = {row[columns.index("name")]: dict(zip(columns, row, strict=True)) for row in rows[1:]}
    assert by_name["grund"]["relevant"] == "${betrag} > 500 and ${art} = 'a_b'"
    assert by_name["rest"]["calculation"] == "round(${betrag} div 3, 2)"
    assert by_name["betrag"]["constraint"] == ". >= 0"
    assert by_name["art"]["type"] == "select_one art"


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    document = form(page("seite", section("a", field("text", "x", label='=1+1&CMD|" /C calc"!A0'))))
    data = write_xlsform(document).data
    book = load_workbook(io.BytesIO(data))
    cells = [cell for row in book["survey"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert read_xlsform(data).document == document


@pytest.mark.parametrize("case", [case for case in golden_cases() if case.error is None], ids=str)
def test_every_golden_expression_is_written_back_as_the_same(case: GoldenCase) -> None:
    node = parse_expression(case.expression)
    assert parse_expression(expression_source(node)) == node
