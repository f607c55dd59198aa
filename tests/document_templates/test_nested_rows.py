"""Tables in the rows of tables: filled, checked against the form, tried at the edges."""

from __future__ import annotations

import pytest

from document_templates.checking import check_template
from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.edge_data import edge_context, trial_render, value_kinds
from document_templates.findings import Finding
from forms.context import placeholder_paths, template_context
from forms.definition import FormDefinition, parse_definition
from forms.evaluation import evaluate
from tests.support.docx_files import docx_of, text_of
from tests.support.form_documents import Document
from tests.support.nested_forms import course_answers, course_form, invoice_answers, invoice_form

INVOICE = parse_definition(invoice_form())
COURSE = parse_definition(course_form())
INVOICE_TEXT = (
    "{%p for fall in faelle %}",
    "{{ loop.index }}. {{ fall.name }}: {{ fall.einsaetze_summe.minuten }} min",
    "{%p for einsatz in fall.einsaetze %}",
    "{{ einsatz.datum|datum }} {{ einsatz.art_text }} {{ einsatz.betrag|euro }}",
    "{%p endfor %}",
    "{%p endfor %}",
    "{{ faelle_summe.summe|euro }}",
)
COURSE_TEXT = (
    "{%p for kurs in kurse %}",
    "{% for modul in kurs.module %}{% for termin in modul.termine %}"
    "{{ kurs.titel }}/{{ modul.thema }}/{{ termin.ue }};{% endfor %}{% endfor %}",
    "{%p endfor %}",
)


def findings_of(*paragraphs: str) -> list[Finding]:
    return check_template(clean_docx(docx_of(*paragraphs)), [*placeholder_paths(INVOICE)])


def filled(definition: FormDefinition, answers: Document, text: tuple[str, ...]) -> str:
    """Return the text of a document made of ``answers``."""
    evaluation = evaluate(definition, answers, stage="submission")
    context = edge_context(())[0] | template_context(definition, evaluation)
    return text_of(compile_template(clean_docx(docx_of(*text))).fill(context, {}))


def test_rows_in_rows_are_filled() -> None:
    text = filled(INVOICE, invoice_answers(), INVOICE_TEXT)
    assert text.replace("\N{NO-BREAK SPACE}", " ").splitlines() == [
        "1. 51.2-A: 135 min",
        "01.03.2027 direkt 97,43 €",
        "08.03.2027 Bericht 48,71 €",
        "2. 51.2-B: 60 min",
        "02.03.2027 direkt 60,00 €",
        "206,14 €",
    ]


def test_three_levels_are_filled() -> None:
    text = filled(COURSE, course_answers(), COURSE_TEXT)
    assert "Grundkurs/Recht/8;Grundkurs/Recht/4;Grundkurs/Spiel/6;" in text


@pytest.mark.parametrize(
    ("definition", "text"), [(INVOICE, INVOICE_TEXT), (COURSE, COURSE_TEXT)], ids=["two", "three"]
)
def test_a_good_template_passes_check_and_trial(
    definition: FormDefinition, text: tuple[str, ...]
) -> None:
    cleaned = clean_docx(docx_of(*text))
    paths = placeholder_paths(definition)
    assert [one for one in check_template(cleaned, paths) if one.level == "error"] == []
    contexts = edge_context(paths, value_kinds(cleaned))
    assert trial_render(compile_template(cleaned), contexts) == []


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("{{ zeile.einsaetze.minuten }}", "„zeile.einsaetze.minuten“ steht in einer Tabelle",
         "{%tr for eintrag in zeile.einsaetze %}"),
        ("{{ zeile.einsaetze }}", "ist eine Tabelle und lässt sich nicht als Ganzes",
         "{%tr for eintrag in zeile.einsaetze %}"),
        ("{{ zeile.einsaetze_summe.minute }}", "Unbekannter Platzhalter",
         "Meinten Sie „zeile.einsaetze_summe.minuten“?"),
        ("{{ zeile.einsatze.minuten }}", "Unbekannter Platzhalter",
         "Meinten Sie „minuten“ in einer Schleife {%tr for eintrag in zeile.einsaetze %}?"),
        ("{% for e in zeile.einsaetze %}{{ e.minute }}{% endfor %}", "Unbekannter Platzhalter",
         "Meinten Sie „e.minuten“?"),
        ("{% for e in zeile.einsaetze %}{{ e.satz }}{% endfor %}", "Unbekannter Platzhalter", ""),
        ("{% for e in zeile.name %}{% endfor %}{{ zeile.einsaetze.art_text }}", "steht in einer",
         "{%tr for eintrag in zeile.einsaetze %}"),
    ],
)  # fmt: skip
def test_mistakes_in_an_inner_loop(text: str, message: str, suggestion: str) -> None:
    found = findings_of("{%p for zeile in faelle %}", text, "{%p endfor %}")
    errors = [one for one in found if message in one.message]
    assert errors, [one.as_text() for one in found]
    assert errors[0].level == "error"
    assert suggestion in errors[0].suggestion


def unused(*paragraphs: str) -> str:
    return " ".join(one.message for one in findings_of(*paragraphs) if "nicht vor" in one.message)


def test_unused_fields_of_inner_rows() -> None:
    # Of a table that is not printed at all the table alone is named.
    assert "faelle[].einsaetze," not in unused("{{ gesamt }}")
    outer = unused("{%p for zeile in faelle %}", "{{ zeile.name }}", "{%p endfor %}")
    assert "faelle[].einsaetze" in outer
    assert "faelle[].einsaetze[].minuten" not in outer
    assert "_summe" not in outer
    inner = unused(*INVOICE_TEXT)
    assert "faelle[].einsaetze[].minuten" in inner
    assert "faelle[].einsaetze[].datum" not in inner
