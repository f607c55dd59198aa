"""Filling in over the web, without JavaScript: nothing is lost, and only the server counts."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from tests.app.pages.conftest import Draft, Office, begin
from tests.support.installation import Installation
from tests.support.web import Visitor
from tests.support.web_forms import (
    buttons_of,
    document_of,
    error_links,
    form_of,
    text_of,
)


def test_a_shipped_form_is_listed_and_explained(app: Flask, installation: Installation) -> None:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    person = installation.person(organisation=organisation, role="traeger_leitung")
    installation.publish_package(tenant, "zielvereinbarung-kindertagespflege")
    visitor = Visitor(app, person)
    listing = visitor.get(f"/{tenant.slug}/vordrucke/")
    (link,) = document_of(listing).xpath("//main//li//a/@href")
    start = visitor.get(link)
    assert start.status_code == 200
    assert "Gut zu wissen" in text_of(start)


def test_beginning_leads_to_the_first_page(draft: Draft) -> None:
    response = draft.visitor.get(draft.url())
    assert response.status_code == 302
    assert response.location == draft.url("/seite/person")
    listing = text_of(draft.visitor.get(f"{draft.office.path}/vordrucke/"))
    assert "Angefangen" in listing
    assert draft.stored.organisation_name in listing


def test_a_page_is_saved_and_leads_on_by_a_redirect(draft: Draft) -> None:
    response = draft.fill("person", nachname="Muster", bericht="Zeile 1\r\nZeile 2 <b>")
    assert response.status_code == 302
    assert response.location == draft.url("/seite/angaben")
    assert draft.answers["nachname"] == "Muster"
    sent = draft.open("person")
    assert sent.fields["nachname"] == ["Muster"]
    assert sent.fields["bericht"][0].split() == ["Zeile", "1", "Zeile", "2", "<b>"]


def test_back_and_save_keep_what_is_incomplete(draft: Draft) -> None:
    draft.fill("person", nachname="Muster")
    back = draft.send(draft.open("angaben"), {"eigenanteil": "12,5"}, __action="back")
    assert (back.status_code, back.location) == (302, draft.url("/seite/person"))
    saved = draft.send(draft.open("person"), {"vorname": "Kim"}, __action="save")
    assert (saved.status_code, saved.location) == (302, draft.url("/seite/person"))
    assert "Gespeichert." in text_of(draft.page("person"))
    assert draft.answers == {"nachname": "Muster", "vorname": "Kim", "eigenanteil": "12.50"}


def test_what_is_missing_is_listed_with_links_and_nothing_is_lost(draft: Draft) -> None:
    response = draft.send(draft.open("person"), {"vorname": "Kim", "email": "kim@"})
    assert response.status_code == 422
    links = error_links(response)
    assert set(links.values()) == {"#f-nachname", "#f-email"}
    page = document_of(response)
    for target in links.values():
        assert page.xpath(f"//*[@id='{target[1:]}']"), target
    assert page.xpath("//title")[0].text_content().startswith("Fehler:")
    again = form_of(response)
    assert again.fields["vorname"] == ["Kim"]
    assert again.fields["email"] == ["kim@"]
    # The text that cannot be an address stands there tomorrow, too.
    assert draft.open("person").fields["email"] == ["kim@"]
    assert draft.answers == {"vorname": "Kim"}


def test_the_number_that_was_typed_wrong_is_shown_again(draft: Draft) -> None:
    response = draft.send(draft.open("angaben"), {"stunden": "acht", "eigenanteil": "1.2.3"})
    assert response.status_code == 422
    links = error_links(response)
    assert {"#f-stunden", "#f-eigenanteil"} <= set(links.values())
    assert form_of(response).fields["stunden"] == ["acht"]
    assert form_of(response).fields["eigenanteil"] == ["1.2.3"]
    corrected = draft.send(form_of(response), {"stunden": "8", "eigenanteil": "1.250,00"})
    assert corrected.status_code == 422
    assert set(error_links(corrected).values()) == {"#f-hat_kosten"}
    assert draft.answers == {"stunden": 8, "eigenanteil": "1250.00"}
    assert draft.stored.invalid == {}


def test_a_field_appears_when_its_rule_says_so(draft: Draft) -> None:
    assert "grund" not in draft.open("angaben").fields
    response = draft.fill("angaben", hat_kosten="nein", stunden="11")
    assert response.status_code == 422
    assert set(error_links(response).values()) == {"#f-grund"}
    assert draft.send(form_of(response), {"grund": "Mehrbedarf"}).status_code == 302
    # Hidden again, it is no longer part of the declaration, but comes back with its answer.
    draft.fill("angaben", stunden="2")
    assert "Mehrbedarf" not in text_of(draft.visitor.get(draft.url("/pruefen")))
    draft.fill("angaben", stunden="12")
    assert draft.open("angaben").fields["grund"] == ["Mehrbedarf"]


def test_a_hidden_page_is_not_there(draft: Draft) -> None:
    assert draft.visitor.get(draft.url("/seite/kosten")).status_code == 404
    assert draft.visitor.get(draft.url("/seite/gibt-es-nicht")).status_code == 404
    response = draft.fill("angaben", hat_kosten="nein")
    assert response.location == draft.url("/pruefen")


def test_rows_are_added_moved_and_removed_without_a_script(draft: Draft) -> None:
    draft.fill("angaben", hat_kosten="ja")
    for number, purpose in enumerate(("Miete", "Strom", "Wasser")):
        response = draft.send(draft.open("kosten"), None, **{"kosten.__add": "1"})
        assert response.status_code == 302
        assert response.location == draft.url("/seite/kosten") + f"#f-kosten-{number}-titel"
        changes = {f"kosten[{number}].zweck": purpose, f"kosten[{number}].betrag": f"{number},5"}
        draft.send(draft.open("kosten"), changes, __action="save")
    assert {"kosten[1].__up", "kosten[1].__down", "kosten[1].__remove"} <= set(
        buttons_of(draft.page("kosten"))
    )

    def purposes() -> list[str]:
        return [row["zweck"] for row in draft.answers["kosten"]]  # type: ignore[index, union-attr]

    draft.send(draft.open("kosten"), None, **{"kosten[2].__up": "1"})
    assert purposes() == ["Miete", "Wasser", "Strom"]
    draft.send(draft.open("kosten"), None, **{"kosten[0].__down": "1"})
    assert purposes() == ["Wasser", "Miete", "Strom"]
    # What was typed beside the button is kept.
    draft.send(draft.open("kosten"), {"kosten[2].zweck": "Gas"}, **{"kosten[0].__remove": "1"})
    assert purposes() == ["Miete", "Gas"]
    assert "2,00 €" in text_of(draft.page("kosten")).replace("\N{NO-BREAK SPACE}", " ")


def test_an_unreadable_amount_in_a_row_moves_with_its_row(draft: Draft) -> None:
    draft.fill("angaben", hat_kosten="ja")
    for _number in range(2):
        draft.send(draft.open("kosten"), None, **{"kosten.__add": "1"})
    draft.send(
        draft.open("kosten"),
        {"kosten[0].zweck": "Miete", "kosten[0].betrag": "viel"},
        **{"kosten[0].__down": "1"},
    )
    fields = draft.open("kosten").fields
    assert fields["kosten[1].zweck"] == ["Miete"]
    assert fields["kosten[1].betrag"] == ["viel"]


def test_forged_results_do_not_count(draft: Draft) -> None:
    draft.complete()
    draft.send(draft.open("kosten"), {"gesamt": "999999,00"}, __action="save")
    assert "gesamt" not in draft.answers
    review = text_of(draft.visitor.get(draft.url("/pruefen")))
    assert "1.250,50" in review
    assert "999" not in review


@pytest.mark.parametrize("name", ["fremd", "kosten[0].zweck", "person.x", "nachname[0]", "x" * 300])
def test_unknown_names_are_refused_and_said(draft: Draft, name: str) -> None:
    response = draft.send(draft.open("person"), {"nachname": "Muster", name: "1"})
    assert response.status_code == 422
    (text,) = error_links(response)
    assert "gehört nicht zu dieser Seite" in text
    assert name[:80] in text
    # What is known was saved all the same.
    assert draft.answers == {"nachname": "Muster"}


def test_a_posted_file_is_refused_and_what_was_typed_is_kept(draft: Draft) -> None:
    sent = draft.open("person")
    fields = sent.filled({"nachname": "Muster"}) | {
        "nachname.datei": (io.BytesIO(b"%PDF-1.7"), "zeugnis.pdf")
    }
    response = draft.visitor.post(sent.action, fields)
    assert response.status_code == 422
    assert any("keine Dateien" in text for text in error_links(response))
    assert draft.answers == {"nachname": "Muster"}


def test_too_many_entries_change_nothing_and_are_said(draft: Draft) -> None:
    draft.fill("person", nachname="Muster")
    response = draft.send(draft.open("person"), {"nachname": "Anders", "vorname": ["x"] * 20_001})
    assert response.status_code == 422
    assert any("Es wurde nichts geändert" in text for text in error_links(response))
    assert draft.answers == {"nachname": "Muster"}


def test_htmx_gets_the_fields_and_nothing_is_saved(draft: Draft) -> None:
    sent = draft.open("angaben")
    before = draft.stored.revision
    response = draft.visitor.post(
        sent.action + "/aktualisieren", sent.filled({"stunden": "11"}), headers={"HX-Request": "1"}
    )
    assert response.status_code == 200
    assert "<html" not in response.get_data(as_text=True)
    assert document_of(response).xpath("//*[@name='grund']")
    assert draft.stored.revision == before
    assert "stunden" not in draft.answers


def test_the_background_save_answers_json(draft: Draft) -> None:
    sent = draft.open("person")
    response = draft.visitor.post(sent.action + "/sichern", sent.filled({"email": "halb@"}))
    assert response.status_code == 200
    answer = response.get_json()
    assert answer["revision"] == str(draft.stored.revision)
    assert "Uhr" in answer["saved_at"]
    assert draft.open("person").fields["email"] == ["halb@"]
    assert draft.stored.completed_pages == []


def test_a_draft_is_deleted_after_a_question(draft: Draft) -> None:
    listing = draft.visitor.get(f"{draft.office.path}/vordrucke/")
    sent = form_of(listing, f"//main//form[@action='{draft.url('/verwerfen')}']")
    assert "Ihre Angaben darin sind dann weg" in text_of(listing)
    assert draft.visitor.get(draft.url("/verwerfen")).status_code in (400, 405)
    assert draft.visitor.post(sent.action, sent.filled()).status_code == 302
    assert "Der Entwurf ist gelöscht." in text_of(
        draft.visitor.get(f"{draft.office.path}/vordrucke/")
    )
    assert draft.visitor.get(draft.url()).status_code == 404


def test_the_draft_of_another_person_is_not_there(app: Flask, office: Office, draft: Draft) -> None:
    other = office.installation.person(organisation=office.organisation, role="traeger_fachkraft")
    visitor = Visitor(app, other)
    visitor.get(f"{office.path}/uebersicht")
    for rest in ("", "/seite/person", "/pruefen", "/eingang", "/kopie"):
        assert visitor.get(draft.url(rest)).status_code == 404, rest
    assert visitor.post(draft.url("/seite/person"), {"nachname": "Fremd"}).status_code == 404
    assert draft.answers == {}


# ------------------------------------------------------------ lost sessions and old tokens


def test_text_survives_the_end_of_the_session(draft: Draft, office: Office) -> None:
    sent = draft.open("person")
    draft.visitor.client.delete_cookie("siegel")
    login = draft.visitor.post(sent.action, sent.filled({"nachname": "Langer & Text"}))
    assert login.status_code == 401
    form = form_of(login, "//form[.//input[@name='password']]")
    kept = draft.visitor.post(
        form.action,
        form.filled({"username": office.manager.email, "password": "test-passwort-fuer-niemanden"}),
    )
    assert kept.status_code == 200
    again = form_of(kept, "//main//form")
    assert again.action == sent.action
    assert draft.visitor.post(again.action, again.filled(__action="next")).status_code == 302
    assert draft.answers == {"nachname": "Langer & Text"}


def test_text_survives_an_old_token(app: Flask, office: Office, draft: Draft) -> None:
    sent = draft.open("person")
    # The person signed in again in another window: a new session, a new token.
    draft.visitor.client.delete_cookie("siegel")
    draft.visitor.sign_in(office.manager.email)
    response = draft.visitor.client.post(
        sent.action, data=sent.filled({"nachname": "Langer & Text"}, __action="next")
    )
    assert response.status_code == 400
    assert "Ihre Eingaben sind nicht verloren" in text_of(response)
    assert draft.answers == {}
    again = form_of(response, "//main//form")
    assert again.action == sent.action
    assert again.fields["csrf_token"] != sent.fields["csrf_token"]
    assert draft.visitor.client.post(again.action, data=again.filled()).status_code == 302
    assert draft.answers == {"nachname": "Langer & Text"}


def test_nothing_is_accepted_without_a_token(app: Flask, office: Office, draft: Draft) -> None:
    sent = draft.open("person")
    fields = sent.filled({"csrf_token": None, "nachname": "Fremd"}, __action="next")
    assert draft.visitor.client.post(sent.action, data=fields).status_code == 400
    assert draft.answers == {}


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_too_large_a_request_is_told(draft: Draft, encoding: str) -> None:
    sent = draft.open("person")
    fields = sent.filled({"bericht": "x" * 13_000_000})
    response = draft.visitor.client.post(sent.action, data=fields, content_type=encoding)
    assert response.status_code == 413
    assert "zu groß" in text_of(response)


def test_two_drafts_of_one_form_stay_apart(app: Flask, office: Office, draft: Draft) -> None:
    other = begin(draft.visitor, office)
    draft.fill("person", nachname="Eins")
    other.fill("person", nachname="Zwei")
    assert (draft.answers, other.answers) == ({"nachname": "Eins"}, {"nachname": "Zwei"})
