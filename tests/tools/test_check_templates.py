"""The check of templates finds what it is for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from forms.packages import list_packages
from tests.support.docx_files import docx_of
from tools.check_templates import check_package, check_packages, check_pages, main

ENDPOINTS = frozenset({"forms.index", "static"})


def drawing(directory: Path) -> Environment:
    return Environment(loader=FileSystemLoader(directory), autoescape=True)


def test_everything_shipped_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    said = capsys.readouterr().out
    assert "✗" not in said
    for package in list_packages():
        assert f"✓ Vorlage des Pakets {package.name}" in said
    assert "Seitenvorlagen" in said


def test_a_placeholder_that_the_form_lacks_is_found() -> None:
    package = replace(list_packages()[0], template_bytes=docx_of("{{ gibt_es_nicht }}"))
    (fault,) = check_package(package)
    assert "gibt_es_nicht" in fault


def test_a_template_that_is_no_docx_is_found() -> None:
    assert check_package(replace(list_packages()[0], template_bytes=b"kaputt"))


def test_a_form_that_is_none_is_found() -> None:
    assert check_package(replace(list_packages()[0], form_document={"schema_version": 1}))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% if x %}", "Zeile 1"),
        ("\n{{ url_for('forms.nowhere') }}", "Zeile 2: Die Seite „forms.nowhere“ gibt es nicht."),
        ("{% extends 'nowhere.html' %}", "Die Vorlage „nowhere.html“ gibt es nicht."),
        ("{% include 'nowhere.html' %}", "Die Vorlage „nowhere.html“ gibt es nicht."),
        ("{{ x|unbekannt }}", "unbekannt"),
    ],
)
def test_a_faulty_page_is_found(tmp_path: Path, source: str, expected: str) -> None:
    (tmp_path / "page.html").write_text(source, encoding="utf-8")
    ((name, faults),) = check_pages(drawing(tmp_path), ENDPOINTS, tmp_path)
    assert name == "Seite page.html"
    assert len(faults) == 1
    assert expected in faults[0]


def test_a_good_page_passes(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "{{ url_for('forms.index') }}{{ url_for('static', filename='x') }}{{ url_for(name) }}",
        encoding="utf-8",
    )
    assert list(check_pages(drawing(tmp_path), ENDPOINTS, tmp_path)) == [("Seite page.html", [])]


def test_every_package_is_looked_at() -> None:
    assert len(list(check_packages())) == len(list_packages())
