"""Injection is refused twice over; bombs are refused or fizzle out within their limits."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile

import pytest
from lxml import etree

from document_templates.checking import check_template
from document_templates.cleaning import clean_docx
from document_templates.compiling import MAX_OUTPUT, compile_template
from document_templates.findings import FillingFailed, TemplateRefused, has_errors
from document_templates.template_check import check_document
from tests.document_templates.hostile_expressions import BOMBS, ESCAPES
from tests.support.docx_files import docx_of, paragraph, plain_members, zipped

SECONDS = 20.0
BYTES = 300_000_000
CONTEXT: dict[str, object] = {
    "x": "Wert", "y": [1, 2], "mandant": {"name": "Stadt"}, "dokument": {"titel": "Brief"},
}  # fmt: skip


def template_with(text: str) -> bytes:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return zipped(plain_members(paragraph("Davor") + paragraph(escaped) + paragraph("Danach")))


@pytest.mark.parametrize("text", ESCAPES)
def test_an_escape_is_refused_with_a_reason(text: str) -> None:
    report = check_document(template_with(text), None)
    assert not report.usable
    assert any(finding.level == "error" and finding.message for finding in report.findings)


@pytest.mark.parametrize("text", ESCAPES)
def test_an_escape_gives_nothing_away_even_unchecked(text: str) -> None:
    """The compiler and its closed environment do not rely on the check."""
    try:
        filled = compile_template(clean_docx(template_with(text))).fill(CONTEXT, {})
    except (TemplateRefused, FillingFailed):
        return
    written = body_text(filled)
    for leak in ("<class", "<module", "<function", "__", "root:", "uid=", "object at"):
        assert leak not in written


def body_text(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return "".join(etree.fromstring(archive.read("word/document.xml")).itertext())


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: text[:30])
def test_a_bomb_fizzles_out(text: str) -> None:
    started = time.perf_counter()
    tracemalloc.start()
    try:
        size = outcome(template_with(text))
        _current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - started < SECONDS
    assert peak < BYTES
    assert size < 100_000


def outcome(data: bytes) -> int:
    """Return the size of the document that a template makes, 0 when it makes none."""
    try:
        cleaned = clean_docx(data)
        if has_errors(check_template(cleaned, None)):
            return 0
        return len(compile_template(cleaned).fill(CONTEXT, {}))
    except (TemplateRefused, FillingFailed):
        return 0


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_loops_within_loops_stop_at_their_budget(depth: int) -> None:
    variables = ["zeile", "eintrag", "teil", "einzelnes"][:depth]
    opening = "".join(f"{{% for {name} in y %}}" for name in variables)
    data = docx_of(opening + "Text" + "{% endfor %}" * depth)
    compiled = compile_template(clean_docx(data))
    started = time.perf_counter()
    with pytest.raises(FillingFailed):
        compiled.fill({**CONTEXT, "y": ["a" * 100] * 5_000}, {})
    assert time.perf_counter() - started < SECONDS


def test_a_flood_of_text_stops_at_its_limit() -> None:
    compiled = compile_template(clean_docx(docx_of("{% for zeile in y %}{{ x }}{% endfor %}")))
    started = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(FillingFailed):
            compiled.fill({**CONTEXT, "x": "ä" * 100_000, "y": [0] * 10_000}, {})
        _current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - started < SECONDS
    assert peak < 10 * MAX_OUTPUT


def test_what_looks_like_a_template_in_a_value_is_a_value() -> None:
    for value in ("{{ 7*7 }}", "{% for i in x %}", "</w:t><w:p/>", "]]>&amp;", "\x00\x1b\ufffe"):
        compiled = compile_template(clean_docx(docx_of("Davor {{ x }} danach")))
        text = body_text(compiled.fill({**CONTEXT, "x": value}, {}))
        assert text == f"Davor {value.strip(chr(0) + chr(27) + chr(0xFFFE))} danach"
