"""Two tabs on one draft: different edits are joined, a contradiction is put to the person."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.app.pages.conftest import Draft
from tests.support.web_forms import SentForm, document_of, form_of, text_of


def contradiction(draft: Draft) -> TestResponse:
    """Let a second tab contradict the first; return the answer to the second."""
    first, second = draft.open("person"), draft.open("person")
    assert draft.send(first, {"nachname": "Meier", "vorname": "Kim"}).status_code == 302
    return draft.send(second, {"nachname": "Mayer", "email": "kim@example.org"})


def choice(conflict: TestResponse, **sides: str) -> tuple[SentForm, dict[str, list[str]]]:
    sent = form_of(conflict, "//main//form")
    return sent, sent.filled({f"choice:{path}": side for path, side in sides.items()})


def test_different_fields_of_two_tabs_are_joined(draft: Draft) -> None:
    first, second = draft.open("person"), draft.open("person")
    assert draft.send(first, {"nachname": "Meier"}).status_code == 302
    assert draft.send(second, {"nachname": "Meier", "vorname": "Kim"}).status_code == 302
    assert draft.answers == {"nachname": "Meier", "vorname": "Kim"}


def test_an_old_tab_does_not_take_away_what_another_page_got(draft: Draft) -> None:
    old = draft.open("person")
    draft.fill("angaben", stunden="8")
    draft.send(old, {"nachname": "Meier"})
    assert draft.answers == {"nachname": "Meier", "stunden": 8}


def test_a_contradiction_shows_both_versions_and_saves_neither(draft: Draft) -> None:
    response = contradiction(draft)
    assert response.status_code == 409
    words = text_of(response)
    assert "Meier" in words
    assert "Mayer" in words
    assert "Ihre Eingaben sind nicht verloren" in words
    assert draft.answers == {"nachname": "Meier", "vorname": "Kim"}
    names = set(document_of(response).xpath("//main//input[@type='radio']/@name"))
    assert names == {"choice:nachname"}


def test_my_version_wins_when_chosen(draft: Draft) -> None:
    sent, fields = choice(contradiction(draft), nachname="mine")
    assert draft.visitor.post(sent.action, fields).status_code == 302
    assert draft.answers == {"nachname": "Mayer", "vorname": "Kim", "email": "kim@example.org"}


def test_the_stored_version_stays_when_chosen(draft: Draft) -> None:
    sent, fields = choice(contradiction(draft), nachname="stored")
    response = draft.visitor.post(sent.action, fields)
    assert response.location == draft.url("/seite/person")
    assert "Beide Fassungen sind zusammengeführt" in text_of(draft.page("person"))
    assert draft.answers == {"nachname": "Meier", "vorname": "Kim", "email": "kim@example.org"}


def test_a_third_version_meanwhile_asks_again(draft: Draft) -> None:
    conflict = contradiction(draft)
    draft.send(draft.open("person"), {"email": "anders@example.org"})
    sent, fields = choice(conflict, nachname="mine")
    again = draft.visitor.post(sent.action, fields)
    assert again.status_code == 409
    assert "anders@example.org" in text_of(again)
    assert draft.answers["nachname"] == "Meier"
    sent, fields = choice(again, nachname="mine", email="stored")
    assert draft.visitor.post(sent.action, fields).status_code == 302
    assert draft.answers == {
        "nachname": "Mayer",
        "vorname": "Kim",
        "email": "anders@example.org",
    }


def test_rows_that_two_tabs_add_are_both_kept(draft: Draft) -> None:
    draft.fill("angaben", hat_kosten="ja")
    first, second = draft.open("kosten"), draft.open("kosten")
    draft.send(first, None, **{"kosten.__add": "1"})
    draft.send(second, None, **{"kosten.__add": "1"})
    assert len(draft.answers["kosten"]) == 2  # type: ignore[arg-type]


def test_an_unreadable_text_stays_with_its_row_when_another_tab_removes_one(draft: Draft) -> None:
    draft.fill("angaben", hat_kosten="ja")
    for _turn in range(2):
        draft.send(draft.open("kosten"), None, **{"kosten.__add": "1"})
    first, second = draft.open("kosten"), draft.open("kosten")
    draft.send(first, None, **{"kosten[0].__remove": "1"})
    draft.send(second, {"kosten[1].betrag": "zwölf"}, __action="save")
    fields = draft.open("kosten").fields
    assert fields["kosten[0].betrag"] == ["zwölf"]
    assert "kosten[1].betrag" not in fields


def test_an_unreadable_text_of_another_tab_stays(draft: Draft) -> None:
    draft.fill("angaben", hat_kosten="ja")
    draft.send(draft.open("kosten"), None, **{"kosten.__add": "1"})
    first, second = draft.open("kosten"), draft.open("kosten")
    draft.send(first, {"kosten[0].betrag": "zwölf"}, __action="save")
    draft.send(second, {"kosten[0].zweck": "Miete"}, __action="save")
    fields = draft.open("kosten").fields
    assert fields["kosten[0].zweck"] == ["Miete"]
    assert fields["kosten[0].betrag"] == ["zwölf"]
    # Who has seen it may take it away.
    draft.send(draft.open("kosten"), {"kosten[0].betrag": "12"}, __action="save")
    assert draft.open("kosten").fields["kosten[0].betrag"] == ["12,00"]


def test_one_row_changed_in_two_ways_is_named(draft: Draft) -> None:
    draft.fill("angaben", hat_kosten="ja")
    draft.send(draft.open("kosten"), None, **{"kosten.__add": "1"})
    first, second = draft.open("kosten"), draft.open("kosten")
    draft.send(first, {"kosten[0].zweck": "Miete", "kosten[0].betrag": "10"})
    response = draft.send(second, {"kosten[0].zweck": "Pacht", "kosten[0].betrag": "10"})
    assert response.status_code == 409
    words = text_of(response)
    assert "Zweck" in words
    assert "Miete" in words
    assert "Pacht" in words
    (name,) = set(document_of(response).xpath("//main//input[@type='radio']/@name"))
    sent = form_of(response, "//main//form")
    assert draft.visitor.post(sent.action, sent.filled({name: "mine"})).status_code == 302
    (row,) = draft.answers["kosten"]  # type: ignore[misc, union-attr]
    assert row["zweck"] == "Pacht"  # type: ignore[index, call-overload]


def test_the_background_save_of_a_stale_tab_is_told_where_to_go(draft: Draft) -> None:
    first, second = draft.open("person"), draft.open("person")
    draft.send(first, {"nachname": "Meier"})
    response = draft.visitor.post(second.action + "/sichern", second.filled({"nachname": "Mayer"}))
    assert response.status_code == 409
    assert response.get_json() == {"conflict_url": draft.url("/seite/person")}
    assert draft.answers == {"nachname": "Meier"}


def test_a_page_of_a_submitted_form_changes_nothing(draft: Draft) -> None:
    draft.complete()
    old = draft.open("person")
    sent = form_of(draft.visitor.get(draft.url("/pruefen")), "//main//form")
    assert draft.visitor.post(sent.action, sent.filled()).status_code == 302
    before = draft.answers
    response = draft.send(old, {"nachname": "Anders"})
    assert response.location == draft.url("/eingang")
    assert "schon eingereicht und wurde nicht geändert" in text_of(
        draft.visitor.get(draft.url("/eingang"))
    )
    late = draft.visitor.post(old.action + "/sichern", old.filled({"nachname": "Anders"}))
    assert late.status_code == 409
    assert draft.answers == before
