"""Every hostile file is refused in German, quickly and in little memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from document_templates.checking import check_template
from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.findings import TemplateRefused, has_errors
from document_templates.template_check import check_document
from tests.document_templates.hostile import (
    REFUSED_BY_CHECKING,
    REFUSED_BY_CLEANING,
    Hostile,
    all_hostile,
)

LIMIT_SECONDS = 20
LIMIT_BYTES = 400_000_000


@pytest.mark.parametrize("hostile", REFUSED_BY_CLEANING, ids=lambda hostile: hostile.name)
def test_cleaning_refuses(hostile: Hostile) -> None:
    data = hostile.build()
    started = time.perf_counter()
    with pytest.raises(TemplateRefused) as refusal:
        clean_docx(data)
    assert time.perf_counter() - started < LIMIT_SECONDS
    assert hostile.says in str(refusal.value)


@pytest.mark.parametrize("hostile", REFUSED_BY_CHECKING, ids=lambda hostile: hostile.name)
def test_checking_and_compiling_refuse(hostile: Hostile) -> None:
    cleaned = clean_docx(hostile.build())
    started = time.perf_counter()
    findings = check_template(cleaned, None)
    assert time.perf_counter() - started < LIMIT_SECONDS
    assert has_errors(findings)
    assert hostile.says in "\n".join(finding.as_text() for finding in findings)


@pytest.mark.parametrize("hostile", list(all_hostile()), ids=lambda hostile: hostile.name)
def test_the_report_never_raises(hostile: Hostile) -> None:
    report = check_document(hostile.build(), None)
    assert not report.usable
    assert hostile.says in report.as_text()


@pytest.mark.parametrize("name", ["zip bomb", "many bombs", "billion laughs", "too many members"])
def test_bombs_stay_small_in_memory(name: str) -> None:
    data = next(hostile for hostile in all_hostile() if hostile.name == name).build()
    tracemalloc.start()
    try:
        check_document(data, None)
        _current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < LIMIT_BYTES


@pytest.mark.parametrize(
    "name",
    ["dunder traversal", "filter bomb", "inner filter", "power", "range", "set"],
)
def test_the_environment_itself_refuses_too(name: str) -> None:
    """Compiling does not rely on the check having been run before."""
    hostile = next(hostile for hostile in REFUSED_BY_CHECKING if hostile.name == name)
    with pytest.raises(TemplateRefused):
        compile_template(clean_docx(hostile.build()))
