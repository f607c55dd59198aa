"""Every kind of change has its class and its sentence; the rules stand here once more, by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.versions.changes import Grade, Step
from forms.versions.diff import compare_forms
from forms.versions.order import moved_keys
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
from tests.support.form_documents import Document, field, page, section

OK, DEFAULT, LOSS = Grade.COMPATIBLE, Grade.NEEDS_DEFAULT, Grade.DESTRUCTIVE


def move_first_field_down(document: Document) -> None:
    fields = first_fields(document)
    fields.append(fields.pop(0))


def move_into_group(document: Document) -> None:
    name = element(document, "name")
    first_fields(document).remove(name)
    parts(element(document, "kosten"), "fields").append(name)


def remove_page(document: Document) -> None:
    del parts(document, "pages")[1]


# name, edit, class, step, sentence
CASES: list[tuple[str, Edit, Grade, Step, str]] = [
    ("field added", add_field("text", "ort", label="Ort"), OK, Step.MINOR,
     "Neu: Feld „Ort“ (freiwillig) (Seite „Betreuung“)"),
    ("required field added", add_field("text", "ort", label="Ort", required=True), DEFAULT,
     Step.MAJOR, "Neu: Feld „Ort“ (Pflicht) (Seite „Betreuung“)"),
    ("conditionally required field added", add_field("text", "ort", label="Ort",
     required="kinder > 1"), DEFAULT, Step.MAJOR,
     "Neu: Feld „Ort“ (Pflicht unter einer Bedingung) (Seite „Betreuung“)"),
    ("text added", add_field("info", "tipp", label="Tipp", text="Ruhig lesen."), OK, Step.MINOR,
     "Neu: Feld „Tipp“ (Seite „Betreuung“)"),
    ("field removed", remove_field("name"), LOSS, Step.MAJOR,
     "Entfällt: Feld „Name“ (Seite „Betreuung“)"),
    ("text removed", remove_field("hinweis"), OK, Step.MINOR,
     "Entfällt: Feld „Hinweis“ (Seite „Betreuung“)"),
    ("calculation removed", remove_field("gesamt"), LOSS, Step.MAJOR,
     "Entfällt: Feld „Gesamt“ (Seite „Kosten“)"),
    ("column removed", remove_field("betrag"), LOSS, Step.MAJOR,
     "Entfällt: Feld „Betrag“ in „Kosten“ (Seite „Kosten“)"),
    ("moved to another page", move_to_costs("name"), OK, Step.PATCH,
     "Feld „Name“ steht jetzt auf der Seite „Kosten“ statt „Betreuung“ (Seite „Kosten“)"),
    ("moved into a group", move_into_group, LOSS, Step.MAJOR,
     "Feld „Name“ in „Kosten“ steht jetzt in der Gruppe „Kosten“ (Seite „Kosten“)"),
    ("order of fields", move_first_field_down, OK, Step.PATCH,
     "Feld „Kinder“ steht an anderer Stelle (Seite „Betreuung“)"),
    ("key", change("name", key="nachname"), OK, Step.MINOR,
     "Feld „Name“ heißt in Regeln und Platzhaltern jetzt „nachname“ statt „name“"
     " (Seite „Betreuung“)"),
    ("label", change("kinder", label="Zahl der Kinder"), OK, Step.PATCH,
     "Feld „Kinder“ heißt jetzt „Zahl der Kinder“ (Seite „Betreuung“)"),
    ("help", change("name", help="Wie im Pass."), OK, Step.PATCH,
     "Hinweis bei Feld „Name“ geändert (Seite „Betreuung“)"),
    ("help added", change("kinder", help="Alle im Haushalt."), OK, Step.PATCH,
     "Hinweis bei Feld „Kinder“ ist neu (Seite „Betreuung“)"),
    ("help removed", change("name", help=None), OK, Step.PATCH,
     "Hinweis bei Feld „Name“ entfällt (Seite „Betreuung“)"),
    ("type", change("name", type="date"), LOSS, Step.MAJOR,
     "Feld „Name“ ist jetzt „Datum“ statt „Kurzer Text“ (Seite „Betreuung“)"),
    ("wider type", change("name", type="long_text"), OK, Step.MINOR,
     "Feld „Name“ ist jetzt „Langer Text“ statt „Kurzer Text“ (Seite „Betreuung“)"),
    ("required", change("kinder", required=True), DEFAULT, Step.MAJOR,
     "Feld „Kinder“ ist jetzt Pflicht (Seite „Betreuung“)"),
    ("required on a condition", change("kinder", required="not leer(name)"), DEFAULT, Step.MAJOR,
     "Feld „Kinder“ ist jetzt nur unter einer Bedingung Pflicht (Seite „Betreuung“)"),
    ("only expected", change("kinder", required={"rule": "kinder > 1", "level": "warning"}), OK,
     Step.MINOR, "Feld „Kinder“ wird jetzt erwartet, ist aber keine Pflicht (Seite „Betreuung“)"),
    ("not recorded allowed", change("kinder", not_recorded=True), OK, Step.MINOR,
     "„nicht erhoben“ bei Feld „Kinder“: jetzt ja (Seite „Betreuung“)"),
    ("condition to show", change("ende", visible="kinder > 1"), LOSS, Step.MAJOR,
     "Feld „Ende“ wird nur noch unter einer Bedingung gezeigt (Seite „Betreuung“)"),
    ("limit raised", change("kinder", minimum=1), DEFAULT, Step.MAJOR,
     "Kleinster Wert bei Feld „Kinder“: jetzt 1 statt 0 (Seite „Betreuung“)"),
    ("limit lowered", change("kinder", minimum=-1), OK, Step.MINOR,
     "Kleinster Wert bei Feld „Kinder“: jetzt -1 statt 0 (Seite „Betreuung“)"),
    ("maximum raised", change("kinder", maximum=10), OK, Step.MINOR,
     "Größter Wert bei Feld „Kinder“: jetzt 10 statt 5 (Seite „Betreuung“)"),
    ("maximum lowered", change("kinder", maximum=4), DEFAULT, Step.MAJOR,
     "Größter Wert bei Feld „Kinder“: jetzt 4 statt 5 (Seite „Betreuung“)"),
    ("limit gone", change("kinder", maximum=None), OK, Step.MINOR,
     "Größter Wert bei Feld „Kinder“ entfällt, bisher 5 (Seite „Betreuung“)"),
    ("limit of a day", change("ende", minimum="2026-01-31"), DEFAULT, Step.MAJOR,
     "Kleinster Wert bei Feld „Ende“: jetzt 31.01.2026 (Seite „Betreuung“)"),
    ("length", change("name", max_length=20), DEFAULT, Step.MAJOR,
     "Höchstlänge in Zeichen bei Feld „Name“: jetzt 20 (Seite „Betreuung“)"),
    ("pattern", change("name", pattern="[A-Z]+"), DEFAULT, Step.MAJOR,
     "Muster bei Feld „Name“: jetzt [A-Z]+ (Seite „Betreuung“)"),
    ("unit", change("kinder", unit="Personen"), LOSS, Step.MAJOR,
     "Einheit bei Feld „Kinder“: jetzt Personen statt Kinder (Seite „Betreuung“)"),
    ("data class", change("name", data_class="K4"), OK, Step.MINOR,
     "Schutzklasse bei Feld „Name“: jetzt K4 (Seite „Betreuung“)"),
    ("option added",
     lambda d: parts(element(d, "hilfeart"), "options").append(new_option("p35", "§ 35")),
     OK, Step.MINOR, "Neu: Möglichkeit „§ 35“ bei Feld „Hilfeart“ (Seite „Betreuung“)"),
    ("option removed", lambda d: parts(element(d, "hilfeart"), "options").pop(), LOSS, Step.MAJOR,
     "Entfällt: Möglichkeit „§ 31“ bei Feld „Hilfeart“ (Seite „Betreuung“)"),
    ("option relabelled",
     lambda d: part(element(d, "hilfeart"), "options", 0).update(label="§ 30 SGB VIII"),
     OK, Step.PATCH,
     "Möglichkeit „§ 30“ bei Feld „Hilfeart“ heißt jetzt „§ 30 SGB VIII“ (Seite „Betreuung“)"),
    ("option renamed", lambda d: part(element(d, "hilfeart"), "options", 0).update(value="par30"),
     OK, Step.MINOR, "Möglichkeit „§ 30“ bei Feld „Hilfeart“ heißt in Regeln jetzt „par30“ statt"
     " „p30“ (Seite „Betreuung“)"),
    ("options in another order", lambda d: parts(element(d, "hilfeart"), "options").reverse(),
     OK, Step.PATCH, "Andere Reihenfolge bei Feld „Hilfeart“ (Seite „Betreuung“)"),
    ("calculation", change("gesamt", value="summe(kosten.betrag) * 2"), LOSS, Step.MAJOR,
     "Feld „Gesamt“ wird anders berechnet (Seite „Kosten“)"),
    ("result", change("gesamt", result="decimal"), LOSS, Step.MAJOR,
     "Art des Ergebnisses bei Feld „Gesamt“: jetzt decimal statt money (Seite „Kosten“)"),
    ("check added", change("kinder", valid=[{"rule": "kinder < 9", "message": "Zu viele."}]),
     DEFAULT, Step.MAJOR, "Neue Prüfung bei Feld „Kinder“: „Zu viele.“ (Seite „Betreuung“)"),
    ("warning added", change("kinder", valid=[
        {"rule": "kinder < 9", "message": "Zu viele.", "level": "warning"}]),
     OK, Step.MINOR, "Neue Prüfung bei Feld „Kinder“: „Zu viele.“ (Seite „Betreuung“)"),
    ("check changed", change("ende", valid=[
        {"rule": "kinder > 1", "message": "Ohne Kinder kein Ende."}]),
     DEFAULT, Step.MAJOR,
     "Andere Prüfung bei Feld „Ende“: „Ohne Kinder kein Ende.“ (Seite „Betreuung“)"),
    ("check reworded", change("ende", valid=[{"rule": "kinder > 0", "message": "Kein Kind?"}]),
     OK, Step.PATCH, "Andere Prüfung bei Feld „Ende“: „Kein Kind?“ (Seite „Betreuung“)"),
    ("check removed", change("ende", valid=None), OK, Step.MINOR,
     "Keine Prüfung mehr bei Feld „Ende“: „Ohne Kinder kein Ende.“ (Seite „Betreuung“)"),
    ("declared text", change("richtig", text="Alles ist richtig und vollständig."), LOSS,
     Step.MAJOR, "Text bei Feld „Erklärung“ geändert (Seite „Kosten“)"),
    ("text", change("hinweis", text="Bitte sehr genau."), OK, Step.PATCH,
     "Text bei Feld „Hinweis“ geändert (Seite „Betreuung“)"),
    ("matrix row added",
     lambda d: parts(element(d, "aufgaben"), "rows").append(
         {"id": new_option("r", "")["id"], "key": "neu", "label": "Vertretung"}),
     OK, Step.MINOR, "Neu: Zeile „Vertretung“ bei Feld „Aufgaben“ (Seite „Kosten“)"),
    ("matrix row removed", lambda d: parts(element(d, "aufgaben"), "rows").pop(), LOSS, Step.MAJOR,
     "Entfällt: Zeile „Beratung“ bei Feld „Aufgaben“ (Seite „Kosten“)"),
    ("matrix column removed", lambda d: parts(element(d, "aufgaben"), "columns").pop(0), LOSS,
     Step.MAJOR, "Entfällt: Spalte „Amt“ bei Feld „Aufgaben“ (Seite „Kosten“)"),
    ("matrix cell removed", lambda d: parts(element(d, "aufgaben"), "cells").pop(), LOSS,
     Step.MAJOR, "Entfällt: Wert „wirkt mit“ bei Feld „Aufgaben“ (Seite „Kosten“)"),
    ("matrix rules", change("aufgaben", row_rules=[{"kind": "exactly_one", "value": "F"}]),
     DEFAULT, Step.MAJOR, "Andere Regeln je Zeile bei Feld „Aufgaben“ (Seite „Kosten“)"),
    ("columns from a group", change("aufgaben", columns_from={
        "repeat": "kosten", "key": "was", "label": "was"}), LOSS, Step.MAJOR,
     "Die Spalten von Feld „Aufgaben“ kommen jetzt anderswoher (Seite „Kosten“)"),
    ("more rows needed", change("kosten", minimum=1), DEFAULT, Step.MAJOR,
     "Kleinster Wert bei Feld „Kosten“: jetzt 1 (Seite „Kosten“)"),
    ("page renamed", lambda d: part(d, "pages", 0).update(title="Kinder"), OK, Step.PATCH,
     "Seite „Betreuung“ heißt jetzt „Kinder“"),
    ("page on a condition", lambda d: part(d, "pages", 1).update(visible="kinder > 1"), LOSS,
     Step.MAJOR, "Seite „Kosten“ wird nur noch unter einer Bedingung gezeigt"),
    ("page added", lambda d: parts(d, "pages").append(page("neu", section("s"), title="Neues")),
     OK, Step.MINOR, "Neu: Seite „Neues“"),
    ("pages in another order", lambda d: parts(d, "pages").reverse(), OK, Step.PATCH,
     "Seite „Kosten“ steht an anderer Stelle"),
    ("section retitled", lambda d: part(d, "pages", 0, "sections", 0).update(title="Die Kinder"),
     OK, Step.PATCH, "Abschnitt „Kinder“ heißt jetzt „Die Kinder“ (Seite „Betreuung“)"),
    ("title of the form", lambda d: d.update(title="Bogen"), OK, Step.PATCH,
     "Überschrift des Vordrucks geändert"),
    ("class of the form", lambda d: d.update(data_class="K3"), OK, Step.MINOR,
     "Schutzklasse des Vordrucks: jetzt K3"),
    ("a setting nobody knows", change("name", spell="gold"), DEFAULT, Step.MAJOR,
     "Einstellung „spell“ bei Feld „Name“: jetzt gold (Seite „Betreuung“)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "grade", "step", "sentence"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_each_change_has_class_step_and_sentence(
    edit: Edit, grade: Grade, step: Step, sentence: str
) -> None:
    diff = compare_forms(care_form(), edited(edit))
    found = {one.sentence: one for one in diff.changes}
    assert sentence in found
    assert (found[sentence].grade, found[sentence].step) == (grade, step)
    # Nothing else is said of a single edit, except of what goes or comes with a page.
    assert [one.sentence for one in diff.changes if one.grade > grade] == []
    assert len(diff.changes) == 1


def test_rules_that_only_follow_a_rename_are_no_change() -> None:
    def rename(document: Document) -> None:
        change("kinder", key="ende")(document)
        last = first_fields(document)[-1]
        assert isinstance(last, dict)
        last.update(key="kinder", valid=[{"rule": "ende > 0", "message": "Ohne Kinder kein Ende."}])
        change("betrag", key="euro")(document)
        element(document, "kosten")["key"] = "ausgaben"
        change("gesamt", value="summe(ausgaben.euro)")(document)

    kinds = [one.kind for one in compare_forms(care_form(), edited(rename)).changes]
    assert kinds == ["key"] * 4


def test_rules_are_shown_old_beside_new() -> None:
    (one,) = compare_forms(
        care_form(), edited(change("gesamt", value="summe(kosten.betrag) + 1"))
    ).changes
    assert (one.old, one.new) == ("„Summe Betrag in Kosten“", "„Summe Betrag in Kosten“ plus 1")
    (one,) = compare_forms(care_form(), edited(change("name", help="Wie im Pass."))).changes
    assert (one.old, one.new) == ("Wie im Ausweis.", "Wie im Pass.")


def test_a_removed_page_names_what_is_lost() -> None:
    diff = compare_forms(care_form(), edited(remove_page))
    assert diff.grade is LOSS
    assert {one.text for one in diff.changes} == {
        "Entfällt: Seite „Kosten“",
        "Entfällt: Feld „Kosten“",
        "Entfällt: Feld „Gesamt“",
        "Entfällt: Feld „Aufgaben“",
        "Entfällt: Feld „Erklärung“",
    }


def test_changes_are_grouped_by_page() -> None:
    def edit(document: Document) -> None:
        document["title"] = "Bogen"
        change("gesamt", value="1 + 1")(document)
        change("name", label="Nachname")(document)
        change("kinder", label="Zahl")(document)

    groups = compare_forms(care_form(), edited(edit)).by_page()
    assert [(title, len(changes)) for title, changes in groups] == [
        ("", 1),
        ("Betreuung", 2),
        ("Kosten", 1),
    ]


@pytest.mark.parametrize(
    ("step", "name", "following"),
    [
        (Step.MAJOR, "1.4.2", "2.0.0"),
        (Step.MINOR, "1.4.2", "1.5.0"),
        (Step.PATCH, "1.4.2", "1.4.3"),
        (Step.PATCH, "", "1.0.0"),
    ],
)
def test_version_names_follow_the_step(step: Step, name: str, following: str) -> None:
    assert step.after(name) == following


EDITS: list[Edit] = [case[1] for case in CASES]


@settings(deadline=None)
@given(st.sampled_from(EDITS))
def test_nothing_changed_is_no_change(edit: Edit) -> None:
    document = edited(edit)
    assert compare_forms(document, copy.deepcopy(document)).changes == ()


@settings(deadline=None)
@given(st.sampled_from(EDITS))
def test_going_back_is_seen_as_well(edit: Edit) -> None:
    there = compare_forms(care_form(), edited(edit))
    back = compare_forms(edited(edit), care_form())
    assert there.changes
    assert back.changes
    # The same elements are spoken of, and what was lost one way is an addition the other way.
    moves = {"moved", "page_moved"}
    assert {one.element_id for one in there.changes if one.kind not in moves} == {
        one.element_id for one in back.changes if one.kind not in moves
    }
    lost = {one.element_id for one in there.changes if one.kind.endswith("removed")}
    assert lost == {one.element_id for one in back.changes if one.kind.endswith("added")}


@st.composite
def leaf_edits(draw: st.DrawFn) -> Callable[[Document], None]:
    """Change, add or take away one thing anywhere in the document."""
    path: list[str | int] = []
    node: object = care_form()
    while True:
        choices: list[str | int] = []
        if isinstance(node, dict):
            choices = [k for k in node if k not in ("id", "schema_version")]
        elif isinstance(node, list):
            choices = list(range(len(node)))
        if not choices:
            break
        step = draw(st.sampled_from(choices))
        path.append(step)
        node = node[step]  # type: ignore[index]
        if isinstance(node, dict | list) and draw(st.integers(0, 3)) == 0:
            break
    way = draw(st.sampled_from(["change", "remove"]))

    def edit(document: Document) -> None:
        target: object = document
        for inner in path[:-1]:
            target = target[inner]  # type: ignore[index]
        if way == "remove" or isinstance(node, dict | list):
            del target[path[-1]]  # type: ignore[attr-defined]
        else:
            target[path[-1]] = f"{node} anders"  # type: ignore[index]

    return edit


@settings(deadline=None)
@given(leaf_edits())
def test_whatever_is_edited_is_seen(edit: Callable[[Document], None]) -> None:
    document = edited(edit)
    assert compare_forms(care_form(), document).changes
    assert compare_forms(document, care_form()).changes


@settings(deadline=None)
@given(st.permutations(list("abcdefgh")))
def test_the_fewest_elements_are_called_moved(after: list[str]) -> None:
    before = sorted(after)
    moved = moved_keys(before, after)
    assert [key for key in before if key not in moved] == [key for key in after if key not in moved]
    assert bool(moved) == (before != after)


def test_one_field_pulled_to_the_front_is_the_one_that_moved() -> None:
    assert moved_keys(list("abcdef"), list("fabcde")) == {"f"}


def test_five_hundred_fields_are_compared_at_once() -> None:
    """Not a measurement: a comparison that grew with the square would take minutes here."""
    old = {**care_form(), "pages": [page("p", section("s", *_many(500)))]}
    new = {**care_form(), "pages": [page("p", section("s", *reversed(_many(500))))]}
    assert len(compare_forms(old, new).changes) == 499


def _many(count: int) -> list[Document]:
    return [field("text", f"feld_{number}") for number in range(count)]
