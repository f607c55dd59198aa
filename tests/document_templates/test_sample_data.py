"""Every shipped template can be looked at with invented answers."""

from __future__ import annotations

import pytest

from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.pictures import blank_png
from document_templates.previewing.sample_data import ROWS, sample_context
from document_templates.starting.starter import starter_template
from forms.definition import parse_definition
from forms.packages import Package, list_packages
from tests.support.docx_files import text_of
from tests.support.library_filling import resolved_template
from tests.support.library_filling import sample_context as shipped_context

PACKAGES = [package for package in list_packages() if package.template_bytes]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_invented_answers_have_the_shape_of_real_ones(package: Package) -> None:
    definition = parse_definition(package.form_document)
    invented = sample_context(definition)
    assert invented == sample_context(definition)
    real = shipped_context(package, package.samples[0])
    system = {name: value for name, value in real.items() if name not in invented}
    assert set(invented) == set(real) - set(system)
    for data in (resolved_template(package).data, starter_template(definition)):
        compiled = compile_template(clean_docx(data))
        pictures = dict.fromkeys(compiled.picture_names, blank_png())
        assert text_of(compiled.fill({**system, **invented}, pictures))


def test_tables_have_rows_to_see() -> None:
    package = next(one for one in list_packages() if one.name == "fachleistungsstunde")
    context = sample_context(parse_definition(package.form_document))
    assert any(isinstance(value, list) and len(value) == ROWS for value in context.values())
