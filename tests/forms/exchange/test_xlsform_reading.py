"""XLSForm in: what becomes of types, groups and rules, and what is refused by name."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from forms.definition import parse_definition
from forms.evaluation import evaluate
from forms.exchange.report import ImportedForm, ImportRefused
from forms.exchange.xlsform_reading import read_xlsform
from tests.support.form_documents import Document
from tests.support.workbooks import Row, saved, xlsform

YES_NO: list[Row] = [
    {"list_name": "jn", "name": "yes", "label": "Ja"},
    {"list_name": "jn", "name": "no", "label": "Nein"},
    {"list_name": "wege", "name": "brief", "label": "Brief"},
    {"list_name": "wege", "name": "netz", "label": "Internet"},
]


def fields(form: ImportedForm) -> dict[str, Document]:
    """Return all fields by key, those of groups as ``gruppe.feld``."""
    found: dict[str, Document] = {}
    for page in form.document["pages"]:  # type: ignore[union-attr]
        for section in page["sections"]:  # type: ignore[index, call-overload, union-attr]
            for item in section["fields"]:
                found[item["key"]] = item
                for column in item.get("fields", []):
                    found[f"{item['key']}.{column['key']}"] = column
    return found


def read(*survey: Row, choices: list[Row] | None = None) -> ImportedForm:
    asked = " ".join(str(row.get("type", "")) for row in survey).split()
    offered = [row for row in YES_NO if row["list_name"] in asked]
    form = read_xlsform(xlsform(survey, offered if choices is None else choices))
    parse_definition(form.document)
    return form


def refused(form: ImportedForm) -> set[tuple[str, str]]:
    return {(entry.name, entry.kind) for entry in form.report.refused}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"type": "text"}, {"type": "text"}),
        ({"type": "text", "appearance": "multiline"}, {"type": "long_text"}),
        ({"type": "integer"}, {"type": "integer"}),
        ({"type": "decimal"}, {"type": "decimal"}),
        ({"type": "date"}, {"type": "date"}),
        ({"type": "time"}, {"type": "time"}),
        ({"type": "dateTime"}, {"type": "datetime"}),
        (
            {"type": "date", "constraint": ". <= today()", "constraint_message": "Nicht morgen."},
            {"valid": [{"rule": "frage <= heute()", "message": "Nicht morgen."}]},
        ),
        ({"type": "select_one jn"}, {"type": "yes_no"}),
        ({"type": "select one wege"}, {"type": "radio"}),
        ({"type": "select_one wege", "appearance": "minimal"}, {"type": "select"}),
        ({"type": "select_multiple wege"}, {"type": "checkboxes"}),
        ({"type": "note"}, {"type": "info", "text": "Was?"}),
        ({"type": "acknowledge"}, {"type": "declaration", "text": "Was?"}),
        (
            {"type": "range", "parameters": "start=0 end=5 step=1"},
            {"type": "integer", "minimum": 0, "maximum": 5},
        ),
        (
            {"type": "range", "parameters": "start=0 end=1 step=0.5"},
            {"type": "decimal", "minimum": "0", "maximum": "1"},
        ),
        ({"type": "text", "hint": "So"}, {"help": "So"}),
        ({"type": "text", "required": "yes"}, {"required": True}),
        ({"type": "text", "required": True}, {"required": True}),
        ({"type": "integer", "constraint": ". > 0 and . <= 10"}, {"minimum": 1, "maximum": 10}),
        ({"type": "decimal", "constraint": ". >= -2.5"}, {"minimum": "-2.5"}),
        ({"type": "date", "constraint": ". >= date('2026-01-01')"}, {"minimum": "2026-01-01"}),
        ({"type": "date", "constraint": "'2026-12-31' > ."}, {"maximum": "2026-12-30"}),
        ({"type": "text", "constraint": "string-length(.) < 9"}, {"max_length": 8}),
        (
            {"type": "text", "constraint": "regex(., '^[0-9]{5}$')", "constraint_message": "Fünf!"},
            {"pattern": "[0-9]{5}", "pattern_message": "Fünf!"},
        ),
        (
            {"type": "integer", "constraint": ". != 7", "constraint_message": "Nicht sieben."},
            {"valid": [{"rule": "frage != 7", "message": "Nicht sieben."}]},
        ),
        ({"type": "calculate", "calculation": "1 + 2"}, {"result": "decimal", "value": "1 + 2"}),
        (
            {"type": "calculate", "calculation": "if(2 > 1, 'a', '')"},
            {"result": "text", "value": "'a' if 2 > 1"},
        ),
    ],
)
def test_a_question_becomes_a_field(row: Row, expected: Document) -> None:
    form = read({"name": "frage", "label": "Was?", **row})
    found = fields(form)["frage"]
    assert {name: found.get(name) for name in expected} == expected
    # Any number between the bounds is taken, not only those in steps.
    lost = {("frage", "parameters")} if "step=0.5" in str(row.get("parameters")) else set()
    assert refused(form) == lost
    assert [entry.name for entry in form.report.carried] == ["frage"]


@pytest.mark.parametrize(
    ("row", "kinds", "named"),
    [
        ({"type": "image"}, ["jpg", "png"], {"image"}),
        ({"type": "photo", "parameters": "max-pixels=1024"}, ["jpg", "png"],
         {"photo", "parameters"}),
        ({"type": "image", "appearance": "signature"}, ["jpg", "png"], {"image", "appearance"}),
        ({"type": "file", "required": "yes"}, ["pdf", "docx", "xlsx", "jpg", "png"], {"file"}),
    ],
)  # fmt: skip
def test_a_question_for_a_file_takes_what_can_be_checked(
    row: Row, kinds: list[str], named: set[str]
) -> None:
    form = read({"name": "nachweis", "label": "Nachweis", **row})
    found = fields(form)["nachweis"]
    assert (found["type"], found["kinds"], found["maximum"]) == ("file", kinds, 1)
    assert found.get("required", False) is (row.get("required") == "yes")
    assert {entry.kind for entry in form.report.refused} == named
    assert [entry.name for entry in form.report.carried] == ["nachweis"]


@pytest.mark.parametrize(
    "type_",
    [
        "geopoint", "video", "audio", "barcode", "rank wege", "start", "deviceid",
        "hidden", "select_one_from_file orte.csv", "select_one_external orte",
        "select_one fehlt", "csv-external", "unsinn",
    ],
)  # fmt: skip
def test_a_type_without_counterpart_is_refused_by_name(type_: str) -> None:
    form = read(
        {"type": "text", "name": "bleibt", "label": "Bleibt"},
        {"type": type_, "name": "weg", "label": "Weg"},
    )
    assert list(fields(form)) == ["bleibt"]
    [entry] = form.report.refused
    assert entry.name == "weg"
    assert entry.reason.endswith((".", "“"))


def test_a_list_of_one_and_zero_is_no_yes_and_no() -> None:
    form = read(
        {"type": "select_one wer", "name": "frage", "label": "Wer?"},
        {"type": "text", "name": "x", "label": "X", "relevant": "${frage} = '1'"},
        choices=[
            {"list_name": "wer", "name": "1", "label": "Mutter"},
            {"list_name": "wer", "name": "0", "label": "Vater"},
        ],
    )
    assert fields(form)["frage"]["type"] == "radio"
    assert [one["label"] for one in fields(form)["frage"]["options"]] == ["Mutter", "Vater"]
    assert fields(form)["x"]["visible"] == "frage == '1'"


def test_questions_of_one_name_each_keep_their_own_rules() -> None:
    form = read(
        {"type": "text", "name": "name", "label": "Name", "constraint": "string-length(.) < 9"},
        {"type": "begin_repeat", "name": "kinder", "label": "Kinder"},
        {"type": "text", "name": "name", "label": "Name des Kindes"},
        {"type": "end_repeat"},
        {"type": "begin_group", "name": "zwei", "label": "Zwei"},
        {"type": "text", "name": "name", "label": "Noch einer", "constraint": ". != ${name}",
         "constraint_message": "Anders."},
        {"type": "end_group"},
        {"type": "note", "name": "n", "label": "Siehe ${name}"},
    )  # fmt: skip
    found = fields(form)
    assert found["name"]["max_length"] == 8
    assert found["kinder.name"]["label"] == "Name des Kindes"
    assert found["name_2"]["valid"] == [{"rule": "name_2 != name", "message": "Anders."}]
    assert found["n"]["text"] == "Siehe „Name“"
    assert ("name", "name") in refused(form)


def test_nothing_of_the_workbook_goes_unnamed() -> None:
    data = xlsform(
        [
            {"type": "begin_group", "name": "g", "label": "G", "appearance": "table-list",
             "required": "yes"},
            {"type": "begin_group", "name": "innen", "label": "Innen", "hint": "Wichtig"},
            {"type": "range", "name": "wert", "label": "Wert", "parameters": "start=1 end=9 step=2",
             "hxl": "#x"},
            {"type": "text", "name": "nr", "label": "Nr", "appearance": "numbers",
             "parameters": "rows=5"},
            {"type": "end_group"},
            {"type": "end_group"},
            {"type": "begin_repeat", "name": "r", "label": "R", "constraint": "count(.) < 3"},
            {"type": "begin_group", "name": "kern", "label": "Kern"},
            {"type": "text", "name": "t", "label": "T"},
            {"type": "end_group"},
            {"type": "end_repeat"},
        ],
        [{"list_name": "nie", "name": "a", "label": "A"}],
        {"form_title": "T", "form_id": "t", "version": "7", "instance_name": "${t}",
         "style": "pages"},
    )  # fmt: skip
    book = load_workbook(io.BytesIO(data))
    book.create_sheet("entities").append(["list_name"])
    form = read_xlsform(saved(book))
    assert refused(form) == {
        ("version", "settings"), ("instance_name", "settings"), ("style", "settings"),
        ("entities", "sheet"), ("nie", "choices"), ("g", "appearance"), ("g", "required"),
        ("innen", "hint"), ("wert", "parameters"), ("wert", "hxl"), ("nr", "appearance"),
        ("nr", "parameters"), ("r", "constraint"), ("kern", "group"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("relevant", "pulldata('a', 'b', 'c', ${andere}) = 1"),
        ("relevant", "../andere = 1"),
        ("relevant", "position(..) = 1"),
        ("relevant", "${gibtsnicht} = 1"),
        ("relevant", "${andere} mod 2 = 0"),
        ("relevant", "${andere} = 'drei'"),
        ("relevant", "${andere} ="),
        ("relevant", "system-property('x')"),
        ("required", "random() > 0.5"),
        ("constraint", "once(.)"),
        ("constraint", "regex(., '(a+)+')"),
        ("calculation", "${andere}"),
        ("choice_filter", "land = ${andere}"),
        ("default", "5"),
        ("appearance", "signature"),
        ("media::image", "bild.png"),
        ("repeat_count", ""),
    ],
)
def test_what_is_not_carried_over_is_named_and_the_question_stays(column: str, text: str) -> None:
    form = read(
        {"type": "integer", "name": "andere", "label": "Andere"},
        {"type": "text", "name": "frage", "label": "Frage", column: text},
    )
    assert "frage" in fields(form)
    assert fields(form)["frage"].keys() <= {"id", "key", "type", "label"}
    assert refused(form) == ({("frage", column)} if text else set())


@pytest.mark.parametrize("type_", ["file", "image"])
def test_no_question_takes_the_file_of_a_certificate(type_: str) -> None:
    form = read(
        {"type": "text", "name": "bleibt", "label": "Bleibt"},
        {"type": type_, "name": "fz", "label": "Führungszeugnis hochladen"},
    )
    assert list(fields(form)) == ["bleibt"]
    assert "Vermerk über eine Einsicht" in form.report.refused[0].reason


def test_groups_become_pages_and_sections() -> None:
    form = read(
        {"type": "text", "name": "vorweg", "label": "Vorweg"},
        {"type": "begin group", "name": "kind", "label": "Kind", "relevant": "${vorweg} != ''"},
        {"type": "text", "name": "name", "label": "Name"},
        {"type": "begin_group", "name": "schule", "label": "Schule", "relevant": "${name} = 'x'"},
        {"type": "text", "name": "klasse", "label": "Klasse"},
        {"type": "begin_group", "name": "hort", "label": "Hort", "relevant": "${klasse} = '1'"},
        {"type": "text", "name": "gruppe", "label": "Gruppe"},
        {"type": "end group"},
        {"type": "end_group"},
        {"type": "text", "name": "danach", "label": "Danach"},
        {"type": "end_group"},
        {"type": "text", "name": "schluss", "label": "Schluss"},
    )
    pages = []
    for page in form.document["pages"]:  # type: ignore[union-attr]
        sections = [
            (one.get("title"), one.get("visible"), [item["key"] for item in one["fields"]])
            for one in page["sections"]
        ]
        pages.append((page["title"], page.get("visible"), sections))
    assert pages == [
        ("Test", None, [(None, None, ["vorweg"])]),
        (
            "Kind",
            "not leer(vorweg)",
            [
                (None, None, ["name"]),
                ("Schule", "name == 'x'", ["klasse"]),
                ("Hort", "name == 'x' and klasse == '1'", ["gruppe"]),
                (None, None, ["danach"]),
            ],
        ),
        ("Test", None, [(None, None, ["schluss"])]),
    ]


def test_repeats_calculate_with_their_rows() -> None:
    form = read(
        {"type": "begin_repeat", "name": "Kosten", "label": "Kosten", "repeat_count": "3"},
        {"type": "text", "name": "was", "label": "Wofür"},
        {"type": "begin_group", "name": "g", "label": "G", "relevant": "${was} != ''"},
        {"type": "decimal", "name": "preis", "label": "Preis"},
        {"type": "end_group"},
        {"type": "calculate", "name": "doppelt", "label": "D", "calculation": "${preis} * 2"},
        {"type": "end_repeat"},
        {"type": "calculate", "name": "summe", "label": "S", "calculation": "sum(${doppelt})"},
        {"type": "calculate", "name": "n", "label": "N", "calculation": "count(${Kosten})"},
        {"type": "calculate", "name": "ein", "label": "E", "calculation": "${preis} + 1"},
    )
    found = fields(form)
    assert (found["kosten"]["minimum"], found["kosten"]["maximum"]) == (3, 3)
    assert found["kosten.preis"]["visible"] == "not leer(zeile.was)"
    assert refused(form) == {("ein", "calculation"), ("g", "group")}
    values = evaluate(
        parse_definition(form.document),
        {"kosten": [{"was": "a", "preis": "1.5"}, {"was": "b", "preis": "2"}]},
        stage="submission",
    ).values
    assert values["summe"] == Decimal(7)
    assert values["n"] == Decimal(2)


@pytest.mark.parametrize(
    ("rule", "answers", "visible"),
    [
        ("${zahl} > 3 and not(${ja} = 'no')", {"zahl": 4}, True),
        ("${zahl} > 3 and ${ja} = 'yes'", {"zahl": 4, "ja": False}, False),
        ("${zahl} > 3 or ${ja} = 'yes'", {"zahl": 1, "ja": True}, True),
        ("selected(${viele}, 'brief')", {"viele": ["brief", "netz"]}, True),
        ("not(selected(${viele}, 'brief'))", {"viele": ["netz"]}, True),
        ("selected(${einer}, 'netz')", {"einer": "netz"}, True),
        ("${einer} != 'netz'", {"einer": "netz"}, False),
        ("count-selected(${viele}) >= 2", {"viele": ["brief", "netz"]}, True),
        ("${wort} = ''", {}, True),
        ("${wort} != ''", {"wort": "x"}, True),
        ("string-length(${wort}) > 2", {"wort": "abc"}, True),
        ("contains(${wort}, 'b')", {"wort": "abc"}, True),
        ("${zahl} * 2 + 1 = 9", {"zahl": 4}, True),
        ("(${zahl} - 1) div 2 = 1.5", {"zahl": 4}, True),
        ("-${zahl} < 0", {"zahl": 4}, True),
        ("3 < ${zahl}", {"zahl": 4}, True),
        ("coalesce(${zahl}, 9) = 9", {}, True),
        ("if(${ja} = 'yes', ${zahl}, 0) = 0", {"ja": False}, True),
        ("round(${zahl} div 3, 1) = 1.3", {"zahl": 4}, True),
        ("max(${zahl}, 7) = 7", {"zahl": 4}, True),
        ("abs(${zahl}) = 4", {"zahl": -4}, True),
        ("concat(${wort}, '-', ${leer}) = 'x-'", {"wort": "x"}, True),
        ("true() and not(false())", {}, True),
        ("${tag} > ${anderer}", {"tag": "2026-02-01", "anderer": "2026-01-01"}, True),
    ],
)
def test_rules_mean_the_same(rule: str, answers: Document, visible: bool) -> None:
    form = read(
        {"type": "integer", "name": "zahl", "label": "Zahl"},
        {"type": "select_one jn", "name": "ja", "label": "Ja?"},
        {"type": "select_one wege", "name": "einer", "label": "Einer"},
        {"type": "select_multiple wege", "name": "viele", "label": "Viele"},
        {"type": "text", "name": "wort", "label": "Wort"},
        {"type": "text", "name": "leer", "label": "Leer"},
        {"type": "date", "name": "tag", "label": "Tag"},
        {"type": "date", "name": "anderer", "label": "Anderer Tag"},
        {"type": "text", "name": "ziel", "label": "Ziel", "relevant": rule},
    )
    assert form.report.refused == []
    definition = parse_definition(form.document)
    result = evaluate(definition, answers, stage="draft")
    assert ("ziel" in result.visible) is visible, fields(form)["ziel"]["visible"]


def test_a_repeat_in_a_repeat_reads_the_row_around() -> None:
    form = read(
        {"type": "begin_repeat", "name": "angebot", "label": "Angebot"},
        {"type": "decimal", "name": "satz", "label": "Satz"},
        {"type": "begin_repeat", "name": "termin", "label": "Termin"},
        {"type": "decimal", "name": "h", "label": "Stunden", "relevant": "${satz} > 0"},
        {"type": "calculate", "name": "k", "label": "K", "calculation": "${h} * ${satz}"},
        {"type": "end_repeat"},
        {"type": "calculate", "name": "s", "label": "S", "calculation": "sum(${k})"},
        {"type": "end_repeat"},
        {"type": "calculate", "name": "alle", "label": "A", "calculation": "sum(${k})"},
    )
    assert form.report.refused == []
    rows = [
        {"satz": "10", "termin": [{"h": "1"}, {"h": "2"}]},
        {"satz": "1", "termin": [{"h": "5"}]},
    ]
    values = evaluate(parse_definition(form.document), {"angebot": rows}, stage="draft").values
    assert values["alle"] == Decimal(35)
    offers = values["angebot"]
    assert isinstance(offers, list)
    assert [row["s"] for row in offers] == [Decimal(30), Decimal(5)]


def test_the_german_columns_win_and_other_languages_become_translations() -> None:
    form = read(
        {
            "type": "begin_group", "name": "g", "label::Deutsch (de)": "Angaben",
            "label::English (en)": "Details",
        },
        {
            "type": "text", "name": "x", "label::English (en)": "Name",
            "label::Deutsch (de)": "Nachname", "hint::Deutsch (de)": "Wie im Ausweis",
            "hint::Türkisch": "Kimlikteki gibi", "label::Klingonisch": "pong",
        },
        {
            "type": "select_one wege", "name": "weg", "label::Deutsch (de)": "Weg",
            "label::English (en)": "Way of ${x}",
        },
        {"type": "note", "name": "n", "label::Deutsch (de)": "Hallo", "label::en": "Hello"},
        {"type": "end_group"},
        choices=[
            {"list_name": "wege", "name": "a", "label::Deutsch (de)": "Brief",
             "label::English (en)": "Letter"},
            {"list_name": "wege", "name": "b", "label::Deutsch (de)": "Netz"},
        ],
    )  # fmt: skip
    found = fields(form)
    assert form.document["languages"] == ["en", "tr"]
    assert form.document["pages"][0]["translations"] == {"en": {"title": "Details"}}  # type: ignore[index, call-overload]
    assert (found["x"]["label"], found["x"]["help"]) == ("Nachname", "Wie im Ausweis")
    assert found["x"]["translations"] == {
        "en": {"label": "Name"}, "tr": {"help": "Kimlikteki gibi"},
    }  # fmt: skip
    assert found["weg"]["translations"] == {"en": {"label": "Way of „Nachname“"}}
    letter, net = found["weg"]["options"]
    assert letter["translations"] == {"en": {"label": "Letter"}}
    assert "translations" not in net
    assert {name for name, kind in refused(form) if kind == "language"} == {"Klingonisch", "en"}


def test_a_form_in_another_language_first_takes_no_other() -> None:
    form = read({"type": "text", "name": "x", "label::French (fr)": "Nom", "label::en": "Name"})
    assert fields(form)["x"]["label"] == "Nom"
    assert "languages" not in form.document
    assert refused(form) == {("en", "language")}


def test_the_default_language_wins_over_german() -> None:
    data = xlsform(
        [{"type": "text", "name": "x", "label::Deutsch (de)": "Nachname", "label::Leicht": "Name"}],
        settings={"form_title": "T", "form_id": "t", "default_language": "Leicht"},
    )
    assert fields(read_xlsform(data))["x"]["label"] == "Name"


def test_ids_stay_when_the_workbook_comes_again_with_other_words() -> None:
    first = read({"type": "select_one wege", "name": "weg", "label": "Weg"})
    second = read(
        {"type": "note", "name": "neu", "label": "Neu davor"},
        {"type": "select_one wege", "name": "weg", "label": "Welcher Weg?"},
    )
    former, later = fields(first)["weg"], fields(second)["weg"]
    assert former["id"] == later["id"]
    assert [one["id"] for one in former["options"]] == [one["id"] for one in later["options"]]  # type: ignore[index, union-attr]
    assert first.document["id"] == second.document["id"]


def test_names_become_keys() -> None:
    form = read(
        {"type": "text", "name": "Größe-des Hauses", "label": "A"},
        {"type": "text", "name": "mandant", "label": "B"},
        {"type": "text", "name": "1teil", "label": "C"},
        {"type": "text", "name": "in", "label": "D"},
        {"type": "text", "name": "IN", "label": "E"},
    )
    assert list(fields(form)) == [
        "groesse_des_hauses", "mandant_feld", "feld_1teil", "in_feld", "in_feld_2",
    ]  # fmt: skip


def test_a_circle_is_broken_and_named() -> None:
    form = read(
        {"type": "text", "name": "bleibt", "label": "Bleibt"},
        {"type": "calculate", "name": "a", "label": "A", "calculation": "${b} + 1"},
        {"type": "calculate", "name": "b", "label": "B", "calculation": "${a} + 1"},
    )
    assert list(fields(form)) == ["bleibt"]
    assert {name for name, _kind in refused(form)} == {"a", "b"}
    assert [entry.key for entry in form.report.carried] == ["bleibt"]


def test_an_answer_in_a_label_is_replaced_by_its_question() -> None:
    form = read(
        {"type": "text", "name": "n", "label": "Vorname"},
        {"type": "text", "name": "x", "label": "Was mag ${n}?"},
    )
    assert fields(form)["x"]["label"] == "Was mag „Vorname“?"
    assert refused(form) == {("x", "label")}


def test_formulas_are_not_evaluated() -> None:
    form = read({"type": "text", "name": "x", "label": '=HYPERLINK("http://example.org")'})
    assert fields(form)["x"]["label"] == "x"
    assert refused(form) == {("x", "formula")}


@pytest.mark.parametrize(
    ("survey", "words"),
    [
        ([{"type": "begin_group", "name": "g", "label": "G"}], "nicht geschlossen"),
        ([{"type": "end_group"}], "nicht begonnen"),
        ([{"type": "geopoint", "name": "x", "label": "X"}], "Keine einzige Frage"),
        ([], "Keine einzige Frage"),
    ],
)
def test_nothing_usable_is_refused_as_a_whole(survey: list[Row], words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        read_xlsform(xlsform(survey))


def test_a_repeat_in_the_fourth_level_is_refused_and_the_rest_stays() -> None:
    def opened(number: int) -> list[Row]:
        return [
            {"type": "begin_repeat", "name": f"g{number}", "label": f"Gruppe {number}"},
            {"type": "text", "name": f"frage{number}", "label": f"Frage {number}"},
        ]

    ends: list[Row] = [{"type": "end_repeat"}] * 4
    form = read(
        *(row for number in range(1, 5) for row in opened(number)),
        *ends,
        {"type": "text", "name": "danach", "label": "Danach"},
    )
    assert refused(form) == {("g4", "repeat")}
    assert "höchstens 3 Ebenen" in form.report.refused[0].reason
    group, keys = fields(form)["g1"], []
    while group:
        keys.append(group["key"])
        group = next((one for one in group["fields"] if one["type"] == "repeat"), None)  # type: ignore[union-attr, index, call-overload, arg-type, assignment]
    assert keys == ["g1", "g2", "g3"]
    assert fields(form)["danach"]["type"] == "text"
