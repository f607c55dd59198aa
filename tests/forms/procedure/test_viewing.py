"""What each participant may read and change of a form of three steps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forms.definition import FormDefinition, parse_definition
from forms.evaluation import Evaluation, evaluate
from forms.input import read_page
from forms.presentation import present_page, review
from forms.procedure.comparing import compare
from forms.procedure.viewing import (
    EVERYBODY,
    Task,
    editable_keys,
    errors_of,
    fillable_form,
    readable_evaluation,
    readable_form,
)
from forms.viewer import PARTICIPANTS, Viewer
from tests.support.form_documents import identity
from tests.support.report_form import report_answers, report_form

FORM = parse_definition(report_form())
TRAEGER = Viewer(frozenset({"traeger"}))
FACHKRAFT = Viewer(frozenset({"fachkraft"}))
WJH = Viewer(frozenset({"wjh"}))
OFFICE_ANSWERS = {"bewertung": "Schlüssig.", "notiz": "Nachfassen", "richtig": True}


def seen(viewer: Viewer) -> tuple[FormDefinition, Evaluation]:
    """Return form and evaluation of a finished submission as ``viewer`` has them."""
    whole = evaluate(FORM, report_answers() | OFFICE_ANSWERS, stage="submission")
    form = readable_form(FORM, viewer)
    return form, readable_evaluation(whole, form)


def words(viewer: Viewer) -> str:
    form, evaluation = seen(viewer)
    return repr(review(form, evaluation)) + repr(
        [present_page(form, page.key, evaluation) for page in form.pages]
    )


def test_the_wjh_sees_minutes_but_no_narrative() -> None:
    found = words(WJH)
    assert "90" in found and "120" in found
    for hidden in ("Verlauf", "Es ging gut voran", "Kurznotiz", "Streit mit dem Vater", "Notiz"):
        assert hidden not in found, hidden
    form, _evaluation = seen(WJH)
    assert form.field_at("einsaetze[0].kurznotiz") is None
    assert form.field_at("bericht") is None
    assert form.page("bericht") is not None


def test_the_traeger_sees_the_assessment_but_not_the_inner_note() -> None:
    found = words(TRAEGER)
    assert "Schlüssig." in found and "Streit mit dem Vater" in found
    for hidden in ("Interne Notiz", "Nachfassen", "Rechnerisch richtig"):
        assert hidden not in found, hidden


def test_the_heading_of_a_hidden_column_is_absent_even_without_rows() -> None:
    form = readable_form(FORM, WJH)
    empty = readable_evaluation(evaluate(FORM, {}, stage="draft"), form)
    assert "Kurznotiz" not in repr(present_page(form, "bericht", empty))


@given(st.frozensets(st.sampled_from(sorted(PARTICIPANTS))))
def test_nothing_hidden_is_named_anywhere(roles: frozenset[str]) -> None:
    form, evaluation = seen(Viewer(roles))
    names = {*evaluation.values, *(one.path for one in evaluation.errors + evaluation.warnings)}
    assert all(form.field_at(name) for name in names if name)
    for value in evaluation.values.values():
        for row in value if isinstance(value, list) else ():
            if not roles & {"traeger", "fachkraft"}:
                assert "kurznotiz" not in row


def test_each_step_fills_its_own_sections() -> None:
    first = editable_keys(FORM, TRAEGER, Task())
    assert first == {
        "berichtsjahr", "anfang", "zugaenge", "grund", "traegername", "bericht", "einsaetze",
        "ziele_vorjahr", "ziele",
    }  # fmt: skip
    assert editable_keys(FORM, FACHKRAFT, Task(step=1)) == {"bewertung", "notiz"}
    assert editable_keys(FORM, WJH, Task(step=2)) == {"richtig"}
    assert editable_keys(FORM, TRAEGER, Task(), locked=frozenset({"traegername"})) == first - {
        "traegername"
    }
    # What the WJH may not see it may not fill either, whatever the step says.
    assert "bericht" not in editable_keys(FORM, WJH, Task())


def test_a_rueckfrage_opens_the_named_fields_alone() -> None:
    named = frozenset({identity("field zugaenge"), identity("field bewertung")})
    task = Task(field_ids=named)
    assert editable_keys(FORM, TRAEGER, task) == {"zugaenge"}
    assert editable_keys(FORM, TRAEGER, task, opened=frozenset({"grund"})) == {"zugaenge", "grund"}


def test_posts_to_other_fields_are_refused() -> None:
    editable = editable_keys(
        FORM, TRAEGER, Task(field_ids=frozenset({identity("field berichtsjahr")}))
    )
    form = fillable_form(readable_form(FORM, TRAEGER), editable, context=lambda section: False)
    stored = report_answers()
    entry = read_page(
        form,
        "bericht",
        {"berichtsjahr": ["2027"], "zugaenge": ["99"], "bewertung": ["erfunden"]},
        stored,
        new_row_id=lambda: "neu",
        editable=editable,
    )
    assert entry.answers == stored | {"berichtsjahr": 2027}
    assert {error.path for error in entry.errors} == {"zugaenge", "bewertung"}


def test_rows_keep_the_columns_that_the_sender_does_not_see() -> None:
    form = readable_form(FORM, WJH)
    entry = read_page(
        form,
        "bericht",
        {"einsaetze[0]._id": ["a"], "einsaetze[0].minuten": ["95"],
         "einsaetze[0].kurznotiz": ["geraten"]},
        report_answers(),
        new_row_id=lambda: "neu",
    )  # fmt: skip
    assert entry.answers["einsaetze"] == [
        {"_id": "a", "minuten": 95, "kurznotiz": "Streit mit dem Vater"}
    ]
    assert [error.path for error in entry.errors] == ["einsaetze[0].kurznotiz"]


def test_only_what_the_step_asks_for_is_missing() -> None:
    whole = evaluate(FORM, report_answers(), stage="submission")
    assert {one.path for one in whole.errors} == {"bewertung", "richtig"}
    assert errors_of(whole, editable_keys(FORM, TRAEGER, Task())).errors == ()
    mine = errors_of(whole, editable_keys(FORM, FACHKRAFT, Task(step=1)))
    assert [one.path for one in mine.errors] == ["bewertung"]


def test_old_and_new_stand_side_by_side() -> None:
    old = evaluate(FORM, report_answers(), stage="submission")
    changed = report_answers() | {"zugaenge": 60, "grund": "Neue Kurse"}
    new = evaluate(FORM, changed, stage="submission")
    form = readable_form(FORM, EVERYBODY)
    pages = compare(form, old, new)
    entries = {entry.label: entry for page in pages for entry in page.entries}
    assert set(entries) == {"Zugänge", "Endbestand", "Grund der vielen Zugänge"}
    first = entries["Zugänge"]
    assert first.old is not None and first.new is not None
    assert (first.old.display, first.new.display) == ("12", "60")
    assert entries["Grund der vielen Zugänge"].old is None
    # The WJH learns nothing of what is changed in a column hidden from it.
    rows = report_answers()["einsaetze"]
    assert isinstance(rows, list) and isinstance(rows[0], dict)
    noted = [{**rows[0], "kurznotiz": "anders"}, *rows[1:]]
    after = evaluate(FORM, report_answers() | {"einsaetze": noted}, stage="submission")
    cut = readable_form(FORM, WJH)
    assert compare(cut, readable_evaluation(old, cut), readable_evaluation(after, cut)) == ()
