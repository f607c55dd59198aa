"""The findings of a draft agree with what can be read as a form."""

from __future__ import annotations

import pytest

from forms.building.lint import lint_form
from forms.definition import DefinitionError, parse_definition
from tests.support.form_documents import field, one_page


@pytest.mark.parametrize(
    "key", ["stunden", "summe", "heute", "betrag", "zeile", "oben", "dokument", "loop"]
)
def test_a_key_is_an_error_exactly_when_the_form_could_not_be_read(key: str) -> None:
    document = one_page(field("text", key, label="Angabe"))
    try:
        parse_definition(document)
        is_readable = True
    except DefinitionError:
        is_readable = False
    errors = [one.text for one in lint_form(document) if one.level == "error"]
    assert (errors == []) is is_readable
