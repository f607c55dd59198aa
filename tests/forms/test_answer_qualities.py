"""Qualities that any field may have: not recorded, expected, masked, classed, of a codelist."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.environment import ClosedEnvironment
from document_templates.filters import FILTERS
from forms.context import template_context
from forms.data_classes import DATA_CLASSES, effective_class, is_above
from forms.definition import DefinitionError, FormDefinition, parse_definition
from forms.elements import NotRecorded
from forms.evaluation import Evaluation, evaluate, flatten
from forms.expressions.nodes import Json
from forms.fields.privacy import privacy_warnings
from forms.fields.registry import display_value
from forms.input import PageInput, read_page
from forms.merging import merge_answers
from forms.presentation import present_page, review
from forms.procedure.viewing import readable_evaluation, readable_form
from forms.surroundings import Surroundings
from forms.viewer import Viewer
from forms.views import FieldView
from tests.support.form_documents import field, form, identity, one_page, page, parsed, section

IBAN = "DE89370400440532013000"
REASONS: Json = {"reasons": ["Nicht gefragt", "Wollte es nicht sagen"]}

RECORDING = parsed(
    field("money", "betrag", required=True, not_recorded=True),
    field("radio", "abschluss", required=True, options={"a": "Alpha"}, not_recorded=REASONS),
    field("date_range", "zeit", required=True, not_recorded=True),
    field("checkboxes", "wege", options={"a": "Alpha"}, not_recorded=True),
    field("calculated", "doppelt", result="money", value="betrag * 2"),
    field("text", "ohne"),
)


def post(definition: FormDefinition, stored: dict[str, Json], **posted: str) -> PageInput:
    texts = {name.replace("___", ".__"): [text] for name, text in posted.items()}
    return read_page(definition, "seite", texts, stored, new_row_id=lambda: "r")


def view_of(definition: FormDefinition, evaluation: Evaluation, key: str) -> FieldView:
    views = present_page(definition, "seite", evaluation).sections[0].fields
    return next(view for view in views if view.path == key)


def test_a_reason_is_the_answer_that_it_was_not_recorded() -> None:
    posted = {
        "betrag": [""], "betrag.__reason": ["  Keine Unterlagen  da "],
        "abschluss.__present": ["1"], "abschluss.__reason": ["Nicht gefragt"],
        "zeit.von": [""], "zeit.bis": [""], "zeit.__reason": ["offen"],
    }  # fmt: skip
    result = read_page(RECORDING, "seite", posted, {}, new_row_id=lambda: "r")
    assert result.errors == ()
    assert result.answers == {
        "betrag": {"_not_recorded": "Keine Unterlagen da"},
        "abschluss": {"_not_recorded": "Nicht gefragt"},
        "zeit": {"_not_recorded": "offen"},
    }
    evaluation = evaluate(RECORDING, result.answers, stage="submission")
    assert evaluation.errors == ()
    assert evaluation.values["betrag"] == NotRecorded("Keine Unterlagen da")
    assert evaluation.values["doppelt"] is None
    flat = flatten(evaluation.values)
    assert flat["betrag"] is None
    assert flat["betrag._not_recorded"] == "Keine Unterlagen da"
    entries = review(RECORDING, evaluation)[0].sections[0].entries
    assert entries[0].display == "nicht erhoben (Keine Unterlagen da)"
    assert entries[2].display == "nicht erhoben (offen)"
    view = view_of(RECORDING, evaluation, "betrag")
    assert view.not_recorded is not None
    assert (view.not_recorded.reason, view.entry) == ("Keine Unterlagen da", "")


def test_without_a_reason_the_field_stays_required() -> None:
    result = post(RECORDING, {}, betrag="", betrag___reason="  ")
    errors = evaluate(RECORDING, result.answers, stage="submission").errors
    assert {error.path for error in errors} == {"betrag", "abschluss", "zeit"}


def test_an_answer_beside_a_reason_is_kept_and_asked_about() -> None:
    result = post(RECORDING, {}, betrag="12,50", betrag___reason="Keine Unterlagen")
    assert result.answers["betrag"] == {"_not_recorded": "Keine Unterlagen", "_answer": "12.50"}
    evaluation = evaluate(RECORDING, result.answers, stage="draft")
    assert [error.path for error in evaluation.errors] == ["betrag"]
    view = view_of(RECORDING, evaluation, "betrag")
    assert view.entry == "12,50"
    assert view.not_recorded is not None
    assert view.not_recorded.reason == "Keine Unterlagen"
    freed = post(RECORDING, result.answers, betrag="12,50", betrag___reason="")
    assert freed.answers["betrag"] == "12.50"


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        ("betrag", {"_not_recorded": 1}),
        ("betrag", {"reason": "x"}),
        ("abschluss", {"_not_recorded": "Erfunden"}),
        ("ohne", {"_not_recorded": "x"}),
        ("betrag", {"_not_recorded": "x" * 501}),
        ("betrag", {"_not_recorded": "x", "_answer": "viel"}),
    ],
)
def test_other_forms_of_a_reason_are_refused(key: str, stored: Json) -> None:
    errors = evaluate(RECORDING, {key: stored}, stage="draft").errors
    assert key in {error.path for error in errors}


def test_a_reason_that_is_not_offered_is_refused_and_a_reason_where_none_is_taken() -> None:
    posted = {"abschluss.__present": ["1"], "abschluss.__reason": ["Erfunden"]}
    result = read_page(RECORDING, "seite", posted, {}, new_row_id=lambda: "r")
    assert [error.path for error in result.errors] == ["abschluss"]
    assert post(RECORDING, {}, ohne="a", ohne___reason="x").errors[0].path == "ohne.__reason"


def test_documents_say_why_whatever_the_filter_and_conditions_see_nothing() -> None:
    stored: dict[str, Json] = {
        key: {"_not_recorded": "offen"} for key in ("betrag", "abschluss", "zeit", "wege")
    }
    stored["abschluss"] = {"_not_recorded": "Nicht gefragt"}
    context = template_context(RECORDING, evaluate(RECORDING, stored, stage="draft"))
    environment = ClosedEnvironment()

    def written(source: str) -> str:
        return environment.from_string(source).render(context)

    for name in set(FILTERS) - {"length", "upper", "lower", "default"}:
        assert written("{{ betrag|" + name + " }}") == "nicht erhoben (offen)", name
    assert written("{{ abschluss_text }}") == "nicht erhoben (Nicht gefragt)"
    assert written("{{ zeit.von|datum }}") == written("{{ zeit_text }}") == "nicht erhoben (offen)"
    assert written("{{ wege_text|liste }}{% for w in wege %}!{% endfor %}") == (
        "nicht erhoben (offen)"
    )
    assert written("{% if betrag > 5 %}viel{% else %}–{% endif %}") == "–"
    assert written("{{ betrag * 2 }}") == ""


def test_two_windows_never_mix_a_reason_with_an_answer() -> None:
    base: dict[str, Json] = {"zeit": {"von": "2026-01-01"}}
    mine: dict[str, Json] = {"zeit": {"_not_recorded": "offen"}}
    theirs: dict[str, Json] = {"zeit": {"von": "2026-01-01", "bis": "2026-02-01"}}
    merge = merge_answers(base, mine, theirs)
    assert [conflict.path for conflict in merge.conflicts] == ["zeit"]
    assert merge.answers == mine
    both = merge_answers(base, base | {"zeit": {"von": "2026-01-02"}}, theirs)
    assert both.conflicts == ()
    assert both.answers == {"zeit": {"von": "2026-01-02", "bis": "2026-02-01"}}


# ------------------------------------------------------------------ expected, not required


def test_what_is_only_expected_warns_and_does_not_stop() -> None:
    definition = parsed(
        field("text", "name", required={"level": "warning"}),
        field("integer", "zahl", required={"level": "warning", "when": "not leer(name)"}),
    )
    evaluation = evaluate(definition, {}, stage="submission")
    assert evaluation.errors == ()
    assert [warning.path for warning in evaluation.warnings] == ["name"]
    assert evaluation.expected == {"name"}
    assert evaluation.required == frozenset()
    view = view_of(definition, evaluation, "name")
    assert (view.expected, view.required) == (True, False)
    answered = evaluate(definition, {"name": "A"}, stage="submission")
    assert [warning.path for warning in answered.warnings] == ["zahl"]
    assert evaluate(definition, {}, stage="draft").warnings == ()


# ------------------------------------------------------------------ masked

MASKED = parsed(
    field("iban", "konto", masked={"shown_to": ["wjh", "traeger"]}),
    field("telephone", "telefon", masked={"shown_to": ["fachkraft"]}),
    field("email", "mail", masked={"shown_to": ["fachkraft"]}),
    field("text", "name"),
)
ANSWERS: dict[str, Json] = {
    "konto": IBAN, "telefon": "+49611123456", "mail": "jo@haus.example", "name": "Jo",
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "shown"), [("wjh", True), ("traeger", True), ("fachkraft", False)]
)
def test_an_iban_is_masked_for_those_who_need_not_see_it(role: str, shown: bool) -> None:
    readable = readable_form(MASKED, Viewer(frozenset({role})))
    evaluation = readable_evaluation(evaluate(MASKED, ANSWERS, stage="submission"), readable)
    page_view = present_page(readable, "seite", evaluation)
    view = page_view.sections[0].fields[0]
    entry = review(readable, evaluation)[0].sections[0].entries[0]
    assert view.masked is not shown
    assert bool(view.entry) is shown
    in_full = "DE89 3704 0044 0532 0130 00"
    expected = in_full if shown else "DE89 •••• •••• 3000"
    assert entry.display.replace("\u00a0", " ") == view.display.replace("\u00a0", " ") == expected
    everything = repr((page_view, review(readable, evaluation)))
    assert ("0440532" in everything.replace(" ", "").replace("\\xa0", "")) is shown


def test_unreadable_masked_texts_are_not_shown_either() -> None:
    readable = readable_form(MASKED, Viewer(frozenset({"fachkraft"})))
    invalid = {"konto": "DE89 3704 0044 0532 0130 01"}
    evaluation = evaluate(MASKED, {}, stage="draft", invalid=invalid)
    drawn = repr(
        (
            present_page(readable, "seite", evaluation, invalid),
            review(readable, evaluation, invalid),
        )
    )
    assert "0044" not in drawn


def test_other_answers_are_masked_too_and_a_masked_answer_stays() -> None:
    fields = readable_form(MASKED, Viewer(frozenset())).fields
    assert display_value(fields["telefon"], "+49611123456").endswith("56")
    assert "611123" not in display_value(fields["telefon"], "+49611123456")
    assert display_value(fields["mail"], "jo@haus.example") == "j•••@•••"
    assert display_value(fields["name"], "Jo") == "Jo"
    # A masked field has no input, so nothing of it is posted.
    assert post(MASKED, dict(ANSWERS), name="Jo B").answers == ANSWERS | {"name": "Jo B"}


def test_who_fills_a_section_must_see_its_answers_in_full() -> None:
    document = form(
        page(
            "seite",
            section(
                "abschnitt",
                field("iban", "konto", masked={"shown_to": ["wjh"]}),
                filled_by=["traeger"],
            ),
        )
    )
    with pytest.raises(DefinitionError, match="Träger"):
        parse_definition(document)


# ------------------------------------------------------------------ classes of data


def test_a_field_has_its_own_class_or_that_of_the_form() -> None:
    document = one_page(
        field("text", "a", data_class="K4"),
        field("text", "c"),
    ) | {"data_class": "K1"}
    definition = parse_definition(document)
    assert effective_class(definition.fields["c"], "K1") == "K1"
    assert effective_class(definition.fields["a"], "K1") == "K4"


@given(st.sampled_from(DATA_CLASSES), st.sampled_from(DATA_CLASSES))
def test_the_classes_are_ordered_by_their_number(one: str, other: str) -> None:
    assert is_above(one, other) is (int(one[1]) > int(other[1]))


# ------------------------------------------------------------------ hints at data of persons


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Mia, geb. 12.03.2022, ist munter.", "Geburtsdatum"),
        ("geboren am 1. März 2020", "Geburtsdatum"),
        ("Tom *3.4.2021", "Geburtsdatum"),
        ("Rufen Sie 0611 123456 an", "Telefonnummer"),
        ("Tel. +49 170 1234567", "Telefonnummer"),
        (f"Konto {IBAN}", "IBAN"),
        ("Konto DE89 3704 0044 0532 0130 00", "IBAN"),
        ("jo.beispiel@haus.example", "E-Mail"),
        ("Geburtstag: 3. 4. 2021", "Geburtsdatum"),
        ("* 12. Mai 2019 in Hilden", "Geburtsdatum"),
        ("(02103) 98 76 54", "Telefonnummer"),
        ("+49 (0)2103 987654", "Telefonnummer"),
        ("mobil 01701234567", "Telefonnummer"),
        ("Tel.: 987654", "Telefonnummer"),
        ("Handy 0170/1234567 ab 17 Uhr", "Telefonnummer"),
        ("wohnt in der Ahornstraße 12a", "Anschrift"),
        ("Familie aus der Hildener Str. 7", "Anschrift"),
        ("Am Rathaus, Kirchplatz 3, links", "Anschrift"),
        ("Az. 51.3-2026/0815", "Aktenzeichen"),
        ("Aktenzeichen: III.51/17", "Aktenzeichen"),
        ("Beschluss 12 F 345/26 des Familiengerichts", "Aktenzeichen"),
    ],
)
def test_data_of_persons_in_a_text_is_pointed_out(text: str, what: str) -> None:
    warnings = privacy_warnings("Bericht", text)
    assert len(warnings) == 1
    assert what in warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "", "Am 12.03.2022 begann der Kurs.", "Es waren 0,5 Stunden.", "§ 77 Abs. 1 SGB VIII",
        "12 * 3 = 36", "160 + 140 UE, 2026 bis 2027", "DE89370400440532013001", "0-3 Jahre",
        "Das Aktenzeichen fehlt.", "Az. folgt", "ohne Aktenzeichen, siehe Anlage 3",
        "01.03.2026 bis 31.08.2026", "0211 Fälle", "Nr. 0815/2026", "WP 20-25 SV 51/086",
        "1.200,50 Euro in 2026", "05.11. 10 bis 12 Uhr", "0,125 VZÄ", "Raum 0815 4711",
        "03/2026 12 Kinder", "Belege 0012-0047", "10 000 000", "2025 2026 2027",
        "Auf dem Weg 3 Kinder getroffen",
        "je Betreuungsplatz 12 Euro", "Spielplatz 3 ist offen", "Beschwerdeweg 1: Leitung",
        "Der Ring 2 beginnt im Mai", "Platz 12 ist frei",
        "12 Plätze, davon 3 frei", "5 F-Kurse, 3/26", "Kapitel 4 F 2", "§ 8a Abs. 4 SGB VIII",
        "http://www.example.org/a@b", "9 * 12.5 = 112.5", "Stufe 3*, 1.5. bis 3.6.",
    ],
)  # fmt: skip
def test_ordinary_texts_give_no_warning(text: str) -> None:
    assert privacy_warnings("Bericht", text) == []


ORDINARY = (
    "Im Mai", "begann der Kurs", "mit", "Kindern", "und", "Stunden", "§ 43 Abs. 2", "SGB VIII",
    "am", "bis", "Euro", "Plätze", "Anlage", "Nr.", "Uhr", "im Jahr", "von", "zu", "%", "km",
)  # fmt: skip


@given(
    st.lists(
        st.one_of(
            st.sampled_from(ORDINARY),
            st.integers(0, 99_999).map(str),
            st.decimals(0, 99_999, places=2).map(lambda amount: f"{amount:.2f}".replace(".", ",")),
            st.dates(date(2000, 1, 1), date(2040, 1, 1)).map(lambda day: f"{day:%d.%m.%Y}"),
            st.times().map(lambda moment: f"{moment:%H:%M}"),
            st.integers(1, 30).map(lambda week: f"{week}. KW"),
        ),
        max_size=12,
    )
)
def test_reports_of_words_numbers_days_and_amounts_give_no_warning(parts: list[str]) -> None:
    """What a Sachbericht is made of must not warn, or nobody reads the warnings."""
    assert privacy_warnings("Bericht", ", ".join(parts)) == []
    assert privacy_warnings("Bericht", "; ".join(parts)) == []


PERSONAL = {
    "Geburtsdatum": st.dates(date(1950, 1, 1), date(2030, 1, 1)).map(
        lambda day: f"geb. {day:%d.%m.%Y}"
    ),
    "E-Mail": st.from_regex(r"[a-z]{2,9}\.[a-z]{2,9}@[a-z]{3,9}\.de", fullmatch=True),
    "Telefonnummer": st.from_regex(r"0[2-9][0-9]{2,3}[ /-][1-9][0-9]{4,7}", fullmatch=True),
    "Anschrift": st.from_regex(
        r"(Ahorn|Linden|Garten)(straße|weg|allee|platz) [1-9][0-9]?", fullmatch=True
    ),
    "Aktenzeichen": st.from_regex(r"Az\. [1-9][0-9]\.[1-9]-20[23][0-9]/[0-9]{4}", fullmatch=True),
}


@given(
    st.sampled_from(sorted(PERSONAL)).flatmap(
        lambda kind: st.tuples(st.just(kind), PERSONAL[kind], st.sampled_from(["", ", oft", ")"]))
    )
)
def test_what_looks_like_data_of_a_person_is_named_amid_other_words(
    found: tuple[str, str, str],
) -> None:
    kind, text, after = found
    warnings = privacy_warnings("Bericht", f"Im Mai 2026 kamen 12 Kinder ({text}{after} und 3 mehr")
    assert any(kind in warning for warning in warnings), (text, warnings)


@given(st.text(max_size=300))
def test_any_text_is_searched_without_an_error(text: str) -> None:
    for warning in privacy_warnings("Bericht", text):
        assert warning.startswith("In „Bericht“ steht anscheinend")


def test_a_long_text_is_searched_quickly_enough() -> None:
    """Patterns that try every split of a long run of digits would not come back."""
    for piece in ("0" * 20_000, "01 " * 7_000, "Tel " * 5_000, "Aa" * 10_000, "1-" * 10_000):
        privacy_warnings("Bericht", piece)


def test_the_hint_is_a_warning_of_fields_that_ask_for_it() -> None:
    definition = parsed(
        field("long_text", "mit", privacy_check=True), field("long_text", "ohne_hinweis")
    )
    text = "Kind geb. 12.03.2022"
    evaluation = evaluate(definition, {"mit": text, "ohne_hinweis": text}, stage="submission")
    assert evaluation.errors == ()
    assert [warning.path for warning in evaluation.warnings] == ["mit"]


# ------------------------------------------------------------------ codelists


def entry(value: str, label: str, **validity: Json) -> dict[str, Json]:
    return {"id": identity(f"entry {value}"), "value": value, "label": label, **validity}


def codelist_form(*fields: dict[str, Json], entries: list[Json] | None = None) -> dict[str, Json]:
    default: list[Json] = [
        entry("alt", "Alte Hilfe", valid_until="2026-07-01"),
        entry("neu", "Neue Hilfe", valid_from="2026-07-01"),
        entry("immer", "Hilfe"),
    ]
    return form(page("seite", section("abschnitt", *fields))) | {
        "codelists": [
            {"id": identity("list"), "key": "hilfen", "title": "Hilfen",
             "entries": default if entries is None else entries}
        ]
    }  # fmt: skip


CODED = parse_definition(
    codelist_form(
        field("date", "beginn"),
        field("radio", "heute_gewaehlt", codelist="hilfen"),
        field("checkboxes", "gewaehlt", codelist="hilfen", codelist_day="beginn"),
        field("repeat", "zeilen", display="table", item_label="Zeile", fields=[
            field("date", "beginn") | {"id": identity("row beginn")},
            field("select", "art", codelist="hilfen", codelist_day="beginn")]),
    )
)  # fmt: skip


def on(day: date, answers: dict[str, Json], stage: str = "submission") -> Evaluation:
    return evaluate(
        CODED,
        answers,
        stage="draft" if stage == "draft" else "submission",
        surroundings=Surroundings(today=day),
    )


@pytest.mark.parametrize(
    ("day", "value", "is_valid"),
    [
        (date(2026, 6, 30), "alt", True),
        (date(2026, 7, 1), "alt", False),
        (date(2026, 6, 30), "neu", False),
        (date(2026, 7, 1), "neu", True),
        (date(1990, 1, 1), "immer", True),
    ],
)
def test_a_choice_holds_from_its_first_day_up_to_the_day_before_its_end(
    day: date, value: str, is_valid: bool
) -> None:
    errors = on(day, {"heute_gewaehlt": value}).errors
    assert bool(errors) is not is_valid
    named = on(date(2030, 1, 1), {"beginn": day.isoformat(), "gewaehlt": [value]}).errors
    assert bool(named) is not is_valid


def test_an_expired_choice_stays_readable_and_offers_what_holds() -> None:
    evaluation = on(date(2026, 8, 1), {"heute_gewaehlt": "alt"})
    assert "gilt nur vor dem 01.07.2026" in evaluation.errors[0].text
    view = view_of(CODED, evaluation, "heute_gewaehlt")
    assert [(one.label, one.checked) for one in view.options] == [
        ("Alte Hilfe (gilt am 01.08.2026 nicht)", True),
        ("Neue Hilfe", False),
        ("Hilfe", False),
    ]
    shown = review(CODED, evaluation)[0].sections[0].entries[1]
    assert shown.display == "Alte Hilfe"
    draft = on(date(2026, 8, 1), {"heute_gewaehlt": "alt"}, "draft")
    assert (draft.errors, len(draft.warnings)) == ((), 1)


def test_in_a_row_its_own_date_decides() -> None:
    rows: Json = [{"_id": "a", "beginn": "2026-01-01", "art": "alt"}, {"_id": "b", "art": "alt"}]
    evaluation = on(date(2030, 1, 1), {"beginn": "2026-08-01", "zeilen": rows})
    assert [error.path for error in evaluation.errors] == ["zeilen[1].art"]


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        (codelist_form(field("radio", "a", codelist="fehlt")), "Codeliste „fehlt“"),
        (codelist_form(field("radio", "a", codelist="hilfen", codelist_day="b"),
                       field("text", "b")), "kein Datumsfeld"),
        (codelist_form(field("radio", "a", codelist="hilfen", options={"x": "X"})), "genau eines"),
        (codelist_form(field("radio", "a")), "genau eines"),
        (codelist_form(field("text", "a"), entries=[entry("x", "X"), entry("x", "Y") | {
            "id": identity("other")}]), "doppelt"),
        (codelist_form(field("text", "a"), entries=[entry(
            "x", "X", valid_from="2026-01-01", valid_until="2026-01-01")]), "an keinem Tag"),
        (codelist_form(field("text", "a"), entries=[entry("x", "X", valid_from="2026-02-30")]),
         "2026-02-30"),
    ],
)  # fmt: skip
def test_a_wrong_codelist_is_found(document: Json, finding: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(document)
    assert any(finding in one for one in caught.value.findings), caught.value.findings


def test_keine_angabe_is_an_answer_and_null_in_rules() -> None:
    definition = parsed(
        field("scale", "note", required=True, minimum=1, maximum=6, minimum_label="sehr gut",
              maximum_label="ungenügend"),
        field("calculated", "doppelt", result="integer", value="note * 2"),
        field("calculated", "ohne_note", result="yes_no", value="leer(note)"),
    )  # fmt: skip
    refused = evaluate(definition, {"note": "keine_angabe"}, stage="submission")
    assert refused.errors == ()
    assert (refused.values["doppelt"], refused.values["ohne_note"]) == (None, True)
    assert template_context(definition, refused)["note"] is None
    assert template_context(definition, refused)["note_text"] == "keine Angabe"
    answered = evaluate(definition, {"note": 2}, stage="submission")
    assert answered.values["doppelt"] == Decimal(4)
    assert evaluate(definition, {}, stage="submission").errors != ()
