"""A font that is not installed is told, with the one that stands in its place."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import docx
import pikepdf
import pytest

from document_templates.cleaning import clean_docx
from document_templates.conversion import Converter, fonts
from document_templates.conversion.fonts import InstalledFonts, installed_fonts
from document_templates.package_parts import open_cleaned
from document_templates.template_check import check_document
from document_templates.template_fonts import METRIC_TWINS, font_findings, fonts_of
from tests.support.docx_files import saved

HERE = InstalledFonts(frozenset({"Carlito", "Liberation Sans", "DejaVu Sans"}), "0")


def letter_in(*names: str) -> bytes:
    document = docx.Document()
    for fonts_of_style in document.styles.element.xpath("//w:rFonts"):
        fonts_of_style.getparent().remove(fonts_of_style)
    for name in names:
        document.add_paragraph().add_run(f"Gesetzt in {name}").font.name = name
    return saved(document)


def told(*names: str, installed: InstalledFonts = HERE) -> dict[str, str]:
    found = font_findings(clean_docx(letter_in(*names)), installed)
    return {finding.level: finding.as_text() for finding in found}


def test_an_installed_font_is_no_matter() -> None:
    assert told("Carlito", "dejavu sans") == {}


def test_a_font_of_the_same_width_is_named() -> None:
    assert told("Calibri") == {
        "notice": "Die Schrift „Calibri“ ist hier nicht installiert; im PDF steht dafür „Carlito“. "
        "Sie ist gleich breit: Zeilen und Seiten bleiben, wie sie sind."
    }


@pytest.mark.parametrize("name", ["Frutiger", "Georgia", "Cambria"])
def test_a_font_without_a_twin_is_a_warning_with_a_way_out(name: str) -> None:
    (text,) = told(name).values()
    assert f"„{name}“" in text
    assert "anders umbrechen" in text
    assert "Arial" in text
    assert list(told(name)) == ["warning"]


def test_nothing_is_said_where_fonts_cannot_be_listed() -> None:
    assert told("Frutiger", installed=InstalledFonts(frozenset(), "0")) == {}


def test_fonts_of_styles_themes_and_symbols_count_when_they_are_used() -> None:
    document = docx.Document()
    document.add_paragraph("Text", style="Quote")
    document.styles["Quote"].font.name = "Frutiger"
    document.styles["Title"].font.name = "Nirgends benutzt"
    found = fonts_of(open_cleaned(clean_docx(saved(document)).data))
    assert "Frutiger" in found
    assert "Nirgends benutzt" not in found
    assert {"Calibri", "Cambria"} & found, "the fonts of the theme"


def test_the_report_of_an_upload_names_them() -> None:
    assert "„Frutiger“" in check_document(letter_in("Frutiger"), None).as_text()


def test_the_twins_of_the_usual_fonts_are_installed_here() -> None:
    usual = ("arial", "calibri", "cambria", "times new roman", "courier new")
    assert {METRIC_TWINS[name] for name in usual} <= installed_fonts().families


def test_the_twin_is_what_the_pdf_shows() -> None:
    with Converter() as converter:
        pdf = converter.convert(letter_in("Calibri", "Arial"))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        names = {
            str(one.get("/FontName"))
            for one in document.objects
            if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"
        }
    assert {name.partition("+")[2] for name in names} >= {"Carlito", "LiberationSans"}


def test_the_list_of_fonts_changes_with_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listing(content: bytes) -> str:
        (tmp_path / "a.ttf").write_bytes(content)
        done = subprocess.CompletedProcess([], 0, f"Eins,Zwei\t{tmp_path / 'a.ttf'}\n".encode())
        monkeypatch.setattr(fonts.subprocess, "run", lambda *_given, **_more: done)
        found = installed_fonts.__wrapped__()
        assert found.families == {"Eins", "Zwei"}
        return found.sha256

    assert listing(b"1") == listing(b"1") != listing(b"2")
