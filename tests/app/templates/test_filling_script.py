"""What our scripts and htmx add while a form is filled in, under the strict policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.app.templates.example_pages import HASH

pytestmark = pytest.mark.browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    yield context
    context.close()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


def test_error_summary_gets_the_focus_and_leads_to_the_field(tab: Page, preview_url: str) -> None:
    tab.goto(f"{preview_url}/felder-fehler")
    expect(tab.locator("#fehler")).to_be_focused()
    tab.get_by_role("link", name="Bitte geben Sie „Um welche Hilfe geht es?“ an.").click()
    expect(tab.locator("#hilfeart-1")).to_be_focused()


def test_counter_says_what_is_left(tab: Page, preview_url: str) -> None:
    tab.goto(f"{preview_url}/felder-leer")
    tab.fill("#bericht", "a" * 1990)
    expect(tab.locator("#bericht-zeichen")).to_have_text("Noch 10 Zeichen möglich")
    tab.fill("#bericht", "ä" * 2003)
    expect(tab.locator("#bericht-zeichen")).to_have_text("3 Zeichen zu viel")


def test_row_is_added_without_reload_and_gets_the_focus(tab: Page, preview_url: str) -> None:
    tab.goto(f"{preview_url}/gruppen")
    tab.evaluate("window.stayed = true")
    # The example server answers with as many rows as were posted, so start from two.
    tab.evaluate(
        "document.querySelectorAll('#partner [data-row], #kosten_2').forEach(e => e.remove())"
    )
    tab.get_by_role("button", name="Weitere Position hinzufügen").click()
    expect(tab.locator("#kosten_2-titel")).to_be_focused()
    assert tab.evaluate("window.stayed") is True


def test_nothing_typed_during_a_refresh_is_lost(tab: Page, preview_url: str) -> None:
    tab.goto(f"{preview_url}/gruppen")
    held: list[Route] = []
    tab.route("**/refresh", lambda route: held.append(route))
    first = tab.locator("input[name='kosten[0].betrag']")
    first.fill("1")
    with tab.expect_request("**/refresh"):
        first.blur()
    # Typed while the answer is under way, in a field that has lost the focus again.
    tab.locator("input[name='kosten[1].bezeichnung']").evaluate(
        "input => { input.value = 'Währenddessen';"
        " input.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    tab.locator("input[name='kosten[2].bezeichnung']").focus()
    with tab.expect_response("**/refresh"):
        held[0].continue_()
    expect(first).to_have_value("58.900,00")
    expect(tab.locator("input[name='kosten[1].bezeichnung']")).to_have_value("Währenddessen")
    expect(tab.locator("input[name='kosten[2].bezeichnung']")).to_be_focused()


def test_a_change_just_before_does_not_stop_a_new_row(tab: Page, preview_url: str) -> None:
    tab.clock.install()
    tab.goto(f"{preview_url}/gruppen")
    tab.evaluate(
        "document.querySelectorAll('#partner [data-row], #kosten_2').forEach(e => e.remove())"
    )
    held: list[Route] = []
    stopped: list[str] = []
    tab.on("requestfailed", lambda request: stopped.append(request.post_data or ""))
    tab.route("**/refresh", lambda route: route.continue_() if held else held.append(route))
    tab.locator("input[name='kosten[0].betrag']").fill("1")
    with tab.expect_request("**/refresh"):
        tab.get_by_role("button", name="Weitere Position hinzufügen").click()
    # The refresh that the changed amount asked for comes due while the row is on its way.
    tab.clock.run_for(2_000)
    held[0].continue_()
    expect(tab.locator("#kosten_2-titel")).to_be_focused()
    assert stopped == []


def test_a_second_new_row_waits_for_the_first(tab: Page, preview_url: str) -> None:
    tab.goto(f"{preview_url}/gruppen")
    held: list[Route] = []
    asked: list[str] = []

    def pass_on(route: Route) -> None:
        asked.append(route.request.post_data or "")
        if held:
            route.continue_()
        else:
            held.append(route)

    tab.route("**/refresh", pass_on)
    add = tab.get_by_role("button", name="Weitere Position hinzufügen")
    with tab.expect_request("**/refresh"):
        add.click()
    add.click()
    with tab.expect_response("**/refresh"):
        held[0].continue_()
    expect(tab.locator("#kosten_4-titel")).to_be_focused()
    assert ["kosten.__add" in body for body in asked] == [True, True]


def test_touched_choices_follow_the_server(tab: Page, preview_url: str) -> None:
    """A radio that a person has clicked ignores its attribute; the script must not."""
    tab.goto(f"{preview_url}/felder-voll")
    with tab.expect_response("**/refresh"):
        tab.get_by_label("Erziehungsbeistand").check()
    expect(tab.get_by_label("Betreuungshilfe")).to_be_checked()


def test_lost_session_keeps_the_text_and_offers_it_again(tab: Page, preview_url: str) -> None:
    tab.route("**/autosave", lambda route: route.fulfill(status=401))
    tab.goto(f"{preview_url}/felder-voll")
    tab.fill("#name", "Haus Abendrot")
    expect(tab.locator("#name")).to_have_value("Haus Abendrot")
    tab.goto(f"{preview_url}/anmelden-abgelaufen")
    tab.goto(f"{preview_url}/felder-voll")
    expect(tab.locator("#name")).to_have_value("Haus Morgenlicht")
    tab.get_by_role("button", name="Eingaben wiederherstellen").click()
    expect(tab.locator("#name")).to_have_value("Haus Abendrot")


def test_autosave_sends_the_form_and_says_so(tab: Page, preview_url: str, preview: Flask) -> None:
    tab.clock.install()
    tab.goto(f"{preview_url}/felder-voll")
    tab.fill("#name", "Haus am See")
    with tab.expect_response("**/autosave"):
        tab.clock.run_for(10_000)
    expect(tab.locator("[data-autosave-status]")).to_contain_text(
        "Gespeichert: 22.11.2026, 14:35 Uhr"
    )
    saved = preview.config["SAVED"][-1]
    assert saved["name"] == "Haus am See"
    assert saved["csrf_token"] == "csrf"
    assert saved["__page"] == "seite"


def test_enter_key_means_save_and_continue(tab: Page, preview_url: str) -> None:
    """Not the first row button, which would remove a row."""
    tab.goto(f"{preview_url}/gruppen")
    with tab.expect_request("**/save") as sent:
        tab.locator("input[name='kosten[1].betrag']").press("Enter")
    # A window closed while it goes elsewhere may hang.
    tab.wait_for_url("**/save")
    body = sent.value.post_data or ""
    assert "__action=next" in body
    assert "__remove" not in body


def test_menu_opens_on_a_phone(context: BrowserContext, preview_url: str) -> None:
    tab = context.new_page()
    tab.set_viewport_size({"width": 360, "height": 800})
    tab.goto(f"{preview_url}/uebersicht")
    link = tab.get_by_role("link", name="Dokumente", exact=True)
    expect(link).to_be_hidden()
    button = tab.get_by_role("button", name="Menü", exact=True)
    button.click()
    expect(link).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")


def test_proof_compares_the_file_in_the_browser(
    tab: Page, preview_url: str, tmp_path: Path
) -> None:
    same = tmp_path / "gleich.pdf"
    same.write_bytes(b"test")
    other = tmp_path / "anders.pdf"
    other.write_bytes(b"test.")
    tab.goto(f"{preview_url}/nachweis")
    assert hashlib.sha256(b"test").hexdigest() == HASH
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(request.method))
    tab.set_input_files("#datei", same)
    expect(tab.locator("[data-hash-result]")).to_contain_text("Das ist genau dieses Dokument.")
    tab.set_input_files("#datei", other)
    expect(tab.locator("[data-hash-result]")).to_contain_text("Das ist nicht dieses Dokument.")
    # The browser may still fetch its icon; the file itself could only leave by another method.
    assert set(sent) <= {"GET"}
