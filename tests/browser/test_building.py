"""The builder in a real Chromium: accessible in every state, usable by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from forms.packages import read_package
from tests.browser.conftest import PACKAGE, Site
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def new_form(page: Page, site: Site, title: str, base: str = "einem leeren Vordruck") -> str:
    """Make a form, and return the address of its builder."""
    page.goto(site.url("/baukasten/neu"))
    page.get_by_label("Titel").fill(title)
    page.get_by_label("Schutzklasse").select_option("K3")
    page.get_by_label("Beginnen mit").select_option(label=base)
    page.get_by_role("button", name="Vordruck anlegen").click()
    page.wait_for_url("**/baukasten/*-*/")
    return page.url


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_every_state_of_the_builder(
    site: Site, browser: Browser, watch: Watch, width: int, script: bool
) -> None:
    context, page = open_page(browser, watch, width=width, script=script)
    Person(page, site.base_url, script=script).sign_in(site.administrator.email, PASSWORD)
    for path in ("/baukasten/", "/baukasten/neu"):
        page.goto(site.url(path))
        inspect(page, width, script)
    page.get_by_role("button", name="Vordruck anlegen").click()
    inspect(page, width, script)
    empty = new_form(page, site, f"Leer {width} {script}")
    for path in ("", "tabelle", "befunde", "probelaeufe"):
        page.goto(empty + path)
        inspect(page, width, script)
    title = str(read_package(PACKAGE).manifest["title"])
    full = new_form(page, site, f"Voll {width} {script}", title)
    seen: set[str] = set()
    for link in page.locator("#gliederung a").evaluate_all(
        "links => links.map("
        "one => [one.querySelector('.builder-node__word').textContent, one.href])"
    ):
        word = link[0].split(" ·")[0].strip()
        if word not in seen:
            seen.add(word)
            page.goto(link[1])
            expect(page.locator("#eigenschaften")).to_contain_text(word)
            inspect(page, width, script)
    assert {"Seite", "Abschnitt", "Wiederholgruppe", "Berechnung", "Eine von wenigen"} <= seen
    for path in ("tabelle", "befunde", "probelaeufe?lauf=1", "probelauf"):
        page.goto(full + path)
        inspect(page, width, script)
    page.goto(full)
    field = page.locator("#gliederung a", has_text="Sachkostenpauschale").first
    page.goto(site.base_url + str(field.get_attribute("href")))
    page.get_by_role("link", name=re.compile("Bedingung bearbeiten")).click()
    inspect(page, width, script)
    context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; what Tab does not reach fails."""
    for _step in range(150):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def chosen(page: Page, label: str) -> None:
    expect(page.locator("#eigenschaften .builder-panel__what strong")).to_have_text(label)


def test_a_form_is_built_by_keyboard_alone(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    new_form(page, site, "Nur Tastatur")
    for label in ("Erstens", "Zweitens"):
        tab_to(page, "#neu-name")
        page.keyboard.type(label)
        page.keyboard.press("Enter")
        chosen(page, label)
        assert page.evaluate("document.activeElement.id") == "neu-name", "ready for the next"
    tab_to(page, "#nach-oben")
    page.keyboard.press("Enter")
    labels = page.locator("#gliederung .builder-node--fields .builder-node__label")
    expect(labels).to_have_text(["Zweitens", "Erstens"])
    expect(page.locator("#speicherstand")).to_contain_text("verschoben")
    tab_to(page, "#e-help")
    page.keyboard.type("Eine Hilfe")
    page.keyboard.press("Tab")
    expect(page.locator("#vorschau .siegel-hint")).to_have_text("Eine Hilfe")
    assert page.evaluate("document.activeElement.closest('#eigenschaften') !== null")
    tab_to(page, "#e-required-nein")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#gliederung")).to_contain_text("Pflicht")
    page.keyboard.press("Control+z")
    expect(page.locator("#gliederung")).not_to_contain_text("Pflicht")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("#gliederung")).to_contain_text("Pflicht")
    page.locator("#gliederung .builder-node--fields a").last.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(labels).to_have_text(["Erstens", "Zweitens"])
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Erstens")
    tab_to(page, "#loeschen")
    page.keyboard.press("Enter")
    expect(labels).to_have_count(1)
    inspect(page, 1280, True)
    context.close()


def test_what_is_typed_while_an_answer_is_on_its_way_stays(
    site: Site, browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    new_form(page, site, "Schneller als der Server")
    page.get_by_label("Beschriftung").first.fill("Erstens")
    page.get_by_role("button", name="Hinzufügen", exact=True).click()
    chosen(page, "Erstens")
    held: list[Route] = []
    page.route("**/baukasten/**", lambda route: held.append(route))
    page.locator("#gliederung a").first.click()
    page.locator("#neu-art").select_option("date")
    page.locator("#neu-name").fill("Zweitens")
    assert len(held) == 1
    held[0].continue_()
    page.unroute("**/baukasten/**")
    expect(page.locator("#eigenschaften .builder-panel__what strong")).not_to_have_text("Erstens")
    expect(page.locator("#neu-name")).to_have_value("Zweitens")
    expect(page.locator("#neu-name")).to_be_focused()
    expect(page.locator("#neu-art")).to_have_value("date")
    page.keyboard.press("Enter")
    chosen(page, "Zweitens")
    expect(page.locator("#neu-name")).to_have_value("")
    context.close()


def test_two_admins_at_once_see_both_values(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    new_form(page, site, "Zu zweit")
    page.get_by_label("Beschriftung").first.fill("Ort")
    page.get_by_role("button", name="Hinzufügen", exact=True).click()
    chosen(page, "Ort")
    other = context.new_page()
    other.goto(page.url)
    for window, text in ((other, "Die Hilfe der anderen"), (page, "Meine Hilfe")):
        window.locator("#e-help").fill(text)
        window.locator("#e-help").blur()
        if window is other:
            # „Gespeichert“ stands there from the start; the preview comes with the answer.
            expect(window.locator("#vorschau .siegel-hint")).to_have_text(text)
    conflict = page.locator("#fehler")
    expect(conflict).to_contain_text("Meine Hilfe")
    expect(conflict).to_contain_text("Die Hilfe der anderen")
    expect(conflict).to_be_focused()
    inspect(page, 1280, True)
    page.get_by_role("button", name="Meine Fassung speichern").click()
    expect(page.locator("#vorschau .siegel-hint")).to_have_text("Meine Hilfe")
    context.close()


def test_an_element_is_dragged_to_its_place(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    new_form(page, site, "Mit der Maus")
    for label in ("Eins", "Zwei", "Drei"):
        page.get_by_label("Beschriftung").first.fill(label)
        page.get_by_role("button", name="Hinzufügen", exact=True).click()
        chosen(page, label)
    nodes = page.locator("#gliederung .builder-node--fields")
    nodes.nth(2).drag_to(nodes.nth(0), target_position={"x": 40, "y": 2})
    labels = page.locator("#gliederung .builder-node--fields .builder-node__label")
    expect(labels.first).to_have_text("Drei")
    expect(page.locator("#speicherstand")).to_contain_text("verschoben")
    page.reload()
    expect(labels.first).to_have_text("Drei")
    context.close()
