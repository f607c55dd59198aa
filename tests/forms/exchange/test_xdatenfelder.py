"""XDatenfelder 2 and 3 of FIM: types, groups, provenance; rules are notes and never run."""

from __future__ import annotations

import json

import pytest

from forms.exchange.report import ImportedForm, ImportRefused
from forms.exchange.xdatenfelder_reading import read_xdatenfelder
from tests.forms.exchange.test_xlsform_reading import fields, refused
from tests.support.fim_files import code, data_field, element, group, rule, schema, structure
from tests.support.form_documents import Document

VERSIONS = (2, 3)


def read(version: int, *structures: str, more: str = "") -> ImportedForm:
    form = read_xdatenfelder(schema(version, structures, more))
    assert form.source == f"XDatenfelder {version}"
    return form


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("type_", "limits", "expected"),
    [
        ("text", {}, {"type": "text"}),
        ("text_latin", {"maxLength": "120"}, {"type": "text", "max_length": 120}),
        ("text", {"maxLength": "2000"}, {"type": "long_text", "max_length": 2000}),
        ("text", {"pattern": "[0-9]{5}"}, {"type": "text", "pattern": "[0-9]{5}"}),
        (
            "text",
            {"minLength": "3"},
            {"valid": [{"rule": "laenge(angabe) >= 3",
                        "message": "Bitte mindestens 3 Zeichen angeben."}]},
        ),
        ("bool", {}, {"type": "yes_no"}),
        ("time", {}, {"type": "time"}),
        ("datetime", {}, {"type": "datetime"}),
        ("num", {"minValue": "0.5"}, {"type": "decimal", "minimum": "0.5"}),
        ("num_int", {"minValue": "1", "maxValue": "9"}, {"minimum": 1, "maximum": 9}),
        ("num_currency", {"maxValue": "99.9"}, {"type": "money", "maximum": "99.9"}),
        ("date", {"minValue": "2020-01-01"}, {"type": "date", "minimum": "2020-01-01"}),
    ],
)  # fmt: skip
def test_data_types(version: int, type_: str, limits: dict[str, str], expected: Document) -> None:
    form = read(
        version,
        structure("1:1", data_field("F1", "Angabe", type_, version=version, limits=limits)),
    )
    found = fields(form)["angabe"]
    assert {name: found.get(name) for name in expected} == expected
    assert found["provenance"] == {"source": "FIM", "id": "F1", "version": "1.0"}
    assert found["required"] is True
    assert found["label"] == "Angabe?"
    assert form.report.refused == []
    assert [(entry.name, entry.key) for entry in form.report.carried] == [("F1", "angabe")]


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("text", "hidden"), ("unsinn", "input")],
)
def test_what_has_no_counterpart_is_refused_by_id(type_: str, kind: str) -> None:
    form = read(
        3,
        structure("1:1", data_field("F1", "Bleibt")),
        structure("1:1", data_field("F2", "Weg", type_, kind=kind)),
        structure("0:0", data_field("F3", "Nie")),
    )
    assert list(fields(form)) == ["bleibt"]
    assert [entry.name for entry in form.report.refused] == ["F2", "F3"]


def test_an_anlage_becomes_a_field_for_files() -> None:
    limits = (
        element("maxSize", text=str(5 * 1024 * 1024)) + code("mediaType", "application/pdf")
        + code("mediaType", "image/png")
    )  # fmt: skip
    form = read(3, structure("1:1", data_field("F1", "Nachweis", "file", version=3, more=limits)))
    found = fields(form)["nachweis"]
    assert (found["type"], found["kinds"], found["maximum"]) == ("file", ["pdf", "png"], 1)
    assert found["maximum_megabytes"] == 5
    assert found["required"] is True
    assert form.report.refused == []


@pytest.mark.parametrize(
    ("version", "type_", "more", "expected", "named"),
    [
        (2, "obj", "", {}, {"obj"}),
        (3, "file", "", {}, {"file"}),
        (3, "file", code("mediaType", "video/mp4"), {}, {"file", "mediaType"}),
        (3, "file", code("mediaType", "application/pdf") + code("mediaType", "video/mp4"),
         {"kinds": ["pdf"]}, {"mediaType"}),
        (3, "file", element("maxSize", text="1500000"), {"maximum_megabytes": 1},
         {"file", "maxSize"}),
        (3, "file", element("maxSize", text="99999999999"), {"maximum_megabytes": 100},
         {"file", "maxSize"}),
        (3, "file", element("maxSize", text="viel"), {}, {"file"}),
    ],
)  # fmt: skip
def test_what_an_anlage_loses_is_named(
    version: int, type_: str, more: str, expected: Document, named: set[str]
) -> None:
    inner = data_field("F1", "Nachweis", type_, version=version, more=more)
    form = read(version, structure("0:1", inner))
    found = fields(form)["nachweis"]
    assert {name: found[name] for name in ("kinds", "maximum_megabytes") if name in found} == (
        expected
    )
    assert {entry.kind for entry in form.report.refused} == named


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        ({"pattern": "(a+)+"}, "pattern"),
        ({"pattern": "[0-9"}, "pattern"),
    ],
)
def test_a_pattern_that_could_run_for_ages_is_named(limits: dict[str, str], kind: str) -> None:
    form = read(2, structure("1:1", data_field("F1", "Angabe", limits=limits)))
    assert "pattern" not in fields(form)["angabe"]
    assert refused(form) == {("F1", kind)}
    assert limits["pattern"] in str(fields(form)["angabe"]["annotations"])


def test_bounds_that_do_not_fit_are_named() -> None:
    form = read(
        2,
        structure("1:1", data_field("F1", "A", "num_int", limits={"minValue": "1.5"})),
        structure("1:1", data_field("F2", "B", "date", limits={"maxValue": "bald"})),
        structure("1:1", data_field("F3", "C", "num", limits={"maxValue": "NaN"})),
        structure("1:1", data_field("F4", "D", more=element("praezisierung", text="{kaputt"))),
    )
    assert refused(form) == {
        ("F1", "minimum"), ("F2", "maximum"), ("F3", "maximum"), ("F4", "praezisierung"),
    }  # fmt: skip


def test_groups_become_pages_sections_and_repeats() -> None:
    address = group(
        "G2", "Anschrift",
        structure("1:1", data_field("F2", "Ort")),
        structure("0:1", group("G3", "Ausland", structure("1:1", data_field("F3", "Staat")))),
    )  # fmt: skip
    siblings = group(
        "G4", "Geschwister",
        structure("1:1", data_field("F4", "Name")),
        structure("1:1", group("G5", "Schule", structure("1:1", data_field("F5", "Klasse")))),
        structure("0:*", data_field("F6", "Telefon")),
    )  # fmt: skip
    form = read(
        2,
        structure("1:1", group("G1", "Kind",
                               structure("1:1", data_field("F1", "Name")),
                               structure("1:1", address),
                               structure("0:4", siblings),
                               structure("1:1", data_field("F7", "Name")))),
        structure("1:n", data_field("F8", "Nummer")),
    )  # fmt: skip
    shown = []
    for page in form.document["pages"]:  # type: ignore[union-attr]
        for section in page["sections"]:  # type: ignore[index, call-overload, union-attr]
            keys = [item["key"] for item in section["fields"]]
            shown.append((page["title"], section.get("title"), keys))  # type: ignore[index, call-overload]
    assert shown == [
        ("Kind", None, ["name"]),
        ("Kind", "Anschrift", ["ort"]),
        ("Kind", "Ausland", ["staat"]),
        ("Kind", None, ["geschwister", "name_2"]),
        ("Angaben", None, ["nummer"]),
    ]
    found = fields(form)
    assert found["ort"]["required"] is True
    assert "required" not in found["staat"]
    assert found["geschwister"]["maximum"] == 4
    assert [column["key"] for column in found["geschwister"]["fields"]] == [  # type: ignore[index, call-overload, union-attr]
        "name", "klasse", "telefon",
    ]  # fmt: skip
    assert found["nummer"]["minimum"] == 1
    assert found["geschwister"]["provenance"] == {"source": "FIM", "id": "G4", "version": "2.1"}
    assert form.document["provenance"] == {"source": "FIM", "id": "S00000777", "version": "1.3"}


@pytest.mark.parametrize("version", VERSIONS)
def test_rules_become_notes_and_scripts_never_run(version: int) -> None:
    script = "process.exit(1)"
    form = read(
        version,
        structure(
            "1:1",
            data_field("F1", "Alter", more=rule("R1", "Unter 14 Jahren.", script, version)),
            legal_basis="§ 23 SGB VIII",
        ),
        more=rule("R2", "Alles zusammen.", version=version)
        + element("bezug", text="§ 24 SGB VIII"),
    )
    assert fields(form)["alter"]["annotations"] == [
        "Regel R1 1.0 „Regelname“: Unter 14 Jahren.",
        "Handlungsgrundlage: § 23 SGB VIII",
    ]
    assert form.document["annotations"] == [
        "Handlungsgrundlage: § 24 SGB VIII",
        "Regel R2 1.0 „Regelname“: Alles zusammen.",
    ]
    assert refused(form) == {("R1", "rule"), ("R1", "script"), ("R2", "rule")}
    assert script not in json.dumps(form.document)


def test_values_in_the_file_become_choices() -> None:
    values = element(
        "werte",
        element("wert", element("code", text="de"), element("name", text="Deutsch")),
        element("wert", element("code", text="fr"), element("name", text="Französisch"),
                element("hilfe", text="auch Belgien")),
        element("wert", element("code", text="fr"), element("name", text="doppelt")),
    )  # fmt: skip
    form = read(3, structure("1:1", data_field("F1", "Sprache", kind="select", more=values)))
    found = fields(form)["sprache"]
    assert found["type"] == "radio"
    assert [(one["value"], one["label"], one.get("help")) for one in found["options"]] == [  # type: ignore[index, call-overload, union-attr]
        ("de", "Deutsch", None), ("fr", "Französisch", "auch Belgien"),
    ]  # fmt: skip
    assert refused(form) == {("F1: fr", "value")}


def test_a_code_list_that_is_elsewhere_leaves_a_text_field() -> None:
    reference = element(
        "codelisteReferenz",
        element("canonicalIdentification", text="urn:de:beispiel:staat"),
    )
    form = read(3, structure("1:1", data_field("F1", "Staat", kind="select", more=reference)))
    assert fields(form)["staat"]["type"] == "text"
    assert fields(form)["staat"]["annotations"] == ["Codeliste: urn:de:beispiel:staat"]
    assert refused(form) == {("F1", "codelist")}


def test_ids_stay_when_the_schema_comes_again() -> None:
    one = read(2, structure("1:1", data_field("F1", "Alter")))
    other = read(2, structure("1:1", data_field("F1", "Anders benannt")))
    assert fields(one)["alter"]["id"] == fields(other)["anders_benannt"]["id"]
    assert one.document["id"] == other.document["id"]


ELSEWHERE = b'<x xmlns="urn:xoev-de:fim:standard:xdatenfelder_2"><codeliste/></x>'
BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]>
<f:x xmlns:f="urn:xoev-de:fim:standard:xdatenfelder_2">&c;</f:x>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "DTD"),
        (OUTSIDE, "DTD"),
        (BOMB.decode().encode("utf-16"), "DTD|UTF-8"),
        (b"<a", "kein lesbares XML"),
        (b"<a/>", "kein XDatenfelder"),
        (b'<x xmlns="urn:xoev-de:fim:standard:xdatenfelder_1"/>', "kein XDatenfelder"),
        (
            b'<x xmlns="urn:xoev-de:fim:standard:xdatenfelder_2"><codeliste/></x>',
            "kein Datenschema",
        ),
        (b"<a>" * 300 + b"</a>" * 300, "kein lesbares XML|tief"),
        (b"<a>" + b"<b>" * 150 + b"</b>" * 150 + b"</a>", "tief"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "zu groß"),
        (b"<a>" + b" " * 10_000_001 + b"</a>", "10 MB"),
        (schema(2, []), "Keine einzige Frage"),
    ],
)
def test_hostile_and_foreign_xml_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        read_xdatenfelder(data)


def test_groups_in_groups_without_end_are_refused() -> None:
    inner = group("G0", "Innen", structure("1:1", data_field("F1", "Alter")))
    for number in range(20):
        inner = group(f"G{number}", "Hülle", structure("1:1", inner))
    with pytest.raises(ImportRefused, match="verschachtelt"):
        read_xdatenfelder(schema(2, [structure("1:1", inner)]))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_repeated_group_in_the_fourth_level_is_refused_and_the_rest_stays(version: int) -> None:
    inner = structure("0:9", group("G4", "Gruppe 4", structure("1:1", data_field("F4", "Frage 4"))))
    for number in (3, 2, 1):
        asked = structure("1:1", data_field(f"F{number}", f"Frage {number}", version=version))
        inner = structure("0:9", group(f"G{number}", f"Gruppe {number}", asked, inner))
    form = read(version, inner, structure("1:1", data_field("F9", "Danach", version=version)))
    assert refused(form) == {("G4", "repeat")}
    found = fields(form)
    outer = found["gruppe_1"]
    assert outer["type"] == "repeat" and "Gruppe 3" in json.dumps(outer, ensure_ascii=False)
    assert "Gruppe 4" not in json.dumps(form.document, ensure_ascii=False)
    assert found["danach"]["type"] == "text"


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_of_the_schema_goes_unnamed(version: int) -> None:
    more = (
        element("bezeichnungAusgabe", text="Ausgabe")
        + code("vorbefuellung", "erlaubt")
        + element("stichwort", text="Kind")
    )
    form = read(
        version,
        structure("1:1", data_field("F1", "Dauer", "time", version=version, more=more,
                                    limits={"minValue": "08:00", "stellen": "2"})),
        structure("1:1", data_field("F2", "Name", more=code("vorbefuellung", "keine")
                                    + element("bezeichnungAusgabe", text="Name"))),
        structure("0:900", data_field("F3", "Zahl", "num_int", version=version,
                                      limits={"maxLength": "4"})),
        more=code("status", "6") + element("fachlicherErsteller", text="FIM"),
    )  # fmt: skip
    assert refused(form) == {
        ("F1", "praezisierung"), ("F1", "minValue"), ("F1", "vorbefuellung"), ("F3", "anzahl"),
        ("F3", "maxLength"), ("bezeichnungAusgabe", "angabe"), ("stichwort", "angabe"),
        ("status", "angabe"), ("fachlicherErsteller", "angabe"),
    }  # fmt: skip
    reasons = {entry.name: entry.reason for entry in form.report.refused}
    assert reasons["bezeichnungAusgabe"].startswith("Diese Angabe über 2 Elemente")
    assert fields(form)["dauer"]["annotations"] == ["minValue: 08:00"]


def test_an_anlage_for_a_certificate_that_must_not_be_kept_is_refused() -> None:
    form = read(
        3,
        structure("1:1", data_field("F1", "Erweitertes Führungszeugnis", "file", version=3)),
        structure("1:1", data_field("F2", "Führungszeugnis eingesehen am", "date", version=3)),
    )
    assert list(fields(form)) == ["fuehrungszeugnis_eingesehen_am"]
    assert refused(form) == {("F1", "file")}
    assert "§ 72a Abs. 5 SGB VIII" in form.report.refused[0].reason
