"""The starter template of every shipped form passes the check and prints every answer."""

from __future__ import annotations

import io

import docx
import pytest

from document_templates.checking import check_template
from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.edge_data import edge_context, trial_render, value_kinds
from document_templates.starting.outlining import (
    OutlineAnswer,
    OutlineBlock,
    OutlineHeading,
    OutlineTable,
    outline_form,
)
from document_templates.starting.starter import placeholder_sheet, starter_template
from forms.context import placeholder_paths
from forms.definition import parse_definition
from forms.packages import Package, list_packages
from tests.support.docx_files import text_of
from tests.support.library_filling import sample_context

PACKAGES = list_packages()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_starter_passes_the_check_and_is_filled(package: Package) -> None:
    definition = parse_definition(package.form_document)
    made = starter_template(definition)
    assert made == starter_template(definition)
    cleaned = clean_docx(made)
    assert cleaned.findings == ()
    paths = placeholder_paths(definition)
    assert check_template(cleaned, paths) == []
    compiled = compile_template(cleaned)
    assert trial_render(compiled, edge_context(paths, value_kinds(cleaned))) == []
    for sample in package.samples:
        text = text_of(compiled.fill(sample_context(package, sample)))
        assert "{{" not in text
        assert "{%" not in text


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_sheet_of_placeholders_opens(package: Package) -> None:
    definition = parse_definition(package.form_document)
    opened = docx.Document(io.BytesIO(placeholder_sheet(definition)))
    text = "\n".join(line.text for line in opened.paragraphs)
    assert "{{ dokument.datum }}" in text
    assert definition.title in text


def test_the_outline_knows_types_tables_and_conditions() -> None:
    package = next(
        one for one in PACKAGES if one.name == "kooperationsvereinbarung-kindertagespflege"
    )
    lines = outline_form(parse_definition(package.form_document))
    assert {type(line) for line in lines} == {
        OutlineHeading,
        OutlineAnswer,
        OutlineTable,
        OutlineBlock,
    }
    tags = [line.tag for line in lines if isinstance(line, OutlineBlock)]
    assert tags.count("{%p endif %}") == sum(tag.startswith("{%p if ") for tag in tags)
