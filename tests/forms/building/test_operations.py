"""Operations on a form document: each can be taken back, and what two people do is kept."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.building.conflicts import LoggedOperation, find_conflicts
from forms.building.document_tree import Element, element_id, find_place, has_element, places
from forms.building.operation_documents import operation_from_json, operation_to_json
from forms.building.operations import (
    AddElement,
    Change,
    ChangeProperties,
    MoveElement,
    Operation,
    RemoveElement,
    RenameKey,
    apply,
)
from forms.building.references import rewrite_names
from forms.building.starting import copy_of, empty_form, free_key, key_of, new_page, with_new_ids
from forms.building.structure import StructureBroken
from forms.building.undoing import Step, stacks_of, still_stands
from forms.definition import parse_definition
from forms.expressions.nodes import Json
from tests.support.form_documents import (
    field,
    form,
    grant_form,
    identity,
    one_page,
    page,
    row_field,
    section,
)

CHOICES = {"kita": "Kita", "gross": "Großtagespflege"}


def sample() -> Element:
    """Return a form with every kind of element, and rules that name fields, columns and cells."""
    return form(
        page(
            "angaben",
            section(
                "person",
                field("radio", "art", options=CHOICES, required=True),
                field("integer", "kinder", visible="art == 'gross'"),
                field("text", "grund", required="kinder > 5 and art=='gross'"),
            ),
            section("leer"),
        ),
        page(
            "kosten",
            section(
                "liste",
                field(
                    "repeat",
                    "posten",
                    display="table",
                    item_label="Posten",
                    totals=["betrag"],
                    fields=[
                        row_field("posten", "integer", "menge"),
                        row_field("posten", "money", "preis", visible="zeile.menge > 0"),
                        row_field(
                            "posten",
                            "calculated",
                            "betrag",
                            result="money",
                            value="zeile.menge * zeile.preis",
                        ),
                    ],
                ),
                field(
                    "matrix",
                    "wer",
                    rows={"a": "A", "b": "B"},
                    columns={"x": "X", "y": "Y"},
                    cells={"F": "führt", "M": "macht mit"},
                ),
                field("calculated", "summe_aller", result="money", value="summe(posten.betrag)"),
            ),
        ),
        page(
            "schluss",
            section("ende", field("text", "bemerkung")),
            visible="wer.a.x == 'F' or art == 'kita'",
        ),
    )


def all_ids() -> list[str]:
    return [element_id(place.element) for place in places(sample())]


def lists_of(document: Element) -> list[tuple[str, str]]:
    """Return parent and list name of every place where something could be put."""
    return sorted(
        {
            (element_id(place.parent), place.list_name)
            for place in places(document)
            if place.parent is not None
        }
        | {(identity("section leer"), "fields")}
    )


@st.composite
def operations(draw: st.DrawFn, document: Element) -> Operation:
    """Draw an operation that fits ``document``."""
    ids = [element_id(place.element) for place in places(document)]
    kind = draw(st.sampled_from(["change", "rename", "add", "remove", "move"]))
    inner = draw(st.sampled_from(ids[1:]))
    if kind == "change":
        name = draw(st.sampled_from(["label", "title", "help", "visible", "data_class"]))
        value = draw(st.one_of(st.text(max_size=5), st.just("art == 'kita'")))
        return ChangeProperties((Change(inner, name, value),))
    if kind == "rename":
        return RenameKey(inner, draw(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)))
    if kind == "remove":
        return RemoveElement(inner)
    if kind == "move":
        place = find_place(document, inner)
        siblings = [
            element_id(one.element) for one in places(document) if one.list_name == place.list_name
        ]
        parent = draw(
            st.sampled_from([one for one, name in lists_of(document) if name == place.list_name])
        )
        after = draw(st.sampled_from([None, *siblings]))
        return MoveElement(inner, parent, place.list_name, after)
    place = find_place(document, inner)
    return AddElement(
        element_id(place.parent or document),
        place.list_name,
        draw(st.sampled_from([None, inner])),
        with_new_ids(place.element),
    )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_is_applied_can_be_taken_back(data: st.DataObject) -> None:
    document = sample()
    operation = data.draw(operations(document))
    before = copy.deepcopy(document)
    try:
        outcome = apply(document, operation)
    except StructureBroken:
        assert isinstance(operation, MoveElement | ChangeProperties)
        return
    assert document == before, "applying leaves the document itself alone"
    assert still_stands(outcome.document, outcome.applied, outcome.inverse)
    undone = apply(outcome.document, outcome.inverse)
    assert undone.document == before
    assert apply(undone.document, undone.inverse).document == outcome.document


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_two_people_at_once_lose_nothing(data: st.DataObject) -> None:
    """What is accepted after somebody else's change keeps that change, and the other way round."""
    document = sample()
    first, second = data.draw(operations(document)), data.draw(operations(document))
    try:
        theirs = apply(document, first)
        mine = apply(document, second)
    except StructureBroken:
        return
    logged = LoggedOperation(1, "Kim Muster", datetime(2026, 11, 24, tzinfo=UTC), theirs.touched)
    if find_conflicts(theirs.document, second, [logged]):
        return
    both = apply(theirs.document, second)
    for applied in (theirs.applied, mine.applied):
        if isinstance(applied, ChangeProperties):
            for change in applied.changes:
                mentioned = isinstance(first, RenameKey) or isinstance(second, RenameKey)
                if has_element(both.document, change.element) and not mentioned:
                    element = find_place(both.document, change.element).element
                    assert element.get(change.property) == change.value
        elif isinstance(applied, AddElement):
            removed = [one.element for one in (first, second) if isinstance(one, RemoveElement)]
            gone = [
                element_id(place.element)
                for one in removed
                for place in places(find_place(document, one).element)
            ]
            if applied.parent not in gone:
                assert has_element(both.document, element_id(applied.element))


@pytest.mark.parametrize(
    ("element", "key", "expected"),
    [
        ("field art", "betreuungsform", {"visible": "betreuungsform == 'gross'"}),
        ("field kinder", "zahl", {"required": "zahl > 5 and art=='gross'"}),
    ],
)
def test_rules_follow_a_renamed_field(element: str, key: str, expected: dict[str, str]) -> None:
    changed = apply(sample(), RenameKey(identity(element), key)).document
    found = [
        (name, value)
        for place in places(changed)
        for name, value in place.element.items()
        if name in expected and value == expected[name]
    ]
    assert found == list(expected.items())
    parse_definition({**changed, "pages": _without_empty_sections(changed)})


def _without_empty_sections(document: Element) -> list[Element]:
    pages = copy.deepcopy(document["pages"])
    for one in pages:
        one["sections"] = [part for part in one["sections"] if part["fields"]]
    return pages


def test_rules_totals_and_cells_follow_renamed_columns() -> None:
    document = sample()
    for element, key in (
        ("field posten.menge", "stueck"),
        ("field posten.betrag", "gesamt"),
        ("wer rows a", "leitung"),
        ("wer columns x", "stelle"),
        ("field posten", "liste"),
    ):
        document = apply(document, RenameKey(identity(element), key)).document
    group = find_place(document, identity("field posten")).element
    assert group["totals"] == ["gesamt"]
    column = find_place(document, identity("field posten.betrag")).element
    assert column["value"] == "zeile.stueck * zeile.preis"
    assert find_place(document, identity("field summe_aller")).element["value"] == (
        "summe(liste.gesamt)"
    )
    assert find_place(document, identity("page schluss")).element["visible"] == (
        "wer.leitung.stelle == 'F' or art == 'kita'"
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("summe(posten, zeile.menge * 2)", "summe(posten, zeile.stueck * 2)"),
        (
            "anzahl(posten, nur=zeile.menge > 1) + menge",
            "anzahl(posten, nur=zeile.stueck > 1) + menge",
        ),
        ("summe(posten.menge, nur=zeile.menge > 1)", "summe(posten.stueck, nur=zeile.stueck > 1)"),
        ("zeile.menge", "zeile.menge"),
        ("summe(andere, zeile.menge)", "summe(andere, zeile.menge)"),
        ("runden(summe(posten, zeile.menge), 2)", "runden(summe(posten, zeile.stueck), 2)"),
    ],
)
def test_rows_of_aggregates_follow_their_group(source: str, expected: str) -> None:
    total = identity("field summe_aller")
    document = apply(sample(), ChangeProperties((Change(total, "value", source),))).document
    changed = apply(document, RenameKey(identity("field posten.menge"), "stueck")).document
    assert find_place(changed, total).element["value"] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a + a2 + b.a", "z + a2 + b.a"),
        ("'a' ~ a", "'a' ~ z"),
        ("leer( a )  and\n a", "leer( z )  and\n z"),
        ("a . x", "z . x"),
        ("x . a", "x . a"),
        ("((", "(("),
    ],
)
def test_only_names_are_rewritten(source: str, expected: str) -> None:
    def change(path: tuple[str, ...], _scopes: object) -> tuple[str, ...]:
        return ("z", *path[1:]) if path[0] == "a" else path

    assert rewrite_names(source, change) == expected


BROKEN: list[Operation] = [
    ChangeProperties((Change(identity("field art"), "id", "x"),)),
    ChangeProperties((Change(identity("field art"), "label", 3),)),
    ChangeProperties((Change(identity("field art"), "options", []),)),
    ChangeProperties((Change(identity("page kosten"), "sections", None),)),
    ChangeProperties((Change(identity("field art"), "help", "x" * 70_000),)),
    RemoveElement(identity("form pruefbogen")),
    MoveElement(identity("page kosten"), identity("section leer"), "fields", None),
    MoveElement(identity("field posten"), identity("field posten"), "fields", None),
    MoveElement(identity("field kinder"), identity("page kosten"), "sections", None),
    AddElement(identity("section leer"), "fields", None, {"id": identity("x"), "key": "x"}),
    AddElement(identity("section leer"), "fields", None, field("text", "art")),
    AddElement(identity("section leer"), "things", None, field("text", "neu")),
    AddElement(identity("section leer"), "fields", None, field("text", "neu") | {"id": "keine"}),
]


@pytest.mark.parametrize("operation", BROKEN)
def test_what_would_break_the_document_is_refused(operation: Operation) -> None:
    with pytest.raises(StructureBroken):
        apply(sample(), operation)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_operations_survive_json(data: st.DataObject) -> None:
    operation = data.draw(operations(sample()))
    assert operation_from_json(operation_to_json(operation)) == operation


@pytest.mark.parametrize(
    "document", [{}, {"kind": "change_property", "changes": []}, {"kind": "eval", "source": "1"}]
)
def test_foreign_json_is_no_operation(document: Element) -> None:
    with pytest.raises(StructureBroken):
        operation_from_json(document)


def test_undoing_and_doing_again() -> None:
    steps = [Step(1, None), Step(2, None), Step(3, 2), Step(4, 1), Step(5, 4), Step(6, None)]
    assert [stacks_of(steps[:count]).undo for count in range(7)] == [
        (), (1,), (1, 2), (1,), (), (5,), (5, 6),
    ]  # fmt: skip
    assert [stacks_of(steps[:count]).redo for count in range(7)] == [
        (), (), (), (3,), (3, 4), (3,), (),
    ]  # fmt: skip


def test_an_undo_stops_where_somebody_worked_on() -> None:
    outcome = apply(sample(), ChangeProperties((Change(identity("field art"), "help", "Meine"),)))
    later = apply(
        outcome.document, ChangeProperties((Change(identity("field art"), "help", "Ihre"),))
    )
    assert still_stands(outcome.document, outcome.applied, outcome.inverse)
    assert not still_stands(later.document, outcome.applied, outcome.inverse)


def test_copies_have_ids_and_keys_of_their_own() -> None:
    document = sample()
    for element in ("page angaben", "field posten", "section person", "art options kita"):
        document = apply(document, copy_of(document, identity(element))).document
    document["pages"] = _without_empty_sections(document)
    definition = parse_definition(document)
    assert [page.key for page in definition.pages] == ["angaben", "angaben_2", "kosten", "schluss"]
    assert {"posten", "posten_2", "art_2", "kinder_2"} <= set(definition.fields)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Anzahl der Kinder", "anzahl_der_kinder"),
        ("Größe (m²)", "groesse_m2"),
        ("§ 43 SGB VIII", "sgb_viii"),
        ("!!!", "feld"),
        ("x" * 90, "x" * 60),
    ],
)
def test_keys_come_from_labels(text: str, key: str) -> None:
    assert key_of(text, "feld") == key


def test_a_key_that_means_something_gets_a_number() -> None:
    assert free_key("zeile", set()) == "zeile_2"
    assert free_key("name", {"name", "name_2"}) == "name_3"


def test_a_new_form_is_usable_once_it_has_a_field() -> None:
    document = empty_form("Hausbesuch", "hausbesuch", "K3")
    section_id = element_id(next(p.element for p in places(document) if p.list_name == "sections"))
    with_page = apply(
        document, AddElement(str(document["id"]), "pages", None, new_page(document, "Zwei"))
    )
    filled = apply(document, AddElement(section_id, "fields", None, field("text", "ort"))).document
    assert parse_definition(filled).fields.keys() == {"ort"}
    assert len(with_page.document["pages"]) == 2
    parse_definition(with_new_ids(grant_form()))


def test_what_is_expected_follows_a_renamed_field() -> None:
    when: dict[str, Json] = {"level": "warning", "when": "menge > 5"}
    document = one_page(field("integer", "menge"), field("text", "grund", required=when))
    changed = apply(document, RenameKey(identity("field menge"), "zahl")).document
    reason = find_place(changed, identity("field grund")).element
    assert reason["required"] == {"level": "warning", "when": "zahl > 5"}


def test_what_is_unique_follows_renamed_fields_and_columns() -> None:
    group = field(
        "repeat", "faelle", item_label="Fall", display="cards",
        fields=[row_field("faelle", "text", "menge")],
    )  # fmt: skip
    document = one_page(field("integer", "menge"), group) | {
        "unique": [{"fields": ["menge", "faelle.menge"]}, {"per_period": True}]
    }
    changed = apply(document, RenameKey(identity("field menge"), "zahl")).document
    changed = apply(changed, RenameKey(identity("field faelle.menge"), "anzahl")).document
    changed = apply(changed, RenameKey(identity("field faelle"), "akten")).document
    assert changed["unique"] == [{"fields": ["zahl", "akten.anzahl"]}, {"per_period": True}]
    parse_definition(changed)


def test_a_filter_follows_the_field_that_it_names() -> None:
    filtered: dict[str, Json] = {"column": "raum", "field": "raum"}
    document = one_page(
        field("register", "raum", register="raeume"),
        field("register", "haus", register="haeuser", filter=filtered),
        field("text", "anderes"),
    )
    for renamed, expected in (("raum", "gebiet"), ("anderes", "raum")):
        changed = apply(document, RenameKey(identity(f"field {renamed}"), "gebiet")).document
        house = find_place(changed, identity("field haus")).element
        assert house["filter"] == {"column": "raum", "field": expected}
