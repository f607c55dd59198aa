"""Fields whose answer is an entry of a list: read, checked, refreshed, shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forms.context import placeholder_paths, template_context
from forms.definition import DefinitionError, FormDefinition
from forms.definition_data_schema import data_schema
from forms.elements import PartValues
from forms.evaluation import Evaluation, evaluate, flatten
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.picked import PickedField, picked_key
from forms.input import PageInput, read_page
from forms.merging import merge_answers
from forms.picking.checking import picked_fields, with_pick_errors
from forms.picking.choices import NO_CHOICES, Choice, Choices, entry_text, read_pick, value_of
from forms.picking.recording import Recorded, recorded_picks, refreshed_answers
from forms.presentation import FieldView, present_page
from tests.support.form_documents import field, parsed, row_field
from tests.support.list_choices import ListChoices, numbered

NORTH = Choice("nord", "Kita Nord", {"plaetze": 85, "raum": "Mitte", "seit": "1999-08-01"})
SOUTH = Choice("sued", "Kita Süd", {"plaetze": 40, "raum": "Süd"}, is_own=False)
OLD = Choice("alt", "Kita Alt", {}, valid_until=date(2027, 1, 1))
NEW = Choice("neu", "Kita Neu", {}, valid_from=date(2028, 1, 1))
TWIN_A, TWIN_B = Choice("zwei-a", "Kita Zwei"), Choice("zwei-b", "Kita Zwei")
LIST = ListChoices(NORTH, SOUTH, OLD, NEW, TWIN_A, TWIN_B)
TAKES: list[Json] = [
    {"key": "plaetze", "label": "Plätze", "type": "integer"},
    {"key": "seit", "label": "Besteht seit", "type": "date"},
]
STORED: dict[str, Json] = {
    "schluessel": "nord", "name": "Kita Nord", "plaetze": 85, "seit": "1999-08-01",
}  # fmt: skip


def facility(**settings: Json) -> FormDefinition:
    made = field(
        "register", "einrichtung", register="einrichtungen", takes=TAKES, required=True, **settings
    )
    return parsed(made, field("radio", "raum", options={"mitte": "Mitte", "s": "Süd"}))


def target_of(form: FormDefinition) -> PickedField:
    return picked_fields(form)[0]


def posted(form: FormDefinition, choices: Choices = LIST, **values: str) -> PageInput:
    names = {name.replace("__pick", ".__pick"): [value] for name, value in values.items()}
    return read_page(
        form, "seite", names, {"einrichtung": {"schluessel": "x", "name": "X"}},
        new_row_id=lambda: "1", choices=choices,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("nord", "nord"),
        ("Kita Nord", "nord"),
        ("  kita   NORD ", "nord"),
        ("Kita Nord (nord)", "nord"),
        ("Kita Zwei (zwei-b)", "zwei-b"),
        ("Kita Alt", "alt"),
    ],
)
def test_an_entry_is_found_by_key_and_name(typed: str, key: str) -> None:
    value = read_pick(LIST, target_of(facility()), typed)
    assert picked_key(value) == key
    entry = posted(facility(), einrichtung=typed)
    assert entry.errors == ()
    stored = entry.answers["einrichtung"]
    assert isinstance(stored, dict) and stored["schluessel"] == key


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Kita", "steht bei „Einrichtung“ nicht zur Auswahl"),
        ("Kita Nord (sued)", "nicht zur Auswahl"),
        ("Kita Zwei", "mehrmals"),
        ("../../etc/passwd", "nicht zur Auswahl"),
        ("x" * 30_000, "höchstens"),
        ("%", "nicht zur Auswahl"),
    ],
)
def test_what_names_no_entry_stays_as_it_was_typed(typed: str, said: str) -> None:
    entry = posted(facility(), einrichtung=typed)
    assert "einrichtung" not in entry.answers
    assert entry.invalid["einrichtung"] == typed
    assert said in entry.errors[0].text


def test_nothing_is_nothing() -> None:
    assert "einrichtung" not in posted(facility(), einrichtung="  ").answers


def test_without_a_list_nothing_can_be_chosen() -> None:
    entry = posted(facility(), NO_CHOICES, einrichtung="nord")
    assert entry.invalid == {"einrichtung": "nord"}


def test_the_answer_is_data_with_the_columns_of_the_form() -> None:
    assert posted(facility(), einrichtung="nord").answers["einrichtung"] == STORED


def test_a_found_entry_counts_more_than_the_text_that_was_searched_for() -> None:
    entry = posted(facility(), einrichtung="kita", einrichtung__pick="sued")
    assert entry.answers["einrichtung"] == {
        "schluessel": "sued", "name": "Kita Süd", "plaetze": 40,
    }  # fmt: skip
    entry = posted(facility(), einrichtung="nord", einrichtung__pick="")
    assert entry.answers["einrichtung"] == STORED


@pytest.mark.parametrize("name", ["einrichtung.name", "einrichtung.plaetze", "einrichtung.__kept"])
def test_nobody_writes_into_the_columns(name: str) -> None:
    entry = read_page(
        facility(), "seite", {"einrichtung": ["nord"], name: ["9999"]}, {},
        new_row_id=lambda: "1", choices=LIST,
    )  # fmt: skip
    assert name in {error.path for error in entry.errors} or name == "einrichtung.__kept"
    assert entry.answers["einrichtung"] == STORED


def evaluated(
    form: FormDefinition,
    answers: Mapping[str, Json],
    stage: str = "submission",
    recorded: Recorded = Recorded(),  # noqa: B008
    choices: Choices = LIST,
) -> Evaluation:
    found = evaluate(form, dict(answers), stage=stage)  # type: ignore[arg-type]
    return with_pick_errors(form, found, choices, recorded)


def texts(found: Evaluation) -> list[str]:
    return [message.text for message in found.errors]


def chosen(key: str, name: str = "Etwas") -> dict[str, Json]:
    return {"einrichtung": {"schluessel": key, "name": name}}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("fremd", "„Etwas“ bei „Einrichtung“ gibt es in der Liste nicht"),
        ("alt", "gilt seit dem 01.01.2027 nicht mehr"),
        ("neu", "gilt erst ab dem 01.01.2028"),
    ],
)
def test_what_the_list_does_not_have_is_refused(key: str, said: str) -> None:
    (text,) = texts(evaluated(facility(), chosen(key)))
    assert said in text


def test_in_a_draft_an_ended_entry_only_warns() -> None:
    found = evaluated(facility(), chosen("alt"), "draft")
    assert texts(found) == []
    assert "nicht mehr" in found.warnings[0].text
    assert texts(evaluated(facility(), chosen("fremd"), "draft")) != []


def test_what_was_recorded_before_stays() -> None:
    before = chosen("alt", "Kita Uralt")
    recorded = recorded_picks(facility(), before)
    assert texts(evaluated(facility(), before, recorded=recorded)) == []
    keys = {"einrichtung"}
    assert refreshed_answers(facility(), before, keys, LIST, recorded) == before
    assert refreshed_answers(facility(), before, keys, LIST, Recorded()) == chosen(
        "alt", "Kita Alt"
    )


def test_only_own_entries_where_the_form_says_so() -> None:
    form = facility(own_entries=True)
    assert texts(evaluated(form, chosen("nord"))) == []
    (text,) = texts(evaluated(form, chosen("sued", "Kita Süd")))
    assert "gehört nicht zu Ihrer Organisation" in text
    assert "Kita Süd" not in [option.label for option in view(form, {}).options]


@pytest.mark.parametrize(("room", "fits"), [("mitte", True), ("s", False), (None, True)])
def test_another_answer_filters_the_list(room: str | None, fits: bool) -> None:
    form = facility(filter={"column": "raum", "field": "raum"})
    answers = chosen("nord", "Kita Nord") | ({"raum": room} if room else {})
    assert (texts(evaluated(form, answers)) == []) is fits
    offered = {option.value for option in view(form, {"raum": room} if room else {}).options}
    assert ("nord" in offered) is fits


def test_a_register_filters_another_in_the_same_row() -> None:
    inner = [
        row_field("orte", "register", "raum", register="raeume"),
        row_field("orte", "register", "haus", register="haeuser",
                  filter={"column": "raum", "field": "raum"}),
    ]  # fmt: skip
    group = field("repeat", "orte", display="cards", item_label="Ort", fields=inner)  # type: ignore[arg-type]
    form = parsed(group)
    choices = ListChoices(Choice("m", "Mitte"), NORTH, Choice("s", "Süd"), SOUTH)
    rows: list[Json] = [
        {"_id": "1", "raum": {"schluessel": "m", "name": "Mitte"},
         "haus": {"schluessel": "nord", "name": "Kita Nord"}},
        {"_id": "2", "raum": {"schluessel": "m", "name": "Mitte"},
         "haus": {"schluessel": "sued", "name": "Kita Süd"}},
    ]  # fmt: skip
    found = evaluated(form, {"orte": rows}, choices=choices)
    assert [message.path for message in found.errors] == ["orte[1].haus"]
    assert found.errors[0].text.startswith("Ort 2: ")


def test_forged_columns_are_replaced_by_what_the_list_says() -> None:
    forged: dict[str, Json] = {"einrichtung": STORED | {"plaetze": 9999, "name": "Palast"}}
    answers = refreshed_answers(facility(), forged, {"einrichtung"}, LIST, Recorded())
    assert answers == {"einrichtung": STORED}
    untouched = refreshed_answers(facility(), forged, set(), LIST, Recorded())
    assert untouched == forged
    assert refreshed_answers(facility(), chosen("fremd"), {"einrichtung"}, LIST, Recorded()) == (
        chosen("fremd")
    )


def test_rules_and_templates_name_the_columns() -> None:
    form = parsed(
        field("register", "einrichtung", register="einrichtungen", takes=TAKES),
        field(
            "calculated", "je_gruppe", result="decimal", places=2, value="einrichtung.plaetze / 4"
        ),
        field("text", "grund", visible="einrichtung.seit < heute() and einrichtung.name != 'x'"),
    )
    found = evaluate(form, {"einrichtung": STORED}, stage="submission")
    assert found.values["je_gruppe"] == Decimal("21.25")
    assert "grund" in found.visible
    context = template_context(form, found)
    assert context["einrichtung"] == {
        "schluessel": "nord", "name": "Kita Nord", "plaetze": 85, "seit": date(1999, 8, 1),
    }  # fmt: skip
    assert context["einrichtung_text"] == "Kita Nord"
    assert {"einrichtung.plaetze", "einrichtung_text"} <= set(placeholder_paths(form))
    assert flatten(found.values)["einrichtung.plaetze"] == 85


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"visible": "einrichtung.gibt_es_nicht == 1"}, "unbekannt"),
        ({"visible": "einrichtung.plaetze == 'viele'"}, "passt nicht"),
    ],
)
def test_rules_are_tried_with_the_types_of_the_columns(
    settings: dict[str, Json], said: str
) -> None:
    with pytest.raises(DefinitionError, match=said):
        parsed(
            field("register", "einrichtung", register="einrichtungen", takes=TAKES),
            field("text", "grund", **settings),
        )


@pytest.mark.parametrize(
    "settings",
    [
        {"takes": [{"key": "name", "label": "Name", "type": "text"}]},
        {"takes": [{"key": "items", "label": "Items", "type": "text"}]},
        {"takes": [*TAKES, TAKES[0]]},
        {"takes": [{"key": "a", "label": "A", "type": "blob"}]},
        {"filter": {"column": "raum", "field": "grund"}},
        {"filter": {"column": "raum", "field": "einrichtung"}},
        {"filter": {"column": "raum", "field": "gibt_es_nicht"}},
        {"register": "Groß"},
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Json]) -> None:
    made = {"register": "einrichtungen", **settings}
    with pytest.raises(DefinitionError):
        parsed(field("register", "einrichtung", **made), field("text", "grund"))


@pytest.mark.parametrize(
    "stored",
    [
        "nord",
        7,
        [],
        {},
        {"name": "Kita"},
        {"schluessel": 7},
        {"schluessel": "nord", "plaetze": "x"},
    ],
)
def test_stored_answers_of_another_shape_are_errors(stored: Json) -> None:
    found = evaluate(facility(), {"einrichtung": stored}, stage="submission")
    assert [message.path for message in found.errors] != []


def test_the_key_alone_is_an_answer_and_columns_of_earlier_versions_are_left_out() -> None:
    answers: dict[str, Json] = {"einrichtung": {"schluessel": "nord", "frueher": "x"}}
    found = evaluate(facility(), answers, stage="submission")
    assert found.errors == ()
    assert found.values["einrichtung"] == PartValues({"schluessel": "nord"})


def test_two_choices_are_one_conflict_and_never_mixed() -> None:
    base, mine = chosen("a", "A"), chosen("b", "B")
    theirs = chosen("c", "C")
    merged = merge_answers(base, mine, theirs)
    assert [one.path for one in merged.conflicts] == ["einrichtung"]
    assert merged.answers == mine
    assert merge_answers(base, mine, theirs, {"einrichtung": "stored"}).answers == theirs


def view(
    form: FormDefinition,
    answers: Mapping[str, Json],
    choices: Choices = LIST,
    invalid: Mapping[str, str] | None = None,
) -> FieldView:
    found = evaluate(form, dict(answers), stage="draft", invalid=invalid)
    page = present_page(form, "seite", found, invalid, choices=choices)
    return page.sections[0].fields[0]


def test_few_entries_are_a_list_to_choose_from() -> None:
    drawn = view(facility(), {"einrichtung": STORED})
    assert drawn.pick is not None and not drawn.pick.is_searched
    assert [(one.value, one.label, one.checked) for one in drawn.options] == [
        ("nord", "Kita Nord", True),
        ("sued", "Kita Süd", False),
        ("zwei-a", "Kita Zwei (zwei-a)", False),
        ("zwei-b", "Kita Zwei (zwei-b)", False),
    ]
    assert drawn.pick.details == (("Plätze", "85"), ("Besteht seit", "01.08.1999"))
    assert drawn.display == "Kita Nord"


def test_an_ended_entry_stays_visible_where_it_was_chosen() -> None:
    drawn = view(facility(), chosen("alt", "Kita Alt"))
    first = drawn.options[0]
    assert (first.value, first.checked) == ("alt", True)
    assert "nicht mehr zur Auswahl" in first.label


@pytest.mark.parametrize(("count", "is_searched"), [(50, False), (51, True)])
def test_many_entries_are_searched(count: int, is_searched: bool) -> None:
    drawn = view(facility(), {}, ListChoices(*numbered(count)))
    assert drawn.pick is not None
    assert drawn.pick.is_searched is is_searched
    assert len(drawn.options) == (0 if is_searched else count)


def test_what_fits_to_a_text_is_offered_below_it() -> None:
    choices = ListChoices(*numbered(120))
    drawn = view(facility(), {}, choices, {"einrichtung": "haus 1"})
    assert drawn.pick is not None
    assert drawn.entry == "haus 1"
    assert len(drawn.pick.candidates) == 20 and drawn.pick.more == 19
    assert drawn.pick.candidates[0].value == "haus-1"


def test_an_empty_list_says_so() -> None:
    drawn = view(facility(), {}, ListChoices())
    assert drawn.pick is not None and "nichts zur Auswahl" in drawn.pick.empty_text


entries = st.lists(
    st.builds(
        Choice,
        st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True),
        st.sampled_from(["Kita", "Kita (a)", "kita", "Haus (1)", "Haus", "a", "1"]),
    ),
    max_size=8,
    unique_by=lambda one: one.key,
)


@given(entries)
def test_the_text_of_an_answer_finds_it_again(found: list[Choice]) -> None:
    """Whatever names and keys there are, a page sends back what it shows."""
    choices, target = ListChoices(*found), target_of(facility())
    for one in found:
        text = entry_text(choices, target, value_of(target, one))
        try:
            again = read_pick(choices, target, text)
        except EntryError as error:
            raise AssertionError((one, text)) from error
        assert picked_key(again) == one.key


def test_people_of_one_name_are_told_by_their_function() -> None:
    form = parsed(field("person", "kraft", side="office"))
    first = Choice("1", "Kim Muster", {"funktion": "Fachkraft im Jugendamt"})
    second = Choice("2", "Kim Muster", {"funktion": "Koordination im Jugendamt"})
    choices, target = ListChoices(first, second), target_of(form)
    text = entry_text(choices, target, value_of(target, second))
    assert text == "Kim Muster, Koordination im Jugendamt"
    assert picked_key(read_pick(choices, target, text)) == "2"
    answer: Json = {
        "schluessel": "1",
        "name": "Kim Muster",
        "funktion": "Fachkraft im Jugendamt",
    }
    found = evaluate(form, {"kraft": answer}, stage="submission")
    assert template_context(form, found)["kraft_text"] == "Kim Muster, Fachkraft im Jugendamt"


def test_the_schema_for_programs_wants_the_key_alone() -> None:
    schema = data_schema(facility())["properties"]
    assert isinstance(schema, dict)
    checked = Draft202012Validator(schema["einrichtung"])  # type: ignore[arg-type]
    assert checked.is_valid({"schluessel": "nord"}) and checked.is_valid(STORED)
    assert not checked.is_valid({"name": "Kita Nord"}) and not checked.is_valid("nord")
