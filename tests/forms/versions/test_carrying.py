"""A draft in another version: renamed and moved answers stay, the rest stays readable."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.definition import DefinitionError, parse_definition
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from forms.versions.carrying import CarriedAnswers, Notice, RemovedAnswer, carry_answers
from forms.versions.changes import Grade
from forms.versions.diff import compare_forms
from tests.forms.versions.edits import (
    Edit,
    add_field,
    care_form,
    change,
    edited,
    element,
    first_fields,
    move_to_costs,
    new_option,
    part,
    parts,
    remove_field,
)
from tests.support.form_documents import Document

ANSWERS: Document = {
    "kinder": 2,
    "name": "Kim Muster",
    "hilfeart": "p31",
    "ende": "2027-07-31",
    "kosten": [
        {"_id": "r1", "was": "Miete", "betrag": "1250.50"},
        {"_id": "r2", "was": "Strom", "betrag": "80.00"},
    ],
    "aufgaben": {"werbung": {"amt": "F", "traeger": "M"}, "beratung": {"traeger": "F"}},
    "richtig": True,
}
INVALID = {"kosten[1].betrag": "achtzig", "ende": "bald"}


def carried(edit: Edit, **given: Json) -> CarriedAnswers:
    """Carry the answers over an edit."""
    return carried_to(edited(edit), **given)


def carried_to(new: Document, **given: Json) -> CarriedAnswers:
    invalid = given.pop("invalid", {})
    assert isinstance(invalid, dict)
    return carry_answers(
        parse_definition(care_form()),
        parse_definition(new),
        compare_forms(care_form(), new),
        answers={**ANSWERS, **given},
        invalid={path: str(text) for path, text in invalid.items()},
        completed_pages=["betreuung", "kosten"],
    )


def without(*keys: str) -> Document:
    return {key: value for key, value in ANSWERS.items() if key not in keys}


def test_the_same_version_carries_everything_as_it_is() -> None:
    result = carried(lambda document: None, invalid=INVALID)
    assert result.answers == ANSWERS
    assert result.invalid == INVALID
    assert result.completed_pages == ("betreuung", "kosten")
    assert (result.notices, result.removed) == ((), ())


def test_a_renamed_field_keeps_its_answer_under_the_new_key() -> None:
    def edit(document: Document) -> None:
        change("kinder", key="zahl_kinder")(document)
        change("ende", valid=None)(document)

    result = carried(edit)
    assert result.answers == {**without("kinder"), "zahl_kinder": 2}
    assert result.removed == ()


def test_a_moved_field_keeps_its_answer() -> None:
    result = carried(move_to_costs("name"))
    assert result.answers == ANSWERS
    assert result.completed_pages == ("betreuung", "kosten")


def test_what_is_no_longer_asked_stays_readable() -> None:
    result = carried(remove_field("name"))
    assert result.answers == without("name")
    assert result.removed == (RemovedAnswer("Name", "Kim Muster"),)


def test_a_removed_column_is_told_row_by_row() -> None:
    def edit(document: Document) -> None:
        remove_field("betrag")(document)
        remove_field("gesamt")(document)

    result = carried(edit)
    assert result.answers["kosten"] == [
        {"_id": "r1", "was": "Miete"},
        {"_id": "r2", "was": "Strom"},
    ]
    assert result.removed == (
        RemovedAnswer("Kosten, Position 1: Betrag", "1.250,50\N{NO-BREAK SPACE}€"),
        RemovedAnswer("Kosten, Position 2: Betrag", "80,00\N{NO-BREAK SPACE}€"),
    )


def test_a_renamed_group_and_column_keep_their_rows() -> None:
    def edit(document: Document) -> None:
        change("betrag", key="euro")(document)
        element(document, "kosten")["key"] = "ausgaben"
        change("gesamt", value="summe(ausgaben.euro)")(document)

    result = carried(edit, invalid=INVALID)
    assert result.answers["ausgaben"] == [
        {"_id": "r1", "was": "Miete", "euro": "1250.50"},
        {"_id": "r2", "was": "Strom", "euro": "80.00"},
    ]
    assert result.invalid == {"ausgaben[1].euro": "achtzig", "ende": "bald"}


def test_an_unreadable_text_without_a_place_stays_readable() -> None:
    result = carried(remove_field("ende"), invalid={"ende": "bald"})
    assert result.invalid == {}
    assert RemovedAnswer("Ende", "bald") in result.removed


def test_choices_follow_their_ids() -> None:
    renamed = carried(lambda d: part(element(d, "hilfeart"), "options", 1).update(value="par31"))
    assert renamed.answers["hilfeart"] == "par31"
    gone = carried(lambda d: parts(element(d, "hilfeart"), "options").pop())
    assert "hilfeart" not in gone.answers
    assert gone.removed == (RemovedAnswer("Hilfeart", "§ 31"),)

    def replace(document: Document) -> None:
        """Another choice that is stored under the same value is another meaning."""
        options = parts(element(document, "hilfeart"), "options")
        options[1] = new_option("p31", "etwas anderes")

    assert "hilfeart" not in carried(replace).answers


def test_of_several_choices_the_remaining_stay() -> None:
    def several(document: Document) -> None:
        change("hilfeart", type="checkboxes")(document)

    old = edited(several)

    def fewer(document: Document) -> None:
        several(document)
        parts(element(document, "hilfeart"), "options").pop()

    new = edited(fewer)
    result = carry_answers(
        parse_definition(old),
        parse_definition(new),
        compare_forms(old, new),
        answers={"hilfeart": ["p30", "p31"]},
        invalid={},
        completed_pages=[],
    )
    assert result.answers == {"hilfeart": ["p30"]}
    assert result.removed == (RemovedAnswer("Hilfeart", "§ 31"),)


def test_one_choice_becomes_one_tick_but_not_the_other_way() -> None:
    assert carried(change("hilfeart", type="checkboxes")).answers["hilfeart"] == ["p31"]


@pytest.mark.parametrize(
    ("key", "type_", "stored", "expected"),
    [
        ("name", "long_text", "Kim", "Kim"),
        ("name", "integer", "12", 12),
        ("name", "integer", "zwölf", None),
        ("name", "date", "31.12.2027", "2027-12-31"),
        ("ende", "text", "2027-07-31", "31.07.2027"),
    ],
)
def test_another_type_takes_what_it_can_read(
    key: str, type_: str, stored: Json, expected: Json
) -> None:
    result = carried(change(key, type=type_), **{key: stored})
    assert result.answers.get(key) == expected
    if expected is None:
        assert [one.text for one in result.removed] == [stored]


def test_cells_follow_rows_columns_and_values() -> None:
    def edit(document: Document) -> None:
        matrix = element(document, "aufgaben")
        part(matrix, "rows", 0)["key"] = "akquise"
        part(matrix, "columns", 1)["key"] = "partner"
        part(matrix, "cells", 0)["value"] = "L"

    assert carried(edit).answers["aufgaben"] == {
        "akquise": {"amt": "L", "partner": "M"},
        "beratung": {"partner": "L"},
    }


def test_a_removed_row_of_a_matrix_stays_readable() -> None:
    result = carried(lambda d: parts(element(d, "aufgaben"), "rows").pop())
    assert result.answers["aufgaben"] == {"werbung": {"amt": "F", "traeger": "M"}}
    assert result.removed == (RemovedAnswer("Aufgaben, Beratung, Träger", "federführend"),)


def test_nobody_has_declared_a_new_text() -> None:
    result = carried(change("richtig", text="Alles ist richtig und vollständig."))
    assert "richtig" not in result.answers
    assert result.removed == (RemovedAnswer("Erklärung: „Alles ist richtig.“", "Ja, erklärt"),)


def test_changed_fields_are_to_be_checked_on_their_page() -> None:
    def edit(document: Document) -> None:
        change("kinder", required=True, label="Zahl der Kinder")(document)
        change("name", help="Bitte vollständig.")(document)
        add_field("text", "ort", label="Ort", required=True)(document)

    result = carried(edit)
    assert result.notices == (
        Notice("betreuung", "kinder", "Feld „Kinder“ heißt jetzt „Zahl der Kinder“"),
        Notice("betreuung", "kinder", "Feld „Zahl der Kinder“ ist jetzt Pflicht"),
        Notice("betreuung", "ort", "Neu: Feld „Ort“ (Pflicht)"),
    )
    # The page is to be seen again; the other is as complete as it was.
    assert result.completed_pages == ("kosten",)


def test_a_renamed_page_stays_complete() -> None:
    result = carried(lambda document: part(document, "pages", 1).update(key="ausgaben"))
    assert result.completed_pages == ("betreuung", "ausgaben")


# ---- whatever is edited

# Every example is parsed as a form several times, on machines that do other things as well.
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_LABELS = st.sampled_from(["Anzahl", "Angabe", "Eintrag"])


@st.composite
def edits(draw: st.DrawFn) -> Document:
    """Return the form after several edits that leave it usable."""
    document = care_form()
    for _number in range(draw(st.integers(1, 6))):
        before = copy.deepcopy(document)
        _edit_once(draw, document)
        try:
            parse_definition(document)
        except DefinitionError:
            document = before
    return document


def _edit_once(draw: st.DrawFn, document: Document) -> None:
    keys = ["kinder", "name", "hilfeart", "ende", "was", "betrag", "gesamt", "aufgaben", "richtig"]
    key = draw(st.sampled_from(keys))
    edits: list[Edit] = [
        remove_field(key),
        change(key, label=draw(_LABELS)),
        change(key, key=f"{key}_neu"),
        change(key, help="Anders."),
        change(key, required=draw(st.booleans())),
        change(key, type=draw(st.sampled_from(["text", "long_text", "integer", "date"]))),
        change(key, visible="kinder > 1"),
        add_field("text", draw(st.sampled_from(["x", "y"])), required=draw(st.booleans())),
        move_to_costs(key),
        lambda d: parts(element(d, "hilfeart"), "options").reverse(),
        lambda d: parts(element(d, "hilfeart"), "options").pop(),
        lambda d: parts(element(d, "aufgaben"), "columns").pop(),
        lambda d: first_fields(d).reverse(),
        lambda d: parts(d, "pages").reverse(),
    ]
    try:
        draw(st.sampled_from(edits))(document)
    except (LookupError, ValueError, AttributeError):
        return


def leaves(value: Json) -> Iterator[Json]:
    """Yield every single answer in stored answers."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "_id":
                yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif value is not None:
        yield value


@PATIENT
@given(edits())
def test_no_answer_is_lost(new: Document) -> None:
    result = carried_to(new, invalid=INVALID)
    answered = len(list(leaves(result.answers))) + len(result.invalid)
    told = sum(1 for _one in result.removed)
    given_ = len(list(leaves(ANSWERS))) + len(INVALID)
    # A whole group or matrix that is gone is told at once.
    lost = [key for key in ("kosten", "aufgaben") if _is_gone(new, key)]
    for key in lost:
        given_ -= len(list(leaves(ANSWERS[key]))) - 1
    assert answered + told == given_


def _is_gone(new: Document, key: str) -> bool:
    identity = element(care_form(), key)["id"]
    definition = parse_definition(new)
    found = [one for one in definition.fields.values() if one.id == identity]
    return not found or found[0].type not in ("repeat", "matrix")


@PATIENT
@given(edits())
def test_compatible_changes_lose_nothing_and_break_nothing(new: Document) -> None:
    diff = compare_forms(care_form(), new)
    result = carried_to(new)
    if diff.grade is not Grade.COMPATIBLE:
        return
    assert result.removed == ()
    evaluation = evaluate(parse_definition(new), result.answers, stage="submission")
    assert evaluation.errors == ()


@PATIENT
@given(edits())
def test_carried_answers_can_be_read_in_their_new_version(new: Document) -> None:
    result = carried_to(new)
    evaluation = evaluate(parse_definition(new), result.answers, stage="draft")
    assert [error.text for error in evaluation.errors if "gibt es" in error.text] == []


@PATIENT
@given(edits())
def test_there_and_back_keeps_what_was_kept(new: Document) -> None:
    there = carried_to(new)
    back = carry_answers(
        parse_definition(new),
        parse_definition(care_form()),
        compare_forms(new, care_form()),
        answers=there.answers,
        invalid=there.invalid,
        completed_pages=there.completed_pages,
    )
    for key, value in back.answers.items():
        if key not in ("kosten", "aufgaben", "hilfeart"):
            assert value == ANSWERS[key]
