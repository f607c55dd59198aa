"""A compiled template writes what docxtpl writes, only faster and never mixed up."""

from __future__ import annotations

import html
import io
import threading
import zipfile
from datetime import date
from decimal import Decimal

import docx
import pytest
from docxtpl import DocxTemplate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.compiling import CompiledTemplate, compile_template
from document_templates.environment import ClosedEnvironment
from document_templates.findings import FillingFailed
from tests.support.docx_files import (
    docx_of,
    member,
    paragraph,
    plain_members,
    saved,
    text_of,
    zipped,
)

SYSTEM: dict[str, object] = {"mandant": {"name": "Stadt"}, "dokument": {"titel": "Bescheid"}}


def _letter() -> bytes:
    return docx_of(
        "Sehr geehrte Frau {{ name }}, {{ ort|default('ohne Ort') }}",
        "{%p if stationaer %}",
        "Über Tag und Nacht: {{ satz|euro }}",
        "{%p elif satz > 100 %}",
        "Hoher Satz {{ satz|zahl(1) }}",
        "{%p else %}",
        "Ambulant",
        "{%p endif %}",
        "{%p for zeile in zeilen %}",
        "{{ loop.index }}. {{ zeile.text }}{% if not loop.last %};{% else %}.{% endif %}",
        "{%p endfor %}",
        "Ende {{ name|upper }} {% for zeile in zeilen %}[{{ zeile.betrag }}]{% endfor %}",
        rows=[
            ["Nr.", "Text", "Betrag"],
            ["{%tr for zeile in zeilen %}", "", ""],
            ["{{ loop.index }}", "{{ zeile.text }}", "{{ zeile.betrag|euro }}"],
            ["{%tr endfor %}", "", ""],
        ],
        header="{{ name }} – {{ ort }}",
        footer="{% if stationaer %}A{% else %}B{% endif %} {{ satz|euro }}",
    )


def _matrix() -> bytes:
    return docx_of(
        "Matrix",
        rows=[
            ["Aufgabe", "{%tc for s in spalten %}", "{{ s }}", "{%tc endfor %}"],
            ["{%tr for zeile in zeilen %}", "", "", ""],
            [
                "{{ zeile.text }}",
                "{%tc for s in spalten %}",
                "{% if s == name %}X{% else %}–{% endif %}",
                "{%tc endfor %}",
            ],
            ["{%tr endfor %}", "", "", ""],
        ],
    )


def _nested() -> bytes:
    document = docx.Document()
    document.add_paragraph("{%p for zeile in zeilen %}")
    document.add_paragraph("{{ zeile.text }}:")
    document.add_paragraph("{%p for s in spalten %}")
    item = document.add_paragraph()
    for piece in ("{", "{ s", " }", "} und {{ zeile", ".betrag|zahl ", "}}"):
        item.add_run(piece).bold = True
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endfor %}")
    table = document.add_table(rows=2, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "{% colspan breite %}{{ name }}"
    table.cell(0, 2).text = "{{ ort }}"
    for cell in table.rows[1].cells:
        cell.text = "x"
    return saved(document)


TEMPLATES = {"letter": _letter, "matrix": _matrix, "nested": _nested}

_text = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\u2028\u2029"), max_size=30
) | st.sampled_from(["Müller & Söhne <gGmbH>", "{{ 7*7 }}", "a\nb\tc", "„Ärger“ 'x' \"y\""])
_money = st.decimals(min_value=-10_000, max_value=10_000_000, places=2)
_contexts = st.fixed_dictionaries(
    {
        "name": _text,
        "ort": _text | st.none(),
        "stationaer": st.booleans() | st.none(),
        "satz": _money | st.none() | _money.map(str),
        "breite": st.integers(1, 3),
        "spalten": st.lists(_text, min_size=1, max_size=5),
        "zeilen": st.lists(
            st.fixed_dictionaries({"text": _text, "betrag": _money | st.none()}),
            min_size=1,
            max_size=6,
        ),
    }
)


def _by_docxtpl(cleaned: CleanedDocx, context: dict[str, object]) -> bytes:
    environment = ClosedEnvironment()
    template = DocxTemplate(io.BytesIO(cleaned.data))
    # docxtpl compiles what our own preparation writes around the width of merged cells.
    template.render(context, environment)
    stream = io.BytesIO()
    template.save(stream)
    return stream.getvalue()


def _canonical(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert archive.testzip() is None
        return {
            name: etree.tostring(etree.fromstring(archive.read(name)), method="c14n")
            for name in archive.namelist()
            if name.startswith("word/") and name.endswith(".xml")
        }


@pytest.fixture(scope="module", params=sorted(TEMPLATES))
def template(request: pytest.FixtureRequest) -> tuple[CleanedDocx, CompiledTemplate]:
    cleaned = clean_docx(TEMPLATES[request.param]())
    return cleaned, compile_template(cleaned)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(context=_contexts)
def test_every_part_equals_docxtpl(
    template: tuple[CleanedDocx, CompiledTemplate], context: dict[str, object]
) -> None:
    cleaned, compiled = template
    whole = {**SYSTEM, **context}
    filled = compiled.fill(whole)
    assert _canonical(filled) == _canonical(_by_docxtpl(cleaned, whole))
    assert compiled.fill(whole) == filled


def test_core_properties_equal_docxtpl() -> None:
    cleaned = clean_docx(docx_of("{{ name }}", title="Bescheid {{ name }}"))
    context = {**SYSTEM, "name": "Müller & Söhne"}
    ours = docx.Document(io.BytesIO(compile_template(cleaned).fill(context))).core_properties
    theirs = docx.Document(io.BytesIO(_by_docxtpl(cleaned, context))).core_properties
    # docxtpl writes the escaped text as if it were plain; we do not.
    assert ours.title == html.unescape(theirs.title) == "Bescheid Müller & Söhne"
    assert ours.author == theirs.author == "Stadt"
    assert ours.language == theirs.language == "de-DE"


def test_threads_do_not_mix() -> None:
    compiled = compile_template(clean_docx(_letter()))
    barrier = threading.Barrier(8)
    wrong: list[str] = []

    def work(number: int) -> None:
        context = {
            **SYSTEM,
            "name": f"Person{number}",
            "ort": f"Ort{number}",
            "stationaer": bool(number % 2),
            "satz": Decimal(number),
            "zeilen": [{"text": f"Person{number}", "betrag": number}] * (number + 1),
        }
        expected = compiled.fill(context)
        barrier.wait(timeout=60)
        for _turn in range(50):
            if compiled.fill(context) != expected:
                wrong.append(f"{number} changed")
        others = {f"Person{other}" for other in range(8) if other != number}
        if any(other in text_of(expected) for other in others):
            wrong.append(f"{number} holds another person")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    assert wrong == []


def test_special_characters_appear_literally() -> None:
    compiled = compile_template(clean_docx(docx_of("An: {{ name }}!")))
    text = text_of(compiled.fill({**SYSTEM, "name": "Müller & Söhne <gGmbH>\nzwei\x00\x0b{{ 1 }}"}))
    assert text == "An: Müller & Söhne <gGmbH>\nzwei{{ 1 }}!"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "[]"),
        (True, "[ja]"),
        (Decimal("1250.50"), "[1250,50]"),
        (date(2026, 12, 31), "[31.12.2026]"),
        (["a", 1, None], "[a, 1, ]"),
        (65183, "[65183]"),
    ],
)
def test_values_without_filter_are_german(value: object, written: str) -> None:
    compiled = compile_template(clean_docx(docx_of("[{{ wert }}]")))
    assert text_of(compiled.fill({**SYSTEM, "wert": value})) == written


def test_a_missing_value_names_placeholder_and_paragraph() -> None:
    compiled = compile_template(clean_docx(docx_of("Gut", "Kind: {{ kind.nachname }}", "Ende")))
    with pytest.raises(FillingFailed) as failure:
        compiled.fill({**SYSTEM, "kind": {}})
    finding = failure.value.finding
    assert "„nachname“" in finding.message
    assert finding.part == "Text"
    assert finding.paragraph == "Kind: {{ kind.nachname }}"


def test_an_unfit_value_names_the_paragraph() -> None:
    compiled = compile_template(clean_docx(docx_of("Betrag: {{ betrag|euro }}")))
    with pytest.raises(FillingFailed, match=r"Absatz „Betrag.*„viel“ ist keine Zahl"):
        compiled.fill({**SYSTEM, "betrag": "viel"})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}",
         "Durchläufe"),
        ("{% for a in x %}{% for b in x %}{{ lang }}{% endfor %}{% endfor %}", "größer als 20 MB"),
        ("{{ x|join(lang)|join(lang) }}", "länger als 100000 Zeichen"),
        ("{{ riesig }}", "länger als 100000 Zeichen"),
        ("{{ 99999999999 * 99999999999 * 99999999999 }}", "zu groß"),
        ("{{ lang * 3 }}", "ist keine Zahl"),
    ],
)  # fmt: skip
def test_limits_while_filling(body: str, says: str) -> None:
    compiled = compile_template(clean_docx(docx_of(body)))
    context = {**SYSTEM, "x": ["x"] * 400, "lang": "y" * 900, "riesig": "z" * 100_001}
    with pytest.raises(FillingFailed, match=says):
        compiled.fill(context)


class _Account:
    name = "geheim"

    def delete(self) -> str:
        raise AssertionError("a template called a method")


@pytest.mark.parametrize("tag", ["{{ konto.name }}", "{{ konto }}", "{{ konto['name'] }}"])
def test_objects_are_opaque(tag: str) -> None:
    compiled = compile_template(clean_docx(docx_of(tag)))
    with pytest.raises(FillingFailed) as failure:
        compiled.fill({**SYSTEM, "konto": _Account()})
    assert "geheim" not in str(failure.value)


def test_blocks_over_paragraphs_stay_well_formed() -> None:
    body = paragraph("A{% if x %}B") + paragraph("C{% endif %}D")
    compiled = compile_template(clean_docx(zipped(plain_members(body))))
    for value, text in ((True, "AB\nCD"), (False, "AD")):
        assert text_of(compiled.fill({**SYSTEM, "x": value})) == text


def test_a_table_that_lost_all_rows_is_gone() -> None:
    rows = [["{%tr for z in x %}"], ["{{ z }}"], ["{%tr endfor %}"]]
    compiled = compile_template(clean_docx(docx_of("A", rows=rows)))
    assert b"<w:tbl>" not in member(compiled.fill({**SYSTEM, "x": []}), "word/document.xml")
    assert "eins" in text_of(compiled.fill({**SYSTEM, "x": ["eins"]}))
