"""``siegel template``: from the file to the finding, the DOCX and the PDF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.commands.conftest import Command, write_json
from tests.support.docx_files import docx_of, member, names, text_of, zipped
from tests.support.form_documents import field, one_page

LIBRARY = Path(__file__).resolve().parents[3] / "forms" / "library"
NAME_FORM = one_page(field("text", "nachname"), field("money", "betrag"))


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "brief.docx"
    path.write_bytes(docx_of("Guten Tag {{ nachname }}", "Betrag: {{ betrag|euro }}"))
    return path


def test_a_usable_template_ends_with_0(siegel: Command, letter: Path, tmp_path: Path) -> None:
    form = write_json(tmp_path / "form.json", NAME_FORM)
    for arguments in ((), ("--form", form)):
        result = siegel("template", "check", letter, *arguments)
        assert result.returncode == 0, result.stderr
        assert "Die Vorlage ist verwendbar (" in result.stdout


def test_the_findings_come_as_json(siegel: Command, letter: Path) -> None:
    report = json.loads(siegel("template", "check", letter, "--json").stdout)
    assert report["usable"] is True
    assert {"betrag", "nachname"} <= set(report["used_placeholders"])
    assert set(report) == {"usable", "findings", "used_placeholders"}


def test_a_mistyped_placeholder_is_refused_with_a_suggestion(
    siegel: Command, tmp_path: Path
) -> None:
    file = tmp_path / "brief.docx"
    file.write_bytes(docx_of("Guten Tag {{ nachnahme }}"))
    form = write_json(tmp_path / "form.json", NAME_FORM)
    assert siegel("template", "check", file).returncode == 0
    result = siegel("template", "check", file, "--form", form)
    assert result.returncode == 1
    assert "meinten Sie „nachname“" in result.stdout.replace("Meinten", "meinten")
    report = json.loads(siegel("template", "check", file, "--form", form, "--json").stdout)
    assert report["usable"] is False
    assert [one["level"] for one in report["findings"]].count("error") == 1


def test_a_template_is_checked_with_its_clauses(siegel: Command, tmp_path: Path) -> None:
    package = LIBRARY / "kooperationsvereinbarung-kindertagespflege"
    arguments = ("template", "check", package / "template.docx", "--form", package / "form.json")
    alone = siegel(*arguments)
    assert alone.returncode == 1
    assert "Baustein „datenschutz“ gibt es nicht" in alone.stdout
    complete = siegel(*arguments, "--clauses", package / "clauses")
    assert complete.returncode == 0, complete.stdout

    broken = tmp_path / "clauses"
    broken.mkdir()
    assert siegel(*arguments, "--clauses", broken).returncode == 1
    (broken / "datenschutz.json").write_text('{"kind": "nothing"}')
    refused = siegel(*arguments, "--clauses", broken)
    assert refused.returncode == 1
    assert "datenschutz.json“ ist nicht verwendbar" in refused.stderr


@pytest.mark.parametrize(
    "content", [b"", b"not a zip", b"PK\x03\x04broken", zipped({"mimetype": b"x"})]
)
def test_an_unreadable_template_ends_with_1(
    siegel: Command, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "brief.docx"
    file.write_bytes(content)
    result = siegel("template", "check", file)
    assert result.returncode == 1
    assert "Die Vorlage ist so nicht verwendbar." in result.stdout
    assert "Traceback" not in result.stderr
    assert json.loads(siegel("template", "check", file, "--json").stdout)["usable"] is False


def test_a_template_with_a_macro_is_refused(siegel: Command, tmp_path: Path, letter: Path) -> None:
    content = letter.read_bytes()
    members = {name: member(content, name) for name in names(content)}
    types = members["[Content_Types].xml"]
    members["[Content_Types].xml"] = types.replace(
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    letter.write_bytes(zipped(members))
    result = siegel("template", "check", letter)
    assert result.returncode == 1
    assert "Makro" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("template", "check", "nowhere.docx"),
        ("template", "check", "{letter}", "--form", "nowhere.json"),
        ("template", "render", "nowhere.docx", "nowhere.json", "-o", "out.docx"),
        ("template", "render", "{letter}", "nowhere.json", "-o", "out.docx"),
        ("form", "evaluate", "nowhere.json", "nowhere.json"),
        ("verify", "nowhere.pdf"),
    ],
)
def test_a_missing_file_ends_with_1_and_its_name(
    siegel: Command, letter: Path, arguments: tuple[str, ...]
) -> None:
    result = siegel(*(argument.replace("{letter}", str(letter)) for argument in arguments))
    assert result.returncode == 1
    assert "Die Datei „nowhere." in result.stderr
    assert "gibt es nicht." in result.stderr


def test_a_directory_is_no_file(siegel: Command, tmp_path: Path) -> None:
    result = siegel("template", "check", tmp_path)
    assert result.returncode == 1
    assert "ist ein Verzeichnis, keine Datei." in result.stderr


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "ist kein JSON: Zeile 1, Spalte 2"),
        (b"[]", "enthält kein JSON-Objekt"),
        (b'{"a": "\xff"}', "ist nicht in UTF-8 geschrieben (Byte 7)."),
        (b"[" * 100_000, "ist kein lesbares JSON"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "ist kein lesbares JSON"),
    ],
)
def test_unreadable_json_is_named(
    siegel: Command, letter: Path, tmp_path: Path, content: bytes, expected: str
) -> None:
    data = tmp_path / "daten.json"
    data.write_bytes(content)
    for arguments in (
        ("template", "check", letter, "--form", data),
        ("template", "render", letter, data, "-o", tmp_path / "out.docx"),
        ("form", "evaluate", data, data),
    ):
        result = siegel(*arguments)
        assert result.returncode == 1
        assert "daten.json" in result.stderr
        assert expected in result.stderr
        assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.docx").exists()


def test_a_form_that_is_none_is_named(siegel: Command, letter: Path, tmp_path: Path) -> None:
    form = write_json(tmp_path / "form.json", {"schema_version": 1})
    for arguments in (
        ("template", "check", letter, "--form", form),
        ("form", "evaluate", form, form),
    ):
        result = siegel(*arguments)
        assert result.returncode == 1
        assert "form.json“ ist nicht verwendbar:" in result.stderr


def test_a_template_is_filled_from_plain_json(
    siegel: Command, letter: Path, tmp_path: Path
) -> None:
    data = write_json(
        tmp_path / "daten.json", {"nachname": "Müller & Söhne <gGmbH>", "betrag": "1250.5"}
    )
    output = tmp_path / "out.docx"
    result = siegel("template", "render", letter, data, "-o", output)
    assert result.returncode == 0, result.stderr
    assert text_of(output.read_bytes()).splitlines() == [
        "Guten Tag Müller & Söhne <gGmbH>",
        "Betrag: 1.250,50\N{NO-BREAK SPACE}€",
    ]


def test_missing_and_unfit_data_are_named(siegel: Command, letter: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.docx"
    for content, expected in (
        ({"nachname": "Muster"}, "betrag"),
        ({"nachname": "Muster", "betrag": "viel"}, "viel"),
    ):
        data = write_json(tmp_path / "daten.json", content)
        result = siegel("template", "render", letter, data, "-o", output)
        assert result.returncode == 1
        assert expected in result.stderr
        assert not output.exists()


def test_an_unusable_template_is_not_filled(siegel: Command, tmp_path: Path) -> None:
    file = tmp_path / "brief.docx"
    file.write_bytes(docx_of("{{ nachname.__class__ }}"))
    data = write_json(tmp_path / "daten.json", {"nachname": "Muster"})
    result = siegel("template", "render", file, data, "-o", tmp_path / "out.docx")
    assert result.returncode == 1
    assert result.stderr.strip()
    assert not (tmp_path / "out.docx").exists()


def test_an_output_that_cannot_be_written_is_named(
    siegel: Command, letter: Path, tmp_path: Path
) -> None:
    data = write_json(tmp_path / "daten.json", {"nachname": "Muster", "betrag": 1})
    result = siegel("template", "render", letter, data, "-o", tmp_path / "nowhere" / "out.docx")
    assert result.returncode == 1
    assert "lässt sich nicht schreiben" in result.stderr


def test_a_template_becomes_a_pdf(siegel: Command, letter: Path, tmp_path: Path) -> None:
    from document_templates.pdfa import check_pdfa

    data = write_json(tmp_path / "daten.json", {"nachname": "Muster", "betrag": 1})
    output = tmp_path / "out.pdf"
    result = siegel("template", "render", letter, data, "-o", output)
    assert result.returncode == 0, result.stderr
    assert check_pdfa(output.read_bytes()) == []
