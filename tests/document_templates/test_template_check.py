"""The report on a file, trial data, and filling from plain JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import docx
import pytest

from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.edge_data import edge_context, trial_render, value_kinds
from document_templates.findings import FillingFailed, TemplateRefused
from document_templates.template_check import check_document, fill_plain
from tests.support.docx_files import docx_of, saved, text_of


def test_a_usable_file() -> None:
    report = check_document(docx_of("Betrag: {{ betrag|euro }}"), None)
    assert report.usable
    assert "betrag" in report.used_placeholders
    assert report.as_text().endswith("Die Vorlage ist verwendbar (3 Platzhalter).")
    assert json.loads(json.dumps(report.as_json()))["usable"] is True


def test_an_unusable_file() -> None:
    report = check_document(docx_of("Betrag: {{ betrag|eruo }}"), None)
    assert not report.usable
    assert "Fehler: Text, Absatz „Betrag: {{ betrag|eruo }}“" in report.as_text()
    (finding,) = [entry for entry in report.findings if entry.level == "error"]
    assert finding.as_json()["suggestion"] == "Meinten Sie „euro“?"


def test_trial_data_has_all_edges() -> None:
    contexts = edge_context({"name", "kosten[].betrag", "tag"}, {"tag": "date"})
    rows = [context["kosten"] for context in contexts]
    assert [len(entry) for entry in rows if isinstance(entry, list)] == [1, 50, 0, 2]
    names = [context["name"] for context in contexts]
    assert None in names
    assert any(isinstance(name, str) and "<gGmbH>" in name for name in names)
    assert any(isinstance(name, str) and len(max(name.split(), key=len)) >= 200 for name in names)
    assert all("mandant" in context for context in contexts)


def test_trial_data_of_tables_in_tables() -> None:
    contexts = edge_context({"faelle[].einsaetze[].minuten", "faelle[].name"})
    counts = []
    for context in contexts:
        rows: Any = context["faelle"]
        counts.append((len(rows), sum(len(row["einsaetze"]) for row in rows)))
    assert counts == [(1, 2), (50, 150), (0, 0), (2, 2)]


def test_kinds_follow_the_filters() -> None:
    cleaned = clean_docx(
        docx_of("{{ a|euro }} {{ b|datum }} {% if c > 5 %}x{% endif %} {{ d|liste }} {{ e * 2 }}")
    )
    kinds = value_kinds(cleaned)
    assert {name: kinds[name] for name in "abcde"} == {
        "a": "number", "b": "date", "c": "number", "d": "list", "e": "number",
    }  # fmt: skip


def test_the_trial_finds_a_cell_without_paragraph() -> None:
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "{%p if name %}"
    cell.add_paragraph("A")
    cell.add_paragraph("{%p endif %}")
    report = check_document(saved(document), None)
    assert not report.usable
    assert "ganz leer" in report.as_text()


def test_the_trial_finds_wrong_kinds() -> None:
    compiled = compile_template(clean_docx(docx_of("{{ tag|datum }}")))
    findings = trial_render(compiled, edge_context({"tag"}))
    assert any("kein Datum" in finding.message for finding in findings)
    assert trial_render(compiled, edge_context({"tag"}, {"tag": "date"})) == []


def test_filling_from_plain_json() -> None:
    data = docx_of(
        "{{ traeger.name }}: {{ betrag|euro }}, {{ tag|datum }} {{ pruefung.url }}",
        "{% for z in zeilen %}{{ z.n|zahl(2) }};{% endfor %}{{ liste|liste }}",
    )
    values = json.loads(
        '{"traeger": {"name": "Müller & Söhne <gGmbH>"}, "betrag": "72400.00", "liste": ["a","b"],'
        '"tag": "2026-12-31", "zeilen": [{"n": 1583.4}, {"n": 2}]}',
        parse_float=Decimal,
    )
    text = text_of(fill_plain(data, values))
    assert text == ("Müller & Söhne <gGmbH>: 72.400,00\u00a0€, 31.12.2026 \n1.583,40;2,00;a und b")
    assert fill_plain(data, values) == fill_plain(data, values)


def test_plain_filling_refuses_and_tells() -> None:
    with pytest.raises(TemplateRefused, match="Aufrufe"):
        fill_plain(docx_of("{{ a() }}"), {})
    with pytest.raises(FillingFailed, match="„a“ fehlt ein Wert"):
        fill_plain(docx_of("{{ a }}"), {})
