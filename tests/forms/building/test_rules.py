"""Conditions as rows and as German sentences: golden cases both ways."""

from __future__ import annotations

import pytest

from forms.building.document_tree import Element, find_place
from forms.building.operands import operands_of
from forms.building.rules import (
    OPERATORS,
    SEVERAL_VALUES,
    WITHOUT_VALUE,
    Condition,
    Group,
    RuleIncomplete,
    entered_value,
    expression_of,
    rule_of,
    shown_value,
)
from forms.building.sentences import calculation_phrase, condition_sentence
from forms.expressions.parsing import parse_expression
from tests.support.form_documents import field, identity, one_page, row_field

DOCUMENT: Element = one_page(
    field(
        "radio",
        "form",
        label="Betreuungsform",
        options={"einzeln": "Kindertagespflege", "gross": "Großtagespflege"},
    ),
    field("integer", "kinder", label="Kinder"),
    field("integer", "erlaubt", label="Erlaubte Kinder"),
    field("text", "ort", label="Ort"),
    field("date", "von", label="Beginn"),
    field("date", "bis", label="Ende"),
    field("yes_no", "angekuendigt", label="Angekündigt?"),
    field("checkboxes", "themen", label="Themen", options={"schlaf": "Schlafen", "spiel": "Spiel"}),
    field(
        "repeat",
        "maengel",
        label="Mängel",
        display="table",
        item_label="Mangel",
        fields=[
            row_field("maengel", "select", "schwere", label="Schwere", options={"h": "hoch"}),
            row_field("maengel", "integer", "tage", label="Tage"),
        ],
    ),
    field(
        "matrix",
        "wer",
        label="Wer?",
        rows={"a": "Reinigung"},
        columns={"x": "Träger"},
        cells={"F": "führt"},
    ),
)
TOP = operands_of(DOCUMENT)
ROW = operands_of(DOCUMENT, find_place(DOCUMENT, identity("field maengel.tage")).element)

# Expression, its rows, its sentence; written again it is the same expression.
GOLDEN: list[tuple[str, Group, str]] = [
    (
        "form == 'gross' and kinder > 5",
        Group("all", (Condition("form", "eq", ("'gross'",)), Condition("kinder", "gt", ("5",)))),
        "wenn „Betreuungsform“ ist Großtagespflege und „Kinder“ größer als 5",
    ),
    (
        "kinder > erlaubt",
        Group("all", (Condition("kinder", "gt", other="erlaubt"),)),
        "wenn „Kinder“ größer als „Erlaubte Kinder“",
    ),
    (
        "angekuendigt or angekuendigt == false or not angekuendigt",
        Group(
            "any",
            (
                Condition("angekuendigt", "yes"),
                Condition("angekuendigt", "no"),
                Condition("angekuendigt", "notyes"),
            ),
        ),
        "wenn „Angekündigt?“ ist Ja oder „Angekündigt?“ ist Nein oder „Angekündigt?“ ist nicht Ja",
    ),
    (
        "enthaelt(themen, 'schlaf') and (leer(ort) or ort == 'Köln')",
        Group(
            "all",
            (
                Condition("themen", "has", ("'schlaf'",)),
                Group("any", (Condition("ort", "empty"), Condition("ort", "eq", ("'Köln'",)))),
            ),
        ),
        "wenn „Themen“ enthält Schlafen und („Ort“ ist nicht beantwortet oder „Ort“ ist „Köln“)",
    ),
    (
        "form in ['einzeln', 'gross']",
        Group("all", (Condition("form", "in", ("'einzeln'", "'gross'")),)),
        "wenn „Betreuungsform“ ist eines von Kindertagespflege oder Großtagespflege",
    ),
    (
        "form not in ['einzeln']",
        Group("all", (Condition("form", "notin", ("'einzeln'",)),)),
        "wenn „Betreuungsform“ ist keines von Kindertagespflege",
    ),
    (
        "anzahl(maengel) >= 2 or summe(maengel.tage) > 0",
        Group(
            "any",
            (
                Condition("anzahl(maengel)", "gteq", ("2",)),
                Condition("summe(maengel.tage)", "gt", ("0",)),
            ),
        ),
        "wenn „Zahl der Einträge in Mängel“ mindestens 2 oder „Summe Tage in Mängel“ größer als 0",
    ),
    (
        "bis < von",
        Group("all", (Condition("bis", "lt", other="von"),)),
        "wenn „Ende“ liegt vor „Beginn“",
    ),
    (
        "wer.a.x == 'F'",
        Group("all", (Condition("wer.a.x", "eq", ("'F'",)),)),
        "wenn „Wer?: Reinigung, Träger“ ist führt",
    ),
    (
        "kinder > -1.5 and not leer(maengel) and not enthaelt(ort, 'a\\'b')",
        Group(
            "all",
            (
                Condition("kinder", "gt", ("-1.5",)),
                Condition("maengel", "filled"),
                Condition("ort", "hasnot", ("'a\\'b'",)),
            ),
        ),
        "wenn „Kinder“ größer als -1,5 und „Mängel“ ist beantwortet und „Ort“ enthält nicht „a'b“",
    ),
]


@pytest.mark.parametrize(("source", "rule", "sentence"), GOLDEN)
def test_golden_conditions(source: str, rule: Group, sentence: str) -> None:
    assert rule_of(source, TOP) == rule
    assert expression_of(rule, TOP) == source
    assert condition_sentence(source, TOP) == sentence


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("(kinder + 1) * 2 > 5", "wenn ((„Kinder“ plus 1) mal 2) ist größer als 5"),
        ("0 < kinder <= 5", "wenn 0 ist kleiner als „Kinder“ ist höchstens 5"),
        ("'schlaf' in themen and kinder == 'x'", None),
        ("unbekannt == 1", "wenn „unbekannt“ ist 1"),
        ("kinder >", "wenn „kinder >“"),
        ("form == 'gross' if angekuendigt else true", None),
        ("kinder == 1 and (kinder == 2 or (kinder == 3 and kinder == 4))", None),
        ("kinder == ort", None),
        ("angekuendigt == true", "wenn „Angekündigt?“ ist Ja"),
        ("tage(von, bis) > 14", "wenn die Tage von „Beginn“ bis „Ende“ ist größer als 14"),
    ],
)
def test_what_rows_cannot_say_is_left_to_the_text(source: str, sentence: str | None) -> None:
    assert rule_of(source, TOP) is None
    read = condition_sentence(source, TOP)
    assert read.startswith("wenn ")
    assert sentence is None or read == sentence


def test_a_tick_in_a_list_is_the_same_either_way() -> None:
    assert rule_of("'schlaf' in themen", TOP) == Group(
        "all", (Condition("themen", "has", ("'schlaf'",)),)
    )
    assert rule_of("'schlaf' not in themen", TOP) == Group(
        "all", (Condition("themen", "hasnot", ("'schlaf'",)),)
    )


def test_rules_of_a_row_speak_of_their_row() -> None:
    rule = rule_of("zeile.schwere == 'h' and zeile.tage > 14", ROW)
    assert rule is not None
    assert expression_of(rule, ROW) == "zeile.schwere == 'h' and zeile.tage > 14"
    assert condition_sentence("zeile.tage > 14", ROW) == (
        "wenn „Tage (in dieser Zeile)“ größer als 14"
    )
    assert rule_of("zeile.tage > 14", TOP) is None


def test_every_row_written_can_be_parsed_and_read_back() -> None:
    for operand in (*TOP.values(), *ROW.values()):
        for operator, _label in OPERATORS[operand.kind]:
            value = "5" if operand.kind == "number" else "'h'"
            other = "von" if operand.kind == "date" else ""
            values = () if operator in WITHOUT_VALUE or other else (value,)
            other = "" if operator in WITHOUT_VALUE else other
            group = Group("all", (Condition(operand.source, operator, values, other),))
            source = expression_of(group, ROW | TOP)
            parse_expression(source)
            assert rule_of(source, ROW | TOP) == group, source
            assert operator in SEVERAL_VALUES or "[" not in source


@pytest.mark.parametrize(
    "item",
    [
        Condition("", "eq"),
        Condition("nirgends", "eq", ("1",)),
        Condition("kinder", "gt"),
        Condition("kinder", "has", ("'x'",)),
        Condition("ort", "eq"),
    ],
)
def test_an_unfinished_row_says_what_it_lacks(item: Condition) -> None:
    with pytest.raises(RuleIncomplete):
        expression_of(Group("all", (item,)), TOP)


def test_values_as_people_type_them() -> None:
    assert entered_value("1.234,5", TOP["kinder"]) == "1234.5"
    assert shown_value("1234.5", TOP["kinder"]) == "1234,5"
    assert entered_value(" d'Or ", TOP["ort"]) == "'d\\'Or'"
    assert shown_value("'d\\'Or'", TOP["ort"]) == "d'Or"
    assert entered_value("  ", TOP["ort"]) == ""
    with pytest.raises(RuleIncomplete, match="keine Zahl"):
        entered_value("fünf", TOP["kinder"])


@pytest.mark.parametrize(
    ("source", "phrase"),
    [
        ("kinder * 2 + 1", "(„Kinder“ mal 2) plus 1"),
        ("runden(kinder / 3, 2)", "(„Kinder“ geteilt durch 3), gerundet auf 2 Stellen"),
        ("summe(maengel.tage)", "„Summe Tage in Mängel“"),
        ("kinder if angekuendigt else 0", "„Kinder“, wenn „Angekündigt?“, sonst 0"),
    ],
)
def test_calculations_read_aloud(source: str, phrase: str) -> None:
    assert calculation_phrase(source, TOP) == phrase
