"""Fields that ask for several things together: periods, addresses, norms, the § 72a note."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from forms.answers import dump_value, load_answers
from forms.context import placeholder_paths, template_context
from forms.definition import FormDefinition
from forms.elements import PartsField, PartValues
from forms.evaluation import Evaluation, evaluate, flatten
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.registry import KINDS, display_value, parts_kind_of
from forms.input import PageInput, read_page
from forms.presentation import present_page, review
from tests.support.form_documents import field, parsed, row_field

NBSP = "\u00a0"
NOTE = {
    "eingesehen_am": "2026-03-02",
    "ausgestellt_am": "2026-02-10",
    "eintrag": False,
    "eingesehen_von": "Jo Beispiel",
}

FORM = parsed(
    field("date_range", "zeitraum", minimum="2020-01-01"),
    field("date_range", "laufzeit", open_end=True, required=True),
    field("datetime", "termin"),
    field("address", "anschrift", own=True),
    field("norm", "norm"),
    field("inspection_note", "vermerk"),
    field("calculated", "tage_gesamt", result="integer",
          value="tage(zeitraum.von, zeitraum.bis) + 1"),
    field("calculated", "offen", result="yes_no", value="leer(zeitraum)"),
    field("repeat", "fristen", display="table", item_label="Frist", fields=[
        row_field("fristen", "date_range", "spanne"),
        row_field("fristen", "norm", "grund"),
        row_field("fristen", "calculated", "tage_hier", result="integer",
                  value="tage(zeile.spanne.von, zeile.spanne.bis) + 1"),
    ]),
    field("calculated", "letzte", result="date", value="maximum(fristen.spanne.bis)"),
)  # fmt: skip


def part_field(key: str) -> PartsField:
    found = FORM.fields[key]
    assert isinstance(found, PartsField)
    return found


def post(stored: dict[str, Json] | None = None, **posted: str) -> PageInput:
    return read_page(
        FORM,
        "seite",
        {name.replace("__", "."): [text] for name, text in posted.items()},
        stored or {},
        new_row_id=lambda: "r1",
    )


def evaluated(answers: dict[str, Json], form: FormDefinition = FORM) -> Evaluation:
    return evaluate(form, answers, stage="submission")


ACCEPTED: list[tuple[str, list[str], Json, str]] = [
    ("zeitraum", ["1.1.2026", "31.12.2026"], {"von": "2026-01-01", "bis": "2026-12-31"},
     "01.01.2026 bis 31.12.2026"),
    ("zeitraum", ["1.1.2026", "1.1.2026"], {"von": "2026-01-01", "bis": "2026-01-01"},
     "01.01.2026 bis 01.01.2026"),
    ("laufzeit", ["1. Juli 2027", ""], {"von": "2027-07-01"}, "ab 01.07.2027"),
    ("termin", ["2.3.2026", "14.30 Uhr"], {"tag": "2026-03-02", "uhrzeit": "14:30"},
     "02.03.2026, 14:30 Uhr"),
    ("anschrift", [" Am Ring 3 ", "D-40721", "Hilden"],
     {"strasse": "Am Ring 3", "plz": "40721", "ort": "Hilden"}, "Am Ring 3, 40721 Hilden"),
    ("norm", ["§77 Abs.1 SGB VIII", "1.7.2025"],
     {"fundstelle": "§ 77 Abs. 1 SGB VIII", "stand": "2025-07-01"},
     "§ 77 Abs. 1 SGB VIII, Stand 01.07.2025"),
    ("norm", ["§ 77 Abs. 1 SGB VIII, Stand 01.07.2025", ""],
     {"fundstelle": "§ 77 Abs. 1 SGB VIII", "stand": "2025-07-01"},
     "§ 77 Abs. 1 SGB VIII, Stand 01.07.2025"),
    ("norm", ["Art. 6 Abs. 1 Buchst. e DSGVO", "25.5.2018"],
     {"fundstelle": "Art. 6 Abs. 1 Buchst. e DSGVO", "stand": "2018-05-25"},
     "Art. 6 Abs. 1 Buchst. e DSGVO, Stand 25.05.2018"),
    ("norm", ["§§ 22 bis 24 SGB VIII", "1.1.2026"],
     {"fundstelle": "§§ 22 bis 24 SGB VIII", "stand": "2026-01-01"},
     "§§ 22 bis 24 SGB VIII, Stand 01.01.2026"),
    ("norm", ["§ 2 Abs. 1 Kinderbildungsgesetz", "1.1.2026"],
     {"fundstelle": "§ 2 Abs. 1 Kinderbildungsgesetz", "stand": "2026-01-01"},
     "§ 2 Abs. 1 Kinderbildungsgesetz, Stand 01.01.2026"),
    ("vermerk", ["2.3.2026", "10.2.2026", "nein", "Jo Beispiel"], NOTE,
     "eingesehen am 02.03.2026, von Jo Beispiel, Führungszeugnis vom 10.02.2026,"
     " einschlägige Eintragung: Nein"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "texts", "stored", "shown"), ACCEPTED)
def test_accepted(key: str, texts: list[str], stored: Json, shown: str) -> None:
    target = part_field(key)
    kind = parts_kind_of(target)
    value = kind.parse(target, texts)
    dumped = dump_value(target, value)
    assert isinstance(dumped, dict)
    plain = {k: v.replace(NBSP, " ") if isinstance(v, str) else v for k, v in dumped.items()}
    assert plain == stored
    assert kind.check(target, value) == []
    assert display_value(target, value).replace(NBSP, " ") == shown
    loaded = load_answers(FORM.fields, {key: dumped})
    assert loaded.errors == {}
    assert loaded.values[key] == value


@pytest.mark.parametrize(
    ("key", "stored", "path", "text"),
    [
        ("zeitraum", {"von": "2026-12-31", "bis": "2026-01-01"}, "zeitraum", "vor dem ersten"),
        ("zeitraum", {"von": "2026-01-01"}, "zeitraum.bis", "„Zeitraum: bis“"),
        ("zeitraum", {"bis": "2026-01-01"}, "zeitraum.von", "Zeitraum: von"),
        ("zeitraum", {"von": "2019-01-01", "bis": "2026-01-01"}, "zeitraum.von", "01.01.2020"),
        ("zeitraum", {"von": "2026-01-01", "mitte": "x"}, "zeitraum", "keine Angabe „mitte“"),
        ("zeitraum", {"von": "1.1.2026"}, "zeitraum", "Zeitraum: von"),
        ("zeitraum", "2026", "zeitraum", "Objekt"),
        ("laufzeit", {"bis": "2026-01-01"}, "laufzeit.von", "Laufzeit: von"),
        ("termin", {"tag": "2026-03-02"}, "termin.uhrzeit", "Termin: Uhrzeit"),
        ("anschrift", {"strasse": "A 1", "ort": "B"}, "anschrift.plz", "Postleitzahl"),
        ("anschrift", {"plz": "123"}, "anschrift", "fünf Ziffern"),
        ("norm", {"fundstelle": "§ 77 SGB VIII"}, "norm.stand", "Stand"),
        ("norm", {"fundstelle": "SGB VIII", "stand": "2026-01-01"}, "norm", "Paragraf und Gesetz"),
        ("norm", {"fundstelle": "§ 77", "stand": "2026-01-01"}, "norm", "Paragraf und Gesetz"),
        ("vermerk", NOTE | {"eingesehen_am": "2026-01-01"}, "vermerk", "vor dem Datum"),
        ("vermerk", {"eintrag": True}, "vermerk.eingesehen_am", "Eingesehen am"),
    ],
)  # fmt: skip
def test_refused_at_its_place(key: str, stored: Json, path: str, text: str) -> None:
    answers: dict[str, Json] = {"laufzeit": {"von": "2026-01-01"}}
    errors = {error.path: error.text for error in evaluated(answers | {key: stored}).errors}
    assert text in errors[path]


def test_a_half_answered_period_is_no_error_in_a_draft() -> None:
    result = evaluate(FORM, {"zeitraum": {"von": "2026-01-01"}}, stage="draft")
    assert result.errors == ()


def test_an_open_end_is_complete_and_a_missing_period_is_required() -> None:
    assert evaluated({"laufzeit": {"von": "2026-01-01"}}).errors == ()
    assert [error.path for error in evaluated({}).errors] == ["laufzeit"]


def test_rules_name_parts_at_the_top_in_rows_and_as_a_column() -> None:
    answers: dict[str, Json] = {
        "zeitraum": {"von": "2026-01-01", "bis": "2026-01-31"},
        "fristen": [
            {"_id": "a", "spanne": {"von": "2026-02-01", "bis": "2026-02-10"}},
            {"_id": "b", "spanne": {"von": "2026-03-01", "bis": "2026-03-01"}},
            {"_id": "c"},
        ],
    }
    values = flatten(evaluated(answers).values)
    assert values["tage_gesamt"] == 31
    assert values["offen"] is False
    assert values["fristen[0].tage_hier"] == 10
    assert values["fristen[1].tage_hier"] == 1
    assert values["fristen[2].tage_hier"] is None
    assert values["letzte"] == "2026-03-01"
    assert values["zeitraum.bis"] == "2026-01-31"
    assert flatten(evaluated({}).values)["offen"] is True


def test_a_post_reads_each_part_and_keeps_what_is_unreadable() -> None:
    result = post(zeitraum__von="1.1.2026", zeitraum__bis="irgendwann")
    assert result.answers == {"zeitraum": {"von": "2026-01-01"}}
    assert result.invalid == {"zeitraum.bis": "irgendwann"}
    assert "Zeitraum: bis" in result.errors[0].text
    evaluation = evaluate(FORM, result.answers, stage="draft", invalid=result.invalid)
    view = present_page(FORM, "seite", evaluation, result.invalid).sections[0].fields[0]
    assert [part.entry for part in view.parts] == ["01.01.2026", "irgendwann"]
    assert view.parts[1].errors
    shown = review(FORM, evaluation, result.invalid)[0].sections[0].entries[0]
    assert shown.display == "„irgendwann“"


def test_a_post_reads_parts_in_rows() -> None:
    posted = {
        "fristen[0]._id": ["a"],
        "fristen[0].spanne.von": ["1.2.2026"],
        "fristen[0].spanne.bis": ["bald"],
        "fristen[0].grund.fundstelle": ["§ 36 SGB VIII, Stand 1.1.2026"],
        "fristen[0].grund.stand": [""],
    }
    result = read_page(FORM, "seite", posted, {}, new_row_id=lambda: "neu")
    assert result.answers["fristen"] == [
        {
            "_id": "a",
            "spanne": {"von": "2026-02-01"},
            "grund": {"fundstelle": f"§{NBSP}36 SGB VIII", "stand": "2026-01-01"},
        }
    ]
    assert result.invalid == {"fristen[0].spanne.bis": "bald"}
    evaluation = evaluate(FORM, result.answers, stage="draft", invalid=result.invalid)
    assert [error.path for error in evaluation.errors] == ["fristen[0].spanne.bis"]
    assert "Frist 1" in evaluation.errors[0].text


def test_parts_that_were_not_on_the_page_stay() -> None:
    stored: dict[str, Json] = {"zeitraum": {"von": "2026-01-01"}}
    assert post(stored, termin__tag="").answers == stored


def test_unknown_part_is_an_error() -> None:
    assert "keine Angabe" in post(zeitraum__mitte="x").errors[0].text


def test_documents_get_the_parts_and_the_whole_in_words() -> None:
    paths = placeholder_paths(FORM)
    assert {"zeitraum.von", "zeitraum.bis", "zeitraum_text", "fristen[].spanne.von"} <= set(paths)
    assert "zeitraum" not in paths
    context = template_context(
        FORM, evaluated({"zeitraum": {"von": "2026-01-01", "bis": "2026-01-31"}})
    )
    assert context["zeitraum"] == {"von": date(2026, 1, 1), "bis": date(2026, 1, 31)}
    assert context["zeitraum_text"] == "01.01.2026 bis 31.01.2026"
    assert context["termin"] == {"tag": None, "uhrzeit": None}
    assert context["termin_text"] is None


def test_no_note_keeps_a_file() -> None:
    hostile: list[Json] = [
        NOTE | {"datei": "JVBERi0xLjQK"},
        NOTE | {"anhang": {"name": "zeugnis.pdf", "content": "…"}},
        NOTE | {"_file": None},
        ["zeugnis.pdf"],
        "data:application/pdf;base64,JVBERi0xLjQK",
        NOTE | {"eingesehen_von": "data:application/pdf;base64,JVBERi0xLjQK"},
        NOTE | {"eingesehen_von": "siehe zeugnis.pdf"},
        NOTE | {"eingesehen_von": "https://ablage.example/zeugnis"},
        NOTE | {"eingesehen_von": "JVBERi0xLjQK" * 8},
    ]
    for stored in hostile:
        answers: dict[str, Json] = {"laufzeit": {"von": "2026-01-01"}, "vermerk": stored}
        errors = [error.text for error in evaluated(answers).errors]
        assert any("§ 72a Abs. 5 SGB VIII" in text for text in errors), stored


@pytest.mark.parametrize("name", ["vermerk", "vermerk.datei", "vermerk.eingesehen_von"])
def test_a_posted_file_is_refused_naming_the_law(name: str) -> None:
    result = read_page(
        FORM, "seite", {}, {"vermerk": NOTE}, new_row_id=lambda: "r", file_names=[name]
    )
    assert "§ 72a Abs. 5 SGB VIII" in result.errors[0].text
    assert result.answers == {"vermerk": NOTE}


def test_a_posted_file_elsewhere_is_refused() -> None:
    result = read_page(FORM, "seite", {}, {}, new_row_id=lambda: "r", file_names=["bild"])
    assert "keine Dateien" in result.errors[0].text


def test_a_further_key_of_a_note_is_refused_in_a_post() -> None:
    assert "§ 72a" in post(vermerk__datei="JVBERi0").errors[0].text


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.has_text])
def test_a_derived_name_may_not_be_taken(name: str) -> None:
    settings: dict[str, Json] = {}
    if name in ("radio", "select", "district", "checkboxes"):
        settings["options"] = {"a": "A"}
    if name == "scale":
        settings = {"minimum": 1, "maximum": 5, "minimum_label": "a", "maximum_label": "b"}
    if name in ("register", "person"):
        settings = {"register": {"register": "liste"}, "person": {"side": "office"}}[name]  # type: ignore[assignment]
    with pytest.raises(ValueError, match="x_text"):
        parsed(field(name, "x", **settings), field("text", "x_text"))


def test_a_part_that_does_not_exist_is_unknown_in_rules() -> None:
    with pytest.raises(ValueError, match=r"zeitraum\.mitte"):
        parsed(
            field("date_range", "zeitraum"),
            field("calculated", "c", result="date", value="zeitraum.mitte"),
        )


def test_hours_are_minutes_in_rules_and_summed_in_totals() -> None:
    form = parsed(
        field("repeat", "einsaetze", display="table", item_label="Einsatz", totals=["dauer"],
              fields=[row_field("einsaetze", "hours", "dauer"),
                      row_field("einsaetze", "time", "ab"),
                      row_field("einsaetze", "time", "bis"),
                      row_field("einsaetze", "calculated", "spanne", result="hours",
                                value="zeile.bis - zeile.ab")]),
        field("calculated", "gesamt", result="hours", value="summe(einsaetze.dauer)"),
        field("calculated", "satz", result="percent", places=1, value="gesamt / 1440 * 100"),
    )  # fmt: skip
    answers: dict[str, Json] = {
        "einsaetze": [
            {"_id": "a", "dauer": 765, "ab": "09:30", "bis": "11:00"},
            {"_id": "b", "dauer": 20},
        ]
    }
    evaluation = evaluated(answers, form)
    assert evaluation.errors == ()
    assert evaluation.values["gesamt"] == 785
    assert evaluation.values["satz"] == Decimal("54.5")
    rows = evaluation.values["einsaetze"]
    assert isinstance(rows, list)
    assert rows[0]["spanne"] == 90
    view = present_page(form, "seite", evaluation).sections[0].fields
    assert view[0].repeat is not None
    assert view[0].repeat.headings[0].total == f"13:05{NBSP}h"
    assert view[1].display == f"13:05{NBSP}h"


def test_parts_stay_apart_when_read_with_too_many_texts() -> None:
    with pytest.raises(EntryError, match="mehrfach"):
        parts_kind_of(part_field("zeitraum")).parse(part_field("zeitraum"), ["1.1.26"] * 3)
    assert parts_kind_of(part_field("zeitraum")).parse(
        part_field("zeitraum"), ["1.1.26"]
    ) == PartValues({"von": date(2026, 1, 1)})
