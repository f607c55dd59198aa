"""The reference of templates is true: filters with their results, placeholders, limits."""

from __future__ import annotations

import json
import re

import pytest
from jinja2 import Template

from document_templates.block_structure import MAX_DEPTH, MAX_LOOP_DEPTH
from document_templates.compiling import MAX_OUTPUT
from document_templates.environment import LOOP_NAMES, MAX_TURNS, TESTS, ClosedEnvironment
from document_templates.filters import FILTERS, PICTURE_FILTERS
from document_templates.package_limits import LIMITS
from document_templates.part_selection import MAX_PIXELS
from document_templates.pictures import picture_names
from document_templates.placeholders import SYSTEM_PLACEHOLDERS
from document_templates.tag_mending import MAX_TAGS
from tests.support.documentation import code_in, read_page, table_after

PAGE = read_page("referenz/vorlage.md")
EXAMPLES = table_after(PAGE, "Filter")


def written(tag: str, value: object) -> str:
    """Return what a tag writes for ``wert``, as compiled templates do."""
    environment = ClosedEnvironment()
    code = environment.compile(environment.parse(tag))
    return Template.from_code(environment, code, {}, None).render(wert=value)


@pytest.mark.parametrize("row", EXAMPLES, ids=[" ".join(row[:1] + row[2:3]) for row in EXAMPLES])
def test_each_filter_writes_what_its_row_says(row: list[str]) -> None:
    name, value, tag, result = row
    assert f"|{code_in(name)}" in code_in(tag)
    text = written(code_in(tag), json.loads(code_in(value)))
    assert text.replace("\u00a0", " ") == result


def test_every_filter_has_an_example() -> None:
    assert {code_in(row[0]) for row in EXAMPLES} == set(FILTERS) - {"gestaltet", *PICTURE_FILTERS}
    shown = {"gestaltet", *PICTURE_FILTERS}
    assert not [name for name in shown if f"|{name}" not in PAGE]


def test_a_filter_before_the_word_for_missing_gives_that_word() -> None:
    assert written("{{ wert|datum|angabe }}", None) == "keine Angabe"


def test_every_placeholder_of_the_system_is_listed_and_no_other() -> None:
    listed = set(
        re.findall(
            r"`((?:\w+)\.(?:\w+))`", "\n".join(row[1] for row in table_after(PAGE, "Gruppe"))
        )
    )
    assert listed == {path for path in SYSTEM_PLACEHOLDERS if not path.endswith("[]")}


def test_every_picture_loop_name_and_test_is_named() -> None:
    names = [*picture_names(), *(f"loop.{name}" for name in LOOP_NAMES)]
    assert not [name for name in names if f"`{name}`" not in PAGE]
    assert not [name for name in TESTS if f"`is {name}`" not in PAGE]


def test_the_limits_are_those_of_the_code() -> None:
    promises = (
        f"{LIMITS.archive_bytes // 1_000_000} MB, {LIMITS.members} Bestandteile",
        f"{MAX_TAGS:,} Platzhalter".replace(",", "."),
        f"{MAX_PIXELS // 1_000_000} Millionen Bildpunkte",
        f"{MAX_TURNS:,} Durchläufe".replace(",", "."),
        f"{MAX_OUTPUT // 1_000_000} MB Text",
        f"{MAX_DEPTH} Bereiche ineinander, davon {MAX_LOOP_DEPTH} Schleifen",
    )
    assert not [promise for promise in promises if promise not in PAGE]
