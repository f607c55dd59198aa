"""Findings name the tag, the paragraph and the way out."""

from __future__ import annotations

import pytest

from document_templates.checking import check_template, used_placeholders
from document_templates.cleaning import clean_docx
from document_templates.findings import Finding
from tests.support.docx_files import docx_of

FORM = {
    "name",
    "hilfeart",
    "hilfeart_text",
    "betrag",
    "kosten",
    "kosten[].betrag",
    "kosten[].art",
    "kosten_summe.betrag",
    "matrix",
    "matrix[].text",
    "matrix[].zellen",
    "matrix[].zellen[].wert",
}


def findings_of(*paragraphs: str, rows: list[list[str]] | None = None) -> list[Finding]:
    """Return what the check says, without the warning about unused fields."""
    found = check_template(clean_docx(docx_of(*paragraphs, rows=rows or ())), FORM)
    return [
        finding for finding in found if "kommen in der Vorlage nicht vor" not in finding.message
    ]


def test_a_good_template_has_no_findings() -> None:
    rows = [
        ["Art", "Betrag"],
        ["{%tr for zeile in kosten %}", ""],
        ["{{ loop.index }} {{ zeile.art }}", "{{ zeile.betrag|euro }}"],
        ["{%tr endfor %}", ""],
        ["{%tr for m in matrix %}", ""],
        ["{{ m.text }}", "{% for z in m.zellen %}{{ z.wert }}{% endfor %}"],
        ["{%tr endfor %}", ""],
    ]
    assert findings_of(
        "{{ name }} {{ hilfeart_text|liste }} {{ mandant.name }} {{ pruefung.url }}",
        "{%p if betrag > 100 and 'a' in hilfeart %}",
        "{{ kosten_summe.betrag|euro }} {{ kosten[0].art }} {{ kosten|length }}",
        "{%p endif %}",
        "{% for h in hilfeart %}{{ h }}{% endfor %}",
        rows=rows,
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("{{ nmae }}", "Unbekannter Platzhalter „nmae“", "Meinten Sie „name“?"),
        ("{{ mandant.nmae }}", "Unbekannter Platzhalter „mandant.nmae“", "„mandant.name“?"),
        ("{{ xyzxyz }}", "Unbekannter Platzhalter „xyzxyz“", ""),
        ("{{ betrag|eruo }}", "Unbekannter Filter „eruo“", "Meinten Sie „euro“?"),
        ("{{ kosten }}", "„kosten“ ist eine Tabelle", "{%tr for zeile in kosten %}"),
        ("{{ kosten.betrag }}", "mehrmals", "{%tr for zeile in kosten %}"),
        ("{{ mandant }}", "„mandant“ ist eine Gruppe", ""),
        ("{{ loop.index }}", "„loop.index“ gibt es hier nicht", "In Schleifen"),
        ("{{ vor name }}", "ist zu viel", "{{ vor_name }}"),
        ("{{ name.upper() }}", "Aufrufe mit Klammern", ""),
        ("{{ betrag % 2 }}", "Rechenarten", ""),
        ("{{ {'a': 1} }}", "Geschweifte Klammern", ""),
        ("{{ name + }}", "unvollständig", ""),
        ("{% for x in mandant %}{% endfor %}", "keine Tabelle und keine Liste", ""),
        ("{% for x, y in kosten %}{% endfor %}", "for zeile in tabelle", ""),
        ("{%p if betrag % 2 %}", "Prozentzeichen", ""),
        ("{%tr for z in kosten %}", "steht nicht in einer Tabelle", "{%p for z in kosten %}"),
        ("{%p if name %} Text", "verloren ginge", "allein"),
        ("{%- if name %}{% endif %}", "Bindestriche", "{%p … %}"),
        ("{{p name }}", "nicht möglich", "{{ name }}"),
        ("{% wenn name %}", "gibt es nicht", "if, elif"),
        ("{{ name }", "fehlt „}}“", "im selben Absatz"),
        ("name }}", "fehlt „{{“", ""),
        ("{% endif %}", "fehlt ein {% if … %} davor", ""),
        ("{% if name %}x{% else %}y{% else %}z{% endif %}", "nach einem „else“", ""),
        ("{% if name %}{% for x in kosten %}{% endif %}{% endfor %}", "fehlt das {% endfor %}", ""),
    ],
)
def test_mistakes(text: str, message: str, suggestion: str) -> None:
    found = [finding for finding in findings_of("Vorher", text) if message in finding.message]
    assert found, [finding.as_text() for finding in findings_of("Vorher", text)]
    assert found[0].level == "error"
    assert found[0].part == "Text"
    assert found[0].paragraph == text
    assert suggestion in found[0].suggestion


def test_suggestions_use_the_loop_variable() -> None:
    found = findings_of("{%p for zeile in kosten %}", "{{ zeile.betrg }}", "{%p endfor %}")
    assert [finding.suggestion for finding in found] == ["Meinten Sie „zeile.betrag“?"]


def test_an_unclosed_block_is_told_once_at_its_beginning() -> None:
    found = findings_of("A", "{%p for zeile in kosten %}", "{{ zeile.art }}")
    assert [(finding.paragraph, finding.message) for finding in found] == [
        (
            "{%p for zeile in kosten %}",
            "Für {%p for zeile in kosten %} fehlt das {%p endfor %}.",
        )
    ]


def test_loop_and_end_in_one_row() -> None:
    rows = [["{%tr for z in kosten %}{{ z.art }}{%tr endfor %}", ""]]
    assert any("stehen zusammen (Tabellenzeile)" in f.message for f in findings_of(rows=rows))


def test_row_tag_closed_by_a_plain_tag() -> None:
    rows = [["{%tr for z in kosten %}"], ["{{ z.art }}"], ["{% endfor %}"]]
    assert any("{%tr endfor %}" in finding.suggestion for finding in findings_of(rows=rows))


def test_headers_and_the_title_are_checked_too() -> None:
    data = docx_of("Text", header="{{ nmae }}", title="Bescheid {{ nmae }}")
    parts = {finding.part for finding in check_template(clean_docx(data), FORM)}
    assert {"Kopfzeile 1", "Dokumenteigenschaften"} <= parts


def test_a_forbidden_name_is_told_once() -> None:
    (found,) = findings_of("{{ name.__class__ }}")
    assert "Unterstrich" in found.message


def test_what_looks_like_nothing_known_leads_to_the_list() -> None:
    (found,) = findings_of("{{ xylophon }}")
    assert "Liste der Platzhalter" in found.suggestion


def test_unused_fields_are_a_warning() -> None:
    (warning,) = [
        finding
        for finding in check_template(clean_docx(docx_of("{{ name }} {{ hilfeart_text }}")), FORM)
        if finding.level == "warning"
    ]
    assert warning.message.endswith("betrag, kosten, matrix.")


def test_without_a_form_names_are_free_and_rules_hold() -> None:
    assert check_template(clean_docx(docx_of("{{ irgend.etwas }}")), None) == []
    assert check_template(clean_docx(docx_of("{{ irgend() }}")), None) != []


def test_used_placeholders() -> None:
    data = docx_of("{{ name }} {% for z in kosten %}{{ z.art|default(betrag) }}{% endfor %}")
    used = used_placeholders(clean_docx(data))
    assert used == {
        "name", "kosten", "kosten[].art", "betrag", "dokument.titel", "mandant.name",
    }  # fmt: skip


def test_many_mistakes_are_summed_up() -> None:
    found = findings_of(*(f"{{{{ falsch_{number} }}}}" for number in range(150)))
    assert len(found) == 101
    assert found[-1].level == "error"
