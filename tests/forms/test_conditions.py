"""Conditions that others ask of a form's answers mean what the form's own rules mean."""

from __future__ import annotations

import pytest

from forms.conditions import (
    Conditions,
    condition_findings,
    names_in_condition,
    syntax_finding,
)
from forms.definition import FormDefinition, parse_definition
from forms.evaluation import evaluate
from forms.packages import Package, list_packages
from tests.support.form_documents import field, form, page, row_field, section

PACKAGES = [package for package in list_packages() if package.samples]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_rule_of_the_shipped_forms_holds_exactly_where_its_field_is_asked(
    package: Package,
) -> None:
    definition = parse_definition(package.form_document)
    for sample in package.samples:
        evaluation = evaluate(
            definition, sample.data, stage="submission", surroundings=package.shipped_surroundings
        )
        conditions = Conditions(definition, evaluation, "HE")
        for step in definition.steps:
            element = step.element
            if step.kind == "column" or element.visible is None:
                continue
            if not step.parent or step.parent in evaluation.visible:
                source = element.visible.source
                assert conditions.hold(source) is (step.name in evaluation.visible), source
    assert all(condition_findings(definition, source) == [] for source in _sources(definition))


def _sources(definition: FormDefinition) -> list[str]:
    return [
        step.element.visible.source
        for step in definition.steps
        if step.kind != "column"
        and step.element.visible is not None
        and not step.element.visible.rate_keys
    ]


DEFINITION = parse_definition(
    form(
        page(
            "seite",
            section(
                "a",
                field("money", "betrag"),
                field(
                    "repeat", "kosten", label="Kosten", item_label="Zeile", display="table",
                    fields=[row_field("kosten", "integer", "stunden")],
                ),
                field("calculated", "doppelt", result="money", value="betrag * 2"),
            ),
        )
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("", True),
        ("betrag > 10", True),
        ("doppelt == 25", True),
        ("summe(kosten.stunden) == 7", True),
        ("anzahl(kosten) > 2", False),
        ('mandant.land == "HE"', True),
        ('mandant.land == "NW" or betrag < 1', False),
    ],
)
def test_answers_rows_results_and_the_land_can_be_asked(source: str, holds: bool) -> None:
    answers = {
        "betrag": "12.50",
        "kosten": [{"_id": "1", "stunden": 3}, {"_id": "2", "stunden": 4}],
    }
    evaluation = evaluate(DEFINITION, answers, stage="draft")  # type: ignore[arg-type]
    assert Conditions(DEFINITION, evaluation, "HE").hold(source) is holds
    assert condition_findings(DEFINITION, source) == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("betrag >", "Ausdruck"),
        ("betrg > 1", "Meinten Sie „betrag“?"),
        ("mandant.name == 1", "„mandant.name“ gibt es"),
        ("betrag", "nötig ist ein Ja/Nein"),
        ("betrag > satz('x', heute())", "Sätze kann diese Bedingung nicht abfragen."),
    ],
)
def test_what_cannot_be_asked_is_told(source: str, reason: str) -> None:
    assert reason in condition_findings(DEFINITION, source)[0]


def test_syntax_is_checked_without_a_form() -> None:
    assert syntax_finding("") == syntax_finding("was_auch_immer > 1") == ""
    assert syntax_finding("a >") != ""
    assert names_in_condition("a > 1 and anzahl(b) > 0") >= {"a", "b"}
